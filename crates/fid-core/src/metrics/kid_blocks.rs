//! KID by disjoint blocks, whose scatter gives its standard error.

use serde::{Deserialize, Serialize};

use super::common::{both_counts, mean_and_square, require_at_least};
use super::kernel::PolynomialKernel;
use super::kernel_sums::NamedRows;
use super::kid::estimates;
use super::numpy_random::RandomState;
use crate::error::Error;
use crate::features::FeatureRows;

/// The blocks of [`kid_blocks`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KidBlocksConfig {
    /// Largest number of images in a block.
    pub max_block: usize,
    /// Seed of the [`RandomState`] that shuffles the fake set and then the real one. `None` keeps
    /// the order, like TF-GAN, whose documentation asks for sets in random order.
    pub seed: Option<u32>,
    /// The kernel.
    pub kernel: PolynomialKernel,
}

impl Default for KidBlocksConfig {
    /// Blocks of at most 1024 as in TF-GAN, shuffled with the seed 2020.
    fn default() -> Self {
        Self { max_block: 1024, seed: Some(2020), kernel: PolynomialKernel::default() }
    }
}

/// KID over disjoint blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KidBlocks {
    /// Mean of the blocks' estimates.
    pub mean: f64,
    /// Standard error of the mean, from the scatter of the blocks; `None` for a single block.
    pub standard_error: Option<f64>,
    /// Number of blocks.
    pub blocks: usize,
    /// The settings used.
    pub config: KidBlocksConfig,
}

/// KID by the block estimator (Zaremba et al. 2013), as in TF-GAN's
/// `kernel_classifier_distance_and_std`: divides both sets into as few blocks of nearly equal size
/// as `max_block` allows, the larger blocks last, and estimates each pair of blocks. Every image
/// enters once.
///
/// # Errors
/// Those of [`kid`](super::kid()); [`Error::NotEnoughImages`] if a block of the smaller set would
/// have fewer than two images.
pub fn kid_blocks(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &KidBlocksConfig,
) -> Result<KidBlocks, Error> {
    require_at_least("KID block size", config.max_block, 2)?;
    let larger = real.num_rows().max(fake.num_rows());
    let blocks = larger.div_ceil(config.max_block).max(1);
    let (n_real, n_fake) = both_counts("KID by blocks", real, fake, 2 * blocks)?;
    let mut rng = config.seed.map(RandomState::new);
    let mut order = |n: u32| match &mut rng {
        Some(rng) => rng.permutation(n),
        None => (0..n).collect(),
    };
    let of_fake = order(n_fake);
    let of_real = order(n_real);
    let real = NamedRows::real(real);
    let fake = NamedRows::fake(fake);
    let mut values = Vec::with_capacity(blocks);
    for (of_real, of_fake) in cut(&of_real, blocks).zip(cut(&of_fake, blocks)) {
        values.extend(estimates(real, fake, &config.kernel, &[of_real], &[of_fake])?);
    }
    let (mean, square) = mean_and_square(&values);
    let error = || (square / (blocks - 1) as f64 / blocks as f64).sqrt();
    let standard_error = (blocks > 1).then(error);
    Ok(KidBlocks { mean, standard_error, blocks, config: config.clone() })
}

/// Cuts `rows` into blocks of nearly equal size, those with one more row last.
fn cut(rows: &[u32], blocks: usize) -> impl Iterator<Item = Vec<u32>> {
    let size = rows.len() / blocks;
    let larger = rows.len() % blocks;
    let start = move |block: usize| block * size + block.saturating_sub(blocks - larger);
    (0..blocks).map(move |block| rows[start(block)..start(block + 1)].to_vec())
}

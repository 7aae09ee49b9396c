//! Weights drawn by a rule, as [`mod@crate::seeded`] draws those of Inception.
//!
//! The repository's `scripts/fixtures/seeded_vit.py` implements the same rule in Python. Tensors
//! have the names of torch.hub's DINOv2 and of open_clip, and matrices are `[out,in]`. With
//! `u(name)[i]` the top 24 bits of element `i` of a SplitMix64 stream, as a number in [-1, 1):
//!
//! ```text
//! matrices: (u − mean of u over the row) · gain · √(3 / fan_in), patches without the mean
//! gain = 1.8 for queries, keys and values, 1.2 for the first matrix of an MLP, 1 for the others
//! scale, LayerScale = 1 + u/4;  shift, positions = u/2;  class token = u;  biases = u/4
//! ```
//!
//! Rows sum to zero because the mean of a GELU is positive, as in Inception. Queries and keys are
//! large enough that a token attends to a tenth to a half of the others and not to all alike, and
//! small enough that a change of the image by 1e-7 is one of about 1e-7 to 3e-7 in the features,
//! after 40 blocks too. Features of smooth images and of noise have cosines of about 0.7.

use std::convert::Infallible;

use super::names::Naming;
use super::network::LinearLayer;
use super::part::Part;
use super::spec::VitSpec;
use super::weights::VitWeights;
use crate::stream::{Rule, Stream};

/// Draws the weights of a seed.
///
/// ```
/// use fid_weights::vit::{VitSpec, seeded};
///
/// let spec = VitSpec::named("dinov2-s14").ok_or("no such network")?;
/// assert_eq!(seeded(spec, 0).positions.len(), (1 + 37 * 37) * 384);
/// # Ok::<(), &str>(())
/// ```
pub fn seeded(spec: &'static VitSpec, seed: u64) -> VitWeights {
    let take = |part| Ok::<_, Infallible>(draw(spec, part, seed).into());
    let Ok(weights) = VitWeights::assemble(spec, true, take);
    weights
}

/// The values of one tensor.
pub(crate) fn draw(spec: &VitSpec, part: Part, seed: u64) -> Vec<f32> {
    let name = Naming::of(spec.family)[0].names(spec, part).concat();
    let stream = Stream::new(&name, seed);
    let [rows, columns] = part.shape(spec);
    let vector = |of_u| stream.vector(rows * columns, of_u);
    let matrix = |gain, keep_mean| stream.filters(rows, columns, Rule { gain, keep_mean });
    match part {
        Part::ClassToken => vector(|u| u),
        Part::Positions | Part::Shift(_) => vector(|u| u / 2.0),
        Part::PatchWeight => matrix(1.0, true),
        Part::PatchBias | Part::Bias(_) => vector(|u| u / 4.0),
        Part::Scale(_) | Part::LayerScale(_) => vector(|u| 1.0 + u / 4.0),
        Part::Weight(LinearLayer::Qkv(_)) => matrix(1.8, false),
        Part::Weight(LinearLayer::MlpIn(_)) => matrix(1.2, false),
        Part::Weight(_) => matrix(1.0, false),
    }
}

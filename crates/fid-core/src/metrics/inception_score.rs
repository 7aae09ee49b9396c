//! The Inception Score (Salimans et al. 2016): `exp` of the mean Kullback–Leibler divergence between
//! each image's classes and those of its split.
//!
//! The programs differ in the order of the images, in how they cut them into splits, and in the
//! divisor of the deviation; [`InceptionScoreVariant`] names these recipes. The softmax is in f64 and
//! over all columns. Which columns, and whether the logits have a bias, is up to the caller: FID's
//! network gives 1008, and the programs here leave the bias out.

use serde::Serialize;

use super::{
    RandomState, TorchGenerator, mean_and_square, read_finite, require_at_least, rows_u32,
};
use crate::{Error, FeatureRows};

/// Whose recipe cuts the images into splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub enum InceptionScoreVariant {
    /// torch-fidelity 0.4.0: split `i` of `s` begins at `i·N/s`, rounded down.
    TorchFidelity,
    /// OpenAI's `inception_score/model.py`: the same splits, in the order of the images.
    OpenAi,
    /// ADM's `evaluator.py`: every 5000 images a split, in their order, the rest as another.
    Adm,
    /// torchmetrics 1.9: `torch.chunk`, so that the last split is shorter; the deviation has the
    /// divisor of one split less.
    Torchmetrics,
    /// dgm-eval: splits of `N/s` rounded down; the images that remain are left out.
    DgmEval,
}

impl InceptionScoreVariant {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::TorchFidelity, Self::OpenAi, Self::Adm, Self::Torchmetrics, Self::DgmEval];

    /// The program's name, as results carry it.
    pub fn name(self) -> &'static str {
        match self {
            Self::TorchFidelity => "torch-fidelity",
            Self::OpenAi => "openai",
            Self::Adm => "adm",
            Self::Torchmetrics => "torchmetrics",
            Self::DgmEval => "dgm-eval",
        }
    }
}

impl From<InceptionScoreVariant> for &'static str {
    fn from(variant: InceptionScoreVariant) -> Self {
        variant.name()
    }
}

/// How [`inception_score`] orders and cuts. The default is torch-fidelity's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InceptionScoreConfig {
    /// Whose recipe.
    pub variant: InceptionScoreVariant,
    /// Number of splits; for ADM it is not read.
    pub splits: usize,
    /// Images of a split, for ADM alone.
    pub split_size: usize,
    /// Whether the images are shuffled first.
    pub shuffle: bool,
    /// Seed of the shuffle: of NumPy's [`RandomState`], or of `torch.manual_seed` for torchmetrics.
    pub seed: u32,
}

impl InceptionScoreConfig {
    /// What the program does by default: 10 splits (ADM: 5000 images each), with or without a
    /// shuffle, seed 2020. torchmetrics has no seed of its own.
    pub fn of(variant: InceptionScoreVariant) -> Self {
        use InceptionScoreVariant::{Adm, OpenAi};
        let shuffle = !matches!(variant, OpenAi | Adm);
        Self { variant, splits: 10, split_size: 5000, shuffle, seed: 2020 }
    }
}

impl Default for InceptionScoreConfig {
    fn default() -> Self {
        Self::of(InceptionScoreVariant::TorchFidelity)
    }
}

/// An Inception Score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InceptionScore {
    /// Mean over the splits of `exp` of the mean divergence.
    pub mean: f64,
    /// Deviation over the splits; none where the divisor is 0.
    pub std: Option<f64>,
    /// Mean over the splits of the mean divergence itself, in nats.
    pub log_mean: f64,
    /// Its deviation.
    pub log_std: Option<f64>,
    /// Number of splits there were.
    pub splits: usize,
    /// What the divisor of the deviations is below the number of splits: 0, or 1 for torchmetrics.
    pub ddof: usize,
    /// As asked for.
    pub config: InceptionScoreConfig,
}

/// The Inception Score of logits, `[n, classes]`, read once, a row at a time.
///
/// # Errors
/// [`Error::Setting`], [`Error::NotEnoughImages`] where there are fewer images than splits,
/// [`Error::NotFinite`] with the row, [`Error::TooManyImages`].
pub fn inception_score(
    logits: &dyn FeatureRows,
    config: &InceptionScoreConfig,
) -> Result<InceptionScore, Error> {
    require_at_least("number of splits", config.splits, 1)?;
    require_at_least("images of a split", config.split_size, 1)?;
    let n = rows_u32(logits)?;
    let needed = match config.variant {
        InceptionScoreVariant::Adm => 1,
        _ => config.splits,
    };
    if (n as usize) < needed {
        let (metric, side, available) = ("the Inception Score", "fake", n as usize);
        return Err(Error::NotEnoughImages { metric, side, needed, available });
    }
    let order: Vec<u32> = match (config.shuffle, config.variant) {
        (false, _) => (0..n).collect(),
        (true, InceptionScoreVariant::Torchmetrics) => {
            TorchGenerator::new(config.seed.into()).randperm(n)
        }
        (true, _) => RandomState::new(config.seed).permutation(n),
    };
    let mut split = Split::new(logits.dim());
    let mut logs = Vec::new();
    for range in ranges(config, n as usize) {
        split.clear();
        for &row in &order[range] {
            split.add(logits, row as usize)?;
        }
        logs.push(split.mean_divergence());
    }
    let ddof = usize::from(config.variant == InceptionScoreVariant::Torchmetrics);
    let scores: Vec<_> = logs.iter().map(|log| log.exp()).collect();
    let ((mean, std), (log_mean, log_std)) = (spread(&scores, ddof), spread(&logs, ddof));
    let splits = logs.len();
    Ok(InceptionScore { mean, std, log_mean, log_std, splits, ddof, config: config.clone() })
}

/// Where the splits are in the order of the images. None is empty.
fn ranges(config: &InceptionScoreConfig, n: usize) -> Vec<std::ops::Range<usize>> {
    let splits = config.splits;
    let by_size = |size: usize| (0..n).step_by(size).map(|from| from..n.min(from + size)).collect();
    match config.variant {
        InceptionScoreVariant::TorchFidelity | InceptionScoreVariant::OpenAi => {
            // In 128 bits: a product of two sizes may not fit.
            let at = |i: usize| (i as u128 * n as u128 / splits as u128) as usize;
            (0..splits).map(|i| at(i)..at(i + 1)).collect()
        }
        InceptionScoreVariant::Adm => by_size(config.split_size),
        InceptionScoreVariant::Torchmetrics => by_size(n.div_ceil(splits)),
        InceptionScoreVariant::DgmEval => {
            let size = n / splits;
            (0..splits).map(|i| i * size..(i + 1) * size).collect()
        }
    }
}

/// Sums over one split. The mean divergence from the mean distribution `q` is the mean of
/// `Σ p·log p` less `Σ q·log q`, so that the rows need not be kept.
struct Split {
    row: Vec<f64>,
    /// Σ p, `[classes]`.
    sum: Vec<f64>,
    /// Σ of `Σ p·log p`.
    negative_entropy: f64,
    n: usize,
}

impl Split {
    fn new(classes: usize) -> Self {
        Self { row: vec![0.0; classes], sum: vec![0.0; classes], negative_entropy: 0.0, n: 0 }
    }

    fn clear(&mut self) {
        self.sum.fill(0.0);
        (self.negative_entropy, self.n) = (0.0, 0);
    }

    fn add(&mut self, logits: &dyn FeatureRows, row: usize) -> Result<(), Error> {
        read_finite(logits, "logits", row, &mut self.row)?;
        let largest = self.row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut weighted) = (0.0, 0.0);
        for value in &mut self.row {
            let log = *value - largest;
            *value = log.exp();
            total += *value;
            // A class whose share is 0 adds nothing.
            weighted += if *value > 0.0 { *value * log } else { 0.0 };
        }
        for (sum, value) in self.sum.iter_mut().zip(&self.row) {
            *sum += value / total;
        }
        self.negative_entropy += weighted / total - total.ln();
        self.n += 1;
        Ok(())
    }

    fn mean_divergence(&self) -> f64 {
        let n = self.n as f64;
        let of_mean = self.sum.iter().filter(|&&sum| sum > 0.0).map(|sum| sum / n * (sum / n).ln());
        self.negative_entropy / n - of_mean.sum::<f64>()
    }
}

/// Mean and deviation, with the divisor `n − ddof`.
fn spread(values: &[f64], ddof: usize) -> (f64, Option<f64>) {
    let (mean, square) = mean_and_square(values);
    let n = values.len();
    (mean, (n > ddof).then(|| (square / (n - ddof) as f64).sqrt()))
}

//! The Inception Score (Salimans et al. 2016): `exp` of the mean Kullback–Leibler divergence
//! between each image's classes and those of its split.
//!
//! Programs differ in the order of the images, in the splits, and in the divisor of the standard
//! deviation; see [`InceptionScoreVariant`]. The softmax is in f64 over all columns. The caller
//! decides which columns to pass and whether the logits have a bias: FID's network has 1008
//! classes, and the programs here leave the bias out.

use serde::{Deserialize, Serialize};

use super::common::{mean_and_square, require_at_least, rows_u32};
use super::numpy_random::RandomState;
use super::torch_random::TorchGenerator;
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};

/// The program whose splits to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum InceptionScoreVariant {
    /// torch-fidelity 0.4.0: split `i` of `s` begins at `i·N/s`, rounded down.
    TorchFidelity,
    /// OpenAI's `inception_score/model.py`: torch-fidelity's splits, without shuffling.
    OpenAi,
    /// ADM's `evaluator.py`: a split per 5000 images, without shuffling; the remainder is another
    /// split.
    Adm,
    /// torchmetrics 1.9: `torch.chunk`, which makes the last split shorter; the divisor of the
    /// standard deviation is the number of splits less one.
    Torchmetrics,
    /// dgm-eval: splits of `N/s` images, rounded down; the remainder is dropped.
    DgmEval,
}

impl InceptionScoreVariant {
    /// Every variant.
    pub const ALL: [Self; 5] =
        [Self::TorchFidelity, Self::OpenAi, Self::Adm, Self::Torchmetrics, Self::DgmEval];

    /// The program's name, as in results.
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

impl TryFrom<String> for InceptionScoreVariant {
    type Error = Error;

    /// Parses an exact name.
    fn try_from(name: String) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|variant| variant.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            Error::UnknownInceptionScoreVariant { name, known }
        })
    }
}

/// The splits of [`inception_score`]. The default is torch-fidelity's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InceptionScoreConfig {
    /// The program whose splits to use.
    pub variant: InceptionScoreVariant,
    /// Number of splits; ignored for ADM.
    pub splits: usize,
    /// Images of a split; only for ADM.
    pub split_size: usize,
    /// Whether to shuffle the images first.
    pub shuffle: bool,
    /// Seed of the shuffle: of NumPy's [`RandomState`]; for torchmetrics of `torch.manual_seed`.
    pub seed: u32,
}

impl InceptionScoreConfig {
    /// The program's defaults: 10 splits (ADM: 5000 images each), shuffled except for OpenAI and
    /// ADM, seed 2020. torchmetrics itself has no default seed.
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InceptionScore {
    /// Mean over the splits of `exp` of the mean divergence.
    pub mean: f64,
    /// Standard deviation over the splits; `None` if its divisor is 0.
    pub std: Option<f64>,
    /// Mean over the splits of the mean divergence, in nats.
    pub log_mean: f64,
    /// Standard deviation of the mean divergence over the splits; `None` if its divisor is 0.
    pub log_std: Option<f64>,
    /// Number of splits.
    pub splits: usize,
    /// Number of splits minus the divisor of the standard deviations: 0, or 1 for torchmetrics.
    pub ddof: usize,
    /// The settings used.
    pub config: InceptionScoreConfig,
}

/// The Inception Score of logits, `[n, classes]`, which are read once, row by row.
///
/// # Errors
/// [`Error::Setting`]; [`Error::NotEnoughImages`] if there are fewer images than splits;
/// [`Error::NotFinite`] with the row; [`Error::TooManyImages`].
pub fn inception_score(
    logits: &dyn FeatureRows,
    config: &InceptionScoreConfig,
) -> Result<InceptionScore, Error> {
    require_at_least("number of splits", config.splits, 1)?;
    require_at_least("number of images in a split", config.split_size, 1)?;
    let n = rows_u32(logits)?;
    let needed = match config.variant {
        InceptionScoreVariant::Adm => 1,
        _ => config.splits,
    };
    if (n as usize) < needed {
        let metric = "the Inception Score";
        let side = "fake";
        let available = n as usize;
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

/// The splits as ranges in the order of the images; no split is empty.
fn ranges(config: &InceptionScoreConfig, n: usize) -> Vec<std::ops::Range<usize>> {
    let splits = config.splits;
    let by_size = |size: usize| (0..n).step_by(size).map(|from| from..n.min(from + size)).collect();
    match config.variant {
        InceptionScoreVariant::TorchFidelity | InceptionScoreVariant::OpenAi => {
            // The product of two sizes may exceed 64 bits.
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
/// `Σ p·log p` less `Σ q·log q`, so no rows need to be stored.
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
        let mut total = 0.0;
        let mut weighted = 0.0;
        for value in &mut self.row {
            let log = *value - largest;
            *value = log.exp();
            total += *value;
            // 0·log 0 = 0.
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

/// Mean and standard deviation with the divisor `n − ddof`; `None` if that is 0.
fn spread(values: &[f64], ddof: usize) -> (f64, Option<f64>) {
    let (mean, square) = mean_and_square(values);
    let n = values.len();
    (mean, (n > ddof).then(|| (square / (n - ddof) as f64).sqrt()))
}

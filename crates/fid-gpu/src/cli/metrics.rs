//! The metrics, and their conventions.

use clap::{Args, ValueEnum};
use fid_core::metrics::{
    InceptionScoreConfig, InceptionScoreVariant, IntervalConfig, KidConfig, PrdcConfig,
};

use crate::{ImagesConfig, MetricSet, MetricsConfig, Suite};

/// A program's convention of precision and recall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrdcVariant {
    /// 3 neighbours, distance ≤ radius; the default
    TorchFidelity,
    /// 3 neighbours, distance ≤ radius, without ADM's rounding to f16
    Adm,
    /// 5 neighbours, distance < radius; as dgm-eval
    Prdc,
}

/// A program's convention of the Inception Score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IsVariant {
    /// Shuffled by NumPy's RandomState, 10 splits, ddof 0; the default
    TorchFidelity,
    /// In the order of the files, 10 splits, ddof 0
    Openai,
    /// In the order of the files, splits of 5000
    Adm,
    /// Shuffled by PyTorch's generator, 10 splits, ddof 1
    Torchmetrics,
    /// Shuffled by NumPy's RandomState, 10 equal splits, without the rest
    DgmEval,
}

/// Arguments of KID's subsets.
#[derive(Debug, Args)]
pub struct KidArgs {
    /// KID: images of each side in a subset
    #[arg(long, value_name = "N", default_value_t = KidConfig::default().subset_size)]
    pub kid_subset_size: usize,

    /// KID: number of subsets
    #[arg(long, value_name = "N", default_value_t = KidConfig::default().subsets)]
    pub kid_subsets: usize,
}

/// Arguments of precision and recall.
#[derive(Debug, Args)]
pub struct PrdcArgs {
    /// Precision, recall, density, coverage: the program whose conventions apply
    #[arg(long = "prdc", value_name = "PROGRAM")]
    pub prdc_variant: Option<PrdcVariant>,

    /// Precision, recall, density, coverage: the neighbour that a ball reaches to [default: the program's]
    #[arg(long, value_name = "K")]
    pub neighbours: Option<usize>,
}

/// Arguments of the metrics.
#[derive(Debug, Args)]
pub struct MetricArgs {
    /// Metrics to compute: fid, fid-64, fid-192, fid-768, sfid, fid-infinity, kid, is, prdc, mind, mifid, cmmd,
    /// with commas between them; or all [default: fid]
    ///
    /// All are computed in one pass over the images. Statistics files suffice for fid, those of stats
    /// --spatial for sfid, those of stats --with-features for all but is, fid-64, fid-192 and fid-768.
    /// The conventions are torch-fidelity's unless said otherwise; the order of its inputs is fake, real.
    /// With all, metrics for which a set is too small are skipped with a note, and cmmd is among them for
    /// the encoders clip-… alone. CMMD is defined for clip-l14-336 and its preset cmmd.
    #[arg(long, value_name = "NAMES")]
    pub metrics: Option<MetricSet>,

    /// The metrics of one program, with its conventions and in its words: adm
    ///
    /// adm is evaluations/evaluator.py of guided-diffusion: Inception Score, FID, sFID, precision and recall,
    /// under the preset adm. The real side may be one of its reference batches (VIRTUAL_….npz), the fake side
    /// its samples (arr_0). --metrics adds others; --is and --prdc override its conventions.
    #[arg(long, value_name = "NAME")]
    pub suite: Option<Suite>,

    /// KID's subsets.
    #[command(flatten)]
    pub kid: KidArgs,

    /// Inception Score: the program whose conventions apply
    #[arg(long = "is", value_name = "PROGRAM")]
    pub is_variant: Option<IsVariant>,

    /// Inception Score: number of splits
    #[arg(long, value_name = "N", default_value_t = InceptionScoreConfig::default().splits)]
    pub is_splits: usize,

    /// Precision and recall.
    #[command(flatten)]
    pub prdc: PrdcArgs,

    /// Compute a confidence interval of the FID, and of KID over the whole sets [default level: 0.95]
    ///
    /// By the jackknife, for the expected value at this number of images: not for the value with
    /// infinitely many, which fid-infinity estimates. A side given by statistics counts as fixed.
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true,
        default_missing_value = "0.95", value_parser = level)]
    pub interval: Option<f64>,

    /// List the K images of each side that move the FID most, and the nearest real image of fake ones
    ///
    /// Without an image of influence I in a set of N, the FID would be about I/(N - 1) lower.
    #[arg(long, value_name = "K", default_value_t = 0, hide_default_value = true)]
    pub outliers: usize,

    /// Compute the FID of each class; classes are the sub-folders
    #[arg(long)]
    pub per_class: bool,

    /// Images that a class needs on either side: with fewer, its FID says nothing
    #[arg(long, value_name = "N", default_value_t = ImagesConfig::MIN_CLASS_IMAGES, requires = "per_class")]
    pub class_min: usize,

    /// The seed of every random choice: KID's subsets, the order of IS and FID∞, MIND's directions, and the
    /// images of --samples [default: the programs' 2020, and 0 for --samples]
    #[arg(long, value_name = "N")]
    pub seed: Option<u32>,
}

impl KidArgs {
    /// The library's configuration.
    pub fn config(&self, seed: u32) -> KidConfig {
        let (subsets, subset_size) = (self.kid_subsets, self.kid_subset_size);
        KidConfig { subsets, subset_size, seed, ..KidConfig::default() }
    }
}

impl PrdcArgs {
    /// The library's configuration; `default` if no program is named.
    pub fn config(&self, default: PrdcConfig) -> PrdcConfig {
        let config = match self.prdc_variant {
            None => default,
            Some(PrdcVariant::TorchFidelity) => PrdcConfig::TORCH_FIDELITY,
            Some(PrdcVariant::Adm) => PrdcConfig::ADM,
            Some(PrdcVariant::Prdc) => PrdcConfig::PRDC,
        };
        PrdcConfig { neighbours: self.neighbours.unwrap_or(config.neighbours), ..config }
    }
}

impl MetricArgs {
    /// The library's configuration.
    pub fn config(&self) -> MetricsConfig {
        let base = self.suite.map(Suite::config).unwrap_or_default();
        let asked = self.metrics.as_ref();
        let select = match self.suite {
            Some(_) => asked.map_or_else(|| base.select.clone(), |more| base.select.and(more)),
            None => asked.cloned().unwrap_or_default(),
        };
        let variant = match self.is_variant {
            None => base.inception_score.variant,
            Some(IsVariant::TorchFidelity) => InceptionScoreVariant::TorchFidelity,
            Some(IsVariant::Openai) => InceptionScoreVariant::OpenAi,
            Some(IsVariant::Adm) => InceptionScoreVariant::Adm,
            Some(IsVariant::Torchmetrics) => InceptionScoreVariant::Torchmetrics,
            Some(IsVariant::DgmEval) => InceptionScoreVariant::DgmEval,
        };
        let (splits, seed) = (self.is_splits, self.seed.unwrap_or(KidConfig::default().seed));
        let mut config = MetricsConfig {
            select,
            kid: self.kid.config(seed),
            inception_score: InceptionScoreConfig {
                splits,
                seed,
                ..InceptionScoreConfig::of(variant)
            },
            prdc: self.prdc.config(base.prdc),
            ..base
        };
        config.fid_infinity.seed = seed;
        config.mind.seed = seed.into();
        config.images = ImagesConfig {
            interval: self.interval.map(|level| IntervalConfig { level }),
            outliers: self.outliers,
            per_class: self.per_class.then_some(self.class_min),
        };
        config
    }
}

fn level(text: &str) -> Result<f64, String> {
    let level = text.parse().ok().filter(|level| (0.0..1.0).contains(level) && *level > 0.0);
    level.ok_or_else(|| {
        format!("'{text}' is no level: write a number between 0 and 1, such as 0.95")
    })
}

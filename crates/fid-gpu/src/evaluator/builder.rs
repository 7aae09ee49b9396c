//! The arguments of an [`Evaluator`].

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use fid_core::metrics::{
    FidInfinityConfig, InceptionScoreConfig, IntervalConfig, KidConfig, MifidConfig, MindConfig,
    PrdcConfig,
};
use fid_core::{Devices, Engine, Precision, Preparation, Preset, Tap};
use fid_weights::WeightsSource;

use super::features_only::FeaturesOnly;
use super::{Evaluator, Settings};
use crate::config::setters;
use crate::extractor::Extractor;
use crate::metrics::{Metric, MetricsConfig, ProductsOn, Suite, require_settings};
use crate::observer::{Observer, Silent};
use crate::weights::DownloadOptions;
use crate::{Error, RunConfig};

/// The arguments of an [`Evaluator`]; the defaults are those of [`EvalConfig::new`].
///
/// [`EvalConfig::new`]: crate::EvalConfig::new
pub struct EvaluatorBuilder {
    network: Network,
    run: RunConfig,
    metrics: MetricsConfig,
    explain: bool,
    assume_preset: Option<Preset>,
    real_preparation: Preparation,
    fake_preparation: Preparation,
    observer: Arc<dyn Observer + Send + Sync>,
}

/// The source of features.
enum Network {
    /// The encoder of the configuration.
    OfRun,
    /// The caller's engine, the name of its features and their dimension.
    Custom { engine: Arc<dyn Engine>, layer: String, dim: usize },
    /// No network: the caller adds features.
    None { layer: String, dim: usize },
}

impl Evaluator {
    /// An evaluator with Inception-v3, the network of FID.
    pub fn builder() -> EvaluatorBuilder {
        EvaluatorBuilder::inception()
    }

    /// An evaluator with the caller's network. At [`Tap::Pool3`](fid_core::Tap::Pool3) the engine
    /// returns rows of `dim` values, and `features` names them: sets with features of different
    /// names are not compared.
    ///
    /// The preset still determines the input of the network, `[n,3,299,299]`.
    pub fn with_engine(
        engine: Arc<dyn Engine>,
        features: impl Into<String>,
        dim: usize,
    ) -> EvaluatorBuilder {
        EvaluatorBuilder::custom(engine, features.into(), dim)
    }

    /// An evaluator without a network. The caller adds feature vectors of `dim` values with
    /// [`update_features`](Self::update_features). `features` names them: sets with features of
    /// different names are not compared.
    ///
    /// ```
    /// use fid_gpu::{Evaluator, Metric, Side};
    ///
    /// let mut evaluator = Evaluator::of_features("my encoder", 2).metrics([Metric::Fid]).build()?;
    /// evaluator.update_features(Side::Real, &[0.0, 0.0, 1.0, 1.0, 2.0, 0.0])?;
    /// evaluator.update_features(Side::Fake, &[3.0, 0.0, 4.0, 1.0, 5.0, 0.0])?;
    /// // The same shape, 3 to the right.
    /// assert!((evaluator.compute()?.fid - 9.0).abs() < 1e-6);
    /// # Ok::<(), fid_gpu::Error>(())
    /// ```
    pub fn of_features(features: impl Into<String>, dim: usize) -> EvaluatorBuilder {
        EvaluatorBuilder::features(features.into(), dim)
    }
}

impl EvaluatorBuilder {
    fn new(network: Network) -> Self {
        Self {
            network,
            run: RunConfig::default(),
            metrics: MetricsConfig::default(),
            explain: false,
            assume_preset: None,
            real_preparation: Preparation::default(),
            fake_preparation: Preparation::default(),
            observer: Arc::new(Silent),
        }
    }

    fn inception() -> Self {
        Self::new(Network::OfRun)
    }

    fn custom(engine: Arc<dyn Engine>, layer: String, dim: usize) -> Self {
        Self::new(Network::Custom { engine, layer, dim })
    }

    fn features(layer: String, dim: usize) -> Self {
        Self::new(Network::None { layer, dim })
    }

    setters! {
        /// The preprocessing convention of the program whose values the report gives.
        preset: Preset => run.preset;
        /// Additional presets whose FID the report lists. Each costs another pass of the network.
        further_presets: Vec<Preset> => run.also;
        /// The weights. By default [`crate::weights::find`] searches for the published file.
        weights: impl Into<Option<WeightsSource>> => run.weights;
        /// How to download the published weights if they are not found. By default nothing is
        /// downloaded.
        download: impl Into<Option<DownloadOptions>> => run.download;
        /// Where the network runs.
        device: impl Into<Devices> => run.device;
        /// The number format of the network. FID is defined by f32.
        precision: Precision => run.precision;
        /// Images in a batch, capped at the number that the device can hold.
        batch_size: impl Into<Option<NonZeroUsize>> => run.batch_size;
        /// KID's subsets.
        kid: KidConfig => metrics.kid;
        /// The Inception Score's splits and conventions.
        inception_score: InceptionScoreConfig => metrics.inception_score;
        /// The neighbours of precision, recall, density and coverage.
        prdc: PrdcConfig => metrics.prdc;
        /// The points of FID∞.
        fid_infinity: FidInfinityConfig => metrics.fid_infinity;
        /// MIND's directions.
        mind: MindConfig => metrics.mind;
        /// MiFID's penalty.
        mifid: MifidConfig => metrics.mifid;
        /// Where products of all pairs of features are computed: CPU or the network's device.
        products: ProductsOn => metrics.products;
        /// Confidence intervals of FID and KID.
        interval: impl Into<Option<IntervalConfig>> => metrics.images.interval;
        /// How many of the images that move the FID most the report lists, per side.
        outliers: usize => metrics.images.outliers;
        /// Reports the FID of each class with at least this many images on either side. The class
        /// of an image is the first folder of its [name](super::ImageBatch::named).
        per_class: impl Into<Option<usize>> => metrics.images.per_class;
        /// Whether to leave out metrics that the sets are too small for, instead of failing.
        leave_out: bool => metrics.leave_out;
        /// Whether the report explains the value in words, which takes about 2 s a side.
        explain: bool => explain;
        /// The preset assumed for statistics that do not record theirs.
        assume_preset: impl Into<Option<Preset>> => assume_preset;
        /// What is done to real images before the preset. Statistics of the real side must record
        /// the same.
        real_preparation: Preparation => real_preparation;
        /// What is done to generated images before the preset.
        fake_preparation: Preparation => fake_preparation;
    }

    /// Selects the metrics to compute. By default FID alone.
    #[must_use]
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        self.metrics.select = metrics.into_iter().collect();
        self
    }

    /// Selects the metrics, conventions and preset of another program.
    #[must_use]
    pub fn suite(mut self, suite: Suite) -> Self {
        self.run.preset = suite.preset();
        self.metrics = suite.config();
        self
    }

    /// Reports the progress of every call to `observer`, which may cancel it.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Opens the device and loads the weights.
    ///
    /// # Errors
    ///
    /// [`Error::Device`], [`Error::NoWeights`], `Error::Download` or [`Error::Weights`] if the
    /// network cannot be loaded; [`Error::Core`] if a setting of a metric is too small;
    /// [`Error::Update`] if a metric needs a network and the evaluator
    /// has only features.
    pub fn build(self) -> Result<Evaluator, Error> {
        require_settings(&self.metrics)?;
        let run = &self.run;
        let (extractor, dim, takes_images) = match &self.network {
            Network::OfRun => {
                run.require(&self.metrics.select, Tap::Pool3)?;
                let extractor = Extractor::open(run, Tap::Pool3, &[], &*self.observer)?;
                let dim = extractor.engine.info().features;
                (extractor, dim, true)
            }
            Network::Custom { engine, layer, dim } => {
                (Extractor::of_engine(Arc::clone(engine), run, layer), *dim, true)
            }
            Network::None { layer, dim } => {
                (Extractor::of_engine(Arc::new(FeaturesOnly::new()), run, layer), *dim, false)
            }
        };
        let Self { metrics, explain, assume_preset, observer, .. } = self;
        let preparations = [self.real_preparation, self.fake_preparation];
        let settings = Settings { metrics, explain, assume_preset, preparations, observer };
        Evaluator::new(extractor, dim, takes_images, settings)
    }
}

impl fmt::Debug for EvaluatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("EvaluatorBuilder");
        debug.field("run", &self.run).field("metrics", &self.metrics).finish_non_exhaustive()
    }
}

//! Metrics of the generated images alone.

use std::time::{SystemTime, UNIX_EPOCH};

use fid_core::metrics::inception_score;
use fid_core::{FeatureRows, Metric, Tap};
use serde::{Deserialize, Serialize};

use super::require_images;
use crate::extractor::LazyExtractor;
use crate::metrics::{Metrics, require_enough, require_settings};
use crate::observer::{Observer, Side};
use crate::provenance::{Versions, WeightsReport};
use crate::report::{SCHEMA, SetReport};
use crate::side::SideInput;
use crate::stats_file::is_standard;
use crate::timings::table;
use crate::{Error, EvalConfig};

/// The metrics of one set, with everything needed to compute them again.
///
/// Serializes to the JSON object that the program prints; the fields have the meaning of those of
/// [`FidReport`](crate::FidReport).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "FidReport describes the fields")]
pub struct OneSetReport {
    pub schema: u64,
    pub metrics: Metrics,
    pub comparable: bool,
    pub fake: SetReport,
    pub preset: String,
    pub precision: String,
    pub weights: Option<WeightsReport>,
    pub device: String,
    pub driver: Option<String>,
    /// The kernels that computed: the instruction set of a CPU, or the class of tiles of a GPU.
    pub kernels: String,
    pub batch_size: usize,
    pub versions: Versions,
    /// Seconds for opening the device and loading the weights.
    pub weights_seconds: f64,
    pub not_saved: Option<String>,
    pub notes: Vec<String>,
    pub timestamp: u64,
}

impl OneSetReport {
    /// A line for each metric, for people.
    pub fn lines(&self) -> Vec<String> {
        self.metrics.lines()
    }

    /// A table of the seconds that each stage took.
    pub fn timings(&self) -> String {
        let stages: Vec<_> = self.fake.stages.iter().map(|&stages| ("fake", stages)).collect();
        table(&stages, &[("weights and device", self.weights_seconds)])
    }
}

impl EvalConfig {
    /// What needs the real images as well; `None` if [`evaluate_one`] accepts the configuration.
    pub(crate) fn needs_both(&self) -> Option<String> {
        let metric = self.metrics.select.iter().find(|&metric| metric != Metric::InceptionScore);
        let images = &self.metrics.images;
        let others = [
            (
                !self.real_preparation.is_none() && self.real_preparation != self.fake_preparation,
                "a preparation of the real images",
            ),
            (self.save_stats.is_some(), "saving the statistics of the real images"),
            (!self.run.also.is_empty(), "a table of presets"),
            (images.interval.is_some(), "a confidence interval"),
            (images.outliers > 0, "a list of outliers"),
            (images.per_class.is_some(), "FID per class"),
            (self.explain, "the explanation of the value"),
        ];
        let other = others.into_iter().find_map(|(asked, what)| asked.then(|| what.to_string()));
        metric.map(|metric| metric.to_string()).or(other)
    }
}

/// Computes the metrics of the generated images alone: the Inception Score. `config.real` is not
/// read.
///
/// ```
/// use fid_gpu::observer::Silent;
/// use fid_gpu::{DeviceChoice, EvalConfig, Metric, WeightsSource, evaluate_one};
///
/// let mut config = EvalConfig::new("", "../../samples/fake")
///     .select([Metric::InceptionScore])
///     .weights("seeded".parse::<WeightsSource>()?)
///     .device("cpu".parse::<DeviceChoice>()?);
/// let score = evaluate_one(&config, &Silent)?.metrics.inception_score;
/// assert!(score.is_some_and(|score| score.mean >= 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`](super::evaluate), and [`Error::NeedsBoth`] if `config` asks for a comparison.
pub fn evaluate_one(config: &EvalConfig, observer: &dyn Observer) -> Result<OneSetReport, Error> {
    if let Some(what) = config.needs_both() {
        return Err(Error::NeedsBoth { what });
    }
    require_settings(&config.metrics)?;
    config.run.require(&config.metrics.select, Tap::Pool3)?;
    let fake = SideInput::open(Side::Fake, &config.fake, config, observer)?;
    config.save.prepare()?;
    require_images(config, &[&fake])?;
    if let Some(images) = fake.num_images() {
        require_enough(&config.metrics, images, images)?;
    }
    let layer = fake.layer().unwrap_or(Tap::Pool3);
    let lazy = LazyExtractor::new(config, layer, observer);
    let recipe = fake.recipe(&lazy)?;
    let fake = fake.take(&lazy, &config.wants(Side::Fake, layer), observer)?;
    let not_saved =
        config.save.save(Side::Fake, &fake, &config.run.encoder).err().map(|error| error.chain());

    observer.phase("computing is");
    let few =
        || Error::TooFew { side: Side::Fake, path: config.fake.clone(), count: fake.images.len() };
    let logits = fake.features.rows(Tap::LogitsUnbiased).ok_or_else(few)?;
    debug_assert_eq!(logits.num_rows(), fake.images.len());
    let score = inception_score(&logits, &config.metrics.inception_score)?;
    let extractor = lazy.get()?;
    let info = extractor.engine.info();
    let random = recipe.weights.as_ref().is_some_and(|weights| weights.random);
    let standard = is_standard(&recipe.precision);
    let mut notes = Vec::new();
    if random {
        notes
            .push("the weights are random: the value is not comparable with published ones".into());
    }
    if !standard {
        let precision = &recipe.precision;
        notes.push(format!(
            "the network was computed in {precision}: the value is not comparable with published ones, \
             which are of f32"
        ));
    }
    if !fake.preparation.is_none() {
        notes.push(format!("before the preset, fake images: {}", fake.preparation));
    }
    notes.extend(fake.notes.iter().cloned().chain(extractor.note.clone()));
    notes.extend(fake.census.iter().flat_map(|census| census.faults(Side::Fake)));
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(OneSetReport {
        schema: SCHEMA,
        metrics: Metrics { inception_score: Some(score), ..Metrics::default() },
        comparable: !random && standard,
        fake: fake.report(fake.stats.trace()),
        preset: recipe.preset,
        precision: recipe.precision,
        weights: recipe.weights,
        device: info.device.clone(),
        driver: info.driver.clone(),
        kernels: info.kernels.clone(),
        batch_size: extractor.batch_size.get(),
        versions: Versions::default(),
        weights_seconds: extractor.seconds,
        not_saved,
        notes,
        // A clock before 1970 is wrong anyway.
        timestamp: now.map_or(0, |now| now.as_secs()),
    })
}

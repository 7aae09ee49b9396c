//! A comparison from paths to a report. Cheap checks come before the network runs.

pub(crate) mod compare;
mod one_set;

use std::fmt;
use std::path::Path;
use std::time::Instant;

use fid_core::{Preset, Tap};

use self::compare::Comparison;
use crate::error::{Error, ImageOutput};
use crate::extractor::LazyExtractor;
use crate::metrics::{Metric, want};
use crate::observer::{Observer, Side, Silent};
use crate::report::FidReport;
use crate::side::{SideData, SideInput};
use crate::stats_file::{Recipe, StatsFile};
use crate::{EvalConfig, metrics};

pub use self::one_set::{OneSetReport, evaluate_one};

/// Computes the FID, and the other metrics selected in `config`, of two sides. Each side is a set
/// of images or a statistics file.
///
/// ```
/// use fid_gpu::{DeviceChoice, EvalConfig, Metric, WeightsSource, evaluate};
///
/// let config = EvalConfig::new("../../samples/real", "../../samples/fake")
///     .select([Metric::Fid, Metric::Mind])
///     .weights("seeded".parse::<WeightsSource>()?)
///     .device("cpu".parse::<DeviceChoice>()?);
/// assert!(evaluate(&config)?.metrics.mind.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error`] if a folder, a file, an image, the weights or the device cannot be used, or if the two
/// sides were made differently. Everything that can be checked without the network is checked
/// before the network runs.
pub fn evaluate(config: &EvalConfig) -> Result<FidReport, Error> {
    evaluate_with(config, &Silent)
}

/// As [`evaluate`], and reports progress to an observer, which may cancel the run.
///
/// ```
/// use fid_gpu::observer::Progress;
/// use fid_gpu::{EvalConfig, Observer, Side, WeightsSource, evaluate_with};
///
/// struct Bar;
///
/// impl Progress for Bar {}
///
/// impl Observer for Bar {
///     fn progress(&self, side: Side, images: usize) {
///         eprintln!("{side}: {images} images");
///     }
/// }
///
/// let config = EvalConfig::new("../../samples/real", "../../samples/fake")
///     .weights("seeded".parse::<WeightsSource>()?)
///     .device("cpu".parse::<fid_gpu::DeviceChoice>()?);
/// assert_eq!(evaluate_with(&config, &Bar)?.real.images, Some(24));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`evaluate`].
pub fn evaluate_with(config: &EvalConfig, observer: &dyn Observer) -> Result<FidReport, Error> {
    compare(config, observer).map(|compared| compared.report)
}

/// A comparison that keeps the features of both sides, from which an HTML report can be drawn later.
pub struct Compared {
    /// The result.
    pub report: FidReport,
    #[cfg_attr(not(feature = "html"), allow(dead_code))]
    pub(crate) real: SideData,
    #[cfg_attr(not(feature = "html"), allow(dead_code))]
    pub(crate) fake: SideData,
    /// Seed of random choices in the HTML report.
    #[cfg_attr(not(feature = "html"), allow(dead_code))]
    pub(crate) seed: u32,
}

impl fmt::Debug for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compared").field("report", &self.report).finish_non_exhaustive()
    }
}

/// As [`evaluate_with`], and keeps the features of both sides.
///
/// # Errors
///
/// As [`evaluate`].
pub fn compare(config: &EvalConfig, observer: &dyn Observer) -> Result<Compared, Error> {
    let begin = Instant::now();
    metrics::require_settings(&config.metrics)?;
    config.run.require(&config.metrics.select, Tap::Pool3)?;
    if let Some(path) = &config.save_stats {
        StatsFile::check_target(path)?;
    }
    let real = SideInput::open(Side::Real, &config.real, config, observer)?;
    let fake = SideInput::open(Side::Fake, &config.fake, config, observer)?;
    config.save.prepare()?;
    let layer = real.layer().or(fake.layer()).unwrap_or(Tap::Pool3);
    let extractor = LazyExtractor::new(config, layer, observer);
    require_images(config, &[&real, &fake])?;
    if let (Some(real), Some(fake)) = (real.num_images(), fake.num_images()) {
        metrics::require_enough(&config.metrics, real, fake)?;
    }
    require_comparable(config, &real, &fake, &extractor)?;
    let reference = Reference::take(real, config, &extractor, observer)?;
    let (report, fake) = reference.compare_keeping(fake, begin)?;
    let (real, seed) = (reference.real, config.metrics.fid_infinity.seed);
    Ok(Compared { report, real, fake, seed })
}

/// The real side, loaded once and compared with any number of generated sets.
pub(crate) struct Reference<'a> {
    config: &'a EvalConfig,
    extractor: &'a LazyExtractor<'a>,
    observer: &'a dyn Observer,
    recipe: Recipe,
    real: SideData,
    /// Why the statistics or features of the real side could not be written.
    not_saved: Option<String>,
}

impl<'a> Reference<'a> {
    /// Computes the real side's features, or reads its statistics file.
    pub(crate) fn take(
        real: SideInput,
        config: &'a EvalConfig,
        extractor: &'a LazyExtractor<'a>,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let recipe = real.recipe(extractor)?;
        let layer = real.layer().unwrap_or(extractor.layer());
        let real = real.take(extractor, &config.wants(Side::Real, layer), observer)?;
        // A failed write is reported next to the value instead of losing it.
        let suite = config.metrics.suite.is_some();
        let saved = config.save_stats.as_ref().map_or(Ok(()), |path| real.save(path, suite));
        let saved = saved.map_err(Error::from).and(config.save.save(
            Side::Real,
            &real,
            &config.run.encoder,
        ));
        let not_saved = saved.err().map(|error| error.chain());
        Ok(Self { config, extractor, observer, recipe, real, not_saved })
    }

    /// Compares a set made under the same recipe; `begin` is the start of the run.
    pub(crate) fn compare(&self, fake: SideInput, begin: Instant) -> Result<FidReport, Error> {
        self.compare_keeping(fake, begin).map(|(report, _)| report)
    }

    fn compare_keeping(
        &self,
        fake: SideInput,
        begin: Instant,
    ) -> Result<(FidReport, SideData), Error> {
        let (config, real) = (self.config, &self.real);
        let recipe = fake.recipe(self.extractor)?;
        let weights = self.recipe.weights.clone().or(recipe.weights);
        let layer = fake.layer().unwrap_or(self.extractor.layer());
        let swapped = config.metrics.suite.is_some() && fake.file().is_some();
        let wants = config.wants(Side::Fake, layer);
        let mut fake = fake.take(self.extractor, &wants, self.observer)?;
        if swapped && real.source.is_some() {
            fake.notes.push(format!(
                "fake: {} has statistics, as references have, and {} has none: are the sides swapped?",
                fake.path().display(),
                real.path().display()
            ));
        }
        let saved = config
            .save
            .save(Side::Fake, &fake, &config.run.encoder)
            .err()
            .map(|error| error.chain());

        let comparison = Comparison {
            metrics: &config.metrics,
            explain: config.explain,
            recipe: &self.recipe,
            weights,
            extractor: self.extractor.opened(),
            observer: self.observer,
            not_saved: self.not_saved.clone().or(saved),
            begin,
        };
        let report = comparison.report(real, &fake)?;
        Ok((report, fake))
    }
}

/// Refuses metrics and outputs that need more than a statistics file contains.
pub(crate) fn require_images(config: &EvalConfig, sides: &[&SideInput]) -> Result<(), Error> {
    let leave_out = config.metrics.leave_out;
    let is_file = |side: &&&SideInput| side.file().is_some();
    let real_is_images = sides.first().is_some_and(|real| real.file().is_none());
    for side in sides.iter().filter(is_file).filter(|_| !leave_out) {
        let elsewhere = side.layer() != Some(Tap::Pool3);
        let lacks = |&metric: &Metric| match want(metric, side.side()) {
            Some(want) => !side.has(want),
            // It compares the real side's statistics at pool3.
            None => elsewhere && metric == Metric::FidInfinity,
        };
        if let Some(metric) = config.metrics.select.iter().find(lacks) {
            let (path, suite) = (side.path().into(), config.metrics.suite_of(metric));
            let swapped = real_is_images && side.side() == Side::Fake;
            return Err(Error::Lacking { metric, path, suite, swapped });
        }
    }
    let Some(path) = sides.iter().find_map(|side| side.file()).map(Path::to_path_buf) else {
        return Ok(());
    };
    // One side with the features of its images is enough; a watched one is a folder.
    let no_rows = sides.len() > 1 && !leave_out && !sides.iter().any(|side| side.has_rows());
    let images = &config.metrics.images;
    let asked = [
        (!config.run.also.is_empty(), ImageOutput::OtherPresets),
        (images.per_class.is_some(), ImageOutput::PerClass),
        (config.save.features.is_some(), ImageOutput::SaveFeatures),
        (config.save.logits.is_some(), ImageOutput::SaveLogits),
        (no_rows && images.interval.is_some(), ImageOutput::Interval),
        (no_rows && images.outliers > 0, ImageOutput::Outliers),
    ];
    match asked.into_iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(Error::NeedsRows { what, path }),
        None => Ok(()),
    }
}

/// Refuses sides made under different recipes.
pub(crate) fn require_comparable(
    config: &EvalConfig,
    real: &SideInput,
    fake: &SideInput,
    extractor: &LazyExtractor<'_>,
) -> Result<(), Error> {
    let (a, b) = (real.recipe(extractor)?, fake.recipe(extractor)?);
    // The command names the preparation of each side.
    let differences = a.unprepared().differences(&b.unprepared());
    let named = |recipe: &Recipe| Preset::named(&recipe.preset, config.run.encoder.presets()).ok();
    let preset = match (real.file(), fake.file()) {
        // A suite has a preset of its own.
        _ if config.metrics.suite.is_some() => None,
        (Some(_), None) => named(&a),
        (None, Some(_)) => named(&b),
        _ => None,
    };
    Error::require_comparable(real.path().display(), fake.path().display(), differences)
        .map_err(|error| error.suggesting(preset))
}

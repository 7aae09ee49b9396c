//! The whole run, in the order in which it can fail.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fid_core::{FEATURE_DIM, FrechetDistance, frechet_distance};

use crate::error::{Error, ImageOutput};
use crate::explain::Explanation;
use crate::input::{Input, Set};
use crate::metrics::{ImagesReport, Metric, want};
use crate::observer::{Observer, Side, Silent};
use crate::report::{FidReport, PresetFid, SCHEMA, Seconds, Versions};
use crate::session::OnceSession;
use crate::stats_file::{Recipe, StatsFile, is_standard};
use crate::{EvalConfig, metrics};

/// The FID of two folders, of two statistics files, or of one of each, with the other metrics that
/// are asked for.
///
/// # Errors
///
/// [`Error`] where a folder, a file, an image, the weights or the device cannot be used, and where
/// the two sides were made differently. Everything that can be checked without the network is
/// checked before the network runs.
pub fn evaluate(config: &EvalConfig) -> Result<FidReport, Error> {
    evaluate_with(config, &Silent)
}

/// As [`evaluate`], telling `observer` how it goes on.
///
/// # Errors
///
/// As [`evaluate`].
pub fn evaluate_with(config: &EvalConfig, observer: &dyn Observer) -> Result<FidReport, Error> {
    evaluate_seen(config, observer, |_, _, _| ()).map(|(report, ())| report)
}

/// As [`evaluate_with`]; `see` is shown both sets with the features that were wanted, the real one first.
pub(crate) fn evaluate_seen<T>(
    config: &EvalConfig,
    observer: &dyn Observer,
    see: impl FnOnce(&Set, &Set, &FidReport) -> T,
) -> Result<(FidReport, T), Error> {
    let begin = Instant::now();
    if let Some(path) = &config.save_stats {
        StatsFile::check_target(path)?;
    }
    let real = Input::open(Side::Real, &config.real, config)?;
    let fake = Input::open(Side::Fake, &config.fake, config)?;
    config.save.prepare()?;
    let session = OnceSession::new(&config.run, observer);
    require_images(config, &[&real, &fake])?;
    if let (Some(real), Some(fake)) = (real.num_images(), fake.num_images()) {
        metrics::require_enough(&config.metrics, real, fake)?;
    }
    require_comparable(&real, &fake, &session)?;
    let reference = Reference::take(real, config, &session, observer)?;
    reference.compare_seen(fake, begin, see)
}

/// The real images, ready to be compared with any number of generated sets.
pub(crate) struct Reference<'a> {
    config: &'a EvalConfig,
    session: &'a OnceSession<'a>,
    observer: &'a dyn Observer,
    recipe: Recipe,
    real: Set,
    /// Why their statistics could not be kept, where they were to be.
    not_saved: Option<String>,
}

impl<'a> Reference<'a> {
    /// Runs them through the network, or takes them from their file.
    pub(crate) fn take(
        real: Input,
        config: &'a EvalConfig,
        session: &'a OnceSession<'a>,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let recipe = real.recipe(session)?;
        let real = real.take(session, &config.wants(Side::Real), observer)?;
        // A full disk must not cost the value: it is told with it.
        let saved = config.save_stats.as_ref().map_or(Ok(()), |path| real.save(path));
        let saved = saved.map_err(Error::from).and(config.save.save(Side::Real, &real));
        let not_saved = saved.err().map(|error| error.chain());
        Ok(Self { config, session, observer, recipe, real, not_saved })
    }

    /// The distance of a set whose recipe is the same; `begin` is when the run began.
    pub(crate) fn compare(&self, fake: Input, begin: Instant) -> Result<FidReport, Error> {
        self.compare_seen(fake, begin, |_, _, _| ()).map(|(report, ())| report)
    }

    fn compare_seen<T>(
        &self,
        fake: Input,
        begin: Instant,
        see: impl FnOnce(&Set, &Set, &FidReport) -> T,
    ) -> Result<(FidReport, T), Error> {
        let (config, real) = (self.config, &self.real);
        let recipe = fake.recipe(self.session)?;
        let weights = self.recipe.weights.clone().or(recipe.weights);
        let fake = fake.take(self.session, &config.wants(Side::Fake), self.observer)?;
        let saved = config.save.save(Side::Fake, &fake).err().map(|error| error.chain());

        self.observer.phase("computing the distance");
        let start = Instant::now();
        let distance = frechet_distance(&real.stats, &fake.stats)?;
        let explain = || Explanation::of(&real.stats, &fake.stats, &distance);
        let explanation = config.explain.then(explain).transpose()?;
        let presets = self.cross_table(distance.display_value(), &fake)?;
        let frechet = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let session = self.session.opened();
        let engine = session.map(|session| &*session.engine);
        let fid = distance.display_value();
        let metrics = metrics::compute(&config.metrics, fid, engine, [real, &fake], self.observer);
        let images = ImagesReport::of(&config.metrics.images, real, &fake);
        let (images, not_told) = match images {
            Ok(images) => (images, None),
            Err(error) => (ImagesReport::default(), Some(error.chain())),
        };
        let seconds = Seconds {
            weights: session.map_or(0.0, |session| session.seconds),
            real: real.seconds,
            fake: fake.seconds,
            frechet,
            metrics: start.elapsed().as_secs_f64(),
            total: begin.elapsed().as_secs_f64(),
        };

        let random = weights.as_ref().is_some_and(|weights| weights.random);
        let precision = self.recipe.precision.clone();
        let comparable = !random && is_standard(&precision);
        let mut notes = notes(real, &fake, &distance, random);
        if !is_standard(&precision) {
            notes.push(format!(
                "the network was computed in {precision}: the value is not comparable with published FID, \
                 which is of f32"
            ));
        }
        notes.extend(session.and_then(|session| session.note.clone()));
        let missing = metrics.not_computed.iter();
        notes.extend(missing.map(|it| format!("{} is left out: {}", it.metric, it.reason)));
        notes.extend(not_told);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let report = FidReport {
            schema: SCHEMA,
            fid: distance.display_value(),
            mean_term: distance.mean_term,
            trace_term: distance.trace_a + distance.trace_b - 2.0 * distance.cross_trace,
            trace_method: distance.method,
            metrics,
            presets,
            images,
            suite: config.metrics.suite,
            requested: config.metrics.select.clone(),
            comparable,
            explanation,
            not_saved: self.not_saved.clone().or(saved),
            notes,
            real: real.report(distance.trace_a),
            fake: fake.report(distance.trace_b),
            preset: self.recipe.preset.clone(),
            precision,
            weights,
            device: engine.map(|engine| engine.info().device.clone()),
            driver: engine.and_then(|engine| engine.info().driver.clone()),
            batch_size: session.map(|session| session.batch_size.get()),
            versions: Versions::default(),
            seconds,
            // A clock before 1970 is wrong anyway.
            timestamp: now.map_or(0, |now| now.as_secs()),
        };
        let seen = see(real, &fake, &report);
        Ok((report, seen))
    }

    /// The FID under every preset, `fid` that under the first; nothing where there is no other.
    fn cross_table(&self, fid: f64, fake: &Set) -> Result<Vec<PresetFid>, Error> {
        let mut table = vec![PresetFid { preset: self.recipe.preset.clone(), fid }];
        for (preset, real) in self.real.features.others() {
            let Some((_, fake)) = fake.features.others().find(|(other, _)| *other == preset) else {
                continue;
            };
            let fid = frechet_distance(real, fake)?.display_value();
            table.push(PresetFid { preset: preset.to_string(), fid });
        }
        if table.len() == 1 {
            table.clear();
        }
        Ok(table)
    }
}

/// Refuses what files of statistics do not have.
pub(crate) fn require_images(config: &EvalConfig, sides: &[&Input]) -> Result<(), Error> {
    let leave_out = config.metrics.leave_out;
    for side in sides.iter().filter(|_| !leave_out) {
        let lacks = |&metric: &Metric| want(metric, side.side()).is_some_and(|it| !side.has(it));
        let path = side.path().to_path_buf();
        match config.metrics.select.iter().find(lacks) {
            Some(Metric::Sfid) => return Err(Error::NeedsSpatial { path }),
            Some(metric) => return Err(Error::NeedsImages { metric, path }),
            None => {}
        }
    }
    let Some(path) = sides.iter().find_map(|side| side.file()).map(Path::to_path_buf) else {
        return Ok(());
    };
    let all_files = sides.iter().all(|side| side.file().is_some()) && sides.len() > 1;
    let images = &config.metrics.images;
    let asked = [
        (!config.run.also.is_empty(), ImageOutput::OtherPresets),
        (images.per_class.is_some(), ImageOutput::PerClass),
        (config.save.features.is_some(), ImageOutput::SaveFeatures),
        (config.save.logits.is_some(), ImageOutput::SaveLogits),
        // One side will do.
        (all_files && !leave_out && images.interval.is_some(), ImageOutput::Interval),
        (all_files && !leave_out && images.outliers > 0, ImageOutput::Outliers),
    ];
    match asked.into_iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(Error::NeedsRows { what, path }),
        None => Ok(()),
    }
}

/// Refuses sides that were made differently.
pub(crate) fn require_comparable(
    real: &Input,
    fake: &Input,
    session: &OnceSession<'_>,
) -> Result<(), Error> {
    let (a, b) = (real.recipe(session)?, fake.recipe(session)?);
    Error::require_comparable(real.path().display(), fake.path().display(), a.differences(&b))
}

/// What the reader of the number should know.
fn notes(real: &Set, fake: &Set, distance: &FrechetDistance, random: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if random {
        notes.push("the weights are random: the value is not comparable with published FID".into());
    }
    let counts = [real, fake].into_iter().filter_map(|set| set.stats.num_images());
    if let Some(fewest) = counts.min().filter(|&fewest| fewest < FEATURE_DIM as u64) {
        notes.push(format!(
            "{fewest} images are fewer than the {FEATURE_DIM} features: exact for these images, but FID \
             falls with the number of images; compare only values of equal counts"
        ));
    }
    if distance.value < 0.0 {
        notes.push(format!("rounding gave {:e}, shown as 0", distance.value));
    }
    notes.extend([real, fake].into_iter().flat_map(|set| set.notes.iter().cloned()));
    notes
}

//! The whole run, in the order in which it can fail.

use std::time::Instant;

use fid_core::{FrechetDistance, frechet_distance};
use fid_inception::FEATURE_DIM;

use crate::explain::Explanation;
use crate::input::{Input, Set};
use crate::observer::{Observer, Side, Silent};
use crate::report::{FidReport, Seconds, Versions};
use crate::session::OnceSession;
use crate::stats_file::StatsFile;
use crate::{Error, EvalConfig, metrics};

/// The FID of two folders, of two statistics files, or of one of each.
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
    let begin = Instant::now();
    if let Some(path) = &config.save_stats {
        StatsFile::check_target(path)?;
    }
    let real = Input::open(Side::Real, &config.real, config)?;
    let fake = Input::open(Side::Fake, &config.fake, config)?;

    if let Some(metric) = config.metrics.needs_images()
        && let Some(path) = real.file().or(fake.file())
    {
        return Err(Error::NeedsImages { metric, path: path.into() });
    }

    let session = OnceSession::new(&config.run, observer);
    let recipe = real.recipe(&session)?;
    let other = fake.recipe(&session)?;
    let sides = (config.real.display(), config.fake.display());
    Error::require_comparable(sides.0, sides.1, recipe.differences(&other))?;
    let weights = recipe.weights.or(other.weights);

    let wants = config.metrics.wants();
    let real = real.take(&session, &wants, observer)?;
    // A full disk must not cost the value: it is told with it.
    let saved = config.save_stats.as_ref().map_or(Ok(()), |path| real.save(path));
    let fake = fake.take(&session, &wants, observer)?;

    observer.phase("computing the distance");
    let start = Instant::now();
    let distance = frechet_distance(&real.stats, &fake.stats)?;
    let explanation = match config.explain {
        true => Some(Explanation::of(&real.stats, &fake.stats, &distance)?),
        false => None,
    };
    let frechet = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let metrics = metrics::compute(&config.metrics, &real, &fake)?;
    let session = session.opened();
    let seconds = Seconds {
        weights: session.map_or(0.0, |session| session.seconds),
        real: real.seconds,
        fake: fake.seconds,
        frechet,
        metrics: start.elapsed().as_secs_f64(),
        total: begin.elapsed().as_secs_f64(),
    };

    let comparable = !weights.as_ref().is_some_and(|weights| weights.random);
    let mut notes = notes(&real, &fake, &distance, comparable);
    notes.extend(session.and_then(|session| session.note.clone()));
    let adapter = session.and_then(|session| session.device.adapter.as_ref());
    Ok(FidReport {
        fid: distance.display_value(),
        mean_term: distance.mean_term,
        trace_term: distance.trace_a + distance.trace_b - 2.0 * distance.cross_trace,
        trace_method: distance.method.to_string(),
        metrics,
        shown: config.metrics.clone(),
        comparable,
        explanation,
        not_saved: saved.err().map(|error| error.to_string()),
        notes,
        real: real.report(distance.trace_a),
        fake: fake.report(distance.trace_b),
        preset: recipe.preset,
        weights,
        device: session.map(|session| session.device.to_string()),
        driver: adapter.map(|adapter| adapter.driver.clone()),
        batch_size: session.map(|session| session.batch_size.get()),
        versions: Versions::default(),
        seconds,
    })
}

/// What the reader of the number should know.
fn notes(real: &Set, fake: &Set, distance: &FrechetDistance, comparable: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if !comparable {
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

//! The whole run, in the order in which it can fail.

use std::num::NonZeroUsize;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Instant;

use fid_core::{FrechetDistance, frechet_distance};
use fid_inception::{FEATURE_DIM, InceptionV3, WeightsSource};
use fid_kernels::ComputeDevice;

use crate::observer::{Observer, Side, Silent};
use crate::pipeline::{Extracted, Pipeline, batch_size};
use crate::report::{FidReport, Seconds, SetReport, Versions, WeightsReport};
use crate::source::ImageFolder;
use crate::{Error, EvalConfig, weights};

/// The FID of two folders.
///
/// # Errors
///
/// [`Error`] where a folder, an image, the weights or the device cannot be used. Everything that
/// can be checked without the network is checked before the network runs.
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
    let mut seconds = Seconds::default();
    let real = open(Side::Real, &config.real)?;
    let fake = open(Side::Fake, &config.fake)?;

    observer.phase("loading weights");
    let device = ComputeDevice::open(config.device)?;
    let source = match &config.weights {
        Some(source) => source.clone(),
        None => WeightsSource::File(weights::find_or_fetch(config.fetch.as_ref(), observer)?),
    };
    let start = Instant::now();
    let weights = fid_inception::weights::load(&source)?;
    let network = InceptionV3::new(&weights.weights, &device.burn);
    seconds.weights = start.elapsed().as_secs_f64();

    let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let pipeline = Pipeline {
        extractor: &network,
        device: &device,
        preset: config.preset,
        batch_size: batch_size(config.batch_size, &device),
        workers: config.workers.unwrap_or(cores),
    };
    let start = Instant::now();
    let real_set = pipeline.run(Side::Real, real.files(), observer)?;
    seconds.real = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let fake_set = pipeline.run(Side::Fake, fake.files(), observer)?;
    seconds.fake = start.elapsed().as_secs_f64();

    observer.phase("computing the distance");
    let start = Instant::now();
    let distance = frechet_distance(&real_set.stats, &fake_set.stats)?;
    seconds.frechet = start.elapsed().as_secs_f64();
    seconds.total = begin.elapsed().as_secs_f64();

    let comparable = !matches!(source, WeightsSource::Seeded(_));
    let mut notes = notes(&real_set, &fake_set, &distance, comparable);
    if config.weights.is_none() && weights.identity.sha256 != crate::weights::current().sha256 {
        notes.push(format!("the weights found are not the published file: {source}"));
    }
    Ok(FidReport {
        fid: distance.display_value(),
        mean_term: distance.mean_term,
        trace_term: distance.trace_a + distance.trace_b - 2.0 * distance.cross_trace,
        trace_method: distance.method.to_string(),
        comparable,
        notes,
        real: set_report(&config.real, &real, &real_set, distance.trace_a),
        fake: set_report(&config.fake, &fake, &fake_set, distance.trace_b),
        preset: config.preset.to_string(),
        weights: WeightsReport { name: weights.identity.name, sha256: weights.identity.sha256 },
        device: device.to_string(),
        driver: device.adapter.as_ref().map(|adapter| adapter.driver.clone()),
        batch_size: pipeline.batch_size.get(),
        versions: Versions::default(),
        seconds,
    })
}

fn open(side: Side, path: &Path) -> Result<ImageFolder, Error> {
    let folder = ImageFolder::open(path, true).map_err(|error| Error::Source { side, error })?;
    if folder.len() < 2 {
        return Err(Error::TooFew { side, path: path.into(), count: folder.len() });
    }
    Ok(folder)
}

fn set_report(path: &Path, folder: &ImageFolder, set: &Extracted, trace: f64) -> SetReport {
    SetReport {
        path: path.into(),
        images: folder.len(),
        ignored_files: folder.ignored(),
        trace,
        decode_thread_seconds: set.decoding.as_secs_f64(),
    }
}

/// What the reader of the number should know.
fn notes(
    real: &Extracted,
    fake: &Extracted,
    distance: &FrechetDistance,
    comparable: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !comparable {
        notes.push("the weights are random: the value is not comparable with published FID".into());
    }
    let fewest = real.stats.num_images().min(fake.stats.num_images()).unwrap_or_default();
    if fewest < FEATURE_DIM as u64 {
        notes.push(format!(
            "{fewest} images are fewer than the {FEATURE_DIM} features: exact for these images, but FID \
             falls with the number of images; compare only values of equal counts"
        ));
    }
    if distance.value < 0.0 {
        notes.push(format!("rounding gave {:e}, shown as 0", distance.value));
    }
    for (side, set) in [(Side::Real, real), (Side::Fake, fake)] {
        notes.extend(set.notes.lines().map(|line| format!("{side}: {line}")));
    }
    notes
}

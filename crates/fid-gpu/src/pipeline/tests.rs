//! Failures in the middle of a run, injected by a fake network.

mod cached;
mod several;

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use fid_core::{
    Engine, EngineError, EngineInfo, EngineOutput, FEATURE_DIM, PackedBatch, Pending, Precision,
    Preset, Tap,
};
use temp_dir::TempDir;

use super::{Extracted, Pipeline, Want};
use crate::Error;
use crate::feature_cache::FeatureCache;
use crate::observer::{Side, Silent};
use crate::source::ImageSet;

/// A fake network. An image's features are its first pixels, equal to the bit in any batch.
#[derive(Debug)]
struct Network {
    info: EngineInfo,
    /// Larger batches fail in this way.
    holds: Option<(usize, EngineError)>,
    /// The place of an image whose first feature is this.
    spoilt: Option<(usize, f32)>,
    /// The sizes of the batches that it received.
    batches: Mutex<Vec<usize>>,
}

impl Default for Network {
    fn default() -> Self {
        let info = EngineInfo {
            device: "fake".into(),
            driver: None,
            kernels: String::new(),
            arithmetic: "fake".into(),
            precision: Precision::F32,
            features: fid_core::FEATURE_DIM,
            batch_size: 8,
            max_batch_size: 1000,
            max_buffer_bytes: 1 << 30,
            fast_products: false,
        };
        Self { info, holds: None, spoilt: None, batches: Mutex::default() }
    }
}

impl Network {
    /// A device without memory for larger batches.
    fn that_holds(images: usize) -> Self {
        let error = EngineError::Failed { message: WORDS.into() };
        Self { holds: Some((images, error)), ..Self::default() }
    }

    fn features(&self, images: &[f32], first: usize, tap: Tap) -> Result<Vec<f32>, EngineError> {
        let pixels = images.chunks_exact(3 * 299 * 299);
        let part = |at: usize, dim: usize| -> Vec<f32> {
            pixels.clone().flat_map(|image| &image[at..at + dim]).copied().collect()
        };
        let mut pool3 = part(0, FEATURE_DIM);
        let spoilt = self.spoilt.filter(|(at, _)| (first..first + pixels.len()).contains(at));
        if let Some((at, value)) = spoilt {
            pool3[(at - first) * FEATURE_DIM] = value;
        }
        match tap {
            Tap::Pool3 => Ok(pool3),
            Tap::Logits | Tap::LogitsUnbiased => self.classify(&pool3, tap),
            other => Ok(part(300 * other.dim() % 997, other.dim())),
        }
    }
}

/// The error message of a device without memory.
const WORDS: &str = "Out of Memory";

impl Engine for Network {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let mut rows = Vec::new();
        for (preset, taps) in batch.presets().zip(taps) {
            let n = batch.len();
            let mut batches = self.batches.lock().unwrap();
            let first = batches.iter().sum();
            batches.push(n);
            if let Some((_, error)) = self.holds.as_ref().filter(|(holds, _)| n > *holds) {
                return Err(error.clone());
            }
            let images = self.preprocess(batch, preset)?;
            for &tap in taps {
                rows.push(self.features(&images, first, tap)?);
            }
        }
        Ok(Pending::ready(EngineOutput { rows, preprocess: None }))
    }

    /// Features depend on the size of the batch in their last bits, as those of a matrix product
    /// may.
    fn classify(&self, pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        let rows = pool3.chunks_exact(FEATURE_DIM);
        let factor = 1.0 + rows.len() as f32 / 3.0;
        Ok(rows.flat_map(|row| &row[..tap.dim()]).map(|value| value * factor).collect())
    }
}

/// Small images, each unlike the others.
fn images(folder: &TempDir, count: usize) -> Vec<PathBuf> {
    let write = |index: usize| {
        let path = folder.child(format!("{index:03}.pgm"));
        let pixels = (0..49).map(|at| ((index * 31 + at * at * 7 + at * index) % 256) as u8);
        fs::write(&path, [b"P5 7 7 255\n".to_vec(), pixels.collect()].concat()).unwrap();
        path
    };
    (0..count).map(write).collect()
}

fn run(
    network: &Arc<Network>,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
) -> Result<Extracted, Error> {
    let wants = [Want::moments(Tap::Pool3)];
    run_cached(network, files, batch, skip_bad, &wants, None)
}

fn run_cached(
    network: &Arc<Network>,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
    wants: &[Want],
    cache: Option<&FeatureCache>,
) -> Result<Extracted, Error> {
    let caches = cache.map_or(&[][..], std::slice::from_ref);
    run_presets(network, files, batch, skip_bad, wants, &[Preset::PYTORCH_FID], caches)
}

fn run_presets(
    network: &Arc<Network>,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
    wants: &[Want],
    presets: &[Preset],
    caches: &[FeatureCache],
) -> Result<Extracted, Error> {
    let engine: Arc<dyn Engine> = Arc::<Network>::clone(network);
    run_engine(&engine, files, batch, skip_bad, wants, presets, caches)
}

fn run_engine(
    engine: &Arc<dyn Engine>,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
    wants: &[Want],
    presets: &[Preset],
    caches: &[FeatureCache],
) -> Result<Extracted, Error> {
    let pipeline = Pipeline {
        engine,
        presets,
        wants,
        batch_size: NonZeroUsize::new(batch).unwrap(),
        workers: NonZeroUsize::new(3).unwrap(),
        skip_bad,
        caches,
    };
    let set = ImageSet::of_files(files);
    pipeline.run(Side::Input, set.images(0..files.len()), &Silent)
}

fn rows(extracted: &Extracted) -> Vec<u32> {
    let rows = extracted.features.stats(Tap::Pool3).and_then(|stats| stats.rows()).unwrap();
    rows.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn want_of_memory_halves_the_batch_and_not_the_value() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 21);
    let sound = run(&Arc::default(), &files, 8, false).unwrap();
    assert!(sound.notes.iter().all(|note| !note.contains("memory")), "{:?}", sound.notes);
    for holds in [1, 2, 3, 7] {
        let network = Arc::new(Network::that_holds(holds));
        let got = run(&network, &files, 8, false).unwrap();
        assert_eq!(rows(&got), rows(&sound), "a device that holds {holds}");
        let limit = [4, 2, 1].into_iter().find(|&limit| limit <= holds).unwrap();
        let said = got.notes.iter().find(|note| note.contains("of 8 images")).unwrap();
        assert!(said.contains(WORDS) && said.contains(&format!("with {limit} ")), "{said}");
        // After a failure no larger batch is tried, except for the one already submitted.
        let batches = network.batches.lock().unwrap();
        let large = batches.iter().filter(|&&n| n > holds).count();
        assert!(large <= 4, "{batches:?}");
    }
}

#[test]
fn a_failing_single_image_ends_the_run() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 5);
    let network = || Arc::new(Network::that_holds(0));
    let error = run(&network(), &files, 4, false).err().unwrap();
    assert!(matches!(&error, Error::OutOfMemory { message } if message == WORDS), "{error}");
    // No smaller batch ran that could distinguish a lack of memory from a bug.
    let error = run(&network(), &files, 1, false).err().unwrap();
    assert!(matches!(error, Error::Engine(EngineError::Failed { .. })), "{error}");
}

#[test]
fn a_lost_device_is_not_asked_again() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 9);
    let lost = EngineError::DeviceLost { message: "the driver restarted".into() };
    let network = Arc::new(Network { holds: Some((0, lost)), ..Network::default() });
    let error = run(&network, &files, 4, false).err().unwrap();
    assert!(matches!(&error, Error::DeviceLost { .. }), "{error}");
    // The batch that failed, and the one submitted after it.
    assert!(network.batches.lock().unwrap().len() <= 2);
}

#[test]
fn features_that_are_no_numbers_name_the_image() {
    let folder = TempDir::new().unwrap();
    let mut files = images(&folder, 9);
    let bad = folder.child("001a.png");
    fs::write(&bad, "no image").unwrap();
    files.insert(2, bad);
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let network = Arc::new(Network { spoilt: Some((6, value)), ..Network::default() });
        let error = run(&network, &files, 4, true).err().unwrap();
        let Error::NotFinite { path, .. } = &error else { panic!("{error}") };
        assert!(path.ends_with("006.pgm"), "{error}");
        assert!(error.to_string().contains("006.pgm"), "{error}");
    }
}

#[test]
fn skipped_images_do_not_change_the_features() {
    let folder = TempDir::new().unwrap();
    let good = images(&folder, 9);
    let mut files = good.clone();
    for (at, name, bytes) in
        [(0, "000.bmp", &b""[..]), (5, "003.png", b"no image"), (11, "~.gif", b"GIF89a")]
    {
        let path = folder.child(name);
        fs::write(&path, bytes).unwrap();
        files.insert(at, path);
    }
    let clean = run(&Arc::default(), &good, 4, false).unwrap();
    let skipping = run(&Arc::default(), &files, 4, true).unwrap();
    assert_eq!(rows(&skipping), rows(&clean));
    assert_eq!(skipping.tally, clean.tally, "skipped images are not counted");
    assert_eq!(clean.tally.hashes().len(), good.len());
    let skipped = skipping.skipped.iter().map(|file| &file.path).collect::<Vec<_>>();
    assert_eq!(skipped, [&files[0], &files[5], &files[11]]);
    let reasons = skipping.skipped.iter().map(|file| file.reason.as_str());
    for (reason, hint) in reasons.zip(["empty", "no known format", "GIF image"]) {
        assert!(reason.contains(hint), "{reason}");
    }
    // Without `skip_bad` the run stops at the first bad image.
    let error = run(&Arc::default(), &files, 4, false).err().unwrap();
    let message = error.to_string();
    assert!(message.contains("000.bmp"), "{message}");

    let bad = [files[0].clone(), files[5].clone(), files[1].clone()];
    assert!(run(&Arc::default(), &bad, 4, true).unwrap().features.stats(Tap::Pool3).is_none());
}

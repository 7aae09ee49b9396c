//! Failures in the middle of a run, with a network that fails when it is told to.

mod cached;

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;

use burn::prelude::*;
use fid_core::{FEATURE_DIM, Preset, Tap};
use fid_inception::{ExtractError, FeatureExtractor};
use fid_kernels::{ComputeDevice, KernelError};
use temp_dir::TempDir;

use super::{Extracted, Pipeline, Want};
use crate::Error;
use crate::feature_cache::FeatureCache;
use crate::observer::{Side, Silent};
use crate::source::ImageSet;

/// The features are the image's first pixels, so that they are the same to the bit in any batch.
#[derive(Default)]
struct Network {
    /// More images than this fail, where it is given.
    holds: Option<usize>,
    /// What the device says then.
    words: &'static str,
    /// The place of an image whose first feature is this.
    spoilt: Option<(usize, f32)>,
    /// The sizes of the batches it was given.
    batches: Mutex<Vec<usize>>,
}

impl FeatureExtractor for Network {
    fn extract(&self, images: Tensor<4>, taps: &[Tap]) -> Result<Vec<Tensor<2>>, ExtractError> {
        let [n, ..] = images.dims();
        let before = {
            let mut batches = self.batches.lock().unwrap();
            batches.push(n);
            batches[..batches.len() - 1].iter().sum::<usize>()
        };
        if self.holds.is_some_and(|holds| n > holds) {
            std::panic::panic_any(self.words.to_owned());
        }
        let pixels = images.reshape([n as i32, -1]);
        let mut pool3 = pixels.clone().narrow(1, 0, FEATURE_DIM);
        if let Some((at, value)) = self.spoilt.filter(|(at, _)| (before..before + n).contains(at)) {
            let mut data = pool3.into_data().try_to_vec::<f32>().unwrap();
            data[(at - before) * FEATURE_DIM] = value;
            let data = TensorData::new(data, [n, FEATURE_DIM]);
            pool3 = Tensor::from_data(data, &ComputeDevice::cpu().burn);
        }
        let of = |tap: &Tap| match tap {
            Tap::Pool3 => Ok(pool3.clone()),
            Tap::Logits | Tap::LogitsUnbiased => self.classify(pool3.clone(), *tap),
            other => Ok(pixels.clone().narrow(1, 300 * other.dim() % 997, other.dim())),
        };
        taps.iter().map(of).collect()
    }

    /// As a matrix product may: another batch gives other bits.
    fn classify(&self, pool3: Tensor<2>, tap: Tap) -> Result<Tensor<2>, ExtractError> {
        let [n, _] = pool3.dims();
        Ok(pool3.narrow(1, 0, tap.dim()) * (1.0 + n as f32 / 3.0))
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
    network: &Network,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
) -> Result<Extracted, Error> {
    let wants = [Want::moments(Tap::Pool3)];
    run_cached(network, files, batch, skip_bad, &wants, None)
}

fn run_cached(
    network: &Network,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
    wants: &[Want],
    cache: Option<&FeatureCache>,
) -> Result<Extracted, Error> {
    let caches = cache.map_or(&[][..], std::slice::from_ref);
    run_presets(network, files, batch, skip_bad, wants, &[Preset::PytorchFid], caches)
}

fn run_presets(
    network: &Network,
    files: &[PathBuf],
    batch: usize,
    skip_bad: bool,
    wants: &[Want],
    presets: &[Preset],
    caches: &[FeatureCache],
) -> Result<Extracted, Error> {
    let pipeline = Pipeline {
        extractor: network,
        device: &ComputeDevice::cpu(),
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
    let sound = run(&Network::default(), &files, 8, false).unwrap();
    assert!(sound.notes.iter().all(|note| !note.contains("memory")), "{:?}", sound.notes);
    for holds in [1, 2, 3, 7] {
        let words = "wgpu error: Out of Memory";
        let network = Network { holds: Some(holds), words, ..Network::default() };
        let got = run(&network, &files, 8, false).unwrap();
        assert_eq!(rows(&got), rows(&sound), "a device that holds {holds}");
        let limit = [4, 2, 1].into_iter().find(|&limit| limit <= holds).unwrap();
        let said = got.notes.iter().find(|note| note.contains("of 8 images")).unwrap();
        assert!(said.contains(words) && said.contains(&format!("with {limit} ")), "{said}");
        // Once it is known what fits, nothing larger is tried: but for the batch under way.
        let batches = network.batches.lock().unwrap();
        let large = batches.iter().filter(|&&n| n > holds).count();
        assert!(large <= 4, "{batches:?}");
    }
}

#[test]
fn where_one_image_fails_there_is_no_value() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 5);
    let words = "Out of Memory";
    let network = || Network { holds: Some(0), words, ..Network::default() };
    let error = run(&network(), &files, 4, false).err().unwrap();
    assert!(matches!(&error, Error::OneImageFails { message } if message == words), "{error}");
    assert!(error.to_string().contains("--device cpu"), "{error}");
    // Nothing was tried that could tell it from a bug.
    let error = run(&network(), &files, 1, false).err().unwrap();
    assert!(matches!(&error, Error::Panic { message } if message == words), "{error}");
}

#[test]
fn a_lost_device_is_not_asked_again() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 9);
    for words in ["Error while reading data: DevicePoisoned { .. }", "Parent device is lost"] {
        let network = Network { holds: Some(0), words, ..Network::default() };
        let error = run(&network, &files, 4, false).err().unwrap();
        assert!(matches!(&error, Error::Kernel(KernelError::Lost { .. })), "{error}");
        let message = error.to_string();
        assert!(message.contains("lost") && message.contains("--batch-size"), "{message}");
        // One that failed, and one that was under way.
        assert!(network.batches.lock().unwrap().len() <= 2);
    }
}

#[test]
fn features_that_are_no_numbers_name_the_image() {
    let folder = TempDir::new().unwrap();
    let mut files = images(&folder, 9);
    let bad = folder.child("001a.png");
    fs::write(&bad, "no image").unwrap();
    files.insert(2, bad);
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let network = Network { spoilt: Some((6, value)), ..Network::default() };
        let error = run(&network, &files, 4, true).err().unwrap();
        let Error::NotFinite { path, .. } = &error else { panic!("{error}") };
        assert!(path.ends_with("006.pgm"), "{error}");
        assert!(error.to_string().contains("006.pgm"), "{error}");
    }
}

#[test]
fn what_is_left_out_is_as_if_it_were_not_there() {
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
    let clean = run(&Network::default(), &good, 4, false).unwrap();
    let skipping = run(&Network::default(), &files, 4, true).unwrap();
    assert_eq!(rows(&skipping), rows(&clean));
    let skipped = skipping.skipped.iter().map(|file| &file.path).collect::<Vec<_>>();
    assert_eq!(skipped, [&files[0], &files[5], &files[11]]);
    let reasons = skipping.skipped.iter().map(|file| file.reason.as_str());
    for (reason, hint) in reasons.zip(["empty", "no known format", "GIF image"]) {
        assert!(reason.contains(hint), "{reason}");
    }
    // Without being told so, the run stops at the first.
    let error = run(&Network::default(), &files, 4, false).err().unwrap();
    let message = error.to_string();
    assert!(message.contains("000.bmp") && message.contains("--skip-bad"), "{message}");

    let bad = [files[0].clone(), files[5].clone(), files[1].clone()];
    assert!(run(&Network::default(), &bad, 4, true).unwrap().features.stats(Tap::Pool3).is_none());
}

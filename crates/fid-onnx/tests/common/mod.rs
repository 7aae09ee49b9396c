//! The models and numbers that scripts/fixtures/own_encoder.py writes.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use fid_core::{Engine, Image8, PackedBatch, Tap};
use fid_onnx::{OnnxEngine, OwnInput};
use safetensors::SafeTensors;

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/onnx_encoder").join(name)
}

/// Settings as text.
pub fn input(settings: &[(&str, &str)]) -> OwnInput {
    let mut input = OwnInput::default();
    settings.iter().for_each(|(name, value)| input.set(name, value, true).unwrap());
    input
}

/// The settings that the classifier was trained with.
pub fn digits() -> OwnInput {
    input(&[("mean", "0.25"), ("std", "0.5"), ("output", "features")])
}

pub fn open(name: &str, input: &OwnInput) -> OnnxEngine {
    OnnxEngine::open(&path(name), input).unwrap()
}

/// Gray images of 8x8 from an array of bytes.
pub fn set(name: &str) -> Vec<Image8> {
    let file = std::fs::read(path(name)).unwrap();
    let pixels = &file[128..]; // behind the header
    pixels.chunks(64).map(|image| Image8::new(8, 8, 1, image.to_vec()).unwrap()).collect()
}

/// The script's list `others`: noise, a ramp, and two digits.
pub fn others() -> Vec<Image8> {
    let ramp = |at: usize| (2 * (at / 3 % 53) + 3 * (at / (3 * 53)) + 85 * (at % 3)) as u8;
    let ramp = Image8::new(97, 53, 3, (0..97 * 53 * 3).map(ramp).collect()).unwrap();
    let noise = Image8::new(31, 47, 3, noise("resize/31x47", 31 * 47 * 3)).unwrap();
    let digits = set("real.npy").into_iter().take(2);
    [noise, ramp].into_iter().chain(digits).collect()
}

/// scripts/fixtures/splitmix.py.
fn noise(name: &str, count: usize) -> Vec<u8> {
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    let key = mix(fnv ^ mix(0));
    let value = |i: u64| (mix(key.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15))) >> 56) as u8;
    (1..=count as u64).map(value).collect()
}

/// The features of images.
pub fn features(engine: &OnnxEngine, images: &[Image8]) -> Vec<f32> {
    let mut batch = PackedBatch::new(&[engine.preset()]);
    images.iter().for_each(|image| batch.push(image).unwrap());
    let output = engine.start(&batch, &[vec![Tap::Pool3]]).unwrap().wait().unwrap();
    output.rows.into_iter().next().unwrap()
}

/// A tensor of features.safetensors.
pub fn expected(name: &str) -> Vec<f64> {
    let bytes = std::fs::read(path("features.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor(name).unwrap();
    match tensor.dtype() {
        safetensors::Dtype::F32 => tensor
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|word| f64::from(f32::from_le_bytes(*word)))
            .collect(),
        _ => tensor.data().as_chunks().0.iter().map(|word| f64::from_le_bytes(*word)).collect(),
    }
}

/// |a - b| / |b|.
pub fn relative(a: &[f32], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let off: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum();
    (off / b.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

//! The stages of a run, each against its answer.

use std::path::Path;

use anyhow::ensure;
use burn::prelude::*;
use fid_core::Tap;
use fid_core::{
    FeatureStats, Image8, MomentAccumulator, Precision, Preset, frechet_distance, tolerance,
};
use fid_inception::{FeatureExtractor, InceptionV3, WeightsSource};
use fid_kernels::{ComputeDevice, FeatureSink, PackedBatch};

use super::answers::{Answers, JPEG, PNG};
use crate::decode::decode_data;

type Run = Box<dyn Fn(&ComputeDevice, &Answers) -> anyhow::Result<f64>>;

/// One thing to try, and how far it may be off.
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) bound: f64,
    pub(super) run: Run,
}

pub(super) fn all() -> Vec<Stage> {
    let stage = |name: String, bound, run: Run| Stage { name, bound, run };
    let mut stages = vec![
        stage("decoding PNG".into(), 0.0, Box::new(|_, answers| decoding(PNG, "png", answers))),
        stage("decoding JPEG".into(), 0.0, Box::new(|_, answers| decoding(JPEG, "jpg", answers))),
    ];
    stages.extend(Preset::ALL.iter().map(|&preset| {
        let run =
            move |device: &ComputeDevice, answers: &Answers| resizing(preset, device, answers);
        stage(format!("resizing, preset {preset}"), tolerance::PREPROCESS, Box::new(run))
    }));
    stages.extend([
        stage("the network, to pool3".into(), tolerance::FEATURES, Box::new(network)),
        stage(
            "mean and covariance".into(),
            tolerance::MOMENTS,
            Box::new(|device, _| moments(device)),
        ),
        stage("the Fréchet distance".into(), tolerance::FRECHET, Box::new(|_, _| distance())),
    ]);
    stages
}

/// The largest difference, in levels of 255.
fn decoding(file: &[u8], kind: &str, answers: &Answers) -> anyhow::Result<f64> {
    let image = picture(file, kind)?;
    let expected = answers.pixels(kind)?;
    ensure!(image.pixels().len() == expected.len(), "the picture has another size");
    let differences = image.pixels().iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
    Ok(differences.max().unwrap_or_default().into())
}

fn picture(file: &[u8], kind: &str) -> anyhow::Result<Image8> {
    Ok(decode_data(Path::new(&format!("the built-in {kind}")), file)?.image)
}

fn network_input(preset: Preset, device: &ComputeDevice) -> anyhow::Result<Tensor<4>> {
    let mut batch = PackedBatch::new(&[preset]);
    batch.push(&picture(PNG, "png")?)?;
    Ok(batch.upload(&device.burn).run(preset))
}

/// The largest difference, on the network's range of 2.
fn resizing(preset: Preset, device: &ComputeDevice, answers: &Answers) -> anyhow::Result<f64> {
    let input: Vec<f32> = network_input(preset, device)?.into_data().try_to_vec()?;
    largest_difference(&answers.on_grid(&input)?, &answers.fed(preset)?)
}

/// Relative, in the Euclidean norm.
fn network(device: &ComputeDevice, answers: &Answers) -> anyhow::Result<f64> {
    let loaded = fid_inception::weights::load(&WeightsSource::Seeded(0))?;
    let network = InceptionV3::new(&loaded.weights, &device.burn, Precision::F32);
    let outputs = network.extract(network_input(Preset::PytorchFid, device)?, &[Tap::Pool3])?;
    let mut pool3 = Vec::new();
    for output in outputs {
        pool3.extend(output.into_data().try_to_vec::<f32>()?);
    }
    relative(&widen(&pool3), &widen(&answers.pool3()?))
}

/// The device's sums against those in f64, relative, the worse of mean and covariance.
fn moments(device: &ComputeDevice) -> anyhow::Result<f64> {
    const DIM: usize = 48;
    const ROWS: usize = 1500;
    // Positive, with a mean far from zero and channels that move together, as features are.
    let value = |at: usize| {
        let (row, column) = ((at / DIM) as f64, (at % DIM) as f64);
        (5.0 + (row * 0.37).sin() * column / 10.0 + (row * (1.0 + column)).cos()).max(0.0) as f32
    };
    let rows: Vec<f32> = (0..ROWS * DIM).map(value).collect();
    let mut exact = MomentAccumulator::new(DIM)?;
    exact.update(&rows)?;
    let exact = exact.finish()?;
    let mut sink = FeatureSink::with_max_on_host(DIM, &device.burn, 64)?;
    for chunk in rows.chunks(64 * DIM) {
        let data = TensorData::new(chunk.to_vec(), [chunk.len() / DIM, DIM]);
        sink.push(Tensor::from_data(data, &device.burn))?;
    }
    let reduced = sink.finish()?;
    let mean = relative(reduced.mu(), exact.mu())?;
    Ok(mean.max(relative(reduced.sigma(), exact.sigma())?))
}

/// Two Gaussians with covariances `s·A` and `A/s`, whose distance is known:
/// `|Δμ|² + tr A·(s + 1/s − 2)`, as the root of their product is `A`.
fn distance() -> anyhow::Result<f64> {
    const DIM: usize = 64;
    const SCALE: f64 = 3.0;
    let entry = |i: usize, j: usize| 0.9f64.powi(i.abs_diff(j) as i32);
    let sigma = |scale: f64| (0..DIM * DIM).map(|at| scale * entry(at / DIM, at % DIM)).collect();
    let a = FeatureStats::from_mu_sigma(vec![0.5; DIM], sigma(SCALE), None)?;
    let b = FeatureStats::from_mu_sigma(vec![0.0; DIM], sigma(1.0 / SCALE), None)?;
    let known = 0.25 * DIM as f64 + DIM as f64 * (SCALE + 1.0 / SCALE - 2.0);
    Ok((frechet_distance(&a, &b)?.value - known).abs() / known)
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// NaN where a value is NaN: `f64::max` would drop it.
fn largest_difference(got: &[f32], expected: &[f32]) -> anyhow::Result<f64> {
    ensure!(got.len() == expected.len(), "{} values instead of {}", got.len(), expected.len());
    let differences = got.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs()));
    Ok(differences.fold(0.0, |most, next| if next <= most { most } else { next }))
}

fn relative(got: &[f64], expected: &[f64]) -> anyhow::Result<f64> {
    ensure!(got.len() == expected.len(), "{} values instead of {}", got.len(), expected.len());
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let difference = norm(&mut got.iter().zip(expected).map(|(a, b)| a - b));
    Ok(difference / norm(&mut expected.iter().copied()))
}

//! The stages of a run, each against its answer.

use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use fid_core::{
    Engine, FeatureSink, FeatureStats, Image8, MomentAccumulator, PackedBatch, Preset, Tap,
    frechet_distance, tolerance,
};

use super::answers::{Answers, JPEG, PNG};
use crate::decode::decode_data;

type Run = Box<dyn Fn(&Arc<dyn Engine>, &Answers) -> anyhow::Result<f64>>;

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
    stages.extend(Preset::INCEPTION.iter().map(|&preset| {
        let run =
            move |engine: &Arc<dyn Engine>, answers: &Answers| resizing(preset, engine, answers);
        stage(format!("resizing, preset {preset}"), tolerance::PREPROCESS, Box::new(run))
    }));
    stages.extend([
        stage("the network, to pool3".into(), tolerance::FEATURES, Box::new(network)),
        stage(
            "mean and covariance".into(),
            tolerance::MOMENTS,
            Box::new(|engine, _| moments(engine)),
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

fn packed(preset: Preset) -> anyhow::Result<PackedBatch> {
    let mut batch = PackedBatch::new(&[preset]);
    batch.push(&picture(PNG, "png")?)?;
    Ok(batch)
}

/// The largest difference, on the network's range of 2.
fn resizing(preset: Preset, engine: &Arc<dyn Engine>, answers: &Answers) -> anyhow::Result<f64> {
    let input = engine.preprocess(&packed(preset)?, preset)?;
    largest_difference(&answers.on_grid(&input)?, &answers.fed(preset)?)
}

/// Relative, in the Euclidean norm.
fn network(engine: &Arc<dyn Engine>, answers: &Answers) -> anyhow::Result<f64> {
    let output = engine.start(&packed(Preset::PYTORCH_FID)?, &[vec![Tap::Pool3]])?.wait()?;
    relative(&widen(&output.rows.concat()), &widen(&answers.pool3()?))
}

/// The device's sums against those in f64, relative, the worse of mean and covariance.
fn moments(engine: &Arc<dyn Engine>) -> anyhow::Result<f64> {
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
    let mut sink = FeatureSink::with_max_on_host(DIM, Arc::clone(engine), 64)?;
    for chunk in rows.chunks(64 * DIM) {
        sink.add(chunk)?;
    }
    let reduced = sink.into_statistics()?;
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

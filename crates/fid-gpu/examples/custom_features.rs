//! FID and KID of features from another network, such as an audio or a cell encoder.
//!
//! ```text
//! cargo run --release --no-default-features --features cpu --example custom_features
//! ```

use std::error::Error;

use fid_gpu::{Evaluator, KidConfig, Metric, Side};

/// Dimension of a feature vector.
const DIM: usize = 64;

/// A stand-in for an encoder: rows of `DIM` values around `mean`, row major.
fn encode(rows: usize, mean: f32, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let values = (0..rows * DIM).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        mean + (state >> 8) as f32 / (1u32 << 24) as f32
    });
    values.collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let kid = KidConfig { subset_size: 100, ..KidConfig::default() };
    let mut evaluator = Evaluator::of_features("my encoder", DIM)
        .metrics([Metric::Fid, Metric::Kid, Metric::Prdc])
        .kid(kid)
        .build()?;
    evaluator.update_features(Side::Real, &encode(500, 0.0, 1))?;
    // In batches, as a generator produces them.
    for batch in 0..4 {
        evaluator.update_features(Side::Fake, &encode(100, 0.1, 2 + batch))?;
    }
    let report = evaluator.compute()?;
    println!("{}", report.lines().join("\n"));
    // The means are 0.1 apart in each of the values.
    assert!((report.mean_term - 0.01 * DIM as f64).abs() < 0.1);
    assert!(!report.comparable);
    Ok(())
}

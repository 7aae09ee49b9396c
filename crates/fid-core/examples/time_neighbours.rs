//! Time of what is read beside FID: `time_neighbours [N] [D]`, features by rule.

use std::time::Instant;

use fid_core::FeatureSlice;
use fid_core::metrics::{
    FidSide, IntervalConfig, PrdcConfig, fid_influence, fid_interval, kid_interval, prdc,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let n = arguments.next().transpose()?.unwrap_or(5000);
    let dim = arguments.next().transpose()?.unwrap_or(2048);
    let (real, fake) = (features(n, dim, 1), features(n, dim, 2));
    let (real, fake) = (FeatureSlice::new(&real, dim)?, FeatureSlice::new(&fake, dim)?);
    println!("{n} x {n} images of {dim} features");

    let start = Instant::now();
    let result = prdc(&real, &fake, &PrdcConfig::default())?;
    println!("precision and the others: {:.2} s", start.elapsed().as_secs_f64());
    println!("{result:?}");

    let start = Instant::now();
    let influence = fid_influence(FidSide::Rows(&real), FidSide::Rows(&fake))?;
    println!("influences: {:.2} s", start.elapsed().as_secs_f64());
    println!("{:?}", fid_interval(&influence, &IntervalConfig::default())?);

    let start = Instant::now();
    let interval = kid_interval(&real, &fake, &IntervalConfig::default())?;
    println!("KID: {:.2} s\n{interval:?}", start.elapsed().as_secs_f64());
    Ok(())
}

/// Not negative, near a surface of 16 dimensions.
fn features(n: usize, dim: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut out = Vec::with_capacity(n * dim);
    for _ in 0..n {
        let hidden: [f32; 16] = std::array::from_fn(|_| next());
        for column in 0..dim {
            let weight = |k: usize| ((column * 31 + k * 17) % 13) as f32 / 6.0 - 1.0;
            let common: f32 = (0..16).map(|k| hidden[k] * weight(k)).sum();
            out.push((0.3 * common + 0.1 * next()).max(0.0));
        }
    }
    out
}

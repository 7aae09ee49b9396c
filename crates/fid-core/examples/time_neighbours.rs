//! CPU seconds of what is read beside FID: `time_neighbours [N] [D] [PARTS]`, features by rule. On Linux.

use std::error::Error;

use fid_core::FeatureSlice;
use fid_core::metrics::{
    FidSide, IntervalConfig, PrdcConfig, fid_influence, fid_interval, kid_interval, prdc,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| arguments.get(at).map_or(Ok(default), |a| a.parse());
    let (n, dim) = (number(0, 5000)?, number(1, 2048)?);
    let parts = arguments.get(2).map_or("prdc,influence,kid", String::as_str);
    let (real, fake) = (features(n, dim, 1), features(n, dim, 2));
    let (real, fake) = (FeatureSlice::new(&real, dim)?, FeatureSlice::new(&fake, dim)?);
    println!("{n} x {n} images of {dim} features");
    for part in parts.split(',') {
        let start = cpu_seconds()?;
        match part {
            "prdc" => println!("{:?}", prdc(&real, &fake, &PrdcConfig::default())?),
            "influence" => {
                let influence = fid_influence(FidSide::Rows(&real), FidSide::Rows(&fake))?;
                println!("{:?}", fid_interval(&influence, &IntervalConfig::default())?);
            }
            _ => println!("{:?}", kid_interval(&real, &fake, &IntervalConfig::default())?),
        }
        println!("{part}: {:.1} CPU seconds", cpu_seconds()? - start);
    }
    Ok(())
}

/// User time of all threads so far.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // Field 14 of all, in hundredths.
    Ok(fields.skip(11).take(1).map(str::parse::<f64>).sum::<Result<f64, _>>()? / 100.0)
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

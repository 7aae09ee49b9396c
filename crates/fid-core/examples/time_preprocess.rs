//! Times preprocessing on the CPU for each preset and a few image sizes.
//!
//! `cargo run --release -p fid-core --example time_preprocess [threads]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use fid_core::{Image8, PackedBatch, Preset};

/// Each case runs this often or this long, and the fastest run counts.
const REPEATS: usize = 30;
const BUDGET: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let threads: usize = std::env::args().nth(1).map_or(Ok(1), |count| count.parse())?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    println!("milliseconds for one RGB image, {threads} threads");
    for (width, height) in [(32, 32), (256, 256), (1024, 768), (4000, 3000)] {
        let count = width * height * 3;
        let pixels = (0..count).map(|at| (at * 31 % 251) as u8).collect();
        let image = Image8::new(height, width, 3, pixels)?;
        for &preset in Preset::INCEPTION {
            let (start, mut best) = (Instant::now(), Duration::MAX);
            for _ in 0..REPEATS {
                let run = Instant::now();
                let mut batch = PackedBatch::new(&[preset]);
                batch.push(&image)?;
                black_box(batch.run_on_cpu(preset));
                best = best.min(run.elapsed());
                if start.elapsed() > BUDGET {
                    break;
                }
            }
            println!("{width:>4}x{height:<4} {preset:15} {:8.2}", best.as_secs_f64() * 1e3);
        }
    }
    Ok(())
}

//! Scores a training loop from memory: adds the real images once and the generated ones after each
//! epoch.
//!
//! ```text
//! cargo run --release --no-default-features --features cpu --example training_loop
//! ```

use std::error::Error;
use std::time::Duration;

use fid_gpu::observer::Progress;
use fid_gpu::{DeviceChoice, Evaluator, ImageBatch, Metric, Observer, Side, WeightsSource};

const SIZE: usize = 16;
const IMAGES: usize = 12;

/// Cancels a running call when the user asks for it; in this example, never.
struct StopButton;

impl Progress for StopButton {}

impl Observer for StopButton {
    fn cancelled(&self) -> bool {
        false
    }
}

/// A stand-in for a generator: noise that turns into the gradients of the real images. u8
/// `[n,3,h,w]`, as PyTorch lays images out.
fn generate(noise: f32, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as u8
    };
    let mut samples = Vec::with_capacity(IMAGES * 3 * SIZE * SIZE);
    for image in 0..IMAGES {
        for at in 0..3 * SIZE * SIZE {
            let gradient = ((at % SIZE) * (image + 3) * 2) as f32;
            let sample = gradient * (1.0 - noise) + f32::from(random()) * noise;
            samples.push(sample as u8);
        }
    }
    samples
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut evaluator = Evaluator::builder()
        // Random weights, for an example without a download. Leave both lines out to use the
        // published weights on the best device.
        .weights("seeded".parse::<WeightsSource>()?)
        .device("cpu".parse::<DeviceChoice>()?)
        .metrics([Metric::Fid, Metric::Mind])
        .observer(StopButton)
        .build()?;
    let shape = [IMAGES, 3, SIZE, SIZE];
    evaluator.update(Side::Real, &ImageBatch::nchw(&generate(0.0, 1), shape)?)?;
    let mut last = f64::INFINITY;
    for (epoch, noise) in [1.0, 0.5, 0.1].into_iter().enumerate() {
        evaluator.reset(Side::Fake)?;
        evaluator.update(Side::Fake, &ImageBatch::nchw(&generate(noise, 2), shape)?)?;
        let report = evaluator.compute()?;
        let time = Duration::from_secs_f64(report.seconds.fake);
        println!("epoch {epoch}: {} ({time:.1?} in the network)", report.lines().join(", "));
        assert!(report.fid < last, "less noise is nearer to the real images");
        last = report.fid;
    }
    Ok(())
}

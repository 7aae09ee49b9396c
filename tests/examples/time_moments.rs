//! Times mean and covariance of features: what the host does, and what the loop waits for.
//!
//! `cargo run --release -p fid-tests --example time_moments -- [--device none] [--images 5000]
//! [--batch 32]`
//!
//! `none` is a device that answers at once, so that only the host's work is left.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Instant;

use fid_core::{Engine, EngineError, EngineInfo, FEATURE_DIM, FeatureSink, PackedBatch, Pending};
use fid_core::{Precision, Tap};
use fid_tests::devices;
use fid_tests::images::uniforms;
use fid_tests::timing::Options;

#[derive(Debug)]
struct NoDevice(EngineInfo);

impl Engine for NoDevice {
    fn info(&self) -> &EngineInfo {
        &self.0
    }
    fn start(&self, _: &PackedBatch, _: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        unreachable!("no images are computed")
    }
    fn gram(&self, _: Vec<f32>, dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        Ok(Some(Pending::ready(vec![1.0e9; dim * dim])))
    }
}

fn main() {
    let options = Options::read(&["--device", "--images", "--batch"]);
    let (images, batch): (usize, usize) = (options.or("--images", 5000), options.or("--batch", 32));
    let engine: Arc<dyn Engine> = match options.get("--device").unwrap_or("none") {
        "none" => Arc::new(NoDevice(EngineInfo {
            device: "none".into(),
            driver: None,
            kernels: String::new(),
            arithmetic: String::new(),
            precision: Precision::F32,
            features: FEATURE_DIM,
            batch_size: batch,
            max_batch_size: batch,
            max_buffer_bytes: u64::from(u32::MAX),
            fast_products: false,
        })),
        "cpu" => devices::cpu(),
        _ => devices::gpu(),
    };
    let rows: Vec<f32> =
        uniforms("rows", 1, images * FEATURE_DIM).into_iter().map(|x| x as f32).collect();
    for _ in 0..3 {
        let mut sink = FeatureSink::new(FEATURE_DIM, Arc::clone(&engine)).unwrap();
        let (mut adding, mut worst) = (0.0, 0.0f64);
        for batch in rows.chunks(batch * FEATURE_DIM) {
            let start = Instant::now();
            sink.add(batch).unwrap();
            adding += start.elapsed().as_secs_f64();
            worst = worst.max(start.elapsed().as_secs_f64());
        }
        let start = Instant::now();
        sink.into_statistics().unwrap();
        let last = start.elapsed().as_secs_f64();
        println!(
            "{images} images: {:.1} ms to add (at most {:.1} at once), {:.1} ms at the end",
            1e3 * adding,
            1e3 * worst,
            1e3 * last
        );
    }
}

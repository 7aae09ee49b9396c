//! Times the network alone, from preprocessed images to pool3 features, as
//! `scripts/bench/peer_engine.py` does for other programs.
//!
//! `cargo run --release -p fid-tests --example time_network -- [--device cpu] [--batch 8]
//! [--threads 1] [--seconds 5] [--weights FILE] [--input FILE] [--out FILE]`
//!
//! Runs one batch to warm up, then batches until the seconds have passed, each with its upload and
//! download. Prints one line of JSON with images, wall seconds, and the CPU seconds of all threads,
//! which do not depend on the load of the machine. `first_s` is the time from loading the weights
//! to the first features. `--threads` sets the pool of the CPU engine; a software adapter has its
//! own (Mesa: `LP_NUM_THREADS`). Without `--weights`, weights are seeded. `--input` is raw
//! little-endian f32 `[batch,3,299,299]`; `--out` receives the features of the batch, raw f32
//! `[batch,2048]`.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use fid_core::{DeviceChoice, Engine, Precision, Tap};
use fid_cpu::CpuEngine;
use fid_tests::images::network_input;
use fid_tests::timing::{Options, read_f32, repeat};
use fid_weights::WeightsSource;
use fid_wgpu::{GpuDevice, WgpuEngine};

fn main() {
    let names = ["--device", "--batch", "--threads", "--seconds", "--weights", "--input", "--out"];
    let options = Options::read(&names);
    let batch: usize = options.or("--batch", 8);
    let threads: usize = options.or("--threads", 1);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let choice = options.or("--device", DeviceChoice::Cpu);
    let source = match options.get("--weights") {
        Some(path) => WeightsSource::File(path.into()),
        None => WeightsSource::Seeded(0),
    };
    let input = match options.get("--input") {
        Some(path) => read_f32(path),
        None => (0..batch).flat_map(network_input).collect(),
    };
    let device = match choice {
        DeviceChoice::Gpu { api, index } => Some(GpuDevice::open(api, index).unwrap()),
        _ => None,
    };

    let start = Instant::now();
    let weights = fid_weights::load(&source).unwrap().weights;
    let engine: Box<dyn Engine> = match &device {
        Some(device) => Box::new(WgpuEngine::new(&weights, device, Precision::F32).unwrap()),
        None => Box::new(CpuEngine::new(&weights).unwrap()),
    };
    let run = || engine.extract(&input, &[Tap::Pool3]).unwrap().swap_remove(0);
    let features = run();
    let first_s = start.elapsed().as_secs_f64();
    if let Some(path) = options.get("--out") {
        let bytes: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(path, bytes).unwrap();
    }

    let mut report = repeat(options.or("--seconds", 5.0), || drop(run()));
    let images = batch as u64 * report["rounds"].as_u64().unwrap();
    report["images"] = images.into();
    report["images_per_s"] = (images as f64 / report["wall_s"].as_f64().unwrap()).into();
    report["first_s"] = first_s.into();
    report["batch"] = batch.into();
    report["threads"] = threads.into();
    report["device"] = engine.info().device.clone().into();
    println!("{report}");
}

//! Times the engine of a vision transformer on a GPU, from packed images of 256×256 to features, with
//! seeded weights.
//!
//! `cargo run --release -p fid-tests --example time_encoder -- --encoder dinov2-l14
//! [--device vulkan] [--batch 32[,128…]] [--seconds 5]`
//!
//! A batch is queued before the features of the one before it are read. Prints a line of JSON for
//! each size of batch; `first_s` is the time from uploading the weights to the first features.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use fid_core::{DeviceChoice, Engine, Image8, PackedBatch, Precision, Tap};
use fid_tests::images::bytes;
use fid_tests::timing::{Options, repeat};
use fid_weights::vit::{VitSpec, seeded};
use fid_wgpu::{GpuDevice, WgpuVit};

fn main() {
    let options = Options::read(&["--encoder", "--device", "--batch", "--seconds"]);
    let name: String = options.or("--encoder", "dinov2-l14".into());
    let spec = VitSpec::named(&name).unwrap();
    let choice: String = options.or("--device", "vulkan".into());
    let DeviceChoice::Gpu { api, index } = choice.parse().unwrap() else {
        panic!("--device {choice} is not a GPU");
    };
    let device = GpuDevice::open(api, index).unwrap();
    // As the program does at the first run on an adapter.
    if device.undecided(Precision::F32) {
        let class = device.try_matrices(Precision::F32).unwrap();
        device.use_tiles(Precision::F32, class);
    }
    let weights = seeded(spec, 0);
    let start = Instant::now();
    let engine = WgpuVit::new(&weights, &device, Precision::F32).unwrap();
    let batches: String = options.or("--batch", "32".into());
    for batch in batches.split(',').map(|size| size.parse::<usize>().unwrap()) {
        let mut packed = PackedBatch::new(&spec.presets[..1]);
        for _ in 0..batch {
            let pixels = bytes("engine", 3 * 256 * 256);
            packed.push(&Image8::new(256, 256, 3, pixels).unwrap()).unwrap();
        }
        let run = || engine.start(&packed, &[vec![Tap::Pool3]]).unwrap();
        run().wait().unwrap();
        let first_s = start.elapsed().as_secs_f64();
        let mut running = run();
        let mut report = repeat(options.or("--seconds", 5.0), || {
            drop(std::mem::replace(&mut running, run()).wait().unwrap());
        });
        running.wait().unwrap();
        let images = batch as u64 * report["rounds"].as_u64().unwrap();
        report["encoder"] = spec.name.into();
        report["batch"] = batch.into();
        report["images_per_s"] = (images as f64 / report["wall_s"].as_f64().unwrap()).into();
        report["first_s"] = first_s.into();
        report["device"] = engine.info().device.clone().into();
        report["tiles"] = engine.info().kernels.clone().into();
        println!("{report}");
    }
}

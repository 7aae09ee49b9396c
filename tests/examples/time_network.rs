//! Times the network alone, from preprocessed images to pool3 features, as
//! `scripts/bench/peer_engine.py` does for other programs.
//!
//! `cargo run --release -p fid-tests --example time_network -- [--device cpu] [--batch 8[,16…]]
//! [--tiles each] [--precision f32] [--threads 1] [--seconds 5] [--weights FILE] [--input FILE]
//! [--out FILE]`
//!
//! Warms up, then runs batches until the seconds have passed. Prints a line of JSON for each size of
//! batch, with images, wall seconds, and the CPU seconds of all threads, which do not depend on the
//! load of the machine. `first_s` is the time from loading the weights to the first features.
//! `--threads` sets the pool of the CPU engine; a software adapter has its own (Mesa:
//! `LP_NUM_THREADS`). Without `--weights`, weights are seeded. `--input` is raw little-endian f32
//! `[batch,3,299,299]`; `--out` receives the features of the batch, raw f32 `[batch,2048]`.
//!
//! On a GPU the images of a batch stay on the device, and a batch is queued before the features of
//! the one before it are read. `upload_s` is the time to upload them, and `engine_images_per_s` the
//! speed of the engine on images of 256×256, which it uploads as bytes and resizes; both are
//! missing on the CPU. `--tiles each` repeats all this in a process for each class of tiles that
//! the device can run. `clocks` are read while it works, where the system tells them.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::time::{Duration, Instant};

use burn::prelude::*;
use fid_core::{DeviceChoice, Engine, Image8, PackedBatch, Precision, Preset, Tap};
use fid_cpu::CpuEngine;
use fid_tests::clocks;
use fid_tests::images::{bytes, network_input};
use fid_tests::timing::{Options, read_f32, repeat};
use fid_weights::{Weights, WeightsSource};
use fid_wgpu::{GpuDevice, InceptionV3, WgpuEngine};
use serde_json::{Value, json};

/// Seconds that a GPU works before its clock counts.
const HEAT: f64 = 0.5;

const TAPS: [Tap; 1] = [Tap::Pool3];

fn main() {
    let names = [
        "--device",
        "--batch",
        "--tiles",
        "--precision",
        "--threads",
        "--seconds",
        "--weights",
        "--input",
        "--out",
    ];
    let options = Options::read(&names);
    let threads: usize = options.or("--threads", 1);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let batches: String = options.or("--batch", "8".into());
    let batches: Vec<usize> = batches.split(',').map(|size| size.parse().unwrap()).collect();
    let source = match options.get("--weights") {
        Some(path) => WeightsSource::File(path.into()),
        None => WeightsSource::Seeded(0),
    };
    let precision = options.or("--precision", Precision::F32);
    let device = match options.or("--device", DeviceChoice::Cpu) {
        DeviceChoice::Gpu { api, index } => Some(GpuDevice::open(api, index).unwrap()),
        _ => None,
    };
    if let (Some(device), Some("each")) = (&device, options.get("--tiles")) {
        return each_class(device, precision);
    }

    let start = Instant::now();
    let weights = fid_weights::load(&source).unwrap().weights;
    let gpu = device.as_ref().map(|device| Gpu::new(&weights, device, precision));
    let cpu = gpu.is_none().then(|| CpuEngine::new(&weights).unwrap());
    for batch in batches {
        let input = match options.get("--input") {
            Some(path) => read_f32(path),
            None => (0..batch).flat_map(|image| network_input(image % 4)).collect(),
        };
        let mut report = match (&gpu, &cpu) {
            (Some(gpu), _) => gpu.time(batch, &input, &options, start),
            (_, Some(cpu)) => on_the_cpu(cpu, &input, &options, start),
            _ => unreachable!("one of them is there"),
        };
        let images = batch as u64 * report["rounds"].as_u64().unwrap();
        report["images"] = images.into();
        report["images_per_s"] = (images as f64 / report["wall_s"].as_f64().unwrap()).into();
        report["batch"] = batch.into();
        report["threads"] = threads.into();
        println!("{report}");
    }
}

/// Runs this program for each class of tiles. A class that fails prints its name and the exit status.
fn each_class(device: &GpuDevice, precision: Precision) {
    for class in device.tile_classes(precision) {
        let mut arguments: Vec<_> = std::env::args().skip(1).collect();
        let at = arguments.iter().position(|argument| argument == "--tiles").unwrap();
        arguments.drain(at..at + 2);
        let mut command = Command::new(std::env::current_exe().unwrap());
        let status = command.args(arguments).env("FID_GPU_TILES", class.name()).status().unwrap();
        if !status.success() {
            println!("{}", json!({ "tiles": class.name(), "failed": status.to_string() }));
        }
    }
}

fn write(features: &[f32], options: &Options) {
    if let Some(path) = options.get("--out") {
        let bytes: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(path, bytes).unwrap();
    }
}

fn on_the_cpu(engine: &CpuEngine, input: &[f32], options: &Options, start: Instant) -> Value {
    let run = || engine.extract(input, &TAPS).unwrap().swap_remove(0);
    write(&run(), options);
    let first_s = start.elapsed().as_secs_f64();
    let mut report = repeat(options.or("--seconds", 5.0), || drop(run()));
    report["first_s"] = first_s.into();
    report["device"] = engine.info().device.clone().into();
    report
}

struct Gpu {
    device: GpuDevice,
    network: InceptionV3,
    engine: WgpuEngine,
    tiles: &'static str,
}

impl Gpu {
    fn new(weights: &Weights, device: &GpuDevice, precision: Precision) -> Self {
        Self {
            device: device.clone(),
            network: InceptionV3::new(weights, device, precision),
            engine: WgpuEngine::new(weights, device, precision).unwrap(),
            tiles: device.tile_class(precision).name(),
        }
    }

    fn upload(&self, input: &[f32], batch: usize) -> Tensor<4> {
        let data = TensorData::new(input.to_vec(), [batch, 3, 299, 299]);
        let images = Tensor::from_data(data, self.device.burn());
        self.device.burn().sync().unwrap();
        images
    }

    fn time(&self, batch: usize, input: &[f32], options: &Options, start: Instant) -> Value {
        let seconds = options.or("--seconds", 5.0);
        let images = self.upload(input, batch);
        // Burn reads lazily: the copy is queued here, and `to_vec` waits for it.
        let queue =
            || self.network.forward(images.clone(), &TAPS).unwrap().swap_remove(0).into_data();
        let read = |features: TensorData| features.try_to_vec::<f32>().unwrap();
        write(&read(queue()), options);
        let first_s = start.elapsed().as_secs_f64();

        let mut running = queue();
        let mut round = || drop(read(std::mem::replace(&mut running, queue())));
        repeat(HEAT, &mut round);
        let clocks = clocks::ask();
        let mut report = repeat(seconds, &mut round);
        while !clocks.is_finished() {
            round();
        }
        read(running);

        let upload = Instant::now();
        drop(self.upload(input, batch));
        report["upload_s"] = upload.elapsed().as_secs_f64().into();
        report["engine_images_per_s"] = self.whole(batch, seconds).into();
        report["first_s"] = first_s.into();
        report["device"] = self.engine.info().device.clone().into();
        report["tiles"] = self.tiles.into();
        report["precision"] = self.engine.info().precision.name().into();
        report["clocks"] = clocks.join().unwrap().into();
        report
    }

    /// Images per second of the engine, with uploads, resizing and reading back.
    fn whole(&self, batch: usize, seconds: f64) -> f64 {
        let mut packed = PackedBatch::new(&[Preset::PYTORCH_FID]);
        for _ in 0..batch {
            let pixels = bytes("engine", 3 * 256 * 256);
            packed.push(&Image8::new(256, 256, 3, pixels).unwrap()).unwrap();
        }
        let start = || self.engine.start(&packed, &[TAPS.to_vec()]).unwrap();
        start().wait().unwrap();
        let mut running = start();
        let begin = Instant::now();
        let mut rounds = 0;
        while rounds == 0 || begin.elapsed() < Duration::from_secs_f64(seconds) {
            std::mem::replace(&mut running, start()).wait().unwrap();
            rounds += 1;
        }
        let images = (rounds * batch) as f64 / begin.elapsed().as_secs_f64();
        running.wait().unwrap();
        images
    }
}

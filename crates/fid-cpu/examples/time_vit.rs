//! Times a vision transformer alone on the CPU, from preprocessed images to features, as
//! `scripts/bench/peer_vit.py` does for other programs.
//!
//! `cargo run --release -p fid-cpu --example time_vit -- [--encoder dinov2-l14] [--preset NAME]
//! [--threads 1] [--batch 8] [--seconds 5] [--input FILE] [--out FILE] [--check 0]`
//!
//! Runs one batch to warm up, then batches until the seconds have passed. Prints one line of JSON
//! with images, wall seconds, and on Linux the CPU seconds of all threads, which depend little on
//! the load of the machine, and the peak of the process's memory. Weights are seeded; side and
//! positions are those of a preset, the network's first unless given. `--input` is raw little-endian f32 `[batch,3,side,side]`; `--out` receives
//! the features of the batch, raw f32 `[batch,features]`. `--check N` compares the first N images
//! with the reference in f64.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::time::Instant;

use fid_core::Preset;
use fid_cpu::{CpuVit, Isa};
use fid_weights::vit::{VitSpec, reference, seeded};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options: HashMap<&str, &str> =
        arguments.chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let number = |name, default| options.get(name).map_or(default, |text| text.parse().unwrap());
    let (threads, batch) = (number("--threads", 1.0) as usize, number("--batch", 8.0) as usize);
    let seconds = number("--seconds", 5.0);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let encoder = options.get("--encoder").unwrap_or(&"dinov2-l14");
    let spec = VitSpec::named(encoder).unwrap();
    let asked =
        |preset: &&Preset| options.get("--preset").is_none_or(|&name| name == preset.name());
    let preset = *spec.presets.iter().find(asked).unwrap();
    let length = 3 * preset.side() * preset.side();
    let input: Vec<f32> = match options.get("--input") {
        Some(path) => {
            let bytes = std::fs::read(path).unwrap();
            bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
        }
        None => (0..batch * length).map(|at| (at * 7919 % 1013) as f32 / 253.25 - 2.0).collect(),
    };
    let weights = seeded(spec, 0);
    let isa = Isa::choose().unwrap();
    let engine = CpuVit::with_isa(&weights, isa);
    let run = || engine.features(&input, preset.side(), preset.positions()).unwrap();
    let features = run();
    for image in 0..number("--check", 0.0) as usize {
        let pixels: Vec<f64> =
            input[image * length..][..length].iter().map(|&value| value.into()).collect();
        let exact = reference(&weights, &pixels, preset.positions());
        let ours = &features[image * spec.features()..];
        let square = |(a, b): (&f64, &f32)| (a - f64::from(*b)).powi(2);
        let difference: f64 = exact.iter().zip(ours).map(square).sum();
        let norm: f64 = exact.iter().map(|a| a * a).sum();
        println!("image {image} is off by {:.2e}", (difference / norm).sqrt());
    }
    if let Some(path) = options.get("--out") {
        let bytes: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(path, bytes).unwrap();
    }
    let (wall, cpu, mut images) = (Instant::now(), cpu_seconds(), 0);
    while images == 0 || wall.elapsed().as_secs_f64() < seconds {
        run();
        images += batch;
    }
    let wall = wall.elapsed().as_secs_f64();
    let cpu =
        cpu_seconds().zip(cpu).map_or("null".into(), |(end, start)| (end - start).to_string());
    let (rate, isa) = (images as f64 / wall, isa.name());
    let (threads, peak) = (engine.threads(), peak().unwrap_or("null".into()));
    println!(
        r#"{{"instructions": "{isa}", "threads": {threads}, "batch": {batch}, "images": {images}, "wall_s": {wall}, "cpu_s": {cpu}, "images_per_s": {rate:.3}, "peak_kb": {peak}, "device": "cpu"}}"#
    );
}

/// User and system time of the process in seconds, to 10 ms.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may contain spaces; the third field follows it.
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// The most memory that the process had, in KiB.
fn peak() -> Option<String> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next().map(str::to_owned)
}

//! Times the network alone on the CPU, from preprocessed images to pool3 features, as
//! `scripts/bench/peer_engine.py` does for other programs.
//!
//! `cargo run --release -p fid-cpu --example time_cpu -- [--threads 1] [--batch 8] [--seconds 5]
//! [--weights FILE] [--input FILE] [--out FILE]`
//!
//! Runs one batch to warm up, then batches until the seconds have passed. Prints one line of JSON
//! with images, wall seconds, and on Linux the CPU seconds of all threads, which do not depend on
//! the load of the machine. Weights are seeded unless given. `--input` is raw little-endian f32
//! `[batch,3,299,299]`; `--out` receives the features of the batch, raw f32 `[batch,2048]`.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::time::Instant;

use fid_core::{Engine, Tap};
use fid_cpu::{CpuEngine, Isa};
use fid_weights::{WeightsSource, load};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options: HashMap<&str, &str> =
        arguments.chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let number = |name, default| options.get(name).map_or(default, |text| text.parse().unwrap());
    let (threads, batch) = (number("--threads", 1.0) as usize, number("--batch", 8.0) as usize);
    let seconds = number("--seconds", 5.0);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let source = match options.get("--weights") {
        Some(path) => WeightsSource::File(path.into()),
        None => WeightsSource::Seeded(0),
    };
    let input: Vec<f32> = match options.get("--input") {
        Some(path) => {
            let bytes = std::fs::read(path).unwrap();
            bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
        }
        None => {
            let value = |at: usize| (at * 7919 % 1013) as f32 / 506.5 - 1.0;
            (0..batch * 3 * 299 * 299).map(value).collect()
        }
    };
    let isa = Isa::choose().unwrap();
    let engine = CpuEngine::with_isa(&load(&source).unwrap().weights, isa);
    let run = || engine.extract(&input, &[Tap::Pool3]).unwrap().swap_remove(0);
    let features = run();
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
    let threads = engine.threads();
    println!(
        r#"{{"instructions": "{isa}", "threads": {threads}, "batch": {batch}, "images": {images}, "wall_s": {wall}, "cpu_s": {cpu}, "images_per_s": {rate:.2}, "device": "cpu"}}"#
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

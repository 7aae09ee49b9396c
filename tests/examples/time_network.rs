//! Times the network on a device with seeded weights.
//!
//! `cargo run --release -p fid-tests --example time_network [device] [batch sizes…]`, a device as
//! `--device` takes it. CPU seconds are those of the process: on a software adapter they say what the
//! wall time would be on a quiet machine.

use std::time::Instant;

use burn::prelude::*;
use fid_inception::weights::load;
use fid_inception::{FeatureExtractor, InceptionV3, Tap, WeightsSource};
use fid_kernels::ComputeDevice;
use fid_tests::cpu_time::cpu_seconds;
use fid_tests::images::network_input;

const REPEATS: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let device = arguments.next().unwrap_or_else(|| "vulkan".into());
    let device = ComputeDevice::open(device.parse().unwrap()).unwrap();
    let mut sizes: Vec<usize> = arguments.map(|size| size.parse().unwrap()).collect();
    if sizes.is_empty() {
        sizes = vec![1, 4, 8];
    }
    let weights = load(&WeightsSource::Seeded(0)).unwrap().weights;
    let network = InceptionV3::new(&weights, &device.burn);
    println!("{device}");
    for size in sizes {
        let inputs: Vec<f32> = (0..size).flat_map(|k| network_input(k % 3)).collect();
        let data = TensorData::new(inputs, [size, 3, 299, 299]);
        for repeat in 0..=REPEATS {
            let images = Tensor::from_data(data.clone(), &device.burn);
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let features = network.extract(images, &[Tap::Pool3]).unwrap().swap_remove(0);
            let values = features.into_data().try_to_vec::<f32>().unwrap();
            let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            let name = if repeat == 0 { "first" } else { "again" };
            let rate = size as f64 / wall;
            let per_cpu = size as f64 / cpu;
            println!(
                "batch {size:2} {name} {wall:7.3} s, {rate:6.2} images/s, {cpu:7.2} CPU s, \
                 {per_cpu:6.2} images per CPU second, first value {}",
                values[0]
            );
        }
    }
}

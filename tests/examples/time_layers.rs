//! Times single convolutions of the network on a device, each shape once.
//!
//! `cargo run --release -p fid-tests --example time_layers [device] [images] [part of a name…]`,
//! with a device as in `fid-gpu --device`. Prints GFLOP per second of wall time and per second of
//! CPU time of the process.

use std::time::Instant;

use burn::prelude::*;
use fid_core::{DeviceChoice, Precision};
use fid_tests::timing::cpu_seconds;
use fid_weights::LayerTable;
use fid_wgpu::{Activations, ChannelSlice, GpuDevice, PackedConv};

/// Operations in one measurement, in 10⁹.
const GFLOP: f64 = 2.0;
const REPEATS: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let device = arguments.next().unwrap_or_else(|| "vulkan".into());
    let DeviceChoice::Gpu { api, index } = device.parse().unwrap() else {
        panic!("{device} is not a GPU")
    };
    let device = GpuDevice::open(api, index).unwrap();
    let class = device.tile_class(Precision::F32);
    let images: usize = arguments.next().map_or(1, |count| count.parse().unwrap());
    let names: Vec<String> = arguments.collect();
    let mut seen = Vec::new();
    for layer in LayerTable::get().convs() {
        let conv = layer.conv;
        let shape = (layer.in_channels, conv, side(&layer.name));
        if seen.contains(&shape)
            || !(names.is_empty() || names.iter().any(|n| layer.name.contains(n)))
        {
            continue;
        }
        seen.push(shape);
        let window = conv.window();
        let size = [side(&layer.name); 2];
        let weight = vec![0.01; layer.fan_in() * conv.out_channels];
        let packed = PackedConv::new(
            &weight,
            &vec![0.1; conv.out_channels],
            window,
            class,
            Precision::F32,
            &device,
        );
        let input = Tensor::ones([images, layer.in_channels, size[0], size[1]], device.burn());
        let input = Activations::from_images(input, Precision::F32);
        let output = window.output(size);
        let rows =
            Activations::empty(images, output, conv.out_channels, Precision::F32, device.burn());
        let out = ChannelSlice { rows, offset: 0 };
        let pixels = images * output[0] * output[1];
        let gflop = 2e-9 * (pixels * layer.fan_in() * conv.out_channels) as f64;
        let (mut wall, mut cpu) = (f64::MAX, f64::MAX);
        for repeat in 0..=REPEATS {
            let times = if repeat == 0 { 1 } else { (GFLOP / gflop).ceil() as usize };
            let (start, start_cpu) = (Instant::now(), cpu_seconds());
            let last = (0..times).map(|_| packed.run(&input, &out)).next_back().unwrap();
            let end = last.matrix().narrow(0, pixels, 1).into_data().try_to_vec::<f32>();
            assert_eq!(end.unwrap()[0], 0.0, "the row of zeros");
            if repeat > 0 {
                wall = wall.min(start.elapsed().as_secs_f64() / times as f64);
                cpu = cpu
                    .min((cpu_seconds().unwrap_or(0.0) - start_cpu.unwrap_or(0.0)) / times as f64);
            }
        }
        let [height, width] = conv.kernel;
        println!(
            "{:26} {:3}² {height}x{width}/{} {:4} to {:4}: {:7.2} ms, {:6.2} GFLOP/s, {:6.2} per CPU second",
            layer.name,
            size[0],
            conv.stride,
            layer.in_channels,
            conv.out_channels,
            1e3 * wall,
            gflop / wall,
            gflop / cpu
        );
    }
}

/// The side of a layer's input.
fn side(name: &str) -> usize {
    match name {
        "Conv2d_1a_3x3" => 299,
        "Conv2d_2a_3x3" => 149,
        "Conv2d_2b_3x3" => 147,
        _ if name.starts_with("Conv2d_3b") || name.starts_with("Conv2d_4a") => 73,
        _ if name.starts_with("Mixed_5") || name.starts_with("Mixed_6a") => 35,
        _ if name.starts_with("Mixed_6") || name.starts_with("Mixed_7a") => 17,
        _ => 8,
    }
}

//! Times single convolutions of the network on a GPU, each shape once, by each class of tiles that
//! the device can run, or by that of `FID_GPU_TILES`.
//!
//! `cargo run --release -p fid-tests --example time_layers -- [--device vulkan] [--images 1]
//! [--precision f32] [--layers part of a name[,…]] [--heat 1]`
//!
//! Prints milliseconds and GFLOP per second of wall time, and on a software adapter GFLOP per CPU
//! second of the process. Every measurement follows one of the same work, and the first layer runs
//! for `--heat` seconds before all of them: an idle GPU has a low clock. It is timed again at the
//! end, so that a clock that changed meanwhile shows. Clocks are read while the device works, where
//! the system tells them.

use std::time::Instant;

use burn::prelude::*;
use fid_core::{DeviceChoice, Precision};
use fid_tests::clocks;
use fid_tests::timing::{Options, cpu_seconds};
use fid_weights::{ConvLayer, LayerTable};
use fid_wgpu::{Activations, AdapterKind, ChannelSlice, GpuDevice, PackedConv, TileClass};

/// Seconds of one measurement, or one run if that takes longer.
const SECONDS: f64 = 0.02;
const REPEATS: usize = 3;

fn main() {
    let options = Options::read(&["--device", "--images", "--precision", "--layers", "--heat"]);
    let DeviceChoice::Gpu { api, index } = options.or("--device", "vulkan".parse().unwrap()) else {
        panic!("time_layers needs a GPU")
    };
    let device = GpuDevice::open(api, index).unwrap();
    let precision = options.or("--precision", Precision::F32);
    let mut classes = device.tile_classes(precision);
    if std::env::var_os("FID_GPU_TILES").is_some() {
        classes.retain(|class| *class == device.tile_class(precision));
    }
    let images: usize = options.or("--images", 1);
    let software = device.adapter().is_some_and(|a| a.kind == AdapterKind::Software);
    let driver = device.adapter().map_or("", |adapter| &adapter.driver);
    let own = device.tile_class(precision).name();
    println!("{device}, {driver}; {} {precision} images; uses {own} tiles", images);

    let parts: Vec<&str> = options.get("--layers").unwrap_or_default().split(',').collect();
    let mut layers: Vec<&ConvLayer> = Vec::new();
    for layer in LayerTable::get().convs() {
        let same = |seen: &&ConvLayer| shape(seen) == shape(layer);
        if !layers.iter().any(same) && parts.iter().any(|part| layer.name.contains(part)) {
            layers.push(layer);
        }
    }
    let cases = |layer| Case::all(layer, images, precision, &classes, &device);
    let first = cases(layers.first().expect("a layer with such a name"));
    let heat: f64 = options.or("--heat", 1.0);
    let (begin, clocks) = (Instant::now(), clocks::ask());
    while begin.elapsed().as_secs_f64() < heat || !clocks.is_finished() {
        let (_, packed) = first.packed.iter().find(|(name, _)| *name == own).unwrap();
        first.run(packed, 1);
    }
    if let Some(clocks) = clocks.join().unwrap() {
        println!("clocks, hot: {clocks}");
    }
    for layer in &layers {
        cases(layer).print(software);
    }
    println!("the first layer again:");
    first.print(software);
}

/// A layer by each class of tiles.
struct Case<'a> {
    layer: &'a ConvLayer,
    images: usize,
    input: Activations,
    out: ChannelSlice,
    packed: Vec<(&'static str, PackedConv)>,
}

impl<'a> Case<'a> {
    fn all(
        layer: &'a ConvLayer,
        images: usize,
        precision: Precision,
        classes: &[TileClass],
        device: &GpuDevice,
    ) -> Self {
        let (conv, side) = (layer.conv, side(&layer.name));
        let weight = vec![0.01; layer.fan_in() * conv.out_channels];
        let bias = vec![0.1; conv.out_channels];
        let pack = |&class: &TileClass| {
            let window = conv.window();
            (class.name(), PackedConv::new(&weight, &bias, window, class, precision, device))
        };
        let input = Tensor::ones([images, layer.in_channels, side, side], device.burn());
        let size = conv.window().output([side; 2]);
        let channels = conv.out_channels.next_multiple_of(4);
        let rows = Activations::empty(images, size, channels, precision, device.burn());
        Self {
            layer,
            images,
            input: Activations::from_images(input, precision),
            out: ChannelSlice { rows, offset: 0 },
            packed: classes.iter().map(pack).collect(),
        }
    }

    /// Runs a convolution back to back and waits for the last one.
    fn run(&self, packed: &PackedConv, times: usize) {
        let last = (0..times).map(|_| packed.run(&self.input, &self.out)).next_back().unwrap();
        let rows = last.matrix();
        let count = rows.dims()[0];
        let end = rows.narrow(0, count - 1, 1).into_data().convert::<f32>().try_to_vec::<f32>();
        assert_eq!(end.unwrap()[0], 0.0, "the row of zeros");
    }

    fn print(&self, software: bool) {
        let conv = self.layer.conv;
        let [height, width] = conv.kernel;
        let size = [side(&self.layer.name); 2];
        let pixels: usize = conv.window().output(size).iter().product();
        let gflop = 2e-9 * (self.images * pixels * self.layer.fan_in() * conv.out_channels) as f64;
        print!(
            "{:26} {:3}² {height}x{width}/{} {:4} to {:4}",
            self.layer.name, size[0], conv.stride, self.layer.in_channels, conv.out_channels
        );
        for (class, packed) in &self.packed {
            // Compiles the kernel.
            self.run(packed, 1);
            let timed = |times| {
                let start = Instant::now();
                self.run(packed, times);
                start.elapsed().as_secs_f64() / times as f64
            };
            let times = (SECONDS / timed(1).min(timed(1))).ceil() as usize;
            let cpu = cpu_seconds();
            let wall = (0..REPEATS).map(|_| timed(times)).fold(f64::MAX, f64::min);
            print!("  {class} {:7.3} ms {:7.1} GFLOP/s", 1e3 * wall, gflop / wall);
            if let Some((end, start)) = cpu_seconds().zip(cpu).filter(|_| software) {
                let runs = (REPEATS * times) as f64;
                print!(" {:6.1} per CPU second", runs * gflop / (end - start));
            }
        }
        println!();
    }
}

/// What makes two layers the same work.
fn shape(layer: &ConvLayer) -> (usize, fid_weights::inception::Conv, usize) {
    (layer.in_channels, layer.conv, side(&layer.name))
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

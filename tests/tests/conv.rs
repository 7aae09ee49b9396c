//! The fused convolution and pooling: each GPU kernel against its CPU twin.

use burn::prelude::*;
use fid_core::Precision;
use fid_inception::LayerTable;
use fid_kernels::ComputeDevice;
use fid_kernels::Window;
use fid_kernels::conv::{PackedConv, Pool, Rows, Slice, TileClass, pool};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::images::noise;
use fid_tests::{devices, tolerance};

const BOUND: Bound = Bound::RelativeL2(tolerance::CONVOLUTION);

/// The results of f16 against those of f32, rounded.
const ROUNDED: Bound = Bound::RelativeL2(tolerance::CONVOLUTION_F16);

const F32: Precision = Precision::F32;

/// A result and its shape.
type Run = (Vec<usize>, Vec<f32>);

/// A convolution to be computed.
#[derive(Debug, Clone, Copy)]
struct Case {
    images: usize,
    channels: usize,
    filters: usize,
    size: [usize; 2],
    window: Window,
}

const fn window(size: [usize; 2], stride: usize, padding: [usize; 2]) -> Window {
    Window { size, stride, padding }
}

/// Channels of the destination beside the slice that is written.
const BEFORE: usize = 4;
const BEHIND: usize = 8;

/// A destination filled with ones, the slice in its middle.
fn destination(case: &Case, channels: usize, precision: Precision, device: &Device) -> Slice {
    let size = case.window.output(case.size);
    let shape = [case.images, BEFORE + channels + BEHIND, size[0], size[1]];
    Slice { rows: Rows::from_images(Tensor::ones(shape, device), precision), offset: BEFORE }
}

/// Noise, of the values of a precision.
fn noise_in(precision: Precision, count: usize, seed: u64) -> Vec<f32> {
    let mut values = noise(count, seed);
    precision.round_all(&mut values);
    values
}

/// On the CPU the kernels' twins know f32 alone: there the values are rounded, and what is computed of them is not.
fn stored(precision: Precision, device: &Device) -> Precision {
    if *device == devices::cpu().burn { Precision::F32 } else { precision }
}

fn input(case: &Case, precision: Precision, device: &Device) -> Rows {
    let shape = [case.images, case.channels, case.size[0], case.size[1]];
    let values = noise_in(precision, shape.iter().product(), 1);
    let images = Tensor::from_data(TensorData::new(values, shape), device);
    Rows::from_images(images, stored(precision, device))
}

fn values(rows: &Rows) -> Vec<f32> {
    rows.matrix().cast(burn::tensor::DType::F32).into_data().try_to_vec().unwrap()
}

/// Who chooses the tile.
#[derive(Debug, Clone, Copy)]
enum By {
    /// The convolution itself.
    Choice,
    /// Each tile of the class in turn, suitable or not.
    EachTile,
}

/// Runs a case: the whole destination, with its shape.
fn convolve(
    case: &Case,
    by: By,
    class: TileClass,
    precision: Precision,
    device: &ComputeDevice,
) -> Vec<Run> {
    let (device, stored) = (&device.burn, stored(precision, &device.burn));
    let fan = case.channels * case.window.size[0] * case.window.size[1];
    let weight = noise_in(precision, case.filters * fan, 2);
    let (bias, window) = (noise(case.filters, 3), case.window);
    let convs = match by {
        By::Choice => vec![PackedConv::new(&weight, &bias, window, class, stored, device)],
        By::EachTile => PackedConv::by_each_tile(&weight, &bias, window, class, stored, device),
    };
    let run = |conv: PackedConv| {
        let out = destination(case, conv.channels(), stored, device);
        let rows = conv.run(&input(case, precision, device), &out);
        (rows.matrix().dims().to_vec(), values(&rows))
    };
    convs.into_iter().map(run).collect()
}

/// The same on the CPU, where tiles make no difference.
fn twin(case: &Case, precision: Precision) -> Run {
    let runs = convolve(case, By::Choice, TileClass::Plain, precision, &devices::cpu());
    let (shape, mut values) = runs.into_iter().next().unwrap();
    precision.round_all(&mut values);
    (shape, values)
}

/// The same by the definition, in f64: the slice alone, pixel by pixel.
fn definition(case: &Case) -> Vec<f64> {
    let Case { images, channels, filters, size: [height, width], window } = *case;
    let [kernel_height, kernel_width] = window.size;
    let x = noise(images * channels * height * width, 1);
    let weight = noise(filters * channels * kernel_height * kernel_width, 2);
    let bias = noise(filters, 3);
    let [out_height, out_width] = window.output(case.size);
    let mut out = Vec::new();
    for pixel in 0..images * out_height * out_width {
        let (image, y, x0) =
            (pixel / out_width / out_height, pixel / out_width % out_height, pixel % out_width);
        for (filter, &bias) in bias.iter().enumerate() {
            let mut sum = f64::from(bias);
            for channel in 0..channels {
                for ky in 0..kernel_height {
                    for kx in 0..kernel_width {
                        let row = (y * window.stride + ky).wrapping_sub(window.padding[0]);
                        let column = (x0 * window.stride + kx).wrapping_sub(window.padding[1]);
                        if row < height && column < width {
                            let at = ((image * channels + channel) * height + row) * width + column;
                            let tap = ((filter * channels + channel) * kernel_height + ky)
                                * kernel_width
                                + kx;
                            sum += f64::from(x[at]) * f64::from(weight[tap]);
                        }
                    }
                }
            }
            out.push(sum.max(0.0));
        }
    }
    out
}

/// Every shape of the network once, on an image that is as small as the window allows.
fn network_cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for layer in LayerTable::get().convs() {
        let conv = layer.conv;
        let window = window(conv.kernel, conv.stride, conv.padding);
        let seen = |case: &Case| {
            (case.channels, case.filters, case.window)
                == (layer.in_channels, conv.out_channels, window)
        };
        if !cases.iter().any(seen) {
            let (channels, filters) = (layer.in_channels, conv.out_channels);
            cases.push(Case { images: 1, channels, filters, size: [3, 5], window });
        }
    }
    cases
}

/// What the network does not have: sizes that fill no tile and no four, pixels of one image that
/// fill several tiles, windows and padding of different sides.
const ODD: [Case; 7] = [
    Case { images: 1, channels: 3, filters: 5, size: [1, 1], window: window([3, 3], 1, [1, 1]) },
    Case { images: 3, channels: 4, filters: 4, size: [1, 1], window: window([1, 1], 1, [0, 0]) },
    Case { images: 3, channels: 7, filters: 33, size: [9, 8], window: window([5, 3], 2, [2, 0]) },
    Case { images: 1, channels: 12, filters: 20, size: [3, 11], window: window([1, 1], 1, [0, 0]) },
    Case { images: 3, channels: 6, filters: 70, size: [7, 6], window: window([3, 3], 2, [0, 1]) },
    Case { images: 1, channels: 5, filters: 9, size: [2, 3], window: window([1, 7], 1, [0, 3]) },
    Case { images: 3, channels: 8, filters: 130, size: [5, 7], window: window([7, 1], 1, [3, 0]) },
];

#[test]
fn the_twin_is_the_definition() {
    let cpu = devices::cpu();
    let by_every_tile = |case: &Case| -> Vec<(Case, Run)> {
        let classes = TileClass::of_device(&cpu.burn, F32).into_iter();
        let runs = classes.flat_map(|class| convolve(case, By::EachTile, class, F32, &cpu));
        runs.map(|run| (*case, run)).collect()
    };
    for (case, (shape, rows)) in ODD.iter().flat_map(by_every_tile) {
        let pixels = rows.chunks_exact(shape[1]).take(shape[0] - 1);
        let slice: Vec<f32> =
            pixels.flat_map(|row| row[BEFORE..BEFORE + case.filters].to_vec()).collect();
        let reference = definition(&case);
        assert_close(&format!("{case:?}"), &[slice.len()], &slice, &reference, BOUND);
        let zeros = &rows[rows.len() - shape[1]..][BEFORE..BEFORE + case.filters];
        assert!(zeros.iter().all(|&value| value == 0.0), "the row of zeros of {case:?}");
    }
}

/// Holds a case to its twin, by every class that the GPU can run.
fn assert_twin(case: &Case, by: By, precision: Precision) {
    let gpu = devices::gpu();
    let bound = if precision == F32 { BOUND } else { ROUNDED };
    let (shape, theirs) = twin(case, precision);
    for class in TileClass::of_device(&gpu.burn, precision) {
        let runs = convolve(case, by, class, precision, &gpu);
        for (at, (_, ours)) in runs.into_iter().enumerate() {
            // Besides the slice, ones, and the row of zeros.
            let stage = format!("{precision} {class:?} {by:?} {at} {case:?}");
            assert_close(&stage, &shape, &ours, &theirs, bound);
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_matches_its_twin() {
    network_cases().iter().for_each(|case| assert_twin(case, By::Choice, F32));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn every_tile_matches_the_twin() {
    small_cases().iter().for_each(|case| assert_twin(case, By::EachTile, F32));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn every_tile_matches_the_twin_in_f16() {
    devices::gpu().require(Precision::F16).unwrap();
    // The network's shapes are in `precision.rs`.
    ODD.iter().for_each(|case| assert_twin(case, By::EachTile, Precision::F16));
}

fn small_cases() -> Vec<Case> {
    // Tiles of filters beyond the second are like it.
    let mut cases: Vec<Case> = ODD.to_vec();
    for case in network_cases() {
        let case = Case { filters: case.filters.min(64 + case.filters % 64), ..case };
        let same = |seen: &Case| format!("{seen:?}") == format!("{case:?}");
        if !cases.iter().any(same) {
            cases.push(case);
        }
    }
    cases
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn without_relu_what_is_below_0_stays() {
    let case = ODD[3];
    let (gpu, cpu) = (devices::gpu(), devices::cpu());
    let run = |class: TileClass, device: &ComputeDevice| -> Vec<Vec<f32>> {
        let (weight, bias) = (noise(case.filters * case.channels, 2), noise(case.filters, 3));
        let by_each =
            PackedConv::by_each_tile(&weight, &bias, case.window, class, F32, &device.burn);
        by_each
            .into_iter()
            .map(|conv| {
                let out = destination(&case, conv.channels(), F32, &device.burn);
                values(&conv.run_linear(&input(&case, F32, &device.burn), &out))
            })
            .collect()
    };
    let theirs = run(TileClass::Plain, &cpu).swap_remove(0);
    assert!(theirs.iter().any(|&value| value < -0.1));
    for class in TileClass::of_device(&gpu.burn, F32) {
        for ours in run(class, &gpu) {
            assert_close(&format!("{class:?}"), &[ours.len()], &ours, &theirs, BOUND);
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_sums_in_f32() {
    // 1 + 2⁻²⁰ is a number of f32, but not of TF32, bf16 or f16, through which the sum would be 0.
    let value = 1.0 + 2f32.powi(-20);
    let gpu = devices::gpu();
    for class in TileClass::of_device(&gpu.burn, F32) {
        let window = window([1, 1], 1, [0, 0]);
        let weight = [value, -1.0, 0.0, 0.0];
        let by_each = PackedConv::by_each_tile(&weight, &[0.0], window, class, F32, &gpu.burn);
        for (tile, conv) in by_each.into_iter().enumerate() {
            let images = TensorData::new(vec![1.0f32, 1.0, 0.0, 0.0], [1, 4, 1, 1]);
            let input = Rows::from_images(Tensor::from_data(images, &gpu.burn), F32);
            let out = Slice { rows: Rows::empty(1, [1, 1], 4, F32, &gpu.burn), offset: 0 };
            let sum = values(&conv.run(&input, &out))[0];
            assert_eq!(sum, 2f32.powi(-20), "{class:?} tile {tile}");
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_pools_as_its_twin() {
    pools_as_its_twin(F32, BOUND);
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_pools_as_its_twin_in_f16() {
    devices::gpu().require(Precision::F16).unwrap();
    pools_as_its_twin(Precision::F16, ROUNDED);
}

fn pools_as_its_twin(precision: Precision, bound: Bound) {
    let gpu = devices::gpu();
    let windows = [
        window([3, 3], 2, [0, 0]),
        window([3, 3], 1, [1, 1]),
        window([2, 5], 1, [1, 2]),
        window([4, 6], 1, [0, 0]),
    ];
    for (images, channels) in [(1, 3), (3, 20)] {
        for window in windows {
            let case = Case { images, channels, filters: 0, size: [4, 6], window };
            for kind in [Pool::Max, Pool::Average] {
                let [mut theirs, ours] = [devices::cpu(), gpu.clone()].map(|device| {
                    let input = input(&case, precision, &device.burn);
                    let stored = stored(precision, &device.burn);
                    let out = destination(&case, input.channels(), stored, &device.burn);
                    values(&pool(kind, &window, &input, &out))
                });
                precision.round_all(&mut theirs);
                let stage = format!("{precision} {kind:?} {case:?}");
                assert_close(&stage, &[ours.len()], &ours, &theirs, bound);
            }
        }
    }
}

#[test]
fn the_comparison_rejects_a_spoiled_convolution() {
    let case = Case {
        images: 3,
        channels: 8,
        filters: 36,
        size: [5, 7],
        window: window([3, 1], 1, [1, 0]),
    };
    let (shape, theirs) = twin(&case, F32);
    let rejected = |what: &str, ours: &[f32]| {
        let verdict = compare(what, &shape, ours, &theirs, BOUND);
        println!("{what}: {verdict:?}");
        assert!(verdict.is_err(), "{what} passes");
    };
    let mut spoiled = theirs.clone();
    spoiled[shape[1] + BEFORE] += 0.01;
    rejected("one value", &spoiled);
    rejected("one channel on", &[&theirs[1..], &theirs[..1]].concat());
    rejected("one pixel on", &[&theirs[shape[1]..], &theirs[..shape[1]]].concat());
    let padding = Case { window: window([3, 1], 1, [0, 0]), size: [7, 7], ..case };
    rejected("another padding", &twin(&padding, F32).1);
}

//! Fused convolution and pooling on the GPU against their definition in f64.

use burn::prelude::*;
use fid_core::Precision;
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::images::noise;
use fid_tests::{devices, tolerance};
use fid_weights::LayerTable;
use fid_weights::inception::Window;
use fid_wgpu::{Activations, After, ChannelSlice, GpuDevice, PackedConv, Pool, TileClass, pool};

const BOUND: Bound = Bound::RelativeL2(tolerance::CONVOLUTION);

/// Bound on f16 results against the rounded definition.
const ROUNDED: Bound = Bound::RelativeL2(tolerance::CONVOLUTION_F16);

const F32: Precision = Precision::F32;

/// A convolution to test.
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

/// Channels of the destination around the slice to write.
const BEFORE: usize = 4;
const BEHIND: usize = 8;

/// A destination filled with ones, with the slice in its middle.
fn destination(
    case: &Case,
    channels: usize,
    precision: Precision,
    device: &Device,
) -> ChannelSlice {
    let size = case.window.output(case.size);
    let shape = [case.images, BEFORE + channels + BEHIND, size[0], size[1]];
    let rows = Activations::from_images(Tensor::ones(shape, device), precision);
    ChannelSlice { rows, offset: BEFORE }
}

/// Noise, rounded to a precision.
fn noise_in(precision: Precision, count: usize, seed: u64) -> Vec<f32> {
    let mut values = noise(count, seed);
    precision.round_all(&mut values);
    values
}

fn input_values(case: &Case, precision: Precision) -> Vec<f32> {
    noise_in(precision, case.images * case.channels * case.size[0] * case.size[1], 1)
}

fn input(case: &Case, precision: Precision, device: &Device) -> Activations {
    let shape = [case.images, case.channels, case.size[0], case.size[1]];
    let images = TensorData::new(input_values(case, precision), shape);
    Activations::from_images(Tensor::from_data(images, device), precision)
}

fn weights(case: &Case, precision: Precision) -> (Vec<f32>, Vec<f32>) {
    let fan = case.channels * case.window.size[0] * case.window.size[1];
    (noise_in(precision, case.filters * fan, 2), noise(case.filters, 3))
}

fn values(rows: &Activations) -> Vec<f32> {
    rows.matrix().cast(burn::tensor::DType::F32).into_data().try_to_vec().unwrap()
}

/// The choice of the tile.
#[derive(Debug, Clone, Copy)]
enum By {
    /// The convolution chooses.
    Choice,
    /// Every tile of the class, suitable or not.
    EachTile,
}

/// Runs a case and returns the whole destination for each tile.
fn convolve(
    case: &Case,
    by: By,
    class: TileClass,
    precision: Precision,
    after: After,
    device: &GpuDevice,
) -> Vec<Vec<f32>> {
    let (weight, bias) = weights(case, precision);
    let convs = match by {
        By::Choice => {
            vec![PackedConv::new(&weight, &bias, case.window, class, precision, device)]
        }
        By::EachTile => {
            PackedConv::by_each_tile(&weight, &bias, case.window, class, precision, device)
        }
    };
    let run = |conv: PackedConv| {
        let out = destination(case, conv.channels(), precision, device.burn());
        let input = input(case, precision, device.burn());
        values(&conv.run_then(after, &input, &out))
    };
    convs.into_iter().map(run).collect()
}

/// For each output pixel, the positions in the window and the input pixels inside the image.
fn seen(case: &Case) -> Vec<Vec<(usize, usize)>> {
    let [height, width] = case.size;
    let [kernel_height, kernel_width] = case.window.size;
    let [out_height, out_width] = case.window.output(case.size);
    let pixels = case.images * out_height * out_width;
    let of_pixel = |pixel: usize| {
        let image = pixel / out_width / out_height;
        let (y, x) = (pixel / out_width % out_height, pixel % out_width);
        let mut places = Vec::new();
        for ky in 0..kernel_height {
            for kx in 0..kernel_width {
                let row = (y * case.window.stride + ky).wrapping_sub(case.window.padding[0]);
                let column = (x * case.window.stride + kx).wrapping_sub(case.window.padding[1]);
                if row < height && column < width {
                    let position = ky * kernel_width + kx;
                    places.push((position, image * height * width + row * width + column));
                }
            }
        }
        places
    };
    (0..pixels).map(of_pixel).collect()
}

/// A value of the input, by its pixel in the batch.
fn at(case: &Case, x: &[f32], pixel: usize, channel: usize) -> f64 {
    let area = case.size[0] * case.size[1];
    let (image, pixel) = (pixel / area, pixel % area);
    f64::from(x[(image * case.channels + channel) * area + pixel])
}

/// The expected destination, row major: ones around the slice, padding channels zero, and a row of
/// zeros at the end. `value` computes a channel of the slice from what the window sees.
fn whole(
    case: &Case,
    channels: usize,
    value: impl Fn(&[(usize, usize)], usize) -> f64,
) -> (Vec<usize>, Vec<f64>) {
    let padded = channels.next_multiple_of(4);
    // The destination is padded to a multiple of four with zeros.
    let filled = BEFORE + padded + BEHIND;
    let mut out = Vec::new();
    let seen = seen(case);
    for places in &seen {
        out.extend([1.0; BEFORE]);
        let of = |channel| if channel < channels { value(places, channel) } else { 0.0 };
        out.extend((0..padded).map(of));
        out.extend([1.0; BEHIND]);
    }
    out.extend(std::iter::repeat_n(0.0, filled));
    (vec![seen.len() + 1, filled], out)
}

/// The convolution by definition; in f16, rounded once at the end.
fn definition(case: &Case, precision: Precision, after: After) -> (Vec<usize>, Vec<f64>) {
    let (x, (weight, bias)) = (input_values(case, precision), weights(case, precision));
    let area = case.window.size[0] * case.window.size[1];
    whole(case, case.filters, |places, filter| {
        let mut sum = f64::from(bias[filter]);
        for &(position, pixel) in places {
            for channel in 0..case.channels {
                let weight = weight[(filter * case.channels + channel) * area + position];
                sum += at(case, &x, pixel, channel) * f64::from(weight);
            }
        }
        let value = match after {
            After::Relu => sum.max(0.0),
            // The destination is filled with ones.
            After::Add => 1.0 + sum,
            _ => sum,
        };
        if precision == F32 { value } else { f64::from(precision.round(value as f32)) }
    })
}

/// Every convolution shape of the network, on the smallest image that the window allows.
fn network_cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for layer in LayerTable::get().convs() {
        let conv = layer.conv;
        let window = conv.window();
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

/// Shapes that the network does not have: sizes that fill no tile and no four, one image of several
/// tiles, asymmetric windows and padding.
const ODD: [Case; 7] = [
    Case { images: 1, channels: 3, filters: 5, size: [1, 1], window: window([3, 3], 1, [1, 1]) },
    Case { images: 3, channels: 4, filters: 4, size: [1, 1], window: window([1, 1], 1, [0, 0]) },
    Case { images: 3, channels: 7, filters: 33, size: [9, 8], window: window([5, 3], 2, [2, 0]) },
    Case { images: 1, channels: 12, filters: 20, size: [3, 11], window: window([1, 1], 1, [0, 0]) },
    Case { images: 3, channels: 6, filters: 70, size: [7, 6], window: window([3, 3], 2, [0, 1]) },
    Case { images: 1, channels: 5, filters: 9, size: [2, 3], window: window([1, 7], 1, [0, 3]) },
    Case { images: 3, channels: 8, filters: 130, size: [5, 7], window: window([7, 1], 1, [3, 0]) },
];

/// Compares a case with its definition for every class of tiles that the GPU can run.
fn assert_defined(case: &Case, by: By, precision: Precision, after: After) {
    let gpu = devices::gpu_device();
    let bound = if precision == F32 { BOUND } else { ROUNDED };
    let (shape, theirs) = definition(case, precision, after);
    for class in devices::tile_classes(&gpu, precision) {
        for (at, ours) in convolve(case, by, class, precision, after, &gpu).iter().enumerate() {
            let stage = format!("{precision} {class:?} {by:?} {at} {case:?}");
            assert_close(&stage, &shape, ours, &theirs, bound);
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn every_shape_of_the_network_matches_the_definition() {
    network_cases().iter().for_each(|case| assert_defined(case, By::Choice, F32, After::Relu));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn every_tile_matches_the_definition() {
    small_cases().iter().for_each(|case| assert_defined(case, By::EachTile, F32, After::Relu));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn every_tile_matches_the_definition_in_f16() {
    devices::gpu_device().require(Precision::F16).unwrap();
    // `precision.rs` tests the shapes of the network.
    ODD.iter().for_each(|case| assert_defined(case, By::EachTile, Precision::F16, After::Relu));
}

fn small_cases() -> Vec<Case> {
    // Further tiles of filters behave like the second.
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
fn without_relu_negative_values_stay() {
    assert!(definition(&ODD[3], F32, After::Nothing).1.iter().any(|&value| value < -0.1));
    assert_defined(&ODD[3], By::EachTile, F32, After::Nothing);
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn sums_are_added_to_the_destination() {
    for case in &ODD[..4] {
        // Padding would be added, too.
        let case = Case { filters: case.filters.next_multiple_of(4), ..*case };
        assert_defined(&case, By::EachTile, F32, After::Add);
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_sums_in_f32() {
    // f32 can represent 1 + 2⁻²⁰; in TF32, bf16 or f16 the sum would be 0.
    let value = 1.0 + 2f32.powi(-20);
    let gpu = devices::gpu_device();
    for class in devices::tile_classes(&gpu, F32) {
        let window = window([1, 1], 1, [0, 0]);
        let weight = [value, -1.0, 0.0, 0.0];
        let by_each = PackedConv::by_each_tile(&weight, &[0.0], window, class, F32, &gpu);
        for (tile, conv) in by_each.into_iter().enumerate() {
            let images = TensorData::new(vec![1.0f32, 1.0, 0.0, 0.0], [1, 4, 1, 1]);
            let input = Activations::from_images(Tensor::from_data(images, gpu.burn()), F32);
            let out =
                ChannelSlice { rows: Activations::empty(1, [1, 1], 4, F32, gpu.burn()), offset: 0 };
            let sum = values(&conv.run(&input, &out))[0];
            assert_eq!(sum, 2f32.powi(-20), "{class:?} tile {tile}");
        }
    }
}

/// Values beyond the range of f16, next to ordinary ones, which keep their accuracy.
#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn large_activations_do_not_overflow() {
    let gpu = devices::gpu_device();
    let case = ODD[3];
    let [height, width] = case.size;
    let area = height * width;
    for large in [1e4, 1e6] {
        let mut x = input_values(&case, F32);
        // One channel of the third pixel.
        x[2] = large;
        let (weight, bias) = weights(&case, F32);
        let sum = |pixel: usize, filter: usize| {
            let products = (0..case.channels).map(|channel| {
                at(&case, &x, pixel, channel) * f64::from(weight[filter * case.channels + channel])
            });
            (products.sum::<f64>() + f64::from(bias[filter])).max(0.0)
        };
        for class in devices::tile_classes(&gpu, F32) {
            let convs = PackedConv::by_each_tile(&weight, &bias, case.window, class, F32, &gpu);
            for (tile, conv) in convs.into_iter().enumerate() {
                let shape = [1, case.channels, height, width];
                let images = Tensor::from_data(TensorData::new(x.clone(), shape), gpu.burn());
                let rows = Activations::empty(1, case.size, conv.channels(), F32, gpu.burn());
                let input = Activations::from_images(images, F32);
                let ours = values(&conv.run(&input, &ChannelSlice { rows, offset: 0 }));
                let channels = conv.channels();
                for (what, pixels) in [("the large pixel", 2..3), ("the others", 3..area)] {
                    let theirs: Vec<f64> = pixels
                        .clone()
                        .flat_map(|pixel| (0..case.filters).map(move |filter| (pixel, filter)))
                        .map(|(pixel, filter)| sum(pixel, filter))
                        .collect();
                    let ours = &ours[pixels.start * channels..pixels.end * channels];
                    let stage = format!("{large} {class:?} tile {tile}, {what}");
                    let shape = [pixels.len(), case.filters];
                    assert_close(&stage, &shape, ours, &theirs, BOUND);
                }
            }
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn zeros_give_the_bias_alone() {
    let gpu = devices::gpu_device();
    let case = ODD[6];
    let (weight, bias) = weights(&case, F32);
    for class in devices::tile_classes(&gpu, F32) {
        for conv in PackedConv::by_each_tile(&weight, &bias, case.window, class, F32, &gpu) {
            let images = Tensor::zeros([1, case.channels, 5, 7], gpu.burn());
            let rows = Activations::empty(1, [5, 7], conv.channels(), F32, gpu.burn());
            let input = Activations::from_images(images, F32);
            let ours = values(&conv.run(&input, &ChannelSlice { rows, offset: 0 }));
            let expected: Vec<f32> = bias.iter().map(|bias| bias.max(0.0)).collect();
            assert_eq!(ours[..case.filters], expected, "{class:?}");
        }
    }
}

/// The numeric test before matrix units are used.
#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn matrix_units_are_right_by_definition_or_missing() {
    let gpu = devices::gpu_device();
    let has = gpu.tile_classes(F32).contains(&TileClass::Matrix);
    for precision in [F32, Precision::F16] {
        let right = gpu.matrices_are_right(precision);
        println!("{right:?}");
        assert!(if has { right.unwrap() } else { right.is_err() }, "{precision}");
    }
}

/// The tile decides the speed alone, so a table of tiles may change without changing values.
#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn every_tile_of_a_class_gives_the_same_bits() {
    let gpu = devices::gpu_device();
    for class in devices::tile_classes(&gpu, F32) {
        let by_tile = convolve(&ODD[2], By::EachTile, class, F32, After::Relu, &gpu);
        assert!(by_tile.iter().all(|values| *values == by_tile[0]), "{class:?}");
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn pooling_matches_the_definition() {
    pooling_is_defined(F32, BOUND);
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn pooling_matches_the_definition_in_f16() {
    devices::gpu_device().require(Precision::F16).unwrap();
    pooling_is_defined(Precision::F16, ROUNDED);
}

fn pooling_is_defined(precision: Precision, bound: Bound) {
    let gpu = devices::gpu_device();
    let windows = [
        window([3, 3], 2, [0, 0]),
        window([3, 3], 1, [1, 1]),
        window([2, 5], 1, [1, 2]),
        window([4, 6], 1, [0, 0]),
    ];
    for (images, channels) in [(1, 3), (3, 20)] {
        for window in windows {
            let case = Case { images, channels, filters: 0, size: [4, 6], window };
            let x = input_values(&case, precision);
            for kind in [Pool::Max, Pool::Average] {
                let (shape, theirs) = whole(&case, channels, |places, channel| {
                    let values = places.iter().map(|&(_, pixel)| at(&case, &x, pixel, channel));
                    let value = match kind {
                        Pool::Max => values.fold(f64::MIN, f64::max),
                        Pool::Average => values.sum::<f64>() / places.len() as f64,
                    };
                    if precision == F32 { value } else { precision.round(value as f32).into() }
                });
                let input = input(&case, precision, gpu.burn());
                let out = destination(&case, input.channels(), precision, gpu.burn());
                let ours = values(&pool(kind, &window, &input, &out));
                let stage = format!("{precision} {kind:?} {case:?}");
                assert_close(&stage, &shape, &ours, &theirs, bound);
            }
        }
    }
}

/// Weights of another number of channels, or a slice that starts within a four, would let a kernel
/// access memory outside its buffers.
#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn a_call_that_does_not_fit_its_weights_is_refused() {
    let gpu = devices::gpu_device();
    let case = ODD[6];
    let (weight, bias) = weights(&case, F32);
    let conv = PackedConv::new(&weight, &bias, case.window, TileClass::Plain, F32, &gpu);
    let run = |input: &Activations, out: &ChannelSlice| {
        let run = std::panic::AssertUnwindSafe(|| conv.run(input, out));
        let panic = std::panic::catch_unwind(run).err()?;
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref::<&str>().copied()).map(str::to_owned)
    };
    let fitting = input(&case, F32, gpu.burn());
    let out = destination(&case, conv.channels(), F32, gpu.burn());
    assert_eq!(run(&fitting, &out), None);
    let fewer = input(&Case { channels: 4, ..case }, F32, gpu.burn());
    let refused = run(&fewer, &out).unwrap();
    assert!(refused.contains("channels of the input"), "{refused}");
    let refused = run(&fitting, &ChannelSlice { offset: BEFORE + 2, ..out }).unwrap();
    assert!(refused.contains("offset of the destination"), "{refused}");
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
    let (shape, theirs) = definition(&case, F32, After::Relu);
    let rejected = |what: &str, ours: &[f64]| {
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
    rejected("another padding", &definition(&padding, F32, After::Relu).1);
}

//! Preprocessing: the f64 definition against PyTorch, the kernels against both.

use fid_core::{Image8, Preset, reference_preprocess};
use fid_kernels::{ComputeDevice, PackedBatch};
use fid_tests::close::{Bound, assert_close};
use fid_tests::images::{Pattern, image};
use fid_tests::{devices, fixtures, tolerance};

const PRESET: Preset = Preset::PytorchFid;
const SIDE: usize = 299;
const BOUND: Bound = Bound::Absolute(tolerance::PREPROCESS);
/// Height and width: one pixel, tiny, odd, the identity, one side larger, large.
const SIZES: [(usize, usize); 6] = [(1, 1), (2, 3), (31, 47), (299, 299), (600, 150), (1024, 768)];

fn reference(image: &Image8) -> Vec<f64> {
    let (height, width, channels) = (image.height(), image.width(), image.channels());
    reference_preprocess(image.pixels(), height, width, channels, PRESET).unwrap()
}

/// The batch on a device, one `[3,299,299]` for each image.
fn run(device: &ComputeDevice, images: &[Image8]) -> Vec<Vec<f32>> {
    let mut batch = PackedBatch::new(PRESET);
    images.iter().for_each(|image| batch.push(image).unwrap());
    let out = batch.run(&device.burn);
    assert_eq!(out.dims(), [images.len(), 3, SIDE, SIDE]);
    let values = out.into_data().try_to_vec::<f32>().unwrap();
    values.chunks_exact(3 * SIDE * SIDE).map(<[f32]>::to_vec).collect()
}

/// All sizes and patterns in one batch, gray among them.
fn mixed() -> Vec<Image8> {
    let of_size = |&(height, width): &(usize, usize)| {
        let colour = Pattern::ALL.map(|(pattern, _)| image(pattern, height, width, 3));
        colour.into_iter().chain([image(Pattern::Ramp, height, width, 1)])
    };
    SIZES.iter().flat_map(of_size).collect()
}

/// The values that the fixtures keep: rows and columns of the grid, of each channel.
fn at_grid(values: &[f64]) -> Vec<f64> {
    let grid = fixtures::reference()["resize"]["grid"].clone();
    let grid: Vec<usize> = serde_json::from_value(grid).unwrap();
    let rows = (0..3).flat_map(|c| grid.iter().map(move |y| (c * SIDE + y) * SIDE));
    rows.flat_map(|row| grid.iter().map(move |x| values[row + x])).collect()
}

#[test]
fn the_definition_is_what_pytorch_fid_feeds_its_network() {
    let cases = &fixtures::reference()["resize"]["cases"];
    for (height, width) in SIZES {
        for (pattern, kind) in Pattern::ALL {
            let name = format!("{kind}.{height}x{width}");
            let image = image(pattern, height, width, 3);
            assert_eq!(cases[&name]["source_sha256"], fixtures::sha256(image.pixels()), "{name}");
            let ours = reference(&image);
            let (shape, theirs) = fixtures::tensor("resize.safetensors", &name);
            assert_close(&name, &shape, &at_grid(&ours), &theirs, BOUND);
            // What lies between the kept pixels, by its sums over each channel.
            for (c, plane) in ours.chunks_exact(SIDE * SIDE).enumerate() {
                let area = (SIDE * SIDE) as f64;
                let [sum, squares] =
                    ["sum", "sum_of_squares"].map(|of| cases[&name][of][c].as_f64().unwrap());
                let mean = plane.iter().sum::<f64>() / area;
                let square = plane.iter().map(|v| v * v).sum::<f64>() / area;
                let means = [sum / area, squares / area];
                assert_close(&name, &[2], &[mean, square], &means, BOUND);
            }
        }
    }
}

fn kernel_matches_the_definition(device: &ComputeDevice) {
    let images = mixed();
    for (image, values) in images.iter().zip(run(device, &images)) {
        let stage = format!("{}x{}x{}", image.height(), image.width(), image.channels());
        assert_close(&stage, &[3, SIDE, SIDE], &values, &reference(image), BOUND);
    }
}

#[test]
fn cpu_kernel_matches_the_definition() {
    kernel_matches_the_definition(&devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_kernel_matches_the_definition() {
    kernel_matches_the_definition(&devices::gpu());
}

#[test]
fn an_image_does_not_depend_on_its_batch() {
    let images = mixed();
    let together = run(&devices::cpu(), &images);
    for (image, values) in images.iter().zip(together) {
        assert_eq!(run(&devices::cpu(), std::slice::from_ref(image)), [values]);
    }
}

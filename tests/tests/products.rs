//! Metrics over all pairs of features with products on the GPU: counts equal those of the CPU.

#[path = "../../crates/fid-core/tests/by_rule/mod.rs"]
mod by_rule;
#[path = "../../crates/fid-core/tests/common/mod.rs"]
mod common;

use by_rule::Case;
use common::rows;
use fid_core::FeatureSlice;
use fid_core::metrics::{
    CheckedProducts, CpuProducts, MifidConfig, PrdcConfig, TileProducts, mifid, mifid_by, prdc,
    prdc_by,
};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::images::uniforms;
use fid_tests::{devices, fixtures, tolerance};
use fid_wgpu::{GpuDevice, WgpuProducts};

/// Features like those after a ReLU, with shared directions, so that some are close.
fn features(name: &str, rows: usize, dim: usize) -> Vec<f32> {
    let common = uniforms(name, 1, rows * 3);
    let own = uniforms(name, 2, rows * dim);
    let value = |at: usize| {
        let (row, column) = (at / dim, at % dim);
        let shared: f64 =
            (0..3).map(|k| common[3 * row + k] * ((column * (k + 2)) % 7) as f64).sum();
        (0.3 * shared + own[at] - 1.0).max(0.0) as f32
    };
    (0..rows * dim).map(value).collect()
}

fn on(device: &GpuDevice) -> CheckedProducts<WgpuProducts> {
    CheckedProducts::new(WgpuProducts::new(device))
}

/// Compares both metrics of two sets on the device with the CPU's.
fn assert_same(what: &str, device: &GpuDevice, [real, fake]: [FeatureSlice<'_, f32>; 2]) {
    for config in [PrdcConfig::TORCH_FIDELITY, PrdcConfig::PRDC] {
        let ours = prdc_by(&real, &fake, &config, &mut on(device)).unwrap();
        let theirs = prdc(&real, &fake, &config).unwrap();
        println!("{what}: {ours:?}");
        assert_eq!(ours, theirs, "{what}");
    }
    let config = MifidConfig::default();
    let ours = mifid_by(1.0, &real, &fake, &config, &mut on(device)).unwrap();
    assert_eq!(ours, mifid(1.0, &real, &fake, &config).unwrap(), "{what}");
}

fn same_counts(device: &GpuDevice, cases: &[&str]) {
    let fixture = fixtures::reference_of("metrics/prdc.json");
    for &name in cases {
        let case = Case::of(&fixture, name);
        assert_same(name, device, [case.real(), case.fake()]);
    }
    // Short last tiles, rows and columns that fill no four, copies across tiles.
    for (real, fake, dim) in [(4103, 613, 5), (6, 515, 18), (700, 6, 33)] {
        let what = format!("{real} and {fake} of {dim}");
        let (a, mut b) = (features("real", real, dim), features("fake", fake, dim));
        let copies = 3 * dim;
        b[..copies].copy_from_slice(&a[a.len() - copies..]);
        assert_same(&what, device, [rows(&a, dim), rows(&b, dim)]);
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_counts_equal_those_of_the_cpu() {
    same_counts(&devices::gpu_device(), &["narrow", "large", "wide_rows", "copies"]);
}

/// Products of all rows, block by block.
fn blocks(products: &mut dyn TileProducts, left: &[f32], right: &[f32], dim: usize) -> Vec<f32> {
    products.set_left(left.to_vec(), dim).unwrap();
    let halves = right.split_at(right.len() / dim / 2 * dim);
    products.begin(halves.0.to_vec()).unwrap();
    products.begin(halves.1.to_vec()).unwrap();
    let first = products.finish().unwrap();
    [first, products.finish().unwrap()].concat()
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_products_match_those_of_the_cpu() {
    let device = devices::gpu_device();
    let bound = Bound::RelativeL2(tolerance::CONVOLUTION);
    for (left, right, dim) in [(70, 33, 2048), (5, 9, 3), (130, 2, 21)] {
        let values = |name, rows: usize| -> Vec<f32> {
            uniforms(name, 3, rows * dim).into_iter().map(|x| (2.0 * x - 1.0) as f32).collect()
        };
        let (a, b) = (values("left", left), values("right", right));
        let ours = blocks(&mut WgpuProducts::new(&device), &a, &b, dim);
        let theirs = blocks(&mut CpuProducts::default(), &a, &b, dim);
        let what = format!("{left} × {right} of {dim}");
        assert_close(&what, &[right, left], &ours, &theirs, bound);
        let mut spoiled = ours.clone();
        spoiled.swap(0, 1);
        assert!(compare("swapped", &[right, left], &spoiled, &theirs, bound).is_err());
        let relu: Vec<f32> = ours.iter().map(|value| value.max(0.0)).collect();
        assert!(compare("ReLU", &[right, left], &relu, &theirs, bound).is_err());
    }
}

//! The network in f16 on a GPU against the definition with the same roundings.

use fid_core::Precision::{self, F16, F32};
use fid_core::{DeviceError, Engine, Tap};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::images::network_input;
use fid_tests::{devices, tolerance};
use fid_weights::reference::ReferenceNetwork;
use fid_wgpu::WgpuEngine;

const TAPS: [Tap; 5] = [Tap::Pool64, Tap::Pool192, Tap::Pool768, Tap::Pool3, Tap::Spatial];

fn bound(tap: Tap) -> Bound {
    Bound::RelativeL2(match tap {
        Tap::Pool64 | Tap::Pool192 => tolerance::FEATURES_ROUNDED,
        _ => tolerance::FEATURES_F16,
    })
}

/// The features by definition, in f64: `[taps][values]`.
fn definition(precision: Precision) -> Vec<Vec<f64>> {
    let input: Vec<f64> = network_input(1).into_iter().map(f64::from).collect();
    let weights = devices::weights().rounded(precision);
    let network = ReferenceNetwork::run(&weights, &input, precision);
    TAPS.map(|tap| network.read(tap).unwrap()).into()
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn f16_on_the_gpu_matches_the_definition() {
    let gpu = devices::gpu_device();
    gpu.require(F16).unwrap();
    let engine = WgpuEngine::new(devices::weights(), &gpu, F16).unwrap();
    let ours = engine.extract(&network_input(1), &TAPS).unwrap();
    let rounded = definition(F16);
    for ((tap, ours), theirs) in TAPS.iter().zip(&ours).zip(&rounded) {
        assert_close(&format!("f16 {tap:?}"), &[ours.len()], ours, theirs, bound(*tap));
    }
    let exact = definition(F32);
    assert_close("f16 pool3 against f64", &[2048], &ours[3], &exact[3], bound(Tap::Pool3));
    // The bound on the first taps rejects f32.
    let f32 = devices::cpu().extract(&network_input(1), &TAPS).unwrap();
    let verdict = compare("f32 for f16", &[192], &f32[1], &rounded[1], bound(TAPS[1]));
    assert!(verdict.is_err(), "f32 passes for f16: {verdict:?}");
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn a_device_without_f16_is_refused_by_name() {
    // The adapter of a device that another program opened is unknown.
    let gpu = fid_wgpu::GpuDevice::of_burn(devices::gpu_device().burn().clone());
    let error = WgpuEngine::new(devices::weights(), &gpu, F16).unwrap_err();
    assert!(matches!(error, DeviceError::Precision { precision: F16, .. }), "{error}");
    assert!(error.to_string().contains("f16"), "{error}");
}

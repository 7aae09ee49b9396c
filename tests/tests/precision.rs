//! Other precisions than f32: the network against its definition with the same roundings.

use burn::prelude::*;
use fid_core::Precision::{self, Bf16, F16, F32};
use fid_core::Tap;
use fid_gpu::{Error, EvalConfig, evaluate};
use fid_inception::reference::ReferenceNetwork;
use fid_inception::{FeatureExtractor, InceptionV3, Weights, WeightsSource};
use fid_kernels::cpu::Isa;
use fid_kernels::{ComputeDevice, DeviceError};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::folders::{copies, samples};
use fid_tests::images::network_input;
use fid_tests::{devices, tolerance};

const TAPS: [Tap; 5] = [Tap::Pool64, Tap::Pool192, Tap::Pool768, Tap::Pool3, Tap::Spatial];

fn bound(tap: Tap, precision: Precision) -> Bound {
    Bound::RelativeL2(match (tap, precision) {
        (Tap::Pool64 | Tap::Pool192, _) => tolerance::FEATURES_ROUNDED,
        (_, Bf16) => tolerance::FEATURES_BF16,
        _ => tolerance::FEATURES_F16,
    })
}

fn weights() -> Weights {
    fid_inception::weights::load(&WeightsSource::Seeded(0)).unwrap().weights
}

/// By the definition, in f64: `[taps][values]`.
fn definition(weights: &Weights, precision: Precision) -> Vec<Vec<f64>> {
    let input: Vec<f64> = network_input(1).into_iter().map(f64::from).collect();
    let weights = weights.rounded(precision);
    let network = ReferenceNetwork::run(&weights, &input, precision);
    TAPS.map(|tap| network.read(tap).unwrap()).into()
}

fn run(network: &InceptionV3, device: &ComputeDevice) -> Vec<Vec<f32>> {
    let data = TensorData::new(network_input(1), [1, 3, 299, 299]);
    let features = network.extract(Tensor::from_data(data, &device.burn), &TAPS).unwrap();
    features.into_iter().map(|x| x.into_data().try_to_vec().unwrap()).collect()
}

fn assert_defined(name: &str, precision: Precision, ours: &[Vec<f32>], theirs: &[Vec<f64>]) {
    for ((tap, ours), theirs) in TAPS.iter().zip(ours).zip(theirs) {
        let bound = bound(*tap, precision);
        assert_close(&format!("{precision} {name} {tap:?}"), &[ours.len()], ours, theirs, bound);
    }
}

#[test]
fn the_cpu_rounds_as_the_definition_does() {
    let (weights, exact) = (weights(), definition(&weights(), F32));
    for precision in [Bf16, F16] {
        let rounded = definition(&weights, precision);
        for isa in Isa::available() {
            let network = InceptionV3::on_cpu(&weights, isa, precision);
            let ours = run(&network, &devices::cpu());
            assert_defined(isa.name(), precision, &ours, &rounded);
            let shift = format!("{precision} {} pool3 against f64 unrounded", isa.name());
            assert_close(&shift, &[2048], &ours[3], &exact[3], bound(Tap::Pool3, precision));
        }
        // Neither of the others passes for it.
        for other in [F32, Bf16, F16].into_iter().filter(|&other| other != precision) {
            let network = InceptionV3::new(&weights, &devices::cpu().burn, other);
            let ours = run(&network, &devices::cpu());
            let verdict = compare("192", &[192], &ours[1], &rounded[1], bound(TAPS[1], precision));
            println!("{other} for {precision}: {verdict:?}");
            assert!(verdict.is_err(), "{other} passes for {precision}");
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn the_gpu_rounds_as_the_definition_does() {
    let (weights, gpu) = (weights(), devices::gpu());
    gpu.require(F16).unwrap();
    let ours = run(&InceptionV3::new(&weights, &gpu.burn, F16), &gpu);
    assert_defined("on the GPU", F16, &ours, &definition(&weights, F16));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn what_a_gpu_has_not_is_refused_before_weights_are_looked_for() {
    let few = |side| copies(&samples(side, |name| name < "0003"));
    let (real, fake) = (few("real"), few("fake"));
    let mut config = EvalConfig::new(real.path(), fake.path());
    let choice = std::env::var("FID_TEST_DEVICE").unwrap_or_else(|_| "vulkan".into());
    config.run.device = choice.parse().unwrap();
    config.run.weights = Some(WeightsSource::File("no such file".into()));
    config.run.precision = Bf16;
    let error = evaluate(&config).unwrap_err();
    assert!(matches!(&error, Error::Device(DeviceError::Precision { .. })), "{error}");
    let device = devices::gpu().to_string();
    for part in ["bf16", "--precision f32", &device] {
        assert!(error.to_string().contains(part), "no {part} in: {error}");
    }
}

//! The network on every device: every tap against PyTorch in f64.

use fid_core::{Engine, Precision, Tap};
use fid_cpu::{CpuEngine, Isa};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::images::{network_input, network_source};
use fid_tests::{devices, fixtures, tolerance};
use fid_weights::reference::ReferenceNetwork;
use fid_weights::{LayerTable, Weights, WeightsSource};

const TAPS: [(Tap, &str); 7] = [
    (Tap::Pool64, "pool64"),
    (Tap::Pool192, "pool192"),
    (Tap::Pool768, "pool768"),
    (Tap::Pool3, "pool3"),
    (Tap::Spatial, "spatial"),
    (Tap::LogitsUnbiased, "logits_unbiased"),
    (Tap::Logits, "logits"),
];
const BOUND: Bound = Bound::RelativeL2(tolerance::FEATURES);
const INPUTS: usize = 3;

fn bound(tap: Tap) -> Bound {
    match tap {
        Tap::LogitsUnbiased | Tap::Logits => Bound::RelativeL2(tolerance::LOGITS),
        _ => BOUND,
    }
}

#[test]
fn seeded_weights_match_the_fixtures() {
    let loaded = fid_weights::load(&WeightsSource::Seeded(0)).unwrap();
    assert_eq!(fixtures::reference()["network"]["weights_sha256"], loaded.identity.sha256);
}

/// The features of a batch at every tap: `[taps][values]`.
fn run(engine: &dyn Engine, inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    engine.extract(&inputs.concat(), &TAPS.map(|(tap, _)| tap)).unwrap()
}

fn matches_pytorch(engine: &dyn Engine, inputs: usize) {
    let batch: Vec<_> = (0..inputs).map(network_input).collect();
    let outputs = run(engine, &batch);
    for ((tap, name), values) in TAPS.into_iter().zip(outputs) {
        for (k, values) in values.chunks_exact(tap.dim()).enumerate() {
            let (shape, theirs) = fixtures::tensor(&format!("network_{k}.safetensors"), name);
            assert_eq!(shape, [tap.dim()]);
            assert_close(&format!("{name} of input {k}"), &shape, values, &theirs, bound(tap));
        }
    }
}

#[test]
fn inputs_match_the_fixtures() {
    for k in 0..INPUTS {
        let case = &fixtures::reference()["network"]["cases"][k];
        assert_eq!(case["source_sha256"], fixtures::sha256(&network_source(k)));
        let input: Vec<u8> = network_input(k).iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(case["input_sha256"], fixtures::sha256(&input));
    }
}

#[test]
fn cpu_matches_pytorch() {
    matches_pytorch(&*devices::cpu(), INPUTS);
}

#[test]
fn every_instruction_set_matches_pytorch() {
    for isa in Isa::available() {
        println!("{}", isa.name());
        matches_pytorch(&CpuEngine::with_isa(devices::weights(), isa), 2);
    }
}

#[test]
fn an_image_gives_the_same_bits_in_any_batch() {
    let engine = devices::cpu();
    let batch: Vec<_> = (0..7).map(|k| network_input(k % INPUTS)).collect();
    let whole = run(&*engine, &batch);
    for (k, input) in batch.iter().enumerate().take(INPUTS + 1) {
        let alone = run(&*engine, std::slice::from_ref(input));
        // The order of summation in logits depends on the batch.
        let features = TAPS.into_iter().zip(whole.iter().zip(&alone)).take(5);
        for ((tap, name), (whole, alone)) in features {
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let part = &whole[k * tap.dim()..(k + 1) * tap.dim()];
            assert!(bits(part) == bits(alone), "{name} of image {k}");
        }
    }
}

/// Cached features are joined with features of new images from any batch; logits are computed again
/// for the whole batch.
fn cached_features_equal_those_of_any_batch(engine: &dyn Engine) {
    let inputs: Vec<_> = (0..INPUTS).map(network_input).collect();
    let whole = run(engine, &inputs);
    let parts = [run(engine, &inputs[..1]), run(engine, &inputs[1..])];
    for (at, (tap, name)) in TAPS.into_iter().enumerate().take(5) {
        assert!(whole[at] == [&parts[0][at][..], &parts[1][at]].concat(), "{name} of {tap:?}");
    }
    for (at, (tap, name)) in TAPS.into_iter().enumerate().skip(5) {
        let logits = engine.classify(&whole[3], tap).unwrap();
        assert!(whole[at] == logits, "{name}");
    }
}

#[test]
fn cached_features_equal_those_of_any_batch_on_the_cpu() {
    cached_features_equal_those_of_any_batch(&*devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn cached_features_equal_those_of_any_batch_on_the_gpu() {
    cached_features_equal_those_of_any_batch(&*devices::gpu());
}

#[test]
fn nan_and_infinity_stay_in_their_image() {
    for isa in Isa::available() {
        let engine = CpuEngine::with_isa(devices::weights(), isa);
        for spoilt in [f32::NAN, f32::INFINITY] {
            let mut batch = vec![network_input(0); 3];
            batch[1][299 * 150 + 150] = spoilt;
            let pool3 = run(&engine, &batch).swap_remove(3);
            let bad: Vec<_> =
                pool3.chunks_exact(2048).map(|x| x.iter().any(|v| !v.is_finite())).collect();
            assert_eq!(bad, [false, true, false], "{spoilt} with {}", isa.name());
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_matches_pytorch() {
    matches_pytorch(&*devices::gpu(), 2);
}

#[test]
fn the_f64_reference_matches_pytorch() {
    let weights = devices::weights();
    let input: Vec<f64> = network_input(1).into_iter().map(f64::from).collect();
    let network = ReferenceNetwork::run(weights, &input, Precision::F32);
    for (tap, name) in TAPS {
        let (shape, theirs) = fixtures::tensor("network_1.safetensors", name);
        // The reference folds weights, rounds them to f32 once and computes in f64.
        assert_close(name, &shape, &network.read(tap).unwrap(), &theirs, bound(tap));
    }
}

#[test]
fn the_comparison_rejects_a_spoiled_network() {
    let (shape, theirs) = fixtures::tensor("network_1.safetensors", "pool3");
    let rejected = |what: &str, values: Vec<f32>| {
        let verdict = compare(what, &shape, &values, &theirs, BOUND);
        println!("{what}: {verdict:?}");
        assert!(verdict.is_err(), "{what} passes");
    };
    let pool3 = |weights: &Weights, input: Vec<f32>| {
        run(&CpuEngine::new(weights).unwrap(), &[input]).swap_remove(3)
    };
    let input = network_input(1);

    // The bias of one filter of one of 94 layers.
    let mut spoiled = devices::weights().clone();
    let layers = LayerTable::get().convs();
    let at = layers.iter().position(|layer| layer.name == "Mixed_6c.branch7x7_2").unwrap();
    let mut bias = spoiled.convs[at].bias.to_vec();
    bias[3] += 0.1;
    spoiled.convs[at].bias = bias.into();
    rejected("one bias", pool3(&spoiled, input.clone()));

    // Two branches with weights of the same shape.
    let mut spoiled = devices::weights().clone();
    let name = |name: &str| layers.iter().position(|layer| layer.name == name).unwrap();
    spoiled.convs.swap(name("Mixed_6b.branch7x7_1"), name("Mixed_6b.branch7x7dbl_1"));
    rejected("swapped branches", pool3(&spoiled, input.clone()));

    // Swaps red and blue.
    let planes: Vec<_> = input.chunks_exact(299 * 299).collect();
    rejected(
        "swapped channels",
        pool3(devices::weights(), [planes[2], planes[1], planes[0]].concat()),
    );

    // Swaps height and width.
    let transposed =
        |at: usize| input[at / (299 * 299) * 299 * 299 + at % 299 * 299 + at / 299 % 299];
    rejected("swapped axes", pool3(devices::weights(), (0..input.len()).map(transposed).collect()));
}

#[test]
fn the_layer_table_matches_the_published_checkpoint() {
    let table = LayerTable::get();
    assert_eq!(table.convs().len(), 94);
    // 472 f32 tensors: five for each convolution, two for the classifier.
    assert_eq!(table.convs().len() * 5 + 2, 472);
    let conv_weights: usize =
        table.convs().iter().map(|layer| layer.weight_shape().iter().product::<usize>()).sum();
    let filters: usize = table.convs().iter().map(|layer| layer.conv.out_channels).sum();
    let values = conv_weights + 4 * filters + 1008 * 2048 + 1008;
    // 95,628,359 bytes, without 94 counters of 8 bytes and the names.
    assert!((95_000_000..95_628_359).contains(&(4 * values)), "{values} values");
}

#[test]
fn a_wrong_input_shape_is_refused() {
    let images = vec![0.0; 3 * 298 * 299];
    let error = devices::cpu().extract(&images, &[Tap::Pool3]).unwrap_err();
    assert!(error.to_string().contains("[N,3,299,299]"), "{error}");
}

#[test]
fn a_partial_row_of_features_is_refused() {
    let error = devices::cpu().classify(&[0.0; 2049], Tap::Logits).unwrap_err();
    assert!(error.to_string().contains("2049"), "{error}");
}

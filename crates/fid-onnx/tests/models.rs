//! Features of models against onnxruntime's, and batches.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{digits, expected, features, input, open, others, path, relative, set};
use fid_core::{Engine, EngineError, FeatureStats, Tap, frechet_distance};
use fid_onnx::OwnInput;

/// Relative L2. Three convolutions and a mean in f32: sums of up to 144 products, so some ten times
/// the unit roundoff of 6e-8; measured 3.2e-7, with onnxruntime at 2.5e-7.
const BOUND: f64 = 2e-6;

#[test]
fn features_equal_those_of_pytorch_and_onnxruntime() {
    for (file, settings, exact) in [
        ("legacy", digits(), "others.f64"),
        ("dynamo", OwnInput::default(), "others.f64"),
        ("batch_of_4", OwnInput::default(), "others.f64"),
        ("colour", OwnInput::default(), "others.colour.f64"),
    ] {
        let ours = features(&open(&format!("{file}.onnx"), &settings), &others());
        let exact = expected(exact);
        let off = relative(&ours, &exact);
        let name = if file == "batch_of_4" { "legacy" } else { file };
        let theirs = expected(&format!("others.{name}"));
        let runtime: Vec<_> = theirs.iter().map(|value| *value as f32).collect();
        let runtime = relative(&runtime, &exact);
        println!("measured {file}: rten {off:.2e}, onnxruntime {runtime:.2e} of f64");
        assert!(off < BOUND && relative(&ours, &theirs) < 2.0 * BOUND, "{file}: {off:e}");
    }
    // The bound sees another resize and another mean.
    for wrong in [("resize", "pil-bicubic"), ("mean", "0.251")] {
        let mut settings = digits();
        settings.set(wrong.0, wrong.1, true).unwrap();
        let ours = features(&open("legacy.onnx", &settings), &others());
        assert!(relative(&ours, &expected("others.f64")) > 100.0 * BOUND, "{wrong:?}");
    }
}

#[test]
fn a_value_from_files_is_that_of_pytorch() {
    let engine = open("dynamo.onnx", &OwnInput::default());
    assert_eq!(engine.info().features, 24);
    let statistics = ["real", "fake"].map(|name| {
        let rows = features(&engine, &set(&format!("{name}.npy")));
        let theirs = expected(&format!("{name}.legacy"));
        assert!(relative(&rows[..theirs.len()], &theirs) < 2.0 * BOUND);
        FeatureStats::from_features(&rows, 24).unwrap()
    });
    let [real, fake] = &statistics;
    let ours = frechet_distance(real, fake).unwrap().value;
    let facts = std::fs::read(path("own_encoder.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_slice(&facts).unwrap();
    let theirs = facts["frechet"].as_f64().unwrap();
    assert!((ours - theirs).abs() < 1e-5 * theirs, "{ours} {theirs}");
}

#[test]
fn an_image_is_the_same_to_the_bit_in_any_batch() {
    let engine = open("legacy.onnx", &digits());
    let images = set("real.npy");
    let all = features(&engine, &images[..40]);
    for size in [1, 3, 7] {
        let parts = images[..40].chunks(size).flat_map(|part| features(&engine, part));
        assert!(parts.eq(all.iter().copied()), "{size}");
    }
    let prepared = {
        let mut batch = fid_core::PackedBatch::new(&[engine.preset()]);
        images[..40].iter().for_each(|image| batch.push(image).unwrap());
        engine.preprocess(&batch, engine.preset()).unwrap()
    };
    assert_eq!(engine.extract(&prepared, &[Tap::Pool3]).unwrap()[0], all);
    assert!(matches!(
        engine.extract(&prepared[1..], &[Tap::Pool3]),
        Err(EngineError::Shape { .. })
    ));
    assert!(matches!(
        engine.extract(&prepared, &[Tap::Logits]),
        Err(EngineError::Unsupported { .. })
    ));
}

/// A fixed batch size: all numbers of images, the last call filled up.
#[test]
fn a_fixed_batch_gives_every_image_its_features() {
    let images = set("real.npy");
    let one_by_one = features(&open("legacy.onnx", &digits()), &images[..9]);
    let engine = open("batch_of_4.onnx", &OwnInput::default());
    for count in 1..=9 {
        let exact: Vec<_> = one_by_one[..count * 24].iter().copied().map(f64::from).collect();
        assert!(relative(&features(&engine, &images[..count]), &exact) < BOUND, "{count}");
    }
}

/// Any value of the graph can be the features, also one that an optimiser would remove.
#[test]
fn values_inside_a_graph_can_be_chosen() {
    let mut settings = digits();
    settings.set("output", "logits", true).unwrap();
    assert_eq!(open("legacy.onnx", &settings).info().features, 10);
    // The mean over the image, before it is flattened: [N,24,1,1].
    settings.set("output", "/body/body.9/GlobalAveragePool_output_0", true).unwrap();
    let inner = open("legacy.onnx", &settings);
    let ours = features(&inner, &others());
    assert!(relative(&ours, &expected("others.f64")) < BOUND);
}

#[test]
fn settings_come_from_arguments_then_metadata_then_defaults() {
    let engine = open("dynamo.onnx", &OwnInput::default());
    let all = "size 28, mean 0.25, std 0.5, resize pil-bilinear, channels 1, output features";
    assert_eq!(engine.input().to_string(), all);
    let engine = open("dynamo.onnx", &input(&[("mean", "0.1"), ("resize", "tf1-bilinear")]));
    let mixed = "size 28, mean 0.1, std 0.5, resize tf1-bilinear, channels 1, output features";
    assert_eq!(engine.input().to_string(), mixed);
    let engine = open("legacy.onnx", &input(&[("output", "features")]));
    let defaults = "size 28, mean 0, std 1, resize pil-bilinear, channels 1, output features";
    assert_eq!(engine.input().to_string(), defaults);
    let engine = open("any_size.onnx", &input(&[("input_size", "17")]));
    assert_eq!(engine.preset().side(), 17);
}

#[test]
fn the_version_of_rten_is_the_locked_one() {
    let engine = open("legacy.onnx", &digits());
    let lock = include_str!("../../../Cargo.lock").replace('\r', "");
    let at = lock.split("name = \"rten\"\nversion = \"").nth(1).unwrap();
    let version = at.split('"').next().unwrap();
    assert!(engine.info().arithmetic.starts_with(&format!("rten {version} ")), "{version}");
}

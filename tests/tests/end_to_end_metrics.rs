//! Every metric of images against torch-fidelity's own, on the sample images under the same weights.

use fid_gpu::{EvalConfig, evaluate};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::folders::{copies, samples};
use fid_tests::{fixtures, tolerance};
use serde_json::Value;

/// torch-fidelity's run: what it was called with, and its values by their place in our report.
fn original() -> Value {
    let reference = fixtures::reference_of("end_to_end_metrics.json");
    reference["cases"]["samples"]["presets"]["torch-fidelity"].clone()
}

/// The argument that follows `name`.
fn argument<'a>(original: &'a Value, name: &str) -> &'a str {
    let arguments = original["arguments"].as_array().unwrap();
    let at = arguments.iter().position(|argument| argument == name).unwrap();
    arguments[at + 1].as_str().unwrap()
}

#[test]
fn metrics_of_images_are_torch_fidelitys() {
    let original = original();
    let [real, fake] = ["real", "fake"].map(|side| copies(&samples(side, |_| true)));
    let mut config = EvalConfig::new(real.path(), fake.path());
    config.run.weights = Some("seeded:0".parse().unwrap());
    config.run.device = "cpu".parse().unwrap();
    config.run.preset = argument(&original, "--preset").parse().unwrap();
    config.metrics.select = argument(&original, "--metrics").parse().unwrap();
    config.metrics.kid.subset_size = argument(&original, "--kid-subset-size").parse().unwrap();
    let report = serde_json::to_value(evaluate(&config).unwrap()).unwrap();

    let values = original["values"].as_object().unwrap();
    assert_eq!(values.len(), 13, "fixture and test have changed apart");
    for (place, theirs) in values {
        let ours = report.pointer(place).and_then(Value::as_f64).unwrap();
        // The same numbers through exact formulas, and as the program prints them.
        for kind in ["truth", "program"] {
            let theirs = theirs[kind].as_f64().unwrap();
            let bound = Bound::Absolute(tolerance::METRICS_OF_IMAGES * theirs.abs());
            assert_close(&format!("{place}, {kind}"), &[1], &[ours], &[theirs], bound);
            let spoiled = ours * (1.0 + 2.0 * tolerance::METRICS_OF_IMAGES);
            let spoiled = compare("spoiled", &[1], &[spoiled], &[theirs], bound);
            assert!(spoiled.is_err(), "the bound is too wide");
        }
    }
}

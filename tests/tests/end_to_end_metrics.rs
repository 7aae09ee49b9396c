//! Every metric of images against torch-fidelity's and TorchMetrics' own, on the sample images under the
//! same weights.

use clap::Parser;
use fid_gpu::cli::{Cli, Command};
use fid_gpu::evaluate;
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::folders::{copies, samples};
use fid_tests::{fixtures, tolerance};
use serde_json::Value;

/// Compares our report with a program's run, which the fixture has with the arguments that ask us for the
/// same.
fn matches(preset: &str, num_values: usize) {
    let reference = fixtures::reference_of("end_to_end_metrics.json");
    let original = &reference["cases"]["samples"]["presets"][preset];
    let [real, fake] = ["real", "fake"].map(|side| copies(&samples(side, |_| true)));
    let [real, fake] = [&real, &fake].map(|folder| folder.path().to_str().unwrap());
    let arguments = original["arguments"].as_array().unwrap().iter();
    let arguments = arguments.map(|argument| argument.as_str().unwrap());
    let fixed = ["fid-gpu", "fid", real, fake, "--weights", "seeded:0", "--device", "cpu"];
    let cli = Cli::parse_from(fixed.into_iter().chain(arguments));
    let Some(Command::Fid(fid)) = cli.command else { panic!("fid") };
    let report = evaluate(&fid.how.config(&fid.real, &fid.fake)).unwrap();
    let report = serde_json::to_value(report).unwrap();

    let values = original["values"].as_object().unwrap();
    assert_eq!(values.len(), num_values, "fixture and test have changed apart");
    for (place, theirs) in values {
        let ours = report.pointer(place).and_then(Value::as_f64).unwrap();
        // The same numbers through exact formulas, and as the program prints them.
        for kind in ["truth", "program"] {
            // A deviation is as far off as the scores that it is of.
            let size = match place.strip_suffix("/std") {
                Some(score) => &values[&format!("{score}/mean")][kind],
                None => &theirs[kind],
            };
            let width = tolerance::METRICS_OF_IMAGES * size.as_f64().unwrap().abs();
            let (theirs, bound) = (theirs[kind].as_f64().unwrap(), Bound::Absolute(width));
            assert_close(&format!("{place}, {kind}"), &[1], &[ours], &[theirs], bound);
            let spoiled = compare("spoiled", &[1], &[ours + 2.0 * width], &[theirs], bound);
            assert!(spoiled.is_err(), "the bound is too wide");
        }
    }
}

#[test]
fn metrics_of_images_are_torch_fidelitys() {
    matches("torch-fidelity", 13);
}

#[test]
fn metrics_of_images_are_torchmetrics() {
    matches("torchmetrics", 8);
}

//! Metrics of the sample images against torch-fidelity and TorchMetrics with the same weights.

use clap::Parser;
use fid_gpu::cli::{Cli, Command};
use fid_gpu::evaluate;
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::folders::{copies, samples};
use fid_tests::{fixtures, tolerance};
use serde_json::Value;

/// Compares our report with a program's run. The fixture has the program's values and the arguments
/// of the same run of fid-gpu.
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
    let report = evaluate(&fid.how.config(&fid.real, &fid.fake).unwrap()).unwrap();
    let report = serde_json::to_value(report).unwrap();

    let values = original["values"].as_object().unwrap();
    assert_eq!(values.len(), num_values, "the fixture has another number of values");
    for (place, theirs) in values {
        let ours = report.pointer(place).and_then(Value::as_f64).unwrap();
        // The program's features through exact formulas, and its own values.
        for kind in ["truth", "program"] {
            // The error of a deviation is that of the scores.
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
fn metrics_match_torch_fidelity() {
    matches("torch-fidelity", 13);
}

#[test]
fn metrics_match_torchmetrics() {
    matches("torchmetrics", 8);
}

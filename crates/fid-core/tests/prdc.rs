//! Precision, recall, density and coverage against the original programs.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod by_rule;
mod common;

use by_rule::Case;
use common::fixture;
use fid_core::metrics::{Prdc, PrdcConfig, prdc};
use serde_json::Value;

const CASES: [&str; 4] = ["narrow", "large", "wide_rows", "copies"];

/// Values closer than this come from the same counts: torch computes means in f32.
const SAME_COUNT: f64 = 1e-6;

/// The difference of each value in images (for the density, in pairs); 0 if the counts are equal.
fn differences(ours: &Prdc, original: &Value) -> Vec<(&'static str, f64)> {
    let (real, fake) = (ours.num_real as f64, ours.num_fake as f64);
    [
        ("precision", ours.precision, fake),
        ("recall", ours.recall, real),
        ("f_score", ours.f_score, fake),
        ("density", ours.density, fake * ours.config.neighbours as f64),
        ("coverage", ours.coverage, real),
    ]
    .into_iter()
    .filter_map(|(name, value, count)| Some((name, value - original[name].as_f64()?, count)))
    .map(|(name, difference, count)| {
        (name, if difference.abs() < SAME_COUNT { 0.0 } else { difference * count })
    })
    .collect()
}

fn config(program: &str) -> PrdcConfig {
    match program {
        "torch-fidelity" => PrdcConfig::TORCH_FIDELITY,
        "adm" => PrdcConfig::ADM,
        _ => PrdcConfig::PRDC,
    }
}

fn compare(fixture: &Value, program: &str, name: &str, swapped: bool) -> Vec<(&'static str, f64)> {
    let case = Case::of(fixture, name);
    let (mut real, mut fake) = (case.real(), case.fake());
    if swapped {
        std::mem::swap(&mut real, &mut fake);
    }
    let ours = prdc(&real, &fake, &config(program)).unwrap();
    differences(&ours, &fixture["originals"][program]["values"][name])
}

#[test]
fn counts_equal_the_original_programs() {
    let fixture = fixture("prdc");
    for (program, values) in [("torch-fidelity", 3), ("prdc", 4), ("dgm-eval", 4)] {
        for name in CASES {
            let differences = compare(&fixture, program, name, false);
            println!("{program} {name}: {differences:?}");
            assert_eq!(differences.len(), values);
            assert!(differences.iter().all(|&(_, n)| n == 0.0), "{program} {name}");
        }
    }
}

#[test]
fn counts_equal_adm_in_f32() {
    let fixture = fixture("prdc");
    for name in CASES {
        let case = Case::of(&fixture, name);
        let ours = prdc(&case.real(), &case.fake(), &PrdcConfig::ADM).unwrap();
        let adm = &fixture["originals"]["adm"]["values"][name];
        println!("adm {name}, f16: {:?}", differences(&ours, adm));
        let (precision, recall) = (&adm["precision_f32"], &adm["recall_f32"]);
        assert!((ours.precision - precision.as_f64().unwrap()).abs() < SAME_COUNT, "{name}");
        assert!((ours.recall - recall.as_f64().unwrap()).abs() < SAME_COUNT, "{name}");
    }
}

#[test]
fn comparison_detects_swaps_changed_values_and_other_settings() {
    let fixture = fixture("prdc");
    let swapped = compare(&fixture, "torch-fidelity", "narrow", true);
    assert!(swapped.iter().filter(|(_, n)| n.abs() >= 1.0).count() >= 2, "{swapped:?}");

    let mut case = Case::of(&fixture, "narrow");
    let values = &fixture["originals"]["prdc"]["values"]["narrow"];
    // One channel of one image in two hundred, far outside all balls.
    case.fake[5] += 1000.0;
    let ours = prdc(&case.real(), &case.fake(), &PrdcConfig::PRDC).unwrap();
    assert!(differences(&ours, values).iter().any(|&(_, n)| n.abs() >= 1.0));
    // The settings of another program.
    let case = Case::of(&fixture, "narrow");
    let ours = prdc(&case.real(), &case.fake(), &PrdcConfig::TORCH_FIDELITY).unwrap();
    assert!(differences(&ours, values).iter().any(|&(_, n)| n.abs() >= 1.0));
    let mut wrong = values.clone();
    wrong["coverage"] = (values["coverage"].as_f64().unwrap() + 1.0 / 300.0).into();
    let ours = prdc(&case.real(), &case.fake(), &PrdcConfig::PRDC).unwrap();
    assert_eq!(differences(&ours, &wrong).iter().filter(|&&(_, n)| n != 0.0).count(), 1);
}

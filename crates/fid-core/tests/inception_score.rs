//! The Inception Score of each variant against its program.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{assert_close, fixture, integer, is_close, list, logits, number, rows};
use fid_core::metrics::{InceptionScoreConfig, InceptionScoreVariant, inception_score};
use fid_core::{Error, tolerance};

const CLASSES: usize = 1008;

fn variant(name: &str) -> InceptionScoreVariant {
    let named = InceptionScoreVariant::ALL.into_iter().find(|variant| variant.name() == name);
    assert_eq!(serde_json::json!(named), name);
    let parsed: InceptionScoreVariant = serde_json::from_value(name.into()).unwrap();
    assert_eq!(Some(parsed), named);
    parsed
}

#[test]
fn variants_agree_with_their_programs() {
    let fixture = fixture("inception_score");
    let n = integer(&fixture, "n");
    let logits = logits(n);
    let logits = rows(&logits, CLASSES);
    for case in list(&fixture, "cases") {
        let name = case["variant"].as_str().unwrap();
        let mut config = InceptionScoreConfig::of(variant(name));
        let or =
            |key: &str, or| case[key].as_u64().map_or(or, |value| usize::try_from(value).unwrap());
        config.splits = or("splits", config.splits);
        config.split_size = or("split_size", config.split_size);
        config.seed = u32::try_from(or("seed", config.seed as usize)).unwrap();
        config.shuffle = case["shuffle"].as_bool().unwrap_or(config.shuffle);
        let ours = inception_score(&logits, &config).unwrap();
        let bound = tolerance::INCEPTION_SCORE;
        assert_close(&format!("IS, {name}, mean"), ours.mean, number(case, "mean"), bound);
        if let Some(std) = case["std"].as_f64() {
            assert_close(&format!("IS, {name}, std"), ours.std.unwrap(), std, bound);
        }
        // exp is convex: the logarithm of the mean is not below the mean of the logarithms.
        assert!(ours.log_mean <= ours.mean.ln() + 1e-12 && ours.mean.ln() - ours.log_mean < 0.01);
    }
}

#[test]
fn single_split_has_no_spread() {
    let logits = logits(64);
    let config = InceptionScoreConfig { splits: 1, ..InceptionScoreConfig::default() };
    let one = inception_score(&rows(&logits, CLASSES), &config).unwrap();
    assert!(is_close(one.log_mean.exp(), one.mean, 1e-14));
    assert_eq!((one.std, one.log_std, one.splits, one.ddof), (Some(0.0), Some(0.0), 1, 0));
    let config =
        InceptionScoreConfig { splits: 1, ..InceptionScoreConfig::of(variant("torchmetrics")) };
    let one = inception_score(&rows(&logits, CLASSES), &config).unwrap();
    assert_eq!((one.std, one.ddof), (None, 1));
}

#[test]
fn closed_form_scores() {
    // Four certain and different classes: 4. Uniform classes: 1. e^-2000 is 0.
    let sure: Vec<f64> =
        (0..16).map(|at| if at / 4 == at % 4 { 1000.0 } else { -1000.0 }).collect();
    let config = InceptionScoreConfig { splits: 1, ..InceptionScoreConfig::default() };
    let of = |values: &[f64]| inception_score(&rows(values, 4), &config).unwrap().mean;
    assert!((of(&sure) - 4.0).abs() < 1e-12);
    assert!((of(&[0.3; 16]) - 1.0).abs() < 1e-12);
}

#[test]
fn order_changes_splits_but_not_a_single_split() {
    let (mut values, n) = (logits(40), 40);
    let turned: Vec<f32> = values.chunks_exact(CLASSES).rev().flatten().copied().collect();
    let of = |values: &[f32], splits| {
        let config = InceptionScoreConfig { splits, ..InceptionScoreConfig::default() };
        inception_score(&rows(values, CLASSES), &config).unwrap().mean
    };
    assert!(is_close(of(&turned, 1), of(&values, 1), tolerance::INCEPTION_SCORE));
    assert!(!is_close(of(&turned, 10), of(&values, 10), 1e-4));
    let before = of(&values, 10);
    values[n / 2 * CLASSES + 5] += 0.5;
    assert!(!is_close(of(&values, 10), before, tolerance::INCEPTION_SCORE));
}

#[test]
fn bad_input_is_refused() {
    let mut values = logits(9);
    let config = InceptionScoreConfig::default();
    let error = inception_score(&rows(&values, CLASSES), &config).unwrap_err();
    assert_eq!(error.to_string(), "the Inception Score needs 10 images, and the fake side has 9");
    values[3 * CLASSES + 7] = f32::INFINITY;
    let config = InceptionScoreConfig { splits: 2, ..config };
    let error = inception_score(&rows(&values, CLASSES), &config).unwrap_err();
    assert!(matches!(error, Error::NotFinite { what: "logits", row: 3, column: 7, .. }), "{error}");
    let config = InceptionScoreConfig { splits: 0, ..config };
    assert!(matches!(
        inception_score(&rows(&values, CLASSES), &config),
        Err(Error::Setting { .. })
    ));
}

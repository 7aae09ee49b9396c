//! MiFID against torchmetrics.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{assert_close, features, fixture, is_close, number, rows};
use fid_core::metrics::{Mifid, MifidConfig, mifid};
use fid_core::{Error, FeatureStats, frechet_distance, tolerance};

const DIM: usize = 24;

fn real() -> Vec<f32> {
    features("metrics/mifid_real", 300, DIM, 0.1)
}

fn fake() -> Vec<f32> {
    features("metrics/mifid_fake", 250, DIM, 0.2)
}

/// Fake rows, all but every fourth copied from the real ones and scaled by 0.75.
fn memorised() -> Vec<f32> {
    let (real, mut fake) = (real(), fake());
    for (row, (out, copied)) in fake.chunks_exact_mut(DIM).zip(real.chunks_exact(DIM)).enumerate() {
        if row % 4 != 0 {
            out.iter_mut().zip(copied).for_each(|(out, value)| *out = 0.75 * value);
        }
    }
    fake
}

fn of(real: &[f32], fake: &[f32]) -> Mifid {
    let stats = |values| FeatureStats::from_features(values, DIM).unwrap();
    let fid = frechet_distance(&stats(real), &stats(fake)).unwrap().value;
    mifid(fid, &rows(real, DIM), &rows(fake, DIM), &MifidConfig::default()).unwrap()
}

#[test]
fn values_and_distances_agree_with_torchmetrics() {
    let fixture = fixture("mifid");
    let (real, fake, memorised) = (real(), fake(), memorised());
    let mut with_zeros = memorised.clone();
    with_zeros[3 * DIM..4 * DIM].fill(0.0);
    let sign = |at: usize| if at.is_multiple_of(2) { 1.0 } else { -1.0 };
    let signs: Vec<f32> = memorised.iter().enumerate().map(|(at, x)| x * sign(at % DIM)).collect();
    for (name, a, b) in [
        ("plain", &real, &fake),
        ("swapped", &fake, &real),
        ("memorised", &real, &memorised),
        ("with_zeros", &real, &with_zeros),
        ("signs", &real, &signs),
    ] {
        let (ours, want) = (of(a, b), &fixture["cases"][name]);
        assert_close(
            &format!("MiFID, {name}"),
            ours.value,
            number(want, "mifid"),
            tolerance::MIFID,
        );
        let distance = number(want, "cosine_distance");
        assert_close(
            &format!("cosine distance, {name}"),
            ours.cosine_distance,
            distance,
            tolerance::MIFID,
        );
        assert_eq!(ours.penalty, if distance < 0.1 { ours.cosine_distance } else { 1.0 });
    }
    let same = of(&real, &real);
    assert_eq!(same.value, number(&fixture["cases"]["same"], "mifid"));
    assert!(same.cosine_distance.abs() < 1e-14);
}

#[test]
fn sides_matter_and_row_order_does_not() {
    let (real, mut fake) = (real(), memorised());
    let ours = of(&real, &fake);
    let swapped = of(&fake, &real);
    assert!(!is_close(swapped.cosine_distance, ours.cosine_distance, 0.1));
    let turned: Vec<f32> = fake.chunks_exact(DIM).rev().flatten().copied().collect();
    assert!(is_close(of(&real, &turned).cosine_distance, ours.cosine_distance, 1e-13));
    fake[5 * DIM + 1] += 0.5;
    assert!(!is_close(of(&real, &fake).cosine_distance, ours.cosine_distance, tolerance::MIFID));
}

#[test]
fn bad_input_is_refused() {
    let (real, fake) = (real(), fake());
    let config = MifidConfig::default();
    let refused = mifid(f64::NAN, &rows(&real, DIM), &rows(&fake, DIM), &config);
    assert!(matches!(refused, Err(Error::NotFinite { what: "FID", .. })));
    let zeros = vec![0.0f32; 4 * DIM];
    let refused = mifid(1.0, &rows(&real, DIM), &rows(&zeros, DIM), &config);
    assert!(matches!(refused, Err(Error::NotEnoughImages { side: "fake", .. })));
    let refused = mifid(1.0, &rows(&zeros, DIM), &rows(&real, DIM), &config);
    assert!(matches!(refused, Err(Error::NotEnoughImages { side: "real", .. })));
    let refused = mifid(1.0, &rows(&real, DIM), &rows(&fake, 2 * DIM), &config);
    assert!(matches!(refused, Err(Error::DimMismatch { .. })));
}

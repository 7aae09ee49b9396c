//! MIND against torch-fidelity.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{assert_close, features, fixture, integer, is_close, list, number, rows, seed};
use fid_core::metrics::{MindConfig, mind};
use fid_core::{Error, tolerance};

fn real(n: usize, d: usize) -> Vec<f32> {
    features("metrics/mind_real", n, d, 0.1)
}

fn fake(n: usize, d: usize) -> Vec<f32> {
    features("metrics/mind_fake", n, d, 0.2)
}

#[test]
fn values_agree_with_torch_fidelity() {
    for case in list(&fixture("mind"), "cases") {
        let (n_real, n_fake) = (integer(case, "real"), integer(case, "fake"));
        let d = integer(case, "d");
        let (real, fake) = (real(n_real, d), fake(n_fake, d));
        let config =
            MindConfig { projections: integer(case, "projections"), seed: seed(case).into() };
        let ours = mind(&rows(&real, d), &rows(&fake, d), &config).unwrap();
        assert_eq!(ours.images, n_real.min(n_fake));
        let what = format!("MIND of {n_real} and {n_fake} in {d}");
        assert_close(&what, ours.value, number(case, "mind"), tolerance::MIND);
        // Agreement requires the same draw: the next seed gives another value.
        let other = MindConfig { seed: config.seed + 1, ..config };
        let other = mind(&rows(&real, d), &rows(&fake, d), &other).unwrap().value;
        assert!(!is_close(other, ours.value, 1e-3));
        let (mean, std) = (number(case, "mean_of_20_seeds"), number(case, "std_of_20_seeds"));
        assert!((other - mean).abs() < 4.0 * std, "{other} against {mean} ± {std}");
    }
    assert_eq!(MindConfig::default(), MindConfig { projections: 1000, seed: 2020 });
}

#[test]
fn order_and_sides_do_not_matter() {
    let d = 24;
    let (real, mut fake) = (real(300, d), fake(300, d));
    let turned: Vec<f32> = real.chunks_exact(d).rev().flatten().copied().collect();
    let config = MindConfig { projections: 50, ..MindConfig::default() };
    let of = |a: &[f32], b: &[f32]| mind(&rows(a, d), &rows(b, d), &config).unwrap().value;
    let value = of(&real, &fake);
    assert!(is_close(of(&turned, &fake), value, 1e-12));
    assert!(is_close(of(&fake, &real), value, 1e-12));
    assert!(of(&real, &turned).abs() < 1e-25);
    fake[100] += 0.5;
    assert!(!is_close(of(&real, &fake), value, tolerance::MIND));
}

#[test]
fn one_dimension_has_a_closed_form() {
    let config = MindConfig { projections: 20, ..MindConfig::default() };
    let value =
        mind(&rows(&[1.0, 5.0, 3.0], 1), &rows(&[7.0, 4.0, 3.0], 1), &config).unwrap().value;
    // 1 3 5 against 3 4 7.
    assert!(is_close(value, 3.0 * (4.0 + 1.0 + 4.0) / 3.0, 1e-12), "{value}");
}

#[test]
fn bad_input_is_refused() {
    let (a, mut b) = (real(30, 8), fake(30, 8));
    let config = MindConfig { projections: 3, ..MindConfig::default() };
    let none = mind(&rows(&a, 8), &rows(&b[..0], 8), &config);
    assert!(matches!(none, Err(Error::NotEnoughImages { side: "fake", .. })));
    assert!(matches!(mind(&rows(&a, 8), &rows(&b, 6), &config), Err(Error::DimMismatch { .. })));
    let zero = MindConfig { projections: 0, ..config.clone() };
    assert!(matches!(mind(&rows(&a, 8), &rows(&b, 8), &zero), Err(Error::Setting { .. })));
    b[8 * 12 + 3] = f32::NAN;
    let error = mind(&rows(&a, 8), &rows(&b, 8), &config).unwrap_err();
    assert!(matches!(error, Error::NotFinite { what: "fake features", row: 12, column: 3, .. }));
}

//! CMMD against cmmd-pytorch.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{features, fixture, integer, list, number, rows};
use fid_core::metrics::cmmd;
use fid_core::{Error, tolerance};

fn real(n: usize, d: usize) -> Vec<f32> {
    features("metrics/cmmd_real", n, d, 0.1)
}

fn fake(n: usize, d: usize, shift: f64) -> Vec<f32> {
    features("metrics/cmmd_fake", n, d, shift)
}

fn value(real: &[f32], fake: &[f32], d: usize) -> f64 {
    cmmd(&rows(real, d), &rows(fake, d)).unwrap().value
}

#[test]
fn values_agree_with_cmmd_pytorch() {
    for case in list(&fixture("cmmd"), "cases") {
        let (n_real, n_fake) = (integer(case, "real"), integer(case, "fake"));
        let (d, shift) = (integer(case, "d"), number(case, "shift"));
        let (real, mut fake) = (real(n_real, d), fake(n_fake, d, shift));
        let ours = value(&real, &fake, d);
        let (theirs, theirs_f32) = (number(case, "f64"), number(case, "f32"));
        let (off, off_f32) = ((ours - theirs).abs(), (ours - theirs_f32).abs());
        println!(
            "measured CMMD of {n_real} and {n_fake} in {d}: {ours:.9}, off {off:.1e}; f32 {off_f32:.1e}"
        );
        assert!(off < tolerance::CMMD, "{ours} {theirs}");
        // What the original prints, in f32.
        assert!(off_f32 < 1e-3, "{ours} {theirs_f32}");
        // One changed feature is seen.
        fake[d - 1] += 0.01;
        assert!((value(&real, &fake, d) - theirs).abs() > 10.0 * tolerance::CMMD);
    }
}

#[test]
fn closed_forms() {
    // Opposite, orthogonal and equal directions of any length: |x − y|² = 4, 2, 0.
    let of = |square: f64| 2000.0 * -(-square / 200.0).exp_m1();
    for (y, square) in [([-3.0, 0.0], 4.0), ([0.0, 0.1], 2.0), ([7.0, 0.0], 0.0)] {
        let ours = value(&[2.0, 0.0], &y, 2);
        assert!((ours - of(square)).abs() < 1e-12, "{ours} {square}");
    }
    // Lengths whose squares overflow or vanish.
    let long = cmmd(&wide(&[1e300, 0.0]), &wide(&[0.0, 1e-300])).unwrap().value;
    assert!((long - of(2.0)).abs() < 1e-12);
}

fn wide(values: &[f64]) -> fid_core::FeatureSlice<'_, f64> {
    fid_core::FeatureSlice::new(values, 2).unwrap()
}

#[test]
fn order_sides_and_lengths_do_not_matter() {
    let d = 24;
    let (real, fake) = (real(1100, d), fake(700, d, 0.2));
    let turned: Vec<f32> = real.chunks_exact(d).rev().flatten().copied().collect();
    let longer: Vec<f32> = real.iter().map(|value| value * 4.0).collect();
    let expected = value(&real, &fake, d);
    for other in [value(&turned, &fake, d), value(&fake, &real, d), value(&longer, &fake, d)] {
        assert!((other - expected).abs() < tolerance::CMMD);
    }
    assert!(value(&real, &turned, d).abs() < tolerance::CMMD);
}

#[test]
fn bad_input_is_refused() {
    let (a, mut b) = (real(30, 8), fake(30, 8, 0.2));
    let none = cmmd(&rows(&a, 8), &rows(&b[..0], 8));
    assert!(matches!(none, Err(Error::NotEnoughImages { side: "fake", .. })));
    assert!(matches!(cmmd(&rows(&a, 8), &rows(&b, 6)), Err(Error::DimMismatch { .. })));
    b[8 * 5..8 * 6].fill(0.0);
    let zero = cmmd(&rows(&b, 8), &rows(&a, 8)).unwrap_err();
    assert!(matches!(zero, Error::ZeroFeatures { what: "real features", row: 5 }), "{zero}");
    b[8 * 12 + 3] = f32::NAN;
    b[8 * 5] = 1.0;
    let error = cmmd(&rows(&a, 8), &rows(&b, 8)).unwrap_err();
    assert!(matches!(error, Error::NotFinite { what: "fake features", row: 12, column: 3, .. }));
}

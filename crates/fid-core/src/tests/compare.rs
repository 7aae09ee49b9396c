//! Comparisons of numbers with a bound.

/// Asserts `|got − want| ≤ bound·scale`; NaN fails.
#[track_caller]
pub(super) fn assert_close(what: &str, got: f64, want: f64, bound: f64, scale: f64) {
    let error = (got - want).abs() / scale;
    assert!(error <= bound, "{what}: got {got:e}, want {want:e}, error {error:e} > {bound:e}");
}

/// Largest difference of two slices, relative to the largest value of `want`; NaN if one is NaN.
#[track_caller]
pub(super) fn relative_error(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    let errors = got.iter().zip(want).map(|(got, want)| (got - want).abs());
    errors.fold(0f64, |worst, e| if e > worst || e.is_nan() { e } else { worst }) / scale
}

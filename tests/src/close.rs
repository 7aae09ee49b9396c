//! The comparison that every numerical test uses.

use std::fmt;

/// The largest difference allowed between two arrays.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// `|a − b| ≤ bound` for every value.
    Absolute(f64),
    /// `‖a − b‖₂ ≤ bound·‖b‖₂`, over the whole array.
    RelativeL2(f64),
}

/// A message about the first or the worst difference of two arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Compares `actual` with `reference`, both of `shape`, row major, and returns the measured
/// difference in the terms of `bound`.
///
/// # Errors
///
/// If the lengths differ, a value is not finite, or the difference exceeds the bound. The message
/// names the stage, the indices and both values.
pub fn compare<A: Into<f64> + Copy, B: Into<f64> + Copy>(
    stage: &str,
    shape: &[usize],
    actual: &[A],
    reference: &[B],
    bound: Bound,
) -> Result<f64, Mismatch> {
    let size: usize = shape.iter().product();
    if [actual.len(), reference.len()] != [size, size] {
        let lengths = format!("{} and {} values", actual.len(), reference.len());
        return Err(Mismatch(format!("{stage}: {lengths} for the shape {shape:?}")));
    }
    let (mut worst, mut worst_at) = (0.0, 0);
    let (mut difference, mut norm) = (0.0, 0.0);
    for (at, (&a, &b)) in actual.iter().zip(reference).enumerate() {
        let (a, b): (f64, f64) = (a.into(), b.into());
        if !a.is_finite() || !b.is_finite() {
            let place = place(at, shape);
            return Err(Mismatch(format!("{stage}: {a} against {b} at {place:?} of {shape:?}")));
        }
        let off = (a - b).abs();
        difference += off * off;
        norm += b * b;
        if off > worst {
            (worst, worst_at) = (off, at);
        }
    }
    let (measured, limit) = match bound {
        Bound::Absolute(limit) => (worst, limit),
        Bound::RelativeL2(limit) => ((difference / norm).sqrt(), limit),
    };
    if measured <= limit {
        return Ok(measured);
    }
    let (a, b): (f64, f64) = (actual[worst_at].into(), reference[worst_at].into());
    let place = place(worst_at, shape);
    Err(Mismatch(format!(
        "{stage}: {measured:e} exceeds {bound:?}; worst at {place:?} of {shape:?}: {a} against {b}"
    )))
}

/// As [`compare`], and prints the measured difference.
///
/// # Panics
///
/// If [`compare`] returns an error.
pub fn assert_close<A: Into<f64> + Copy, B: Into<f64> + Copy>(
    stage: &str,
    shape: &[usize],
    actual: &[A],
    reference: &[B],
    bound: Bound,
) {
    match compare(stage, shape, actual, reference, bound) {
        Ok(measured) => println!("measured {stage}: {measured:.3e} ({bound:?})"),
        Err(mismatch) => panic!("{mismatch}"),
    }
}

/// The indices of a flat position.
fn place(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut place = vec![0; shape.len()];
    for (slot, &size) in place.iter_mut().zip(shape).rev() {
        *slot = at % size;
        at /= size;
    }
    place
}

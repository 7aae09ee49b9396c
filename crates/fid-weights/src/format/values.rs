//! Checks on the values of one tensor, the same for every format.

use crate::format::problem::FileProblem;

/// Reads little-endian `f32` values and checks their number against the shape and that each is
/// finite. `tensor` names it in errors.
pub(super) fn floats(tensor: &str, bytes: &[u8], shape: &[usize]) -> Result<Vec<f32>, FileProblem> {
    let (words, rest) = bytes.as_chunks::<4>();
    let values: Vec<f32> = words.iter().copied().map(f32::from_le_bytes).collect();
    // Odd bytes at the end count as one more value.
    let found = values.len() + usize::from(!rest.is_empty());
    fits(tensor, found, shape)?;
    finite(tensor, &values)?;
    Ok(values)
}

/// Checks a number of values against a shape.
pub(crate) fn fits(tensor: &str, found: usize, shape: &[usize]) -> Result<(), FileProblem> {
    let expected = shape.iter().product();
    if found == expected {
        return Ok(());
    }
    Err(FileProblem::Length { tensor: tensor.into(), expected, found })
}

/// Checks that every value is finite.
pub(crate) fn finite(tensor: &str, values: &[f32]) -> Result<(), FileProblem> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((index, &value)) => {
            Err(FileProblem::NotFinite { tensor: tensor.into(), index, value })
        }
    }
}

/// Checks that no running variance is negative.
pub(super) fn variances(tensor: &str, values: &[f32]) -> Result<(), FileProblem> {
    match values.iter().enumerate().find(|(_, value)| **value < 0.0) {
        None => Ok(()),
        Some((index, &value)) => {
            Err(FileProblem::NegativeVariance { tensor: tensor.into(), index, value })
        }
    }
}

/// Compares a declared shape, which may be anything, with the needed one.
pub(super) fn same_shape(
    tensor: &str,
    expected: &[usize],
    found: &[i64],
) -> Result<(), FileProblem> {
    let same = |(&e, &f): (&usize, &i64)| usize::try_from(f) == Ok(e);
    if expected.len() == found.len() && expected.iter().zip(found).all(same) {
        return Ok(());
    }
    Err(FileProblem::Shape {
        tensor: tensor.into(),
        expected: expected.to_vec(),
        found: found.to_vec(),
    })
}

//! The arrays of a statistics file.

use std::io::Read;

use fid_images::npy::{Dtype, Float, Header, NpyError, read_header, read_values};
use fid_images::npy::{require_dtype, require_shape};

use super::{MemberProblem, StatsMeta};

/// The largest provenance that is read, in bytes; merges of hundreds of parts are far smaller.
const MAX_META: u64 = 1 << 20;

/// The shape without axes of length 1, which change nothing.
pub(super) fn axes(header: &Header) -> Vec<u64> {
    header.shape.iter().copied().filter(|&axis| axis != 1).collect()
}

fn float_of(header: &Header) -> Result<Float, NpyError> {
    let wrong = || NpyError::Dtype { found: header.descr.clone(), allowed: Float::TYPES.into() };
    Float::of(&header.descr).ok_or_else(wrong)
}

/// Reads floats in either order of axes: `mu` has one axis, and `sigma` is symmetric, which the
/// caller checks.
pub(super) fn read_floats(
    mut member: &mut dyn Read,
    shape: &[u64],
) -> Result<Vec<f64>, MemberProblem> {
    let header = read_header(&mut member)?;
    let float = float_of(&header)?;
    let expected: Vec<_> = shape.iter().copied().filter(|&axis| axis != 1).collect();
    if axes(&header) != expected {
        require_shape(&header, shape)?;
    }
    // The caller's shape, not the file's.
    let count = shape.iter().product::<u64>() as usize;
    Ok(float.read_values(&mut member, count, |value| value)?)
}

/// Reads features, row-major `[images, dim]`. If `images` is unknown, the caller has checked that the
/// file can hold what it claims.
pub(super) fn read_rows(
    mut member: &mut dyn Read,
    images: Option<u64>,
    dim: usize,
) -> Result<Vec<f32>, MemberProblem> {
    let header = read_header(&mut member)?;
    let float = float_of(&header)?;
    let claimed = header.shape.first().copied().unwrap_or_default();
    require_shape(&header, &[images.unwrap_or(claimed), dim as u64])?;
    let images = usize::try_from(claimed).unwrap_or(usize::MAX);
    let values =
        float.read_values(&mut member, images.saturating_mul(dim), |value| value as f32)?;
    if !header.fortran {
        return Ok(values);
    }
    let rows = (0..images).flat_map(|row| values.iter().skip(row).step_by(images).copied());
    Ok(rows.collect())
}

pub(super) fn read_meta(mut member: &mut dyn Read) -> Result<StatsMeta, MemberProblem> {
    let header = read_header(&mut member)?;
    require_dtype(&header, &[Dtype::U8])?;
    let length = match header.shape[..] {
        [length] if length <= MAX_META => length as usize,
        _ => {
            let expected = format!("one dimension of at most {MAX_META} bytes");
            return Err(NpyError::Shape { found: header.shape, expected }.into());
        }
    };
    let json = read_values(&mut member, length, |[byte]: [u8; 1]| byte)?;
    StatsMeta::from_json(&json)
}

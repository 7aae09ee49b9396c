//! The values that an ONNX file stores for a tensor: in itself or in another file.

use std::collections::BTreeMap;

use half::{bf16, f16};
use prost::bytes::Bytes;

use super::proto::TensorProto;
use crate::format::problem::{FileProblem, quoted};
use crate::format::values::fits;

/// `TensorProto.DataType.FLOAT`.
pub(super) const FLOAT: i32 = 1;
/// `TensorProto.DataType.INT32`.
pub(super) const INT32: i32 = 6;
/// `TensorProto.DataType.INT64`.
pub(super) const INT64: i32 = 7;
/// `TensorProto.DataType.FLOAT16`.
pub(super) const FLOAT16: i32 = 10;
const DOUBLE: i32 = 11;
const BFLOAT16: i32 = 16;
/// `TensorProto.DataLocation.EXTERNAL`.
pub(super) const EXTERNAL: i32 = 1;

/// The most values of an integer tensor: sizes, axes and positions.
const MOST_INTS: usize = 1 << 16;

/// The content of the files that a graph keeps tensors in, by the name that the graph gives.
pub(crate) type DataFiles = BTreeMap<String, Bytes>;

/// Whether an element type is a floating-point one that is read.
pub(super) fn is_float(data_type: i32) -> bool {
    matches!(data_type, FLOAT | FLOAT16 | DOUBLE | BFLOAT16)
}

/// The file that a tensor is kept in, if it is not in the graph.
pub(super) fn location(tensor: &TensorProto) -> Option<&str> {
    let external = tensor.data_location == EXTERNAL || !tensor.external_data.is_empty();
    external.then(|| entry(tensor, "location").unwrap_or_default())
}

fn entry<'a>(tensor: &'a TensorProto, key: &str) -> Option<&'a str> {
    let entry = tensor.external_data.iter().find(|entry| entry.key == key)?;
    Some(&entry.value)
}

/// The values of a floating-point tensor of any width as `f32`, row major. `name` stands for it in
/// errors.
pub(super) fn floats(
    tensor: &TensorProto,
    files: &DataFiles,
    name: &str,
) -> Result<Vec<f32>, FileProblem> {
    if !is_float(tensor.data_type) {
        return Err(FileProblem::DType { tensor: name.into(), found: type_name(tensor.data_type) });
    }
    let size = width(tensor.data_type);
    let shape = shape(tensor, name)?;
    let raw = raw(tensor, files, name, size)?;
    if let Some(raw) = &raw {
        let whole = raw.len() / size;
        // A rest of bytes counts as one more value where the whole ones would do.
        let rest = whole == shape.iter().product::<usize>() && !raw.len().is_multiple_of(size);
        fits(name, whole + usize::from(rest), &shape)?;
    }
    let values: Vec<f32> = match (tensor.data_type, raw) {
        (FLOAT, None) => tensor.float_data.clone(),
        (DOUBLE, None) => tensor.double_data.iter().map(|&value| value as f32).collect(),
        (FLOAT, Some(raw)) => words(&raw).map(f32::from_le_bytes).collect(),
        (DOUBLE, Some(raw)) => words(&raw).map(|word| f64::from_le_bytes(word) as f32).collect(),
        (FLOAT16, Some(raw)) => words(&raw).map(|word| f16::from_le_bytes(word).to_f32()).collect(),
        (_, Some(raw)) => words(&raw).map(|word| bf16::from_le_bytes(word).to_f32()).collect(),
        (FLOAT16, None) => varints(tensor).map(|v| f16::from_bits(v as u16).to_f32()).collect(),
        (_, None) => varints(tensor).map(|v| bf16::from_bits(v as u16).to_f32()).collect(),
    };
    fits(name, values.len(), &shape)?;
    Ok(values)
}

/// The values of an integer or boolean tensor; `None` if it is another or has very many.
pub(super) fn ints(tensor: &TensorProto, files: &DataFiles) -> Option<Vec<i64>> {
    let count = shape(tensor, "").ok()?.iter().try_fold(1_usize, |a, &b| a.checked_mul(b))?;
    if count > MOST_INTS || is_float(tensor.data_type) {
        return None;
    }
    let size = width(tensor.data_type);
    let raw = raw(tensor, files, "", size).ok()?;
    if raw.as_ref().is_some_and(|raw| Some(raw.len()) != count.checked_mul(size)) {
        return None;
    }
    let values: Vec<i64> = match (tensor.data_type, raw) {
        (INT64, None) => tensor.int64_data.clone(),
        (INT64, Some(raw)) => words(&raw).map(i64::from_le_bytes).collect(),
        (INT32, Some(raw)) => words(&raw).map(|word| i32::from_le_bytes(word).into()).collect(),
        // 8 bits, unsigned, signed and boolean.
        (2 | 9, Some(raw)) => raw.iter().map(|&byte| byte.into()).collect(),
        (3, Some(raw)) => raw.iter().map(|&byte| (byte as i8).into()).collect(),
        (2 | 3 | INT32 | 9, None) => varints(tensor).map(|v| i64::from(v as i32)).collect(),
        _ => return None,
    };
    (values.len() == count).then_some(values)
}

/// Bytes of an element.
fn width(data_type: i32) -> usize {
    match data_type {
        FLOAT16 | BFLOAT16 => 2,
        INT64 | DOUBLE => 8,
        2 | 3 | 9 => 1,
        _ => 4,
    }
}

/// The shape, which may not be longer than any tensor.
fn shape(tensor: &TensorProto, name: &str) -> Result<Vec<usize>, FileProblem> {
    let lengths = tensor.dims.iter().map(|&length| usize::try_from(length).ok());
    let shape: Option<Vec<usize>> = lengths.collect();
    let fits_memory = |shape: &Vec<usize>| {
        shape.iter().try_fold(1_usize, |count, &length| count.checked_mul(length)).is_some()
    };
    shape.filter(fits_memory).ok_or_else(|| FileProblem::Shape {
        tensor: name.into(),
        expected: Vec::new(),
        found: tensor.dims.clone(),
    })
}

/// The bytes of a tensor that is stored as such, in the graph or in another file.
fn raw(
    tensor: &TensorProto,
    files: &DataFiles,
    name: &str,
    size: usize,
) -> Result<Option<Bytes>, FileProblem> {
    let Some(location) = location(tensor) else { return Ok(tensor.raw_data.clone()) };
    let Some(file) = files.get(location) else {
        let location = quoted(location);
        return Err(FileProblem::ExternalData { tensor: name.into(), location });
    };
    let shape = shape(tensor, name)?;
    let expected: usize = shape.iter().product();
    let number = |key, default| entry(tensor, key).map_or(Some(default), |text| text.parse().ok());
    let place = || {
        let start: usize = number("offset", 0)?;
        let length = number("length", expected.checked_mul(size)?)?;
        Some(start..start.checked_add(length)?)
    };
    match place() {
        Some(place) if place.end <= file.len() => Ok(Some(file.slice(place))),
        place => {
            let rest = file.len().saturating_sub(place.map_or(0, |place| place.start));
            Err(FileProblem::Length { tensor: name.into(), expected, found: rest / size })
        }
    }
}

/// The words of `N` bytes that fill `raw`.
fn words<const N: usize>(raw: &Bytes) -> impl Iterator<Item = [u8; N]> {
    raw.as_chunks::<N>().0.iter().copied()
}

/// The values of `int32_data`.
fn varints(tensor: &TensorProto) -> impl Iterator<Item = u64> {
    let mut bytes = tensor.int32_data.as_deref().unwrap_or_default();
    std::iter::from_fn(move || {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let byte = *bytes.split_off_first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    })
}

/// ONNX's name for an element type.
fn type_name(data_type: i32) -> String {
    match data_type {
        0 => "undefined".into(),
        2 => "uint8".into(),
        3 => "int8".into(),
        INT32 => "int32".into(),
        INT64 => "int64".into(),
        other => format!("ONNX type {other}"),
    }
}

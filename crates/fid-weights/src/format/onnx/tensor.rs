//! The values of ONNX constants.

use super::proto::TensorProto;
use crate::format::problem::{FileProblem, quoted};
use crate::format::values::{finite, fits, floats as from_bytes, same_shape};

/// `TensorProto.DataType.FLOAT`.
pub(super) const FLOAT: i32 = 1;
/// `TensorProto.DataType.INT64`.
const INT64: i32 = 7;
/// `TensorProto.DataLocation.EXTERNAL`.
pub(super) const EXTERNAL: i32 = 1;

/// The values of a constant of a known shape. `role` describes it in errors, as names in ONNX files
/// are often numbers.
pub(super) fn floats(
    tensor: &TensorProto,
    shape: &[usize],
    role: &str,
) -> Result<Vec<f32>, FileProblem> {
    let name = format!("{} ({role})", quoted(&tensor.name));
    if tensor.data_location == EXTERNAL || !tensor.external_data.is_empty() {
        let location = tensor.external_data.iter().find(|entry| entry.key == "location");
        let location = location.map_or("no location given".into(), |entry| quoted(&entry.value));
        return Err(FileProblem::ExternalData { tensor: name, location });
    }
    if tensor.data_type != FLOAT {
        return Err(FileProblem::DType { tensor: name, found: type_name(tensor.data_type) });
    }
    same_shape(&name, shape, &tensor.dims)?;
    if let Some(raw) = &tensor.raw_data {
        return from_bytes(&name, raw, shape);
    }
    fits(&name, tensor.float_data.len(), shape)?;
    finite(&name, &tensor.float_data)?;
    Ok(tensor.float_data.clone())
}

/// The values of an integer constant, such as an operation's axes.
pub(super) fn ints(tensor: &TensorProto) -> Option<Vec<i64>> {
    if tensor.data_type != INT64 || tensor.data_location == EXTERNAL {
        return None;
    }
    match &tensor.raw_data {
        None => Some(tensor.int64_data.clone()),
        Some(raw) => {
            let (words, rest) = raw.as_chunks::<8>();
            rest.is_empty().then(|| words.iter().copied().map(i64::from_le_bytes).collect())
        }
    }
}

/// Whether all values of a constant are zero, as in a switch that is off.
pub(super) fn is_zero(tensor: &TensorProto) -> bool {
    let raw = tensor.raw_data.iter().flatten().all(|&byte| byte == 0);
    raw && tensor.int32_data.iter().all(|&value| value == 0) && tensor.data_location != EXTERNAL
}

/// ONNX's name for an element type.
fn type_name(data_type: i32) -> String {
    match data_type {
        0 => "undefined".into(),
        2 => "uint8".into(),
        3 => "int8".into(),
        6 => "int32".into(),
        INT64 => "int64".into(),
        10 => "float16".into(),
        11 => "float64".into(),
        16 => "bfloat16".into(),
        other => format!("ONNX type {other}"),
    }
}

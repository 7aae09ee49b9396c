//! The binary version of CIFAR-10: records of a label and 32x32 pixels, plane after plane.
//! <https://www.cs.toronto.edu/~kriz/cifar.html>

use std::path::Path;

use super::array::{Array, Start};
use super::error::SetError;
use super::layout::Layout;
use crate::shared_file::SharedFile;

const LAYOUT: Layout = Layout { height: 32, width: 32, channels: 3, planar: true };

/// Bytes of the label before each image.
const LABEL: u64 = 1;

pub(super) fn open(path: &Path) -> Result<Array, SetError> {
    let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
    let length = file.len();
    let record = LABEL + LAYOUT.bytes();
    let count = usize::try_from(length / record).unwrap_or(usize::MAX);
    let start = Start::File(0);
    let array = Array { path: path.into(), file, layout: LAYOUT, count, label: LABEL, start };
    if length == 0 || length % record != 0 {
        return Err(array.problem(format!(
            "has {length} bytes, and the .bin files of CIFAR-10 have {record} for each image: get it \
             again, or save other images as .npy"
        )));
    }
    // The labels of the other records are checked when they are read.
    array.read(0, &mut None).map_err(|error| array.problem(format!("is no such file: {error}")))?;
    Ok(array)
}

//! The binary version of CIFAR-10: records of a label and 32x32 pixels, plane after plane.
//! <https://www.cs.toronto.edu/~kriz/cifar.html>

use std::path::Path;

use super::array::{Array, Place};
use super::layout::Layout;
use super::{Cursor, SourceError};

/// Samples of an image.
const LAYOUT: Layout = Layout { height: 32, width: 32, channels: 3, planar: true };

/// Bytes of a label before each.
const LABEL: u64 = 1;

pub(super) fn open(path: &Path) -> Result<Array, SourceError> {
    let file = Cursor::open(path)?;
    let (length, record) = (file.len(), LABEL + LAYOUT.bytes());
    let count = usize::try_from(length / record).unwrap_or(usize::MAX);
    let place = Place::At(0);
    let array = Array { path: path.into(), file, layout: LAYOUT, count, label: LABEL, place };
    if length == 0 || length % record != 0 {
        return Err(array.problem(format!(
            "has {length} bytes, and the .bin files of CIFAR-10 have {record} for each image: get it \
             again, or save other images as .npy"
        )));
    }
    // Of every record, the label is looked at when it is read.
    array.read(0, &mut None).map_err(|error| array.problem(format!("is no such file: {error}")))?;
    Ok(array)
}

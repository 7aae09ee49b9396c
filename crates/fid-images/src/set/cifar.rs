//! The binary versions of CIFAR-10 and CIFAR-100: records of labels and 32x32 pixels, plane after
//! plane. <https://www.cs.toronto.edu/~kriz/cifar.html>

use std::path::Path;

use super::array::{Array, Start};
use super::error::SetError;
use super::layout::Layout;
use crate::shared_file::SharedFile;

const LAYOUT: Layout = Layout { height: 32, width: 32, channels: 3, planar: true };

/// Labels of CIFAR-10: ten classes.
const LABELS_10: &[u8] = &[9];

/// Labels of CIFAR-100: twenty coarse classes, a hundred fine ones.
const LABELS_100: &[u8] = &[19, 99];

/// Bytes of an image of STL-10, whose files end in `.bin` too and have their axes in another order.
const STL_RECORD: u64 = 96 * 96 * 3;

pub(super) fn open(path: &Path) -> Result<Array, SetError> {
    let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
    let length = file.len();
    let record = |labels: &[u8]| labels.len() as u64 + LAYOUT.bytes();
    let fits = |labels: &&'static [u8]| length > 0 && length.is_multiple_of(record(labels));
    let fitting = [LABELS_10, LABELS_100].into_iter().filter(fits).collect::<Vec<_>>();
    let labels = fitting.first().copied().unwrap_or(LABELS_10);
    let count = usize::try_from(length / record(labels)).unwrap_or(usize::MAX);
    let start = Start::File(0);
    let array = Array { path: path.into(), file, layout: LAYOUT, count, labels, start };
    match fitting.len() {
        1 => {}
        0 if length > 0 && length.is_multiple_of(STL_RECORD) => {
            return Err(array.problem(
                "has the length of images of STL-10: save numpy.fromfile(path, 'uint8')\
                 .reshape(-1, 3, 96, 96).transpose(0, 1, 3, 2) as .npy"
                    .into(),
            ));
        }
        0 => {
            return Err(array.problem(format!(
                "has {length} bytes, and the .bin files of CIFAR-10 have {} for each image, those of \
                 CIFAR-100 {}: get it again, or save other images as .npy",
                record(LABELS_10),
                record(LABELS_100)
            )));
        }
        _ => {
            return Err(array.problem(format!(
                "has {length} bytes, which are whole images of CIFAR-10 as well as of CIFAR-100: save \
                 its images as .npy"
            )));
        }
    }
    // The labels of the other records are checked when they are read.
    array.read(0, &mut None).map_err(|error| array.problem(format!("is no such file: {error}")))?;
    Ok(array)
}

//! IDX files, the format of MNIST: `train-images-idx3-ubyte`, compressed by gzip or not.
//! <http://yann.lecun.com/exdb/mnist/>

use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::array::{Array, Start};
use super::error::{ArrayProblem, SetError};
use super::layout::Layout;
use crate::decode::Limits;
use crate::shared_file::SharedFile;
use crate::zip::MAX_DEFLATE_RATIO;

/// Two zero bytes, the code of unsigned bytes, three dimensions.
const IMAGES: [u8; 4] = [0, 0, 8, 3];

/// Magic and three big-endian sizes.
const HEADER_BYTES: u64 = 16;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1F, 0x8B];

pub(super) fn open(path: &Path, limits: &Limits) -> Result<Array, SetError> {
    let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
    let wrong = |text| SetError::Array { path: path.into(), problem: ArrayProblem(text) };
    let fail = |source: io::Error| match source.kind() {
        io::ErrorKind::UnexpectedEof => wrong("ends within its header: get it again".into()),
        _ => SetError::Open { path: path.into(), source },
    };
    let mut begin = [0; 2];
    file.at(0).read_exact(&mut begin).map_err(fail)?;
    let packed = begin == GZIP;
    let mut header = [0; HEADER_BYTES as usize];
    let read = if packed {
        GzDecoder::new(file.at(0)).read_exact(&mut header)
    } else {
        file.at(0).read_exact(&mut header)
    };
    read.map_err(fail)?;
    match header[..4] {
        [0, 0, 8, 3] => {}
        [0, 0, 8, 1] => {
            return Err(wrong("holds labels: name the file of images (-images-idx3-ubyte)".into()));
        }
        _ => {
            return Err(wrong(format!(
                "is no IDX file of images: it begins with {:02x?}, and they begin with {IMAGES:02x?}",
                &header[..4]
            )));
        }
    }
    let size = |at: usize| {
        u64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]))
    };
    let [count, height, width] = [size(4), size(8), size(12)];
    if count == 0 {
        return Err(wrong("holds no images: get it again".into()));
    }
    let layout = Layout { height, width, channels: 1, planar: false }
        .checked(limits)
        .map_err(|problem| SetError::Array { path: path.into(), problem })?;
    let length = file.len();
    let mut file_end = file.at(length.saturating_sub(4));
    let start = if packed { Start::Gzip(HEADER_BYTES) } else { Start::File(HEADER_BYTES) };
    let array =
        Array { path: path.into(), file, layout, count: count as usize, labels: &[], start };
    if !packed {
        array.check_length(length, HEADER_BYTES)?;
        return Ok(array);
    }
    // The unpacked length is only known once all is unpacked; the file's end claims it modulo 2^32.
    let mut end = [0; 4];
    file_end.read_exact(&mut end).map_err(fail)?;
    let bytes = HEADER_BYTES.saturating_add(layout.bytes().saturating_mul(count));
    if bytes as u32 != u32::from_le_bytes(end) || bytes > length.saturating_mul(MAX_DEFLATE_RATIO) {
        return Err(wrong(format!(
            "is cut, or does not unpack to the {count} images of its header: get it again"
        )));
    }
    Ok(array)
}

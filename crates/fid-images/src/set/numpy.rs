//! NumPy arrays of images: `.npy`, and the members of `.npz` that generators of ADM's family write.

use std::io::{self, Read};
use std::path::Path;

use super::array::{Array, Start};
use super::error::{ArrayProblem, SetError};
use super::layout::Layout;
use super::zip_archive;
use crate::causes::with_causes;
use crate::decode::Limits;
use crate::npy::{Header, read_header};
use crate::shared_file::SharedFile;

/// The name that `np.savez(path, images)` gives its array, and ADM its samples.
const FIRST: &str = "arr_0";

/// Members that make a file one of statistics.
const STATISTICS: [&str; 2] = ["mu", "sigma"];

/// Bytes of an archive's directory that are read.
const DIRECTORY: u64 = 2 << 20;

/// The most members of an archive of arrays.
const MAX_MEMBERS: usize = 64;

/// Opens an array in a file of its own.
pub(super) fn open_npy(path: &Path, limits: &Limits) -> Result<Array, SetError> {
    let file = open_file(path)?;
    let wrong = |problem| SetError::Array { path: path.into(), problem };
    let mut reader = Counted { inner: file.clone(), count: 0 };
    let (count, layout) = shape_of(&mut reader, limits).map_err(wrong)?;
    let begin = reader.count;
    let length = file.len();
    let start = Start::File(begin);
    let array = Array { path: path.into(), file, layout, count, labels: &[], start };
    array.check_length(length, begin)?;
    Ok(array)
}

/// Opens the array of images in an archive.
pub(super) fn open_npz(path: &Path, limits: &Limits) -> Result<Array, SetError> {
    let file = open_file(path)?;
    let wrong = |text| SetError::Array { path: path.into(), problem: ArrayProblem(text) };
    let mut members = Vec::new();
    zip_archive::for_each(path, &file, DIRECTORY, |entry| {
        if members.len() == MAX_MEMBERS {
            return Err(wrong(format!(
                "has more than {MAX_MEMBERS} arrays: save the images alone"
            )));
        }
        members.push((array_name(&entry.name), entry.member));
        Ok(())
    })?;
    let index = match members.iter().position(|(name, _)| name == FIRST) {
        None if members.len() == 1 && !STATISTICS.contains(&members[0].0.as_str()) => 0,
        Some(index) => index,
        None => {
            let names = members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
            if names.iter().any(|name| STATISTICS.contains(name)) {
                return Err(SetError::IsStatistics { path: path.into() });
            }
            let has = match names.as_slice() {
                [] => "has no arrays".into(),
                names => format!("has the arrays {}", names.join(", ")),
            };
            return Err(wrong(format!(
                "{has}: images are read from '{FIRST}', or from the only one; save them with \
                 np.savez(path, images)"
            )));
        }
    };
    let (name, member) = members.swap_remove(index);
    let fail =
        |problem: &dyn std::fmt::Display| wrong(format!("has an array '{name}' that {problem}"));
    let member = member.map_err(|problem| fail(&problem))?;
    let unpack = |error: io::Error| fail(&format!("cannot be unpacked: {error}"));
    let mut reader = Counted { inner: member.read(file.at(0)).map_err(unpack)?, count: 0 };
    let (count, layout) = shape_of(&mut reader, limits).map_err(|problem| fail(&problem))?;
    let begin = reader.count;
    let start = if member.is_stored() {
        Start::File(member.data_start(&mut file.at(0)).map_err(unpack)? + begin)
    } else {
        Start::Member(member, begin)
    };
    let array = Array { path: path.into(), file, layout, count, labels: &[], start };
    array.check_length(member.size(), begin)?;
    Ok(array)
}

/// Whether an archive of arrays holds images and no statistics. The reference batches of ADM hold
/// both, and count as statistics. `false` for a file that cannot be read: the reader of statistics
/// reports why.
pub fn holds_images(path: &Path) -> bool {
    let Ok(file) = SharedFile::open(path) else { return false };
    let mut members = 0;
    let mut arrays = false;
    let seen = zip_archive::for_each(path, &file, DIRECTORY, |entry| {
        members += 1;
        arrays |= entry.name.ends_with(b".npy");
        if members > MAX_MEMBERS || STATISTICS.contains(&array_name(&entry.name).as_str()) {
            return Err(SetError::IsStatistics { path: path.into() });
        }
        Ok(())
    });
    seen.is_ok() && arrays
}

/// Whether an archive of arrays has an array `arr_0` of images, whatever else it has: the reference
/// batches of ADM have statistics as well.
pub fn holds_images_among_others(path: &Path) -> bool {
    let Ok(file) = SharedFile::open(path) else { return false };
    let mut found = false;
    let seen = zip_archive::for_each(path, &file, DIRECTORY, |entry| {
        found |= array_name(&entry.name) == FIRST;
        Ok(())
    });
    seen.is_ok() && found
}

fn open_file(path: &Path) -> Result<SharedFile, SetError> {
    SharedFile::open(path).map_err(|error| SetError::open(path, error))
}

/// A member's name as `np.load` has it, safe to print.
fn array_name(name: &[u8]) -> String {
    name.strip_suffix(b".npy").unwrap_or(name).escape_ascii().to_string()
}

/// Number and layout of the images, from the header.
fn shape_of(reader: &mut impl Read, limits: &Limits) -> Result<(usize, Layout), ArrayProblem> {
    let header = read_header(reader).map_err(|problem| {
        ArrayProblem(format!("{}; write it again with np.save", with_causes(&problem)))
    })?;
    let bytes = require_bytes(&header.descr);
    if let ([rows, columns], Err(_)) = (&header.shape[..], &bytes) {
        return Err(ArrayProblem(format!(
            "has {rows} rows of {columns} values, as features have and not images: compare it as \
             features; images have the shape [count, height, width, channels]"
        )));
    }
    bytes?;
    if header.fortran && header.shape.len() > 1 {
        return Err(ArrayProblem(
            "is in Fortran order: save np.ascontiguousarray(images) instead".into(),
        ));
    }
    layout(&header, limits)
}

fn require_bytes(descr: &str) -> Result<(), ArrayProblem> {
    let way_out = match descr.trim_start_matches(['<', '>', '|', '=']) {
        "u1" => return Ok(()),
        kind if kind.starts_with('f') => {
            "save uint8 instead: ((x + 1) * 127.5).clip(0, 255).astype('uint8') of values in -1..1, \
             (x * 255).round().clip(0, 255).astype('uint8') of values in 0..1, \
             x.round().clip(0, 255).astype('uint8') of values in 0..255"
        }
        kind if kind.starts_with(['i', 'u']) => {
            "if its values are 0..255, save images.astype('uint8') instead"
        }
        kind if kind.starts_with('b') => "save images.astype('uint8') * 255 instead",
        kind if kind.starts_with('[') => "save one of its fields instead, such as x['image']",
        kind if kind.starts_with(['U', 'S']) => {
            "if it holds paths, write them into a list that ends in .txt"
        }
        _ => "save an array of uint8 instead",
    };
    let descr = descr.escape_debug().to_string().replace("\\'", "'");
    Err(ArrayProblem(format!(
        "has values of type {descr}, and images are read of uint8: {way_out}"
    )))
}

fn layout(header: &Header, limits: &Limits) -> Result<(usize, Layout), ArrayProblem> {
    let shape = &header.shape;
    let is_channels = |n: u64| n == 1 || n == 3;
    let wrong = |what: &str| {
        ArrayProblem(format!(
            "has the shape {shape:?}{what}: images are [count, height, width, channels], [count, \
             channels, height, width] with 1 or 3 channels, or gray [count, height, width]"
        ))
    };
    let (count, layout) = match shape[..] {
        [_, _] => return Err(wrong(", as flat images have (images.reshape(-1, 3, 32, 32))")),
        [_, _, 3] => {
            return Err(wrong(
                ", which may be one image or gray ones three pixels wide (add an axis: x[None] or \
                 x[..., None])",
            ));
        }
        [3, _, _] => {
            return Err(wrong(
                ", which may be one image, planes first, or three gray ones (add an axis: x[None] or \
                 x[..., None])",
            ));
        }
        [count, height, width] => (count, Layout { height, width, channels: 1, planar: false }),
        [_, first, _, last] if is_channels(first) && is_channels(last) => {
            return Err(wrong(
                ", whose channels may be its second or its last axis (save each image as a PNG file)",
            ));
        }
        [count, height, width, channels] if is_channels(channels) => {
            (count, Layout { height, width, channels, planar: false })
        }
        [count, channels, height, width] if is_channels(channels) => {
            (count, Layout { height, width, channels, planar: true })
        }
        [_, _, _, 4] => return Err(wrong(" (drop the alpha channel: x[..., :3])")),
        [_, 4, _, _] => return Err(wrong(" (drop the alpha channel: x[:, :3])")),
        [_, _, 3, _] => {
            return Err(wrong(" (move its images to the front: x.transpose(3, 0, 1, 2))"));
        }
        [3, _, _, _] => {
            return Err(wrong(" (move its images to the front: x.transpose(3, 1, 2, 0))"));
        }
        [_, _, _, _, _] => {
            return Err(wrong(" (make one axis of the first two: x.reshape(-1, *x.shape[2:]))"));
        }
        _ => return Err(wrong("")),
    };
    if count == 0 {
        return Err(wrong(": it holds no images"));
    }
    let count = usize::try_from(count).map_err(|_| wrong(""))?;
    Ok((count, layout.checked(limits)?))
}

/// Counts the bytes that are read.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count += length as u64;
        Ok(length)
    }
}

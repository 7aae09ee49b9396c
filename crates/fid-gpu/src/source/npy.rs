//! NumPy arrays of images: `.npy`, and the members of `.npz` that generators of ADM's family write.

use std::io::{self, Read};
use std::path::Path;

use super::archive::{Member, Packing};
use super::array::{Array, ArrayProblem, Place};
use super::layout::Layout;
use super::{Cursor, SourceError, zip};
use crate::stats_file::{Header, MemberProblem, read_header};

/// What `np.savez(path, images)` calls its array, and ADM its samples.
const FIRST: &str = "arr_0";

/// Members that make a file one of statistics.
const STATISTICS: [&str; 2] = ["mu", "sigma"];

/// Bytes of an archive's directory that are read.
const DIRECTORY: u64 = 2 << 20;

/// Members of an archive of arrays that are looked at.
const MAX_MEMBERS: usize = 64;

/// An array in a file of its own.
pub(super) fn open_npy(path: &Path) -> Result<Array, SourceError> {
    let file = Cursor::open(path)?;
    let wrong = |problem| SourceError::Array { path: path.into(), problem };
    let mut reader = Counted { inner: file.clone(), count: 0 };
    let (count, layout) = shape_of(&mut reader).map_err(wrong)?;
    let (begin, length) = (reader.count, file.len());
    let place = Place::At(begin);
    let array = Array { path: path.into(), file, layout, count, label: 0, place };
    array.check_length(length, begin)?;
    Ok(array)
}

/// The array of images in an archive.
pub(super) fn open_npz(path: &Path) -> Result<Array, SourceError> {
    let file = Cursor::open(path)?;
    let wrong = |text| SourceError::Array { path: path.into(), problem: ArrayProblem(text) };
    let mut members = Vec::new();
    zip::for_each(path, &file, DIRECTORY, |entry| {
        if members.len() == MAX_MEMBERS {
            return Err(wrong(format!(
                "has more than {MAX_MEMBERS} arrays: save the images alone"
            )));
        }
        let name = array_name(entry.name_raw());
        members.push((name, zip::member(entry, entry.name_raw().into())));
        Ok(())
    })?;
    let index = match members.iter().position(|(name, _)| name == FIRST) {
        None if members.len() == 1 && !STATISTICS.contains(&members[0].0.as_str()) => 0,
        Some(index) => index,
        None => {
            let names = members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
            if names.iter().any(|name| STATISTICS.contains(name)) {
                return Err(SourceError::IsStatistics { path: path.into() });
            }
            let names = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(wrong(format!(
                "has the arrays {names}: images are read from '{FIRST}', or from the only one; save \
                 them with np.savez(path, images)"
            )));
        }
    };
    let (name, member) = members.swap_remove(index);
    let fail =
        |problem: &dyn std::fmt::Display| wrong(format!("has an array '{name}' that {problem}"));
    let member = member.map_err(|reason| fail(&reason))?;
    let unpack = |error: io::Error| fail(&format!("cannot be unpacked: {error}"));
    let inner = member.content(&file).map_err(unpack)?;
    let mut reader = Counted { inner, count: 0 };
    let (count, layout) = shape_of(&mut reader).map_err(|problem| fail(&problem))?;
    let (begin, length) = (reader.count, member.size);
    let place = match stored_at(&member, &file).map_err(unpack)? {
        Some(start) => Place::At(start + begin),
        None => Place::InMember(member, begin),
    };
    let array = Array { path: path.into(), file, layout, count, label: 0, place };
    array.check_length(length, begin)?;
    Ok(array)
}

/// Whether an archive of arrays is one of images and not of statistics. ADM's reference batches have
/// both, and count as statistics. What cannot be read is left to the reader of statistics to tell.
pub(crate) fn holds_images(path: &Path) -> bool {
    let Ok(file) = Cursor::open(path) else { return false };
    let (mut names, mut arrays) = (0, false);
    let seen = zip::for_each(path, &file, DIRECTORY, |entry| {
        let name = array_name(entry.name_raw());
        names += 1;
        arrays |= entry.name_raw().ends_with(b".npy");
        match names <= MAX_MEMBERS && !STATISTICS.contains(&name.as_str()) {
            true => Ok(()),
            false => Err(SourceError::IsStatistics { path: path.into() }),
        }
    });
    seen.is_ok() && arrays
}

/// Whether an archive of arrays has images beside whatever else it has, as ADM's reference batches do.
pub(crate) fn has_first(path: &Path) -> bool {
    let Ok(file) = Cursor::open(path) else { return false };
    let mut found = false;
    let seen = zip::for_each(path, &file, DIRECTORY, |entry| {
        found |= array_name(entry.name_raw()) == FIRST;
        Ok(())
    });
    seen.is_ok() && found
}

/// A member's name as `np.load` has it, safe to print.
fn array_name(name: &[u8]) -> String {
    name.strip_suffix(b".npy").unwrap_or(name).escape_ascii().to_string()
}

/// Where a member's data begin, if they are stored as they are.
fn stored_at(member: &Member, file: &Cursor) -> io::Result<Option<u64>> {
    match member.packing {
        Packing::Zip { deflated: false, .. } if member.stored == member.size => {
            member.data_start(file).map(Some)
        }
        _ => Ok(None),
    }
}

/// Number and layout of the images, from the header.
fn shape_of(reader: &mut impl Read) -> Result<(usize, Layout), ArrayProblem> {
    let header = read_header(reader).map_err(|problem: MemberProblem| {
        ArrayProblem(format!("{problem}; write it again with np.save"))
    })?;
    if let [rows, columns] = header.shape[..] {
        return Err(ArrayProblem(format!(
            "has {rows} rows of {columns} values, as features have and not images: fid-gpu frechet \
             compares features; images have the shape [count, height, width, channels]"
        )));
    }
    require_bytes(&header.descr)?;
    if header.fortran && header.shape.len() > 1 {
        return Err(ArrayProblem(
            "is in Fortran order: save np.ascontiguousarray(images) instead".into(),
        ));
    }
    layout(&header)
}

fn require_bytes(descr: &str) -> Result<(), ArrayProblem> {
    let way_out = match descr.trim_start_matches(['<', '>', '|', '=']) {
        "u1" => return Ok(()),
        kind if kind.starts_with('f') => {
            "save uint8 instead: ((x + 1) * 127.5).clip(0, 255).astype('uint8') of values in -1..1, \
             (x * 255).round().clip(0, 255).astype('uint8') of values in 0..1"
        }
        kind if kind.starts_with(['i', 'u']) => {
            "if its values are 0..255, save images.astype('uint8') instead"
        }
        _ => "save an array of uint8 instead",
    };
    let descr = descr.escape_debug();
    Err(ArrayProblem(format!(
        "has values of type {descr}, and images are read of uint8: {way_out}"
    )))
}

fn layout(header: &Header) -> Result<(usize, Layout), ArrayProblem> {
    let shape = &header.shape;
    let is_channels = |n: u64| n == 1 || n == 3;
    let wrong = |what: &str| {
        ArrayProblem(format!(
            "has the shape {shape:?}{what}: images are [count, height, width, channels], [count, \
             channels, height, width] with 1 or 3 channels, or gray [count, height, width]"
        ))
    };
    let (count, layout) = match shape[..] {
        [_, _, 3] => return Err(wrong(", which may be one image or gray ones")),
        [count, height, width] => (count, Layout { height, width, channels: 1, planar: false }),
        [_, first, _, last] if is_channels(first) && is_channels(last) => {
            return Err(wrong(", of which the channels cannot be told"));
        }
        [count, height, width, channels] if is_channels(channels) => {
            (count, Layout { height, width, channels, planar: false })
        }
        [count, channels, height, width] if is_channels(channels) => {
            (count, Layout { height, width, channels, planar: true })
        }
        [_, 4, _, _] | [_, _, _, 4] => return Err(wrong(" (drop the alpha channel)")),
        _ => return Err(wrong("")),
    };
    if count == 0 {
        return Err(wrong(", that of no images"));
    }
    let count = usize::try_from(count).map_err(|_| wrong(""))?;
    Ok((count, layout.checked()?))
}

/// Counts what is read.
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

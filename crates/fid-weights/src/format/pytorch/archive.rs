//! The form of PyTorch since 1.6: a zip archive. `torch.save` stores its entries uncompressed, and
//! this reader takes no others, so that nothing can swell.
//!
//! The reader is our own: the `zip` crate builds the directory that a file declares before a caller
//! can refuse it, so that a small file takes many times its size in memory, and it copies entries,
//! which are slices of the file here.
//!
//! Source of the layout: PKWARE's APPNOTE, sections 4.3 and 4.5.3.

use std::collections::HashMap;

use super::damage::damaged;
use super::pickle::Pickle;
use super::tensor::Storages;
use crate::format::problem::{FileProblem, quoted};

/// The most entries that are read; the published network needs some 570.
const MAX_ENTRIES: u64 = 10_000;

/// The longest end of an archive: its record and a comment.
const LONGEST_END: usize = 22 + 0xffff;

/// The entries of an archive by name, each with its checksum.
pub(super) struct Archive<'a> {
    entries: HashMap<&'a str, (&'a [u8], u32)>,
    /// The folder of all entries, with its slash.
    root: &'a str,
}

impl<'a> Archive<'a> {
    /// Reads the directory of a whole file.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, FileProblem> {
        let mut entries = HashMap::new();
        let (count, mut at) = directory(bytes).ok_or_else(cut)?;
        if count > MAX_ENTRIES {
            return Err(damaged(format!("its archive has {count} entries")));
        }
        // Many entries that share the same bytes would be read many times.
        let mut left = bytes.len();
        for _ in 0..count {
            let entry = entry(bytes, at).ok_or_else(cut)?;
            let name = str::from_utf8(entry.name).map_err(|_| damaged("a name is not UTF-8"))?;
            left = left.checked_sub(entry.data.len()).ok_or_else(cut)?;
            if !entry.stored {
                let name = quoted(name);
                return Err(damaged(format!(
                    "entry {name} is compressed, as torch.save never does"
                )));
            }
            if entries.insert(name, (entry.data, entry.checksum)).is_some() {
                return Err(damaged(format!("two entries are named {}", quoted(name))));
            }
            at = entry.next;
        }
        let root = entries.keys().find_map(|name| {
            let root = name.strip_suffix("data.pkl")?;
            (root.is_empty() || root.ends_with('/')).then_some(root)
        });
        let root = root.ok_or_else(|| damaged("it is an archive without data.pkl"))?;
        let archive = Self { entries, root };
        match archive.entry("byteorder")? {
            None | Some(b"little") => Ok(archive),
            Some(_) => Err(damaged("it is from a big-endian machine; save it on another one")),
        }
    }

    /// Whether it is TorchScript, which `torch.jit.save` writes.
    pub(super) fn is_program(&self) -> bool {
        self.entries.contains_key(format!("{}constants.pkl", self.root).as_str())
    }

    /// The pickle of the state dict.
    pub(super) fn pickle(&self) -> Result<&'a [u8], FileProblem> {
        self.entry("data.pkl").map(Option::unwrap_or_default)
    }

    /// The storages that a pickle names, as far as the archive has them.
    pub(super) fn storages(&self, pickle: &Pickle<'a>) -> Result<Storages<'a>, FileProblem> {
        let mut storages = Storages::default();
        for storage in &pickle.storages {
            if !storages.0.contains_key(storage.key)
                && let Some(data) = self.entry(&format!("data/{}", storage.key))?
            {
                storages.0.insert(storage.key, data);
            }
        }
        Ok(storages)
    }

    fn entry(&self, name: &str) -> Result<Option<&'a [u8]>, FileProblem> {
        let name = format!("{}{name}", self.root);
        let Some(&(data, checksum)) = self.entries.get(name.as_str()) else { return Ok(None) };
        if crc32fast::hash(data) == checksum {
            return Ok(Some(data));
        }
        Err(damaged(format!("entry {} does not have the checksum it says", quoted(&name))))
    }
}

fn cut() -> FileProblem {
    damaged("its archive is cut short")
}

fn word<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let mut word = [0; 8];
    word.get_mut(..N)?.copy_from_slice(bytes.get(at..)?.get(..N)?);
    Some(u64::from_le_bytes(word))
}

fn place(value: u64) -> Option<usize> {
    usize::try_from(value).ok()
}

/// The number of entries, and the offset of the first record.
fn directory(bytes: &[u8]) -> Option<(u64, usize)> {
    let start = bytes.len().saturating_sub(LONGEST_END);
    let end = bytes.get(start..)?.windows(4).rposition(|four| four == b"PK\x05\x06")? + start;
    // A comment fills the rest.
    if end + 22 + word::<2>(bytes, end + 20)? as usize != bytes.len() {
        return None;
    }
    let (count, at) = (word::<2>(bytes, end + 10)?, word::<4>(bytes, end + 16)?);
    if count != 0xffff && at != 0xffff_ffff {
        return Some((count, place(at)?));
    }
    // Larger numbers are in a longer record, and a pointer to it precedes the short one.
    let pointer = end.checked_sub(20)?;
    bytes.get(pointer..)?.strip_prefix(b"PK\x06\x07")?;
    let record = place(word::<8>(bytes, pointer + 8)?)?;
    bytes.get(record..)?.strip_prefix(b"PK\x06\x06")?;
    // The record begins well before the end, so these places do not overflow.
    Some((word::<8>(bytes, record + 32)?, place(word::<8>(bytes, record + 48)?)?))
}

struct Record<'a> {
    name: &'a [u8],
    data: &'a [u8],
    checksum: u32,
    /// Neither compressed nor encrypted.
    stored: bool,
    /// The offset of the next record.
    next: usize,
}

/// The record at a place of the directory, with the data it points to.
fn entry(bytes: &[u8], at: usize) -> Option<Record<'_>> {
    let record = bytes.get(at..)?;
    record.strip_prefix(b"PK\x01\x02")?;
    let (flags, method) = (word::<2>(record, 8)?, word::<2>(record, 10)?);
    let [name, extra, comment] =
        [word::<2>(record, 28)?, word::<2>(record, 30)?, word::<2>(record, 32)?]
            .map(|n| n as usize);
    let (name_end, extra_end) = (46 + name, 46 + name + extra);
    let sizes = [word::<4>(record, 24)?, word::<4>(record, 20)?, word::<4>(record, 42)?];
    let [size, packed, local] = wide(sizes, record.get(name_end..extra_end)?)?;
    let local = bytes.get(place(local)?..)?;
    local.strip_prefix(b"PK\x03\x04")?;
    let start = 30 + word::<2>(local, 26)? as usize + word::<2>(local, 28)? as usize;
    Some(Record {
        name: record.get(46..name_end)?,
        data: local.get(start..)?.get(..place(packed)?)?,
        checksum: word::<4>(record, 16)? as u32,
        stored: method == 0 && flags & 1 == 0 && size == packed,
        next: at.checked_add(extra_end + comment)?,
    })
}

/// Replaces sizes and offsets that exceed 32 bits by those of an extra field.
fn wide(mut values: [u64; 3], mut extra: &[u8]) -> Option<[u64; 3]> {
    if !values.contains(&0xffff_ffff) {
        return Some(values);
    }
    loop {
        let (kind, length) = (word::<2>(extra, 0)?, word::<2>(extra, 2)? as usize);
        let (field, rest) = extra.get(4..)?.split_at_checked(length)?;
        extra = rest;
        if kind == 1 {
            let missing = values.iter_mut().filter(|value| **value == 0xffff_ffff);
            for (index, value) in missing.enumerate() {
                *value = word::<8>(field, index * 8)?;
            }
            return Some(values);
        }
    }
}

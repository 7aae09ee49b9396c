//! An image file, opened, read and decoded in steps, for a caller that must know what each step
//! takes before it.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::decoded::Decoded;
use super::decoder;
use super::error::DecodeError;
use super::format::Format;
use super::limits::Limits;
use super::look::look_of_bytes;
use super::probe::Probe;

/// Bytes that tell the formats apart, also those that are not read.
const SIGNATURE: u64 = 132;

/// Bytes that are reserved for a packed file before more of it has been seen.
const RESERVED: usize = 1 << 20;

/// An open file that starts as an image does.
pub(crate) struct ImageFile<'a> {
    path: Cow<'a, Path>,
    file: Box<dyn Read + 'a>,
    begin: Vec<u8>,
    length: u64,
    packed: bool,
}

/// An image file in memory.
pub(crate) struct ImageData<'a> {
    path: Cow<'a, Path>,
    data: Vec<u8>,
}

impl<'a> ImageFile<'a> {
    /// Opens a file and reads its first bytes, so that no long file is read that is no image.
    pub(crate) fn open(
        path: impl Into<Cow<'a, Path>>,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let path = path.into();
        let fail = |source| DecodeError::Read { path: (&*path).into(), source };
        let found = fs::metadata(&path).map_err(fail)?;
        // Opening a pipe would wait for a writer, perhaps for ever.
        if !found.is_file() {
            return Err(DecodeError::NotAFile { path: path.into(), is_folder: found.is_dir() });
        }
        check_length(&path, found.len(), limits)?;
        let file = Box::new(File::open(&path).map_err(fail)?);
        Self::begin(path, file, found.len(), false)
    }

    /// A file in an archive, whose directory claims `length` bytes.
    pub(crate) fn packed(
        path: PathBuf,
        file: Box<dyn Read + 'a>,
        length: u64,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        check_length(&path, length, limits)?;
        Self::begin(path.into(), file, length, true)
    }

    fn begin(
        path: Cow<'a, Path>,
        mut file: Box<dyn Read + 'a>,
        length: u64,
        packed: bool,
    ) -> Result<Self, DecodeError> {
        let mut begin = Vec::new();
        file.by_ref()
            .take(SIGNATURE)
            .read_to_end(&mut begin)
            .map_err(|error| unread(&path, packed, error))?;
        if begin.is_empty() {
            return Err(DecodeError::Empty { path: path.into() });
        }
        if Format::of(&begin).is_none() {
            return Err(unknown(&path, &begin));
        }
        Ok(Self { path, file, begin, length, packed })
    }

    /// Length in bytes; of a packed file as its archive claims.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// Reads the whole file: at most the length it had when it was opened, and one byte.
    pub(crate) fn read(self) -> Result<ImageData<'a>, DecodeError> {
        let Self { path, file, begin: mut data, length, packed } = self;
        // The length of a file on the disk is a fact; that of a packed one is a claim.
        let reserve = if packed { RESERVED } else { usize::MAX };
        data.reserve_exact((length as usize).min(reserve).saturating_sub(data.len()));
        let rest = length.saturating_add(1).saturating_sub(data.len() as u64);
        file.take(rest).read_to_end(&mut data).map_err(|error| unread(&path, packed, error))?;
        Ok(ImageData { path, data })
    }
}

impl ImageData<'_> {
    /// The file's content.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// Size and memory from the headers.
    pub(crate) fn probe(&self, limits: &Limits) -> Result<Probe, DecodeError> {
        probe_data(&self.path, &self.data, limits)
    }

    /// Decodes the image.
    pub(crate) fn decode(&self, limits: &Limits) -> Result<Decoded, DecodeError> {
        decode_data(&self.path, &self.data, limits)
    }
}

/// Decodes a file in memory. `path` names it in errors.
pub(super) fn decode_data(
    path: &Path,
    data: &[u8],
    limits: &Limits,
) -> Result<Decoded, DecodeError> {
    let format = Format::of(data).ok_or_else(|| unknown(path, data))?;
    match decoder::decode(format, data, limits) {
        Ok((image, conversions)) => {
            let lossy = format.is_lossy(data);
            Ok(Decoded { image, format: Some(format), lossy, conversions })
        }
        Err(fault) => Err(fault.at(path, format)),
    }
}

/// Reads the headers of a file in memory. `path` names it in errors.
pub(super) fn probe_data(path: &Path, data: &[u8], limits: &Limits) -> Result<Probe, DecodeError> {
    let format = Format::of(data).ok_or_else(|| unknown(path, data))?;
    decoder::probe(format, data, limits).map_err(|fault| fault.at(path, format))
}

fn check_length(path: &Path, bytes: u64, limits: &Limits) -> Result<(), DecodeError> {
    let max_bytes = limits.max_file_bytes;
    if bytes > max_bytes {
        return Err(DecodeError::FileTooLong { path: path.into(), bytes, max_bytes });
    }
    Ok(())
}

fn unread(path: &Path, packed: bool, source: io::Error) -> DecodeError {
    let path = path.into();
    if packed { DecodeError::Unpack { path, source } } else { DecodeError::Read { path, source } }
}

fn unknown(path: &Path, data: &[u8]) -> DecodeError {
    if let Some(look) = look_of_bytes(data) {
        return DecodeError::NotRead { path: path.into(), look };
    }
    let begin = data.iter().take(8).copied().collect::<Vec<_>>().escape_ascii().to_string();
    DecodeError::UnknownFormat { path: path.into(), begin }
}

//! An image file, step by step, for a caller that must know what each step takes before it.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{
    DecodeError, Decoded, Fault, Format, MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, decode_as,
    decode_data,
};

/// Bytes that tell the formats apart.
const SIGNATURE: u64 = 64;

thread_local! {
    /// The most pixels that [`checked_size`] lets pass: 0 while only the size is asked for. Every
    /// decoder asks there before it allocates, so that none needs a second way to tell a size.
    static LIMIT: Cell<u64> = const { Cell::new(MAX_PIXELS) };
}

/// Bytes that are reserved for a packed file before more of it has been seen.
const RESERVED: usize = 1 << 20;

/// A file that has the beginning of an image, and may be read.
pub(crate) struct ImageFile<'a> {
    path: Cow<'a, Path>,
    file: Box<dyn Read + 'a>,
    begin: Vec<u8>,
    length: u64,
    packed: bool,
}

/// The same, in memory.
pub(crate) struct ImageData<'a> {
    path: Cow<'a, Path>,
    data: Vec<u8>,
}

impl<'a> ImageFile<'a> {
    /// Opens a file and looks at its first bytes, so that nothing long is read that is no image.
    pub(crate) fn open(path: &'a Path) -> Result<Self, DecodeError> {
        let fail = |source| DecodeError::Read { path: path.into(), source };
        let found = fs::metadata(path).map_err(fail)?;
        // Opening a pipe would wait for a writer, perhaps for ever.
        if !found.is_file() {
            return Err(DecodeError::NotAFile { path: path.into(), is_folder: found.is_dir() });
        }
        check_length(path, found.len())?;
        let file = Box::new(File::open(path).map_err(fail)?);
        Self::begin(path.into(), file, found.len(), false)
    }

    /// A file in an archive, which says that it has `length` bytes.
    pub(crate) fn packed(
        path: PathBuf,
        file: Box<dyn Read + 'a>,
        length: u64,
    ) -> Result<Self, DecodeError> {
        check_length(&path, length)?;
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
            .map_err(|cause| unread(&path, packed, cause))?;
        if begin.is_empty() {
            return Err(DecodeError::Empty { path: path.into() });
        }
        if Format::of(&begin).is_none() {
            return Err(unknown(&path, &begin));
        }
        Ok(Self { path, file, begin, length, packed })
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The whole file. No more is read than its length was when it was opened, and one byte.
    pub(crate) fn read(self) -> Result<ImageData<'a>, DecodeError> {
        let Self { path, file, begin: mut data, length, packed } = self;
        // What a file of its own has is on the disk; an archive only says so.
        let reserve = if packed { RESERVED } else { usize::MAX };
        data.reserve_exact((length as usize).min(reserve).saturating_sub(data.len()));
        let rest = length.saturating_add(1).saturating_sub(data.len() as u64);
        file.take(rest).read_to_end(&mut data).map_err(|cause| unread(&path, packed, cause))?;
        Ok(ImageData { path, data })
    }
}

fn check_length(path: &Path, bytes: u64) -> Result<(), DecodeError> {
    match bytes > MAX_FILE_BYTES {
        true => Err(DecodeError::FileTooLong { path: path.into(), bytes }),
        false => Ok(()),
    }
}

fn unread(path: &Path, packed: bool, cause: io::Error) -> DecodeError {
    match packed {
        true => DecodeError::Unpack { path: path.into(), cause },
        false => DecodeError::Read { path: path.into(), source: cause },
    }
}

impl ImageData<'_> {
    /// The file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// How many pixels its header says it has; 0 where it says none that would be decoded.
    pub(crate) fn pixels(&self) -> u64 {
        let Some(format) = Format::of(&self.data) else { return 0 };
        let _back = SizeOnly::begin();
        match decode_as(format, &self.data) {
            Err(Fault::TooLarge { width, height }) => {
                let pixels = width.saturating_mul(height);
                if is_too_large(width, height, MAX_PIXELS) { 0 } else { pixels }
            }
            _ => 0,
        }
    }

    /// The image.
    pub(crate) fn decode(&self) -> Result<Decoded, DecodeError> {
        decode_data(&self.path, &self.data)
    }
}

/// While it lives, no image of this thread passes [`checked_size`], not even after a panic.
struct SizeOnly;

impl SizeOnly {
    fn begin() -> Self {
        LIMIT.set(0);
        Self
    }
}

impl Drop for SizeOnly {
    fn drop(&mut self) {
        LIMIT.set(MAX_PIXELS);
    }
}

/// Checks a size from a file's header before anything is allocated for it.
pub(super) fn checked_size(width: u64, height: u64) -> Result<(usize, usize), Fault> {
    if width == 0 || height == 0 {
        return Err(Fault::damaged(format!("its size is {width}x{height}")));
    }
    if is_too_large(width, height, LIMIT.get()) {
        return Err(Fault::TooLarge { width, height });
    }
    Ok((width as usize, height as usize))
}

fn is_too_large(width: u64, height: u64, pixels: u64) -> bool {
    // The product is only formed from sides that cannot overflow it.
    width > MAX_SIDE || height > MAX_SIDE || width * height > pixels
}

pub(super) fn unknown(path: &Path, data: &[u8]) -> DecodeError {
    let begin = data.iter().take(8).copied().collect::<Vec<_>>().escape_ascii().to_string();
    DecodeError::UnknownFormat { path: path.into(), begin }
}

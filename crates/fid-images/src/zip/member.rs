//! Where a member lies in its archive, and how it is stored.

use std::io::{self, Read, Seek, SeekFrom};

use ::zip::CompressionMethod;
use ::zip::read::ZipFileEntry;

use super::checked::{MemberReader, damaged};
use super::error::MemberProblem;

/// Bytes that one byte can unpack to: the limit of the deflate format.
pub const MAX_DEFLATE_RATIO: u64 = 1032;

/// The first bytes of a member's local header.
const LOCAL_HEADER: &[u8; 4] = b"PK\x03\x04";

/// Length of a local header without the names that follow it.
const LOCAL_HEADER_BYTES: usize = 30;

/// A file in an archive, stored or deflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    header: u64,
    stored: u64,
    size: u64,
    deflated: bool,
    crc: u32,
}

impl Member {
    pub(super) fn of(entry: &ZipFileEntry<'_>) -> Result<Self, MemberProblem> {
        if entry.encrypted() {
            return Err(MemberProblem::Encrypted);
        }
        if entry.is_symlink() {
            return Err(MemberProblem::Link);
        }
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                let method = other.to_string().to_lowercase();
                return Err(MemberProblem::Compression { method });
            }
        };
        let stored = entry.compressed_size();
        let size = entry.size();
        let most = if deflated { stored.saturating_mul(MAX_DEFLATE_RATIO) } else { stored };
        if size > most {
            return Err(MemberProblem::Size { size, stored });
        }
        Ok(Self { header: entry.header_start(), stored, size, deflated, crc: entry.crc32() })
    }

    /// Bytes when unpacked, as the directory claims.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes in the archive, as the directory claims.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// Whether the bytes in the archive are the member's own.
    pub fn is_stored(&self) -> bool {
        !self.deflated && self.stored == self.size
    }

    /// The position in the archive where the member's data starts.
    ///
    /// # Errors
    ///
    /// Errors of reading; [`io::ErrorKind::InvalidData`] if no member starts at the position in the
    /// directory.
    pub fn data_start(&self, file: &mut (impl Read + Seek)) -> io::Result<u64> {
        file.seek(SeekFrom::Start(self.header))?;
        let mut header = [0; LOCAL_HEADER_BYTES];
        file.read_exact(&mut header)?;
        if !header.starts_with(LOCAL_HEADER) {
            return Err(damaged("it is not where the archive's directory says"));
        }
        let names = [26, 28].map(|at| u64::from(u16::from_le_bytes([header[at], header[at + 1]])));
        let length = LOCAL_HEADER_BYTES as u64 + names[0] + names[1];
        self.header.checked_add(length).ok_or_else(|| damaged("it begins beyond any file"))
    }

    /// Unpacks the member from the open archive `file`.
    ///
    /// # Errors
    ///
    /// As [`data_start`](Self::data_start), and if the file ends before the member does. Damaged
    /// data is an error of the reader that is returned.
    pub fn read<R: Read + Seek>(&self, mut file: R) -> io::Result<MemberReader<R>> {
        let start = self.data_start(&mut file)?;
        let length = file.seek(SeekFrom::End(0))?;
        if start.checked_add(self.stored).is_none_or(|end| end > length) {
            return Err(damaged("the archive ends within it"));
        }
        file.seek(SeekFrom::Start(start))?;
        Ok(MemberReader::new(file.take(self.stored), self.deflated, self.size, self.crc))
    }
}

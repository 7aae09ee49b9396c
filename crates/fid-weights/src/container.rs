//! Files of values that are used where they are mapped.
//!
//! ```text
//! 128 bytes   magic, version, a number, SHA-256 of the source in hexadecimal, the network's name, zeros
//! values      f32, little endian
//! 4 bytes     CRC-32 of everything before, little endian
//! ```

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::floats::{Floats, le_bytes};
use crate::mapped::MappedFile;

/// The version of packed files. It changes with their layout, with the order of layers and with the
/// arithmetic of folding, so that older files are made anew.
pub const PACKED_VERSION: u32 = 1;

const MAGIC: &[u8; 16] = b"fid-gpu packed\r\n";
const LENGTH: usize = 128;

/// A packed file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackedError {
    /// The file cannot be read; most often it does not exist.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is cut short, damaged, or of another version or source.
    #[error("{0}")]
    Content(&'static str),
}

/// The start of a file.
pub(crate) struct Header([u8; LENGTH]);

impl Header {
    /// `None` if the texts are too long: the hash has 64 bytes, the name up to 32.
    pub(crate) fn new(number: u8, sha256: &str, network: &str) -> Option<Self> {
        let mut header = [0; LENGTH];
        header[..16].copy_from_slice(MAGIC);
        header[16..20].copy_from_slice(&PACKED_VERSION.to_le_bytes());
        header[20] = number;
        header[32..96].get_mut(..sha256.len())?.copy_from_slice(sha256.as_bytes());
        header[96..].get_mut(..network.len())?.copy_from_slice(network.as_bytes());
        Some(Self(header))
    }
}

/// Writes a file.
pub(crate) fn write<'a>(
    header: Option<Header>,
    values: impl IntoIterator<Item = &'a Floats>,
    out: &mut impl Write,
) -> io::Result<()> {
    let header = header.ok_or(io::ErrorKind::InvalidInput)?;
    let mut checksum = crc32fast::Hasher::new();
    let mut write = |bytes: &[u8]| {
        checksum.update(bytes);
        out.write_all(bytes)
    };
    write(&header.0)?;
    values.into_iter().try_for_each(|values| write(&le_bytes(values)))?;
    out.write_all(&checksum.finalize().to_le_bytes())
}

/// A mapped file whose checksum is right, read from its start to its end.
pub(crate) struct Reader {
    map: Arc<MappedFile>,
    at: usize,
}

impl Reader {
    /// Maps a file and compares its start with `headers`; returns the index of the one that it has.
    pub(crate) fn open(
        file: &Path,
        headers: &[Option<Header>],
    ) -> Result<(Self, usize), PackedError> {
        if cfg!(target_endian = "big") {
            return Err(PackedError::Content("its values are of another byte order"));
        }
        let map = Arc::new(MappedFile::open(file)?);
        let is = |header: &Option<Header>| header.as_ref().is_some_and(|h| map.starts_with(&h.0));
        let header = headers.iter().position(is);
        let header = header.ok_or(PackedError::Content("of another version or source"))?;
        let content = map.split_last_chunk();
        if content.is_none_or(|(all, sum)| crc32fast::hash(all) != u32::from_le_bytes(*sum)) {
            return Err(PackedError::Content("damaged or cut short"));
        }
        Ok((Self { map, at: LENGTH }, header))
    }

    /// The next values.
    pub(crate) fn take(&mut self, count: usize) -> Option<Floats> {
        let start = self.at;
        self.at += count * size_of::<f32>();
        Floats::mapped(&self.map, start..self.at)
    }

    /// `weights`, if they are there and are the whole file.
    pub(crate) fn whole<W>(&self, weights: Option<W>) -> Result<W, PackedError> {
        let whole = weights.filter(|_| self.at + 4 == self.map.len());
        whole.ok_or(PackedError::Content("of another network"))
    }
}

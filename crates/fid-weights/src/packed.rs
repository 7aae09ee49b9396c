//! Packed files: folded weights in a file that is mapped and used in place.
//!
//! ```text
//! 128 bytes   magic, version, 1 for a classifier, SHA-256 of the source in hexadecimal, zeros
//! values      f32, little endian: weight and bias of each layer in the order of LayerTable, then of
//!             the classifier
//! 4 bytes     CRC-32 of everything before, little endian
//! ```
//!
//! Packed files hold only weights that passed every check; the checksum finds a file that was
//! damaged since.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::checkpoint::{Classifier, FoldedConv, Weights};
use crate::floats::{Floats, le_bytes};
use crate::inception::LayerTable;
use crate::loaded::LoadedWeights;
use crate::mapped::MappedFile;

/// The version of packed files. It changes with their layout, with the order of [`LayerTable`] and
/// with the arithmetic of folding, so that older files are made anew.
pub const PACKED_VERSION: u32 = 1;

const MAGIC: &[u8; 16] = b"fid-gpu packed\r\n";
const HEADER: usize = 128;

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

fn header(sha256: &str, classifier: bool) -> Option<[u8; HEADER]> {
    let mut header = [0; HEADER];
    header[..16].copy_from_slice(MAGIC);
    header[16..20].copy_from_slice(&PACKED_VERSION.to_le_bytes());
    header[20] = classifier.into();
    header.get_mut(32..32 + sha256.len())?.copy_from_slice(sha256.as_bytes());
    Some(header)
}

impl LoadedWeights {
    /// Writes a packed file.
    ///
    /// # Errors
    /// The error of `out`.
    pub fn write_packed(&self, out: &mut impl Write) -> io::Result<()> {
        let header = header(&self.identity.sha256, self.weights.classifier.is_some());
        let header = header.ok_or(io::ErrorKind::InvalidInput)?;
        let mut checksum = crc32fast::Hasher::new();
        let mut write = |bytes: &[u8]| {
            checksum.update(bytes);
            out.write_all(bytes)
        };
        write(&header)?;
        for conv in &self.weights.convs {
            write(&le_bytes(&conv.weight))?;
            write(&le_bytes(&conv.bias))?;
        }
        if let Some(classifier) = &self.weights.classifier {
            write(&le_bytes(&classifier.weight))?;
            write(&le_bytes(&classifier.bias))?;
        }
        out.write_all(&checksum.finalize().to_le_bytes())
    }
}

/// Maps the packed file of a source with the given SHA-256.
///
/// # Errors
/// If the file cannot be read or is not exactly what [`LoadedWeights::write_packed`] wrote.
pub fn open_packed(file: &Path, sha256: &str) -> Result<Weights, PackedError> {
    if cfg!(target_endian = "big") {
        return Err(PackedError::Content("its values are of another byte order"));
    }
    let map = Arc::new(MappedFile::open(file)?);
    let is = |classifier| header(sha256, classifier).is_some_and(|header| map.starts_with(&header));
    let classifier = match (is(true), is(false)) {
        (false, false) => return Err(PackedError::Content("of another version or source")),
        (classifier, _) => classifier,
    };
    let content = map.split_last_chunk();
    if content.is_none_or(|(all, sum)| crc32fast::hash(all) != u32::from_le_bytes(*sum)) {
        return Err(PackedError::Content("damaged or cut short"));
    }
    let end = map.len() - 4;
    let mut at = HEADER;
    let mut take = |count: usize| take(&map, &mut at, count);
    let weights = weights(classifier, &mut take);
    weights.filter(|_| at == end).ok_or(PackedError::Content("of another network"))
}

/// The next values of a file.
fn take(map: &Arc<MappedFile>, at: &mut usize, count: usize) -> Option<Floats> {
    let start = *at;
    *at += count * size_of::<f32>();
    Floats::mapped(map, start..*at)
}

fn weights(classifier: bool, take: &mut impl FnMut(usize) -> Option<Floats>) -> Option<Weights> {
    let mut pair = |shape: &[usize], count| Some((take(shape.iter().product())?, take(count)?));
    let table = LayerTable::get();
    let convs = table.convs().iter().map(|layer| {
        let (weight, bias) = pair(&layer.weight_shape(), layer.conv.out_channels)?;
        Some(FoldedConv { weight, bias })
    });
    let convs = convs.collect::<Option<_>>()?;
    let shape = table.fc_shape();
    let classifier = match classifier.then(|| pair(&shape, shape[0])) {
        None => None,
        Some(pair) => pair.map(|(weight, bias)| Some(Classifier { weight, bias }))?,
    };
    Some(Weights { convs, classifier })
}

//! Unfinished statistics as bytes, for another process or machine.
//!
//! Little endian: eight bytes that name the kind and, in the last, its version; the length of the header as u64; the
//! header as JSON; moments (f32 rows, or f64 mean and lower triangle of the covariance) and f32 rows, as the header lists
//! them; the SHA-256 of everything before.

use fid_core::{FeatureStats, MomentAccumulator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::evaluator::error::MergeError;

/// Upper bound of images in a state, so that products with a feature's dimension do not overflow.
pub(crate) const MAX_IMAGES: u64 = 1 << 40;

/// Length of a SHA-256 in bytes.
const HASH: usize = 32;

/// The bytes of a header and its data.
pub(crate) fn seal(
    magic: &[u8; 8],
    header: &impl Serialize,
    data: &[u8],
) -> Result<Vec<u8>, MergeError> {
    let header = serde_json::to_vec(header).map_err(damaged)?;
    let mut bytes = Vec::with_capacity(magic.len() + 8 + header.len() + data.len() + HASH);
    bytes.extend(magic);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    bytes.extend(data);
    let hash = Sha256::digest(&bytes);
    bytes.extend(hash);
    Ok(bytes)
}

/// The header in bytes of [`seal`], and a reader of the data after it.
pub(crate) fn unseal<'a, H: DeserializeOwned>(
    magic: &[u8; 8],
    bytes: &'a [u8],
) -> Result<(H, Reader<'a>), MergeError> {
    let [name @ .., known] = magic;
    match bytes.get(..magic.len()) {
        Some([found_name @ .., found]) if found_name == name => {
            if found != known {
                return Err(MergeError::Version { found: *found, known: *known });
            }
        }
        _ => return Err(MergeError::NotAState),
    }
    let (content, hash) =
        bytes.split_last_chunk::<HASH>().ok_or_else(|| damaged("it is too short"))?;
    if Sha256::digest(content)[..] != hash[..] {
        return Err(damaged("its checksum is of other bytes"));
    }
    let mut reader = Reader(content.get(magic.len()..).unwrap_or_default());
    let length = u64::from_le_bytes(reader.take(8)?.try_into().unwrap_or_default());
    let header = reader.take(usize::try_from(length).map_err(damaged)?)?;
    Ok((serde_json::from_slice(header).map_err(damaged)?, reader))
}

/// Appends moments. Returns whether it wrote them as rows.
pub(crate) fn put_moments(data: &mut Vec<u8>, moments: MomentAccumulator) -> Result<bool, Error> {
    if let Some(rows) = moments.rows() {
        put_rows(data, rows);
        return Ok(true);
    }
    put_stats(data, &moments.finish()?);
    Ok(false)
}

/// Appends a mean and the lower triangle of a covariance.
pub(crate) fn put_stats(data: &mut Vec<u8>, stats: &FeatureStats) {
    let rows = stats.sigma().chunks_exact(stats.dim()).enumerate();
    let triangle = rows.flat_map(|(row, values)| &values[..=row]);
    data.extend(stats.mu().iter().chain(triangle).flat_map(|value| value.to_le_bytes()));
}

/// Appends rows.
pub(crate) fn put_rows(data: &mut Vec<u8>, rows: &[f32]) {
    data.extend(rows.iter().flat_map(|value| value.to_le_bytes()));
}

/// The unread data of a state.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], MergeError> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| damaged("it is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn values<const N: usize, T>(
        &mut self,
        count: Option<u64>,
        read: fn([u8; N]) -> T,
    ) -> Result<Vec<T>, MergeError> {
        let bytes = count.and_then(|count| count.checked_mul(N as u64));
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = self.take(bytes.ok_or_else(|| damaged("a count is too large"))?)?;
        let (values, _) = bytes.as_chunks::<N>();
        Ok(values.iter().map(|&value| read(value)).collect())
    }

    /// Finite rows, `[images, dim]`.
    pub(crate) fn rows(&mut self, images: u64, dim: usize) -> Result<Vec<f32>, MergeError> {
        let rows = self.values(images.checked_mul(dim as u64), f32::from_le_bytes)?;
        fid_core::check_features(&rows, dim.max(1), 0).map_err(damaged)?;
        Ok(rows)
    }

    /// Mean and covariance, as [`put_stats`] wrote them; `images` is `None` if unknown.
    pub(crate) fn stats(
        &mut self,
        images: Option<u64>,
        dim: usize,
    ) -> Result<FeatureStats, MergeError> {
        let mu = self.values(Some(dim as u64), f64::from_le_bytes)?;
        let size = (dim as u64).checked_mul(dim as u64 + 1).map(|size| size / 2);
        let triangle = self.values(size, f64::from_le_bytes)?;
        // As large as twice what was there.
        let mut sigma = vec![0.0; dim * dim];
        let mut values = triangle.into_iter();
        for row in 0..dim {
            for (column, value) in (0..=row).zip(values.by_ref()) {
                sigma[row * dim + column] = value;
                sigma[column * dim + row] = value;
            }
        }
        FeatureStats::from_mu_sigma(mu, sigma, images).map_err(damaged)
    }

    /// Moments; `exact` is what [`put_moments`] returned.
    pub(crate) fn moments(
        &mut self,
        images: u64,
        dim: usize,
        exact: bool,
    ) -> Result<MomentAccumulator, MergeError> {
        if !exact {
            let stats = self.stats(Some(images), dim)?;
            return MomentAccumulator::from_stats(&stats).map_err(damaged);
        }
        let mut moments = MomentAccumulator::new(dim).map_err(damaged)?;
        let rows = self.values(images.checked_mul(dim as u64), f32::from_le_bytes)?;
        moments.update(&rows).map_err(damaged)?;
        Ok(moments)
    }

    /// Fails if data is left.
    pub(crate) fn finish(self) -> Result<(), MergeError> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged("it is too long")) }
    }
}

/// Damage, as `message` says.
pub(crate) fn damaged(message: impl ToString) -> MergeError {
    MergeError::Damaged { message: message.to_string() }
}

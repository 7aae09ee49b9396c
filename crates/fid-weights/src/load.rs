//! Loading weights from any source.

use crate::checkpoint::Checkpoint;
use crate::error::WeightsError;
use crate::file::WeightsFile;
use crate::identity::{WeightsFormat, WeightsIdentity, hash};
use crate::loaded::LoadedWeights;
use crate::seeded;
use crate::source::WeightsSource;

/// Reads, checks and folds weights.
///
/// ```
/// use fid_weights::{WeightsError, WeightsSource, load};
///
/// let weights = load(&WeightsSource::Seeded(1))?.weights;
/// assert_eq!(weights.convs[0].bias.len(), 32);
///
/// let missing = load(&WeightsSource::File("no-such-file.pth".into()));
/// assert!(matches!(missing, Err(WeightsError::Io { .. })));
/// # Ok::<(), WeightsError>(())
/// ```
///
/// # Errors
/// If a file cannot be read, is damaged, or holds another network, another element type or values
/// that are not finite. A file with one bad tensor gives no weights at all.
pub fn load(source: &WeightsSource) -> Result<LoadedWeights, WeightsError> {
    match source {
        WeightsSource::File(path) => WeightsFile::open(path)?.load(),
        WeightsSource::Seeded(seed) => {
            let (checkpoint, identity) = draw(*seed);
            LoadedWeights::fold(checkpoint, identity)
                .map_err(|problem| WeightsError::Seeded { seed: *seed, problem })
        }
    }
}

/// Reads and checks parameters as the source holds them, not yet folded.
///
/// # Errors
/// See [`load`].
pub fn read(source: &WeightsSource) -> Result<(Checkpoint, WeightsIdentity), WeightsError> {
    match source {
        WeightsSource::File(path) => {
            let file = WeightsFile::open(path)?;
            Ok((file.read()?, file.identity().clone()))
        }
        WeightsSource::Seeded(seed) => Ok(draw(*seed)),
    }
}

fn draw(seed: u64) -> (Checkpoint, WeightsIdentity) {
    let checkpoint = seeded::checkpoint(seed);
    let (name, sha256) = (WeightsSource::Seeded(seed).to_string(), hash(&checkpoint));
    (checkpoint, WeightsIdentity { name, sha256, format: WeightsFormat::Seeded })
}

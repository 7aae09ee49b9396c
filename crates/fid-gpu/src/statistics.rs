//! One folder to its statistics, to be kept in a file.

use std::path::PathBuf;

use crate::observer::{Observer, Side};
use crate::session::Session;
use crate::source::ImageFolder;
use crate::stats_file::{FileRange, StatsFile};
use crate::{Error, RunConfig, Shard};

/// What [`statistics`] needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatsConfig {
    /// Folder of images.
    pub folder: PathBuf,
    /// The part of the folder's sorted list that is taken; none takes all.
    pub shard: Option<Shard>,
    /// How features are made.
    pub run: RunConfig,
}

impl StatsConfig {
    /// A whole folder, with the defaults of the command line.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), shard: None, run: RunConfig::default() }
    }
}

/// The statistics of a folder, or of a part of it, with their provenance: to be
/// [saved](StatsFile::save).
///
/// # Errors
///
/// [`Error`] where the folder, an image, the weights or the device cannot be used.
pub fn statistics(config: &StatsConfig, observer: &dyn Observer) -> Result<StatsFile, Error> {
    let folder = ImageFolder::open(&config.folder, true)
        .map_err(|error| Error::Source { side: Side::Input, error })?;
    let range = config.shard.map_or(0..folder.len(), |shard| shard.range(folder.len()));
    if range.len() < 2 {
        let (path, count) = (config.folder.clone(), range.len());
        return Err(match config.shard {
            Some(shard) => Error::TooFewInShard { path, shard, count },
            None => Error::TooFew { side: Side::Input, path, count },
        });
    }
    let session = Session::open(&config.run, observer)?;
    let set = session.run(Side::Input, &folder.files()[range.clone()], observer)?;
    set.notes.lines().for_each(|note| observer.note(&note));
    Ok(StatsFile { stats: set.stats, meta: Some(session.meta(FileRange::new(&folder, range))) })
}

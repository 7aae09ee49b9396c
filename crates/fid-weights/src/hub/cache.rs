//! The cache of packed files.
//!
//! A packed file is named after the SHA-256 of its source, which is computed at every start, so
//! that a changed source has another name. Any packed file may be removed at any time, and a cache
//! folder that cannot be written is skipped.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::progress::Progress;
use crate::atomic_file::AtomicFile;
use crate::error::WeightsError;
use crate::file::WeightsFile;
use crate::loaded::LoadedWeights;
use crate::packed::{PACKED_VERSION, PackedError, open_packed};
use crate::source::WeightsSource;
use crate::vit::{self, LoadedVit, VitFile, VitSpec, VitWeights};

/// The extension of packed files.
const EXTENSION: &str = "packed";

/// Loads weights. A file that was loaded before comes from its packed form in the folder `packed`
/// of `cache`, with the same bits and the same identity; otherwise its packed form is written
/// there.
///
/// ```no_run
/// use fid_weights::{WeightsSource, hub};
///
/// let source = match hub::find() {
///     Ok(file) => WeightsSource::File(file),
///     Err(_) => WeightsSource::Seeded(0), // or `hub::download`
/// };
/// let loaded = hub::load(&source, hub::cache_folder().as_deref(), &())?;
/// # Ok::<(), fid_weights::WeightsError>(())
/// ```
///
/// # Errors
///
/// See [`crate::load`]. A packed file that is damaged is noted and made again; a cache folder that
/// cannot be written is ignored.
pub fn load(
    source: &WeightsSource,
    cache: Option<&Path>,
    progress: &dyn Progress,
) -> Result<LoadedWeights, WeightsError> {
    // Drawing seeded weights is as fast as hashing a hundred megabytes.
    let (WeightsSource::File(file), Some(cache)) = (source, cache) else {
        return crate::load::load(source);
    };
    let file = WeightsFile::open(file)?;
    let identity = file.identity();
    let packed = packed_path(cache, &identity.sha256, "");
    if let Some(weights) = usable(open_packed(&packed, &identity.sha256), &packed, progress) {
        return Ok(LoadedWeights { weights, identity: identity.clone() });
    }
    let loaded = file.load()?;
    // A failure costs the next run time, and this one nothing.
    let _ = write(&packed, |out| loaded.write_packed(out));
    Ok(loaded)
}

/// [`load`] for a vision transformer.
///
/// # Errors
///
/// See [`vit::load`]; otherwise as [`load`].
pub fn load_vit(
    spec: &'static VitSpec,
    source: &WeightsSource,
    cache: Option<&Path>,
    progress: &dyn Progress,
) -> Result<LoadedVit, WeightsError> {
    let (WeightsSource::File(file), Some(cache)) = (source, cache) else {
        return vit::load(spec, source);
    };
    let file = VitFile::open(spec, file)?;
    let identity = file.identity();
    let packed = packed_path(cache, &identity.sha256, &format!("-{}", spec.name));
    let opened = VitWeights::open_packed(spec, &packed, &identity.sha256);
    if let Some(weights) = usable(opened, &packed, progress) {
        return Ok(LoadedVit { weights, identity: identity.clone() });
    }
    let loaded = file.load()?;
    let _ = write(&packed, |out| loaded.write_packed(out));
    Ok(loaded)
}

/// The weights of a packed file, with a note if it is damaged.
fn usable<W>(opened: Result<W, PackedError>, packed: &Path, progress: &dyn Progress) -> Option<W> {
    if let Err(PackedError::Content(cause)) = &opened {
        progress.note(&format!("{}: {cause}; it is made again", packed.display()));
    }
    // Most often the file does not exist yet.
    opened.ok()
}

/// The packed files in a cache folder, sorted, with their sizes in bytes.
pub fn packed_files(cache: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(cache.join("packed")).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| {
        let path = entry.path();
        let size = entry.metadata().ok().filter(fs::Metadata::is_file)?.len();
        (path.extension()? == EXTENSION).then_some((path, size))
    });
    let mut files: Vec<_> = files.collect();
    files.sort_unstable();
    files
}

fn packed_path(cache: &Path, sha256: &str, network: &str) -> PathBuf {
    cache.join("packed").join(format!("{sha256:.16}{network}-v{PACKED_VERSION}.{EXTENSION}"))
}

type Out = BufWriter<AtomicFile>;

fn write(target: &Path, content: impl FnOnce(&mut Out) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = BufWriter::new(AtomicFile::create(target)?);
    content(&mut file)?;
    file.flush()?;
    // Not synced: the checksum finds a file that a power cut damaged.
    file.into_inner().map_err(|error| error.into_error())?.commit_unsynced()
}

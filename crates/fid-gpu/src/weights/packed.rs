//! Packed forms of weight files: folded, checked, and mapped as they are at the next start.
//!
//! A packed file is named after the SHA-256 of the file it was made of, which is computed at every
//! start: a source that changed in whatever way is another source. The packed folder is a cache:
//! every file in it may be removed at any time, and where it cannot be written there is none.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use fid_inception::weights::{PACKED_VERSION, PackedError, WeightsFile, open_packed};
use fid_inception::{LoadedWeights, WeightsError, WeightsSource};

use crate::new_file::NewFile;
use crate::observer::Observer;

/// The ending of packed files.
const ENDING: &str = "packed";

/// Loads weights: of a file that was loaded before, out of its packed form in the folder `packed` of
/// `cache`, which is made where there is none. The bits are the same, and so is the identity.
///
/// # Errors
///
/// As [`fid_inception::weights::load`]. What is wrong with a packed file, or with the cache folder,
/// is no error.
pub fn load(
    source: &WeightsSource,
    cache: Option<&Path>,
    observer: &dyn Observer,
) -> Result<LoadedWeights, WeightsError> {
    // Seeded weights are drawn as fast as a hundred megabytes are hashed.
    let (WeightsSource::File(file), Some(cache)) = (source, cache) else {
        return fid_inception::weights::load(source);
    };
    let file = WeightsFile::open(file)?;
    let identity = file.identity().clone();
    let packed = place(cache, &identity.sha256);
    match open_packed(&packed, &identity.sha256) {
        Ok(weights) => return Ok(LoadedWeights { weights, identity }),
        Err(PackedError::Content(cause)) => {
            observer.note(&format!("{}: {cause}; it is made again", packed.display()));
        }
        // Most often it is not there.
        Err(_) => {}
    }
    let loaded = file.load()?;
    // The run has its weights either way.
    let _ = write(&loaded, &packed);
    Ok(loaded)
}

/// The packed files of this version in a cache folder, sorted, with their sizes in bytes.
pub fn packed_files(cache: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(cache.join("packed")).into_iter().flatten().flatten();
    let files = entries.filter_map(|entry| {
        let path = entry.path();
        let size = entry.metadata().ok().filter(fs::Metadata::is_file)?.len();
        (path.extension()? == ENDING).then_some((path, size))
    });
    let mut files: Vec<_> = files.collect();
    files.sort_unstable();
    files
}

fn place(cache: &Path, sha256: &str) -> PathBuf {
    cache.join("packed").join(format!("{sha256:.16}-v{PACKED_VERSION}.{ENDING}"))
}

fn write(loaded: &LoadedWeights, target: &Path) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = BufWriter::new(NewFile::create(target)?);
    loaded.write_packed(&mut file)?;
    file.flush()?;
    // Not synced: what a power cut leaves is found out by its checksum.
    file.into_inner().map_err(|error| error.into_error())?.commit_unsynced()
}

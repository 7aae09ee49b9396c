//! Which kernels a GPU with matrix units runs: decided by a trial, once for an adapter, its driver and
//! this build, and kept, because the two round differently.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use fid_core::Precision;
use fid_weights::atomic_file::AtomicFile;
use fid_wgpu::{GpuDevice, SOURCES};

/// The file in the cache folder that keeps the decisions.
const FILE: &str = "gpu-kernels.json";

/// Decides on the kernels of a GPU, if it is undecided.
pub(super) fn decide(gpu: &GpuDevice, precision: Precision, cache: Option<&Path>) {
    if !gpu.undecided(precision) {
        return;
    }
    let path = cache.map(|cache| cache.join(FILE));
    let mut kept = path.as_deref().map(read).unwrap_or_default();
    let driver = gpu.adapter().map(|adapter| &*adapter.driver).unwrap_or_default();
    let key = format!("{gpu}, {driver}, {precision}, {SOURCES}");
    let possible = gpu.tile_classes(precision);
    let known = |name: &String| possible.iter().find(|class| class.name() == name).copied();
    if let Some(class) = kept.get(&key).and_then(known) {
        return gpu.use_tiles(precision, class);
    }
    // A device that fails has told nothing: its next use reports the error.
    let Ok(class) = gpu.try_matrices(precision) else { return };
    gpu.use_tiles(precision, class);
    kept.insert(key, class.name().into());
    // Without the file the next run tries again.
    let _ = path.map(|path| write(&path, &kept));
}

/// The decisions by device; none if the file cannot be read.
fn read(path: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn write(path: &Path, kept: &BTreeMap<String, String>) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let mut file = AtomicFile::create(path)?;
    file.write_all(&serde_json::to_vec_pretty(kept)?)?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    #[test]
    fn decisions_are_kept_and_a_damaged_file_is_forgotten() {
        let folder = TempDir::new().unwrap();
        let path = folder.child("cache").join(FILE);
        let kept = BTreeMap::from([("a GPU".to_owned(), "matrix".to_owned())]);
        write(&path, &kept).unwrap();
        assert_eq!(read(&path), kept);
        std::fs::write(&path, "{").unwrap();
        assert!(read(&path).is_empty());
        assert!(read(&folder.child("missing")).is_empty());
    }
}

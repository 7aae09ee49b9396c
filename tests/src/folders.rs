//! Folders of images.

use std::path::{Path, PathBuf};

use temp_dir::TempDir;

use crate::fixtures::repository;

/// The sample images of a side, sorted, with a name for which `keep` returns true.
pub fn samples(side: &str, keep: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository("samples").join(side)).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let mut kept: Vec<_> = files.filter(|path| keep(name(path))).collect();
    kept.sort();
    kept
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// A temporary folder with copies of `files`. `rename` maps a file's index and name to the name of
/// its copy.
pub fn folder(files: &[PathBuf], rename: impl Fn(usize, &str) -> String) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (at, file) in files.iter().enumerate() {
        let target = folder.path().join(rename(at, name(file)));
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(file, target).unwrap();
    }
    folder
}

/// A temporary folder with copies of `files` under their own names.
pub fn copies(files: &[PathBuf]) -> TempDir {
    folder(files, |_, name| name.into())
}

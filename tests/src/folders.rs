//! Folders of images for whole runs.

use std::path::{Path, PathBuf};

use temp_dir::TempDir;

use crate::fixtures::repository;

/// The sample images of a side, sorted, that `keep` keeps by their name.
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

/// A private folder with copies of `files`, each under the name that `rename` gives the file of
/// that place in the list.
pub fn folder(files: &[PathBuf], rename: impl Fn(usize, &str) -> String) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (at, file) in files.iter().enumerate() {
        let target = folder.path().join(rename(at, name(file)));
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(file, target).unwrap();
    }
    folder
}

/// As [`folder`], under the files' own names.
pub fn copies(files: &[PathBuf]) -> TempDir {
    folder(files, |_, name| name.into())
}

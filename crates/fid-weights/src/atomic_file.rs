//! Files that appear under their name whole or not at all.
//!
//! A file is written beside its target under a hidden name, and renamed when it is on the disk. A
//! process that is killed meanwhile leaves the old file and the unfinished one, which the next
//! writer of the same target removes: as long as somebody writes it, it is locked. That removal is
//! why this is our own code. `atomic-write-file`, even with `O_TMPFILE`, links a named file before
//! it syncs and renames it, and nothing ever removes that name: 23 of 100 killed writers of 4 MB
//! left one.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file being written beside its target. Dropped without a commit, it is removed.
pub struct AtomicFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
}

impl AtomicFile {
    /// Starts a file that will become `target`, and removes the unfinished files of killed writers.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written.
    pub fn create(target: &Path) -> io::Result<Self> {
        /// Threads of one process may write the same file.
        static NEXT: AtomicUsize = AtomicUsize::new(0);

        let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        remove_abandoned(target, name);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut hidden = prefix(name);
            hidden.push(format!("{}-{number}.part", std::process::id()));
            // In the same folder, as a rename does not cross file systems.
            let temporary = target.with_file_name(hidden);
            let file = match File::create_new(&temporary) {
                // An earlier process of the same number left it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                created => created?,
            };
            // Some network file systems have no locks; there, no file is taken for abandoned.
            let _ = file.lock();
            // Before it was locked, somebody else may have taken it for abandoned.
            if temporary.exists() {
                return Ok(Self { file, temporary, target: target.into() });
            }
        }
    }

    /// Renames the file to its target, which it replaces, and waits until both are on the disk.
    ///
    /// # Errors
    /// If the file cannot be synced or renamed. The old target then stays.
    pub fn commit(self) -> io::Result<()> {
        self.file.sync_all()?;
        let target = self.target.clone();
        self.commit_unsynced()?;
        sync_folder(&target);
        Ok(())
    }

    /// [`Self::commit`] without waiting for the disk: a power cut may damage the file.
    ///
    /// # Errors
    /// If the file cannot be renamed.
    pub fn commit_unsynced(mut self) -> io::Result<()> {
        self.file.flush()?;
        fs::rename(&self.temporary, &self.target)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // Does nothing after a commit.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// The prefix of the hidden names of files that will become `name`.
fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

/// Removes unfinished files of `target` whose writers are gone. Failures are ignored.
fn remove_abandoned(target: &Path, name: &OsStr) {
    let prefix = prefix(name);
    let Ok(entries) = fs::read_dir(folder(target)) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let rest = found.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let ours = rest.and_then(|rest| rest.strip_suffix(b".part")).is_some_and(|number| {
            !number.is_empty() && number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
        });
        if ours && let Ok(file) = OpenOptions::new().write(true).open(entry.path()) {
            // Its writer holds the lock, or will notice that the file is gone.
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The folder of a file; `.` for a bare file name.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Syncs the folder of a renamed file, so that the rename outlasts a power cut. Systems that cannot
/// sync folders ignore it.
pub(crate) fn sync_folder(renamed: &Path) {
    if let Ok(folder) = File::open(folder(renamed)) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>();
        names.sort();
        names
    }

    #[test]
    fn readers_see_the_old_file_until_the_commit() {
        let folder = temp_dir::TempDir::new().unwrap();
        let target = folder.child("a.npz");
        fs::write(&target, "old").unwrap();
        let mut new = AtomicFile::create(&target).unwrap();
        new.write_all(b"ne").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        drop(new);
        assert_eq!(names(folder.path()), ["a.npz"]);
        let mut new = AtomicFile::create(&target).unwrap();
        new.write_all(b"new").unwrap();
        new.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.npz"]);
    }

    #[test]
    fn unfinished_files_of_killed_writers_are_removed() {
        let folder = temp_dir::TempDir::new().unwrap();
        let target = folder.child("a.npz");
        // The third belongs to another target, the last is no name of ours.
        for name in
            [".a.npz.77-0.part", ".a.npz.78-12.part", ".b.npz.77-0.part", ".a.npz.mine.part"]
        {
            fs::write(folder.child(name), "begun").unwrap();
        }
        let mut writing = AtomicFile::create(&target).unwrap();
        writing.write_all(b"new").unwrap();
        let begun = writing.temporary.file_name().unwrap().to_str().unwrap().to_owned();
        // The first writer's file is locked, and stays.
        drop(AtomicFile::create(&target).unwrap());
        let mut left = vec![begun.as_str(), ".a.npz.mine.part", ".b.npz.77-0.part"];
        left.sort_unstable();
        assert_eq!(names(folder.path()), left);
        writing.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }
}

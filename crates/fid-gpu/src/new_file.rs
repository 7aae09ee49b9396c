//! Files that appear under their name whole or not at all.
//!
//! A file is written beside its place, hidden, and renamed when it is on the disk. A process that is
//! killed in between leaves the old file, and the begun one, which the next to write the same file
//! removes: while somebody still writes it, it is locked.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file being written beside the place where it will be. Unless it is committed, it is removed.
pub(crate) struct NewFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
}

impl NewFile {
    /// Starts a file that will be `target`, and removes what others began and will not finish.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
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
                // Of an earlier process of the same number, which is being removed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                created => created?,
            };
            // Some network file systems have no locks; there, nothing is taken for abandoned.
            let _ = file.lock();
            // Before it was locked, somebody else may have taken it for abandoned.
            if temporary.exists() {
                return Ok(Self { file, temporary, target: target.into() });
            }
        }
    }

    /// Puts the file into its place, whether or not there is one already.
    pub(crate) fn commit(self) -> io::Result<()> {
        self.file.sync_all()?;
        let target = self.target.clone();
        self.commit_unsynced()?;
        sync_folder(&target);
        Ok(())
    }

    /// The same, of a file that may be lost or damaged by a power cut.
    pub(crate) fn commit_unsynced(mut self) -> io::Result<()> {
        self.file.flush()?;
        fs::rename(&self.temporary, &self.target)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for NewFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Gone already where it was committed.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// How the names of files begin that will be `name`.
fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

/// Removes files that were begun for `target` by processes that are gone. A failure to do so is
/// none to write the file.
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
            // Whoever writes it holds the lock, or finds it gone when about to begin.
            if file.try_lock().is_ok() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Makes a rename last through a power cut, where the system lets folders be synced. Where it does
/// not, the file is there all the same.
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
    fn there_is_the_old_file_or_the_new_one() {
        let folder = temp_dir::TempDir::new().unwrap();
        let target = folder.child("a.npz");
        fs::write(&target, "old").unwrap();
        let mut new = NewFile::create(&target).unwrap();
        new.write_all(b"ne").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        drop(new);
        assert_eq!(names(folder.path()), ["a.npz"]);
        let mut new = NewFile::create(&target).unwrap();
        new.write_all(b"new").unwrap();
        new.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.npz"]);
    }

    #[test]
    fn what_nobody_writes_any_more_is_removed() {
        let folder = temp_dir::TempDir::new().unwrap();
        let target = folder.child("a.npz");
        // The last but one is another file's, the last nobody's.
        for name in
            [".a.npz.77-0.part", ".a.npz.78-12.part", ".b.npz.77-0.part", ".a.npz.mine.part"]
        {
            fs::write(folder.child(name), "begun").unwrap();
        }
        let mut writing = NewFile::create(&target).unwrap();
        writing.write_all(b"new").unwrap();
        let begun = writing.temporary.file_name().unwrap().to_str().unwrap().to_owned();
        // The other one is locked.
        drop(NewFile::create(&target).unwrap());
        let mut left = vec![begun.as_str(), ".a.npz.mine.part", ".b.npz.77-0.part"];
        left.sort_unstable();
        assert_eq!(names(folder.path()), left);
        writing.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
    }
}

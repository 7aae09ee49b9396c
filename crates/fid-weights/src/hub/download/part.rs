//! The file that a download grows in.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::address::without_password;
use crate::atomic_file::sync_folder;

/// `FILE.part`, and beside it `FILE.part.tag` with the address and the server's tag for the version
/// of the file. The owner holds the lock.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    /// Size of the whole file in bytes, published or as the server says; `None` before it says.
    pub(super) expected: Option<u64>,
    length: u64,
    /// The address, without a password.
    url: String,
    /// The server's tag for this version of the file (`ETag`), if it sent a strong one.
    tag: Option<String>,
}

/// The longest tag that is kept, in bytes.
const LONGEST_TAG: usize = 200;

impl Part {
    /// Opens the part that an earlier run left, or an empty one.
    pub(super) fn open(target: &Path, url: &str, expected: Option<u64>) -> io::Result<Self> {
        let path = with_suffix(target, ".part");
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let length = file.metadata()?.len();
        let url = without_password(url);
        // A tag is valid at its own address alone. The bytes may still be right; the hash decides.
        let tag = fs::read_to_string(with_suffix(&path, ".tag")).ok().and_then(|text| {
            let (of, tag) = text.split_once('\n')?;
            (of == url).then(|| strong(tag)).flatten()
        });
        Ok(Self { path, file, expected, length, url, tag })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes so far.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether all bytes are here.
    pub(super) fn is_complete(&self) -> bool {
        self.expected == Some(self.length)
    }

    /// The server's tag for the version of these bytes, fit for an `If-Range` header.
    pub(super) fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Starts over with the version that the server calls `tag`.
    pub(super) fn restart(&mut self, tag: Option<&str>) -> io::Result<()> {
        self.file.set_len(0)?;
        self.length = 0;
        self.tag = tag.and_then(strong);
        match &self.tag {
            None => remove_if_there(&with_suffix(&self.path, ".tag")),
            Some(tag) => fs::write(with_suffix(&self.path, ".tag"), format!("{}\n{tag}", self.url)),
        }
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Waits until the bytes are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Renames the part to the final file.
    pub(super) fn finish(self, target: &Path) -> io::Result<()> {
        drop(self.file);
        fs::rename(&self.path, target)?;
        sync_folder(target);
        // A tag without its part is ignored.
        let _ = fs::remove_file(with_suffix(&self.path, ".tag"));
        Ok(())
    }

    /// Removes both files. If that fails, the next run resumes them, and the hash decides.
    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(with_suffix(&self.path, ".tag"));
    }
}

/// A tag that names exact bytes: in quotes, and not marked as weak.
fn strong(tag: &str) -> Option<String> {
    let tag = tag.trim();
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let plain = inner.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    (plain && tag.len() <= LONGEST_TAG).then(|| tag.into())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_os_string();
    path.push(suffix);
    path.into()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

//! The image files of a folder, sorted.
//!
//! Nothing is decoded here. Anything that would silently change the number of images is an error:
//! dropping an image changes the score.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::error::SetError;
use super::left_out::{LeftOut, begin_of};
use super::names::{bytes, is_hidden, is_image_name};
use super::passed_over::is_passed_over;
use super::unread::Unread;
use crate::skipped::Skipped;

/// The image files of a folder, sorted by the bytes of their paths.
///
/// The order depends on names alone, never on the file system, so that two runs see the same
/// batches. Files are taken by name ([`EXTENSIONS`](super::EXTENSIONS)); entries whose name begins
/// with a dot (such as the `._name.png` that macOS leaves behind) are ignored, folders included,
/// as a shell's `*.png` would; so are the thumbnails and bins of network drives (`@eaDir`,
/// `#recycle`). Other files are looked at: [`Self::unread`] lists those that look like images.
/// Links are followed; a file reached by two paths counts twice.
#[derive(Debug, Clone)]
pub struct ImageFolder {
    root: PathBuf,
    files: Vec<PathBuf>,
    left_out: LeftOut,
    skip_bad: bool,
}

impl ImageFolder {
    /// Lists the images under `path`, in its sub-folders too if `recursive`.
    ///
    /// # Errors
    ///
    /// A [`SetError`] if the folder is missing, unreadable anywhere, or holds no image; if a
    /// link forms a loop; and if something named like an image is not a file.
    pub fn open(path: impl AsRef<Path>, recursive: bool) -> Result<Self, SetError> {
        Self::open_with(path, recursive, false)
    }

    /// As [`Self::open`]; with `skip_bad`, links that lead nowhere and things that are not files
    /// are left out if they are named like images, and [`Self::skipped`] lists them. A folder that
    /// cannot be searched is still an error: it may hold any number of images.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], except for images that are left out.
    pub fn open_with(
        path: impl AsRef<Path>,
        recursive: bool,
        skip_bad: bool,
    ) -> Result<Self, SetError> {
        let root = path.as_ref();
        match fs::metadata(root) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(SetError::missing(root));
            }
            Err(source) => return Err(SetError::Unreadable { path: root.into(), source }),
            Ok(found) if !found.is_dir() => {
                return Err(SetError::NotAFolder { path: root.into() });
            }
            Ok(_) => {}
        }

        let mut list =
            Self { root: root.into(), files: Vec::new(), left_out: LeftOut::default(), skip_bad };
        let depth = if recursive { usize::MAX } else { 1 };
        // Sorted, since only the first sidecars are looked at.
        let walk = WalkDir::new(root).follow_links(true).min_depth(1).max_depth(depth);
        let mut walk = walk.sort_by_file_name().into_iter();
        while let Some(step) = walk.next() {
            match step {
                Ok(entry) => {
                    let (name, is_folder) =
                        (entry.file_name().to_string_lossy(), entry.file_type().is_dir());
                    if is_passed_over(&name, is_folder) {
                        list.left_out.pass_over(&name);
                        if is_folder {
                            walk.skip_current_dir();
                        }
                    } else {
                        list.add(entry)?;
                    }
                }
                Err(error) => list.add_unreadable(root, error)?,
            }
        }

        list.left_out.sort();
        if list.files.is_empty() {
            return Err(SetError::no_images(root, recursive, list.left_out));
        }
        list.files.sort_by(|a, b| bytes(a).cmp(bytes(b)));
        Ok(list)
    }

    /// The folder's path as given to [`Self::open`].
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Entries named like images that were left out, sorted.
    pub fn skipped(&self) -> &[Skipped] {
        &self.left_out.skipped
    }

    /// Files that look like images and are not read, the most frequent kind first.
    pub fn unread(&self) -> &[Unread] {
        &self.left_out.unread
    }

    /// The images' paths, each beginning with [`Self::root`].
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The images' paths, and everything else.
    pub(super) fn into_parts(self) -> (Vec<PathBuf>, LeftOut) {
        (self.files, self.left_out)
    }

    /// The number of images, never 0.
    #[allow(clippy::len_without_is_empty, reason = "an empty folder is an error")]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// The number of ignored entries: files of other kinds, hidden files, hidden folders (one
    /// each, whatever they hold). Files that look like images count in [`Self::unread`] instead.
    pub fn ignored(&self) -> usize {
        self.left_out.ignored
    }

    fn add(&mut self, entry: DirEntry) -> Result<(), SetError> {
        let kind = entry.file_type();
        if kind.is_dir() {
            return Ok(()); // walked, even when its name ends in `.png`
        }
        let is_image = is_image_name(entry.path()) && !is_hidden(entry.path());
        match (is_image, kind.is_file()) {
            (true, true) => self.files.push(entry.into_path()),
            // Opening a pipe would wait for a writer, perhaps for ever.
            (true, false) if self.skip_bad => {
                self.skip(entry.into_path(), "a pipe, socket or device");
            }
            (true, false) => return Err(SetError::NotAFile { path: entry.into_path() }),
            (false, true) => {
                let path = entry.path();
                self.left_out.add_file(path, || path.into(), || begin_of(path));
            }
            (false, false) => self.left_out.ignored += 1,
        }
        Ok(())
    }

    fn skip(&mut self, path: PathBuf, reason: &str) {
        self.left_out.skipped.push(Skipped::new(path, reason));
    }

    fn add_unreadable(&mut self, root: &Path, error: walkdir::Error) -> Result<(), SetError> {
        let path = error.path().unwrap_or(root).to_path_buf();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path != root && (is_hidden(&path) || is_passed_over(&name, false)) {
            self.left_out.ignored += 1;
            return Ok(());
        }
        if let Some(target) = error.loop_ancestor() {
            return Err(SetError::LinkLoop { link: path, target: target.into() });
        }
        // It leads nowhere, or in a circle.
        if fs::symlink_metadata(&path).is_ok_and(|entry| entry.is_symlink())
            && error.io_error().is_some_and(|cause| cause.kind() != io::ErrorKind::PermissionDenied)
        {
            match (is_image_name(&path), self.skip_bad) {
                (true, true) => self.skip(path, "a link that leads nowhere"),
                (true, false) => return Err(SetError::DanglingLink { link: path }),
                (false, _) => self.left_out.ignored += 1,
            }
            return Ok(());
        }
        Err(SetError::Unreadable { path, source: error.into() })
    }
}

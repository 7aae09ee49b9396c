//! Images from anywhere, each by its place in one list.

use std::borrow::Cow;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::kind::{self, Part};
use super::names::member_path;
use super::{ImageFolder, Images, SourceError, range};
use crate::Skipped;
use crate::decode::{DecodeError, Decoded};

/// A list of images: the files of a folder or of a text, the members of archives, or arrays.
///
/// | named | images |
/// |---|---|
/// | a folder | its image files, with its sub-folders, sorted by the bytes of their paths |
/// | `.zip`, `.tar` | its members, sorted likewise, so that a packed folder is as the folder |
/// | `.npy`, `.npz` | uint8 `[N,H,W,C]`, `[N,C,H,W]` (C 1 or 3) or `[N,H,W]`; of an archive the array `arr_0`, or the only one |
/// | `…-ubyte`, `….gz` | the IDX format of MNIST |
/// | `.bin` | the binary format of CIFAR-10 |
/// | `.txt`, `-` | a list of paths, one a line, in its order; `-` is standard input |
/// | `name-{000..009}.tar` | several of these, one after the other |
///
/// Nothing is decoded and no image is read when it is opened. What it keeps in memory are names and
/// places.
#[derive(Debug)]
pub struct ImageSet {
    root: PathBuf,
    parts: Vec<Part>,
    /// The place in the list where each part ends.
    ends: Vec<usize>,
    skipped: Vec<Skipped>,
    ignored: usize,
}

impl ImageSet {
    /// Opens what is named. With `skip_bad`, images that can be seen to be unusable (links that lead
    /// nowhere, encrypted members, …) are left out, and [`Self::skipped`] has them.
    ///
    /// # Errors
    ///
    /// A [`SourceError`] if it is missing, unreadable, damaged, of no known kind, or holds no image.
    pub fn open(path: impl AsRef<Path>, skip_bad: bool) -> Result<Self, SourceError> {
        let root = path.as_ref();
        let mut set = Self::empty(root);
        let paths = if root.exists() { None } else { range::expand(root)? };
        for path in paths.as_deref().unwrap_or(&[root.to_path_buf()]) {
            let (part, skipped, ignored) = kind::open(path, skip_bad)?;
            set.push(part);
            set.skipped.extend(skipped);
            set.ignored += ignored;
        }
        Ok(set)
    }

    #[cfg(test)]
    pub(crate) fn of_files(files: &[PathBuf]) -> Self {
        let mut set = Self::empty(Path::new(""));
        set.push(Part::Files { base: PathBuf::new(), files: files.to_vec() });
        set
    }

    fn empty(root: &Path) -> Self {
        let (parts, ends, skipped) = (Vec::new(), Vec::new(), Vec::new());
        Self { root: root.into(), parts, ends, skipped, ignored: 0 }
    }

    fn push(&mut self, part: Part) {
        self.ends.push(self.len().saturating_add(part.len()));
        self.parts.push(part);
    }

    /// What was named, as it was given.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The number of images, never 0.
    #[allow(clippy::len_without_is_empty, reason = "an empty set is an error")]
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// What is named like an image and was left out.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// The number of entries that are no images.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// Reads one image. Of compressed arrays, images are only reached through all before them: a run
    /// reads these in order.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] that names the image.
    ///
    /// # Panics
    ///
    /// Where the list has no such place.
    pub fn decode(&self, index: usize) -> Result<Decoded, DecodeError> {
        assert!(index < self.len(), "image {index} of {}", self.len());
        match self.images(index..index + 1).reader().open(0) {
            Some(opened) => opened?.read()?.decode(),
            None => Err(DecodeError::Empty { path: self.path(index).into_owned() }),
        }
    }

    /// What an image is called in messages: its path, `photos.zip/a.png`, `samples.npz[7]`; empty
    /// beyond the list.
    pub fn path(&self, index: usize) -> Cow<'_, Path> {
        match self.find(index) {
            None => Path::new("").into(),
            Some((Part::Files { files, .. }, at)) => files[at].as_path().into(),
            Some((Part::Archive(archive), at)) => {
                member_path(&archive.path, &archive.members[at].name).into()
            }
            Some((Part::Array(array), at)) => array.image_path(at).into(),
        }
    }

    /// Each image's name and its size in bytes: what tells two lists of images apart without reading
    /// them. Names are paths below the folder, or within the archive, with `/` on every system; of
    /// arrays a hash of the file's length and ends, and the place. With several files the name of the
    /// file is before them. A file that has gone since has size 0.
    pub(crate) fn names_and_sizes(&self) -> impl Iterator<Item = (Vec<u8>, u64)> {
        let several = self.parts.len() > 1;
        self.parts.iter().flat_map(move |part| {
            let (path, identity) = match part {
                Part::Files { base, .. } => (base, String::new()),
                Part::Archive(archive) => (&archive.path, String::new()),
                Part::Array(array) => (&array.path, array.identity()),
            };
            let mut prefix = Vec::new();
            if let Some(name) = path.file_name().filter(|_| several) {
                prefix = [name.as_encoded_bytes(), b"/"].concat();
            }
            (0..part.len()).map(move |at| {
                let (name, size) = name_and_size(part, at, &identity);
                ([&prefix[..], &name].concat(), size)
            })
        })
    }

    /// The images at `range`, which lies within the list.
    pub(crate) fn images(&self, range: Range<usize>) -> Images<'_> {
        Images::new(self, range)
    }

    /// Whether there is a part whose images can only be had in order.
    pub(super) fn is_sequential(&self) -> bool {
        let sequential = |part: &Part| matches!(part, Part::Array(array) if array.is_sequential());
        self.parts.iter().any(sequential)
    }

    /// The part of an image and its place there.
    pub(super) fn find(&self, index: usize) -> Option<(&Part, usize)> {
        let part = self.ends.partition_point(|&end| end <= index);
        let begin = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some((self.parts.get(part)?, index - begin))
    }
}

impl From<ImageFolder> for ImageSet {
    fn from(folder: ImageFolder) -> Self {
        let mut set = Self::empty(folder.root());
        set.ignored = folder.ignored();
        let base = folder.root().to_path_buf();
        let (files, skipped) = folder.into_parts();
        set.skipped = skipped;
        set.push(Part::Files { base, files });
        set
    }
}

fn name_and_size(part: &Part, at: usize, identity: &str) -> (Vec<u8>, u64) {
    match part {
        Part::Files { base, files } => {
            let path = &files[at];
            let name = path.strip_prefix(base).unwrap_or(path);
            let parts = name.iter().map(|part| part.as_encoded_bytes()).collect::<Vec<_>>();
            (parts.join(&b'/'), fs::metadata(path).map_or(0, |file| file.len()))
        }
        Part::Archive(archive) => {
            let member = &archive.members[at];
            (member.name.to_vec(), member.size)
        }
        Part::Array(array) => (format!("{identity}/{at}").into_bytes(), array.layout.bytes()),
    }
}

//! Images from anywhere, as one ordered list.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use fid_core::Preparation;

use super::error::SetError;
use super::folder::ImageFolder;
use super::left_out::LeftOut;
use super::parts::{Part, Parts};
use super::reading::Images;
use super::unread::Unread;
use super::{kind, range, shards};
use crate::decode::{DecodeError, Decoded, Limits};
use crate::skipped::Skipped;

/// An ordered list of images: the files of a folder or of a list, the members of archives, the rows of
/// tables, or arrays.
///
/// | path | images |
/// |---|---|
/// | a folder | its image files, with its sub-folders, sorted by the bytes of their paths |
/// | `.zip`, `.tar` | its members, sorted the same way, so that packing a folder changes nothing |
/// | `.parquet`, `.arrow` | the rows of a column of binary values, or of structs of `bytes` and `path`: the one named `image` or `img`, or the only one |
/// | a folder of these | its tables, one after the other, by the numbers in their names |
/// | `.npy`, `.npz` | uint8 `[N,H,W,C]`, `[N,C,H,W]` (C 1 or 3) or `[N,H,W]`; of an archive the array `arr_0`, or the only one |
/// | `…-ubyte`, `…-ubyte.gz` | the IDX format of MNIST |
/// | `.bin` | the binary format of CIFAR-10 and CIFAR-100 |
/// | `.txt`, `-` | a list of paths, one a line, in its order; `-` is standard input |
/// | `name-{000..009}.tar` | several of these, one after the other |
///
/// Opening reads directories and headers, but no image. Only names and positions are kept in memory.
///
/// ```
/// use fid_images::set::ImageSet;
///
/// let folder = temp_dir::TempDir::new()?;
/// std::fs::write(folder.child("b.pgm"), b"P2 1 1 255 7")?;
/// std::fs::write(folder.child("a.pgm"), b"P2 1 1 255 9")?;
///
/// let set = ImageSet::open(folder.path(), false)?;
/// for index in 0..set.len() {
///     let decoded = set.decode(index)?;
///     println!("{}: {:?}", set.path(index).display(), decoded.facts().size);
/// }
/// assert_eq!(set.decode(0)?.image.pixels(), [9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ImageSet {
    root: PathBuf,
    parts: Parts,
    limits: Limits,
    left_out: Box<LeftOut>,
    preparation: Preparation,
    /// The indices of the chosen images in the whole list, rising; `None` for all.
    chosen: Option<Vec<usize>>,
}

impl ImageSet {
    /// Opens a set, within the default [`Limits`]. With `skip_bad`, images that are seen to be
    /// unusable (links that lead nowhere, encrypted members, …) are left out, and [`Self::skipped`]
    /// lists them.
    ///
    /// # Errors
    ///
    /// A [`SetError`] if the path is missing, unreadable, damaged, of no known kind, or holds no
    /// image.
    pub fn open(path: impl AsRef<Path>, skip_bad: bool) -> Result<Self, SetError> {
        Self::open_with(path, skip_bad, Limits::default())
    }

    /// As [`Self::open`], within limits of your own.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_with(
        path: impl AsRef<Path>,
        skip_bad: bool,
        limits: Limits,
    ) -> Result<Self, SetError> {
        let root = path.as_ref();
        let mut set = Self::empty(root, limits);
        let paths = if root.exists() {
            let found = shards::of_folder(root)?;
            found.map(|(paths, others)| {
                set.left_out.ignored = others;
                paths
            })
        } else {
            range::expand(root)?
        };
        for path in paths.as_deref().unwrap_or(&[root.to_path_buf()]) {
            let (part, left_out) = kind::open(path, skip_bad, &limits)?;
            set.parts.push(part);
            set.left_out.merge(left_out);
        }
        set.left_out.sort();
        Ok(set)
    }

    /// A set of image files, in the given order. Nothing is checked until an image is read.
    pub fn of_files(files: impl Into<Vec<PathBuf>>) -> Self {
        let mut set = Self::empty(Path::new(""), Limits::default());
        set.parts.push(Part::Files { base: PathBuf::new(), files: files.into() });
        set
    }

    fn empty(root: &Path, limits: Limits) -> Self {
        let (parts, left_out, preparation, chosen) = Default::default();
        Self { root: root.into(), parts, limits, left_out, preparation, chosen }
    }

    /// Prepares every image after it is decoded. The default leaves images as they are.
    #[must_use]
    pub fn prepared(self, preparation: Preparation) -> Self {
        Self { preparation, ..self }
    }

    /// How images are prepared after they are decoded.
    pub fn preparation(&self) -> Preparation {
        self.preparation
    }

    /// Keeps only the images at `indices` of this list.
    ///
    /// # Panics
    ///
    /// If the indices do not rise, or one is not less than [`len`](Self::len).
    #[must_use]
    pub fn choose(self, indices: Vec<usize>) -> Self {
        assert!(indices.is_sorted_by(|a, b| a < b), "indices rise");
        assert!(indices.last().is_none_or(|&last| last < self.len()), "indices are in the list");
        let chosen = indices.into_iter().map(|index| self.place(index)).collect();
        Self { chosen: Some(chosen), ..self }
    }

    /// The path as given to [`Self::open`].
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The number of images; 0 only for [`Self::of_files`] without files.
    pub fn len(&self) -> usize {
        self.chosen.as_ref().map_or(self.parts.len(), Vec::len)
    }

    /// The number of images before any were [chosen](Self::choose).
    pub fn listed_len(&self) -> usize {
        self.parts.len()
    }

    /// The index of an image in the whole list; beyond it for an index beyond this list.
    fn place(&self, index: usize) -> usize {
        match &self.chosen {
            Some(chosen) => chosen.get(index).copied().unwrap_or(usize::MAX),
            None => index,
        }
    }

    /// Whether the set holds no image.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Entries named like images that were left out.
    pub fn skipped(&self) -> &[Skipped] {
        &self.left_out.skipped
    }

    /// The number of entries that are no images.
    pub fn ignored(&self) -> usize {
        self.left_out.ignored
    }

    /// Files that look like images and are not read, the most frequent kind first: of a format that
    /// is not read, or not named as an image, or hidden. They are not among the
    /// [`ignored`](Self::ignored).
    pub fn unread(&self) -> &[Unread] {
        &self.left_out.unread
    }

    /// Names of the thumbnails and bins of network drives and of hidden folders, which are passed
    /// over, each with its number of entries: folders, or members of an archive. They are among the
    /// [`ignored`](Self::ignored).
    pub fn passed_over(&self) -> impl Iterator<Item = (&str, usize)> {
        self.left_out.passed_over.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// Decodes one image. Images of compressed arrays are only reached through all before them:
    /// decode many with a [`Prefetcher`](crate::prefetch::Prefetcher).
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] that names the image.
    ///
    /// # Panics
    ///
    /// If `index` is not less than [`len`](Self::len).
    pub fn decode(&self, index: usize) -> Result<Decoded, DecodeError> {
        self.images(0..self.len()).reader().decode(index)
    }

    /// The name of an image in messages: its path, `photos.zip/a.png`, `samples.npz[7]`,
    /// `train.parquet#7`; empty beyond the list.
    pub fn path(&self, index: usize) -> Cow<'_, Path> {
        self.parts.path(self.place(index))
    }

    /// Each image's name and its size in bytes, which distinguish two lists of images without
    /// reading them. Names are paths below the folder, or within the archive, with `/` on every
    /// system; images of arrays and tables are named by a hash of the file's length and ends, and the index; those
    /// of tables have size 0. If
    /// there are several files, the file's name precedes. A file that has gone since has size 0.
    pub fn names_and_sizes(&self) -> impl Iterator<Item = (Vec<u8>, u64)> {
        self.listed().filter_map(|(index, name, size)| index.map(|_| (name, size)))
    }

    /// The names and sizes of the whole list, each with the image's index in this one; `None` for an
    /// image that was not [chosen](Self::choose).
    pub fn listed(&self) -> impl Iterator<Item = (Option<usize>, Vec<u8>, u64)> {
        let mut chosen = self.chosen.as_ref().map(|chosen| chosen.iter().enumerate().peekable());
        self.parts.names_and_sizes().enumerate().map(move |(place, (name, size))| {
            let index = match &mut chosen {
                None => Some(place),
                Some(rest) => rest.next_if(|(_, chosen)| **chosen == place).map(|(index, _)| index),
            };
            (index, name, size)
        })
    }

    /// The images at `range`, which lies within the list.
    pub fn images(&self, range: Range<usize>) -> Images<'_> {
        Images::new(&self.parts, &self.limits, self.preparation, self.chosen.as_deref(), range)
    }
}

impl From<ImageFolder> for ImageSet {
    fn from(folder: ImageFolder) -> Self {
        let mut set = Self::empty(folder.root(), Limits::default());
        let base = folder.root().to_path_buf();
        let (files, left_out) = folder.into_parts();
        *set.left_out = left_out;
        set.parts.push(Part::Files { base, files });
        set
    }
}

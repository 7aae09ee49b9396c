//! Reading the images of a set, one after the other.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use fid_core::Preparation;

use super::names::member_path;
use super::opened::{Opened, Source};
use super::ordered::OrderedRecords;
use super::parts::{Part, Parts};
use crate::decode::{DecodeError, Decoded, ImageFile, Limits};

/// A range of a set's images, indexed from the range's start.
#[derive(Debug, Clone, Copy)]
pub struct Images<'a> {
    parts: &'a Parts,
    limits: &'a Limits,
    preparation: Preparation,
    /// The indices of the set's images in the whole list; `None` for all.
    chosen: Option<&'a [usize]>,
    first: usize,
    len: usize,
}

impl<'a> Images<'a> {
    pub(super) fn new(
        parts: &'a Parts,
        limits: &'a Limits,
        preparation: Preparation,
        chosen: Option<&'a [usize]>,
        range: Range<usize>,
    ) -> Self {
        Self { parts, limits, preparation, chosen, first: range.start, len: range.len() }
    }

    /// The index of an image in the whole list; beyond it for an index beyond the set.
    fn place(&self, index: usize) -> usize {
        let index = self.first + index;
        match self.chosen {
            Some(chosen) => chosen.get(index).copied().unwrap_or(usize::MAX),
            None => index,
        }
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the range is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The name of an image in messages.
    pub fn path(&self, index: usize) -> Cow<'a, Path> {
        self.parts.path(self.place(index))
    }

    /// How images are prepared after they are decoded.
    pub(crate) fn preparation(&self) -> Preparation {
        self.preparation
    }

    /// Prepares a decoded image.
    pub(crate) fn prepare(&self, index: usize, decoded: Decoded) -> Result<Decoded, DecodeError> {
        match self.preparation.apply(decoded.image) {
            Ok(image) => Ok(Decoded { image, ..decoded }),
            Err(source) => Err(DecodeError::Prepare { path: self.path(index).into(), source }),
        }
    }

    /// The limits of the set.
    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Whether images are only reached in order, so that several threads would each unpack all.
    pub(crate) fn is_sequential(&self) -> bool {
        self.parts.is_sequential()
    }

    /// A reader for one thread.
    pub fn reader(&self) -> SetReader<'a> {
        SetReader { images: *self, part_begin: 0, records: None }
    }
}

/// Reads images of a set on one thread. Rising indices are fast for every set, others are slow for
/// compressed arrays.
pub struct SetReader<'a> {
    images: Images<'a>,
    /// The index where the part begins that `records` reads.
    part_begin: usize,
    records: Option<OrderedRecords>,
}

impl<'a> SetReader<'a> {
    /// Decodes an image.
    ///
    /// # Errors
    ///
    /// A [`DecodeError`] that names the image.
    ///
    /// # Panics
    ///
    /// If `index` is not less than the number of images.
    pub fn decode(&mut self, index: usize) -> Result<Decoded, DecodeError> {
        let images = self.images;
        let Some(opened) = self.open(index) else { panic!("image {index} of {}", images.len) };
        images.prepare(index, opened?.read()?.decode(images.limits)?)
    }

    /// Finds an image; `None` beyond the last.
    pub(crate) fn open(&mut self, index: usize) -> Option<Result<Opened<'_>, DecodeError>> {
        if index >= self.images.len {
            return None;
        }
        let Images { parts, limits, .. } = self.images;
        let index = self.images.place(index);
        let (part, at) = parts.find(index)?;
        let source = match part {
            Part::Files { files, .. } => {
                ImageFile::open(files[at].as_path(), limits).map(Source::File)
            }
            Part::Table(table) => table.image(at, limits).map(Source::File),
            Part::Archive(archive) => {
                let member = &archive.members[at];
                let path = member_path(&archive.path, &member.name);
                match member.content(&archive.file) {
                    Ok(content) => {
                        ImageFile::packed(path, content, member.size(), limits).map(Source::File)
                    }
                    Err(source) => Err(DecodeError::Unpack { path, source }),
                }
            }
            Part::Array(array) => {
                if self.part_begin != index - at {
                    self.part_begin = index - at;
                    self.records = None;
                }
                let records = &mut self.records;
                let (path, layout) = (array.image_path(at), array.layout);
                Ok(Source::Samples {
                    path,
                    layout,
                    read: Box::new(move || array.read(at, records)),
                })
            }
        };
        Some(source.map(Opened))
    }
}

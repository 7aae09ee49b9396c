//! Reading the images of a set, one after the other.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use super::kind::Part;
use super::names::member_path;
use super::stream::Stream;
use super::{ImageSet, Opened};
use crate::decode::{DecodeError, ImageFile};

/// A run of images in a set's list, counted from its own beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Images<'a> {
    set: &'a ImageSet,
    first: usize,
    len: usize,
}

impl<'a> Images<'a> {
    pub(super) fn new(set: &'a ImageSet, range: Range<usize>) -> Self {
        Self { set, first: range.start, len: range.len() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// What an image is called in messages.
    pub(crate) fn path(&self, index: usize) -> Cow<'a, Path> {
        self.set.path(self.first + index)
    }

    /// Whether there is a part whose images can only be had in order.
    pub(crate) fn is_sequential(&self) -> bool {
        self.set.is_sequential()
    }

    /// A reader for one thread.
    pub(crate) fn reader(&self) -> SetReader<'a> {
        SetReader { images: *self, place: 0, stream: None }
    }
}

/// Opens images of a set: best in rising order, which of some sets is the only fast one.
pub(crate) struct SetReader<'a> {
    images: Images<'a>,
    /// Where the part begins that `stream` is of.
    place: usize,
    stream: Option<Stream>,
}

impl<'a> SetReader<'a> {
    /// Finds an image; none beyond the last.
    pub(crate) fn open(&mut self, index: usize) -> Option<Result<Opened<'_>, DecodeError>> {
        if index >= self.images.len {
            return None;
        }
        let set: &'a ImageSet = self.images.set;
        let index = self.images.first + index;
        let (part, at) = set.find(index)?;
        Some(match part {
            Part::Files { files, .. } => ImageFile::open(&files[at]).map(Opened::File),
            Part::Archive(archive) => {
                let member = &archive.members[at];
                let path = member_path(&archive.path, &member.name);
                match member.content(&archive.file) {
                    Ok(content) => ImageFile::packed(path, content, member.size).map(Opened::File),
                    Err(cause) => Err(DecodeError::Unpack { path, cause }),
                }
            }
            Part::Array(array) => {
                if self.place != index - at {
                    (self.place, self.stream) = (index - at, None);
                }
                let stream = &mut self.stream;
                let (path, layout) = (array.image_path(at), array.layout);
                let read = Box::new(move || array.read(at, stream));
                Ok(Opened::Samples { path, layout, read })
            }
        })
    }
}

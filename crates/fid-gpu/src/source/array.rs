//! Images that lie one behind the other in a file, without a format of their own.

use std::io::{self, Read};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::archive::Member;
use super::layout::Layout;
use super::stream::Stream;
use super::{Cursor, SourceError};

/// Bytes at both ends of a file that its identity is taken from.
const ENDS: u64 = 1 << 16;

/// Bytes that are reserved for an image before any of it has been read.
const RESERVED: u64 = 1 << 20;

/// What is wrong with an array of images: the rest of a sentence that begins with the file.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ArrayProblem(pub(super) String);

/// Images of one size, one behind the other.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) path: PathBuf,
    pub(super) file: Cursor,
    pub(super) layout: Layout,
    pub(super) count: usize,
    /// Bytes before each image: a label.
    pub(super) label: u64,
    pub(super) place: Place,
}

/// Where the first image begins.
#[derive(Debug)]
pub(super) enum Place {
    /// At this byte of the file.
    At(u64),
    /// At this byte of a compressed member: images can only be had in order.
    InMember(Member, u64),
    /// At this byte of what a gzip file unpacks to.
    InGzip(u64),
}

impl Array {
    /// Checks the number of bytes that the images take: there may be neither fewer nor more.
    pub(super) fn check_length(&self, available: u64, begin: u64) -> Result<(), SourceError> {
        let needed = self.record().checked_mul(self.count as u64);
        let needed = needed.and_then(|bytes| bytes.checked_add(begin));
        if needed == Some(available) {
            return Ok(());
        }
        let how =
            if needed.is_some_and(|needed| needed < available) { "longer" } else { "shorter" };
        Err(self.problem(format!(
            "is {how} than its header says ({} images of {} bytes): write it again",
            self.count,
            self.record()
        )))
    }

    pub(super) fn problem(&self, problem: String) -> SourceError {
        SourceError::Array { path: self.path.clone(), problem: ArrayProblem(problem) }
    }

    /// Bytes from one image to the next.
    pub(super) fn record(&self) -> u64 {
        self.label + self.layout.bytes()
    }

    /// Whether an image can only be had after all before it.
    pub(super) fn is_sequential(&self) -> bool {
        !matches!(self.place, Place::At(_))
    }

    /// An image as it is told, counted from 0 as NumPy does.
    pub(super) fn image_path(&self, index: usize) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!("[{index}]"));
        path.into()
    }

    /// What tells this file from others, without reading all of it: a hash of its length and ends.
    pub(super) fn identity(&self) -> String {
        let mut hash = Sha256::new();
        let length = self.file.len();
        hash.update(format!("{length}\n"));
        for place in [0, length.saturating_sub(ENDS)] {
            let mut end = Vec::new();
            // What cannot be read is an error when its image is.
            let _ = self.file.at(place).take(ENDS).read_to_end(&mut end);
            hash.update(&end);
        }
        format!("{:x}", hash.finalize())
    }

    /// The samples of an image. `stream` is where the last call left off, if images come in order.
    pub(super) fn read(&self, index: usize, stream: &mut Option<Stream>) -> io::Result<Vec<u8>> {
        let mut record = match self.place {
            Place::At(begin) => {
                self.exactly(&mut self.file.at(begin + index as u64 * self.record()))
            }
            _ => self.next_of(index, stream),
        }?;
        if self.label > 0 && record.first().is_some_and(|&label| label > 9) {
            let what = format!("its label is {}, and there are ten: is it CIFAR-10?", record[0]);
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        record.drain(..self.label as usize);
        Ok(record)
    }

    /// One record. It grows as it is read: sizes come from the file.
    pub(super) fn exactly(&self, reader: &mut dyn Read) -> io::Result<Vec<u8>> {
        let length = self.record();
        let mut record = Vec::with_capacity(length.min(RESERVED) as usize);
        reader.take(length).read_to_end(&mut record)?;
        if (record.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(record)
    }
}

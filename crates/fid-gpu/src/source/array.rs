//! Images that lie one behind the other in a file, without a format of their own.

use std::io::{self, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::archive::Member;
use super::{Cursor, SourceError};
use crate::decode::{DecodeError, Image8, MAX_PIXELS, MAX_SIDE};

/// Bytes at both ends of a file that its identity is taken from.
const ENDS: u64 = 1 << 16;

/// What is wrong with an array of images: the rest of a sentence that begins with the file.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ArrayProblem(pub(super) String);

/// How the samples of an image lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(super) height: u64,
    pub(super) width: u64,
    /// 1 or 3.
    pub(super) channels: u64,
    /// `[channels, height, width]` and not `[height, width, channels]`.
    pub(super) planar: bool,
}

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

/// Unpacked images, of which the next is known.
pub(crate) struct Stream {
    reader: Box<dyn Read + Send>,
    next: usize,
    /// What went wrong: nothing after it can be had.
    failed: Option<String>,
}

impl Layout {
    /// Samples of an image. Sizes are checked when the layout is made.
    pub(super) fn bytes(&self) -> u64 {
        self.height * self.width * self.channels
    }

    /// Refuses sizes that no image is decoded of.
    pub(super) fn checked(self) -> Result<Self, ArrayProblem> {
        let Self { height, width, .. } = self;
        if height == 0 || width == 0 {
            return Err(ArrayProblem(format!("says its images are {width}x{height} pixels")));
        }
        let pixels = height.checked_mul(width);
        if height.max(width) > MAX_SIDE || pixels.is_none_or(|pixels| pixels > MAX_PIXELS) {
            return Err(ArrayProblem(format!(
                "says its images are {width}x{height} pixels, more than {MAX_SIDE} a side or \
                 {MAX_PIXELS} in all: store large images as files"
            )));
        }
        Ok(self)
    }

    /// The image of samples in this order.
    pub(super) fn image(&self, samples: Vec<u8>) -> Result<Image8, fid_core::LengthMismatch> {
        let (height, width) = (self.height as usize, self.width as usize);
        let channels = self.channels as usize;
        if !self.planar || channels == 1 {
            return Image8::new(height, width, channels, samples);
        }
        let pixels = height * width;
        let mut mixed = vec![0; samples.len()];
        for (channel, plane) in samples.chunks_exact(pixels).enumerate() {
            let places = mixed.iter_mut().skip(channel).step_by(channels);
            places.zip(plane).for_each(|(to, from)| *to = *from);
        }
        Image8::new(height, width, channels, mixed)
    }
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
    fn record(&self) -> u64 {
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
        let record = match self.place {
            Place::At(begin) => {
                self.exactly(&mut self.file.at(begin + index as u64 * self.record()))
            }
            _ => self.next_of(index, stream),
        }?;
        if self.label > 0 && record.first().is_some_and(|&label| label > 9) {
            let what = format!("its label is {}, and there are ten: is it CIFAR-10?", record[0]);
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(record.into_iter().skip(self.label as usize).collect())
    }

    fn next_of(&self, index: usize, stream: &mut Option<Stream>) -> io::Result<Vec<u8>> {
        let usable = stream.take().filter(|stream| stream.next <= index || stream.failed.is_some());
        let stream = stream.insert(match usable {
            Some(stream) => stream,
            None => Stream { reader: self.unpacked()?, next: 0, failed: None },
        });
        if let Some(message) = &stream.failed {
            return Err(io::Error::new(io::ErrorKind::InvalidData, message.clone()));
        }
        let record = self.advance(index, stream);
        if let Err(error) = &record {
            stream.failed = Some(error.to_string());
        }
        record
    }

    fn advance(&self, index: usize, stream: &mut Stream) -> io::Result<Vec<u8>> {
        let before = (index - stream.next) as u64 * self.record();
        let passed = io::copy(&mut stream.reader.by_ref().take(before), &mut io::sink())?;
        if passed < before {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let record = self.exactly(&mut stream.reader)?;
        stream.next = index + 1;
        // The checksum is compared where the data end.
        if stream.next == self.count && stream.reader.read(&mut [0])? > 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "more follows the last image"));
        }
        Ok(record)
    }

    /// One record. It grows as it is read: sizes come from the file.
    fn exactly(&self, reader: &mut dyn Read) -> io::Result<Vec<u8>> {
        let length = self.record();
        let mut record = Vec::new();
        reader.take(length).read_to_end(&mut record)?;
        if (record.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(record)
    }

    /// What the file unpacks to, from the first image on.
    fn unpacked(&self) -> io::Result<Box<dyn Read + Send>> {
        let (mut reader, begin): (Box<dyn Read + Send>, _) = match &self.place {
            Place::At(begin) => (Box::new(self.file.at(0)), *begin),
            Place::InMember(member, begin) => (member.content(&self.file)?, *begin),
            Place::InGzip(begin) => (Box::new(GzDecoder::new(self.file.at(0))), *begin),
        };
        io::copy(&mut reader.by_ref().take(begin), &mut io::sink())?;
        Ok(reader)
    }
}

/// Samples that have been read.
pub(crate) struct Samples {
    pub(super) path: PathBuf,
    pub(super) layout: Layout,
    pub(super) samples: Vec<u8>,
}

impl Samples {
    pub(super) fn image(&self) -> Result<Image8, DecodeError> {
        let unpack = |cause| DecodeError::Unpack { path: self.path.clone(), cause };
        self.layout
            .image(self.samples.clone())
            .map_err(|error| unpack(io::Error::new(io::ErrorKind::InvalidData, error)))
    }
}

//! Files of concatenated raw images, without a header for each image.

use std::io::{self, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::error::{ArrayProblem, SetError};
use super::identity::identity;
use super::layout::Layout;
use super::ordered::{OrderedRecords, read_exactly};
use crate::shared_file::SharedFile;
use crate::zip::Member;

/// Images of one size, one behind the other.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) path: PathBuf,
    pub(super) file: SharedFile,
    pub(super) layout: Layout,
    pub(super) count: usize,
    /// The largest value of each byte before an image: labels.
    pub(super) labels: &'static [u8],
    pub(super) start: Start,
}

/// Where the first image begins.
#[derive(Debug)]
pub(super) enum Start {
    /// At this byte of the file.
    File(u64),
    /// At this byte of a compressed member, whose images are only reached in order.
    Member(Member, u64),
    /// At this byte of the content of a gzip file, which is only reached in order.
    Gzip(u64),
}

impl Array {
    /// Checks that the images take all of the `available` bytes behind `begin`.
    pub(super) fn check_length(&self, available: u64, begin: u64) -> Result<(), SetError> {
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

    pub(super) fn problem(&self, problem: String) -> SetError {
        SetError::Array { path: self.path.clone(), problem: ArrayProblem(problem) }
    }

    /// Bytes from one image to the next.
    pub(super) fn record(&self) -> u64 {
        self.labels.len() as u64 + self.layout.bytes()
    }

    /// Whether an image is only reached through all before it.
    pub(super) fn is_sequential(&self) -> bool {
        !matches!(self.start, Start::File(_))
    }

    /// The name of an image in messages, with its index in NumPy's notation.
    pub(super) fn image_path(&self, index: usize) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!("[{index}]"));
        path.into()
    }

    /// A hash of the file's length and ends, which distinguishes files without reading all of them.
    pub(super) fn identity(&self) -> String {
        identity(&self.file)
    }

    /// The samples of an image. `records` keeps the stream of the last call, for images that are
    /// only reached in order.
    pub(super) fn read(
        &self,
        index: usize,
        records: &mut Option<OrderedRecords>,
    ) -> io::Result<Vec<u8>> {
        let mut record = match self.start {
            Start::File(begin) => {
                let position = begin + index as u64 * self.record();
                read_exactly(&mut self.file.at(position), self.record())
            }
            _ => self.ordered(index, records),
        }?;
        let labels = record.drain(..self.labels.len());
        if let Some((label, most)) = labels.zip(self.labels).find(|(label, most)| label > most) {
            let what = format!("its label is {label}, and the largest is {most}: is it of CIFAR?");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(record)
    }

    /// A record of a stream, from the beginning again if the stream is past it.
    fn ordered(&self, index: usize, records: &mut Option<OrderedRecords>) -> io::Result<Vec<u8>> {
        let usable = records.take().filter(|records| records.reaches(index));
        let open = || Ok(OrderedRecords::new(self.unpack()?, self.record(), self.count));
        records.insert(usable.map_or_else(open, io::Result::Ok)?).read(index)
    }

    /// The unpacked content from the first image on.
    fn unpack(&self) -> io::Result<Box<dyn Read + Send>> {
        let (mut reader, begin): (Box<dyn Read + Send>, _) = match &self.start {
            Start::File(begin) => (Box::new(self.file.at(0)), *begin),
            Start::Member(member, begin) => (Box::new(member.read(self.file.at(0))?), *begin),
            Start::Gzip(begin) => (Box::new(GzDecoder::new(self.file.at(0))), *begin),
        };
        io::copy(&mut reader.by_ref().take(begin), &mut io::sink())?;
        Ok(reader)
    }
}

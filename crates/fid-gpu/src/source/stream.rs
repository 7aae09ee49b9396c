//! Images of a compressed array, which can only be had in order.

use std::io::{self, Read};

use flate2::read::GzDecoder;

use super::array::{Array, Place};

/// Unpacked images, of which the next is known.
pub(crate) struct Stream {
    reader: Box<dyn Read + Send>,
    next: usize,
    /// What went wrong: nothing after it can be had.
    failed: Option<String>,
}

impl Array {
    /// The record of an image, from where the last call left off; from the beginning again if that is
    /// after it.
    pub(super) fn next_of(&self, index: usize, stream: &mut Option<Stream>) -> io::Result<Vec<u8>> {
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

    /// Passes over what is before a record, and reads it.
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

//! The chunks of a file, checked as Pillow checks them.
//!
//! Up to the pixels every chunk must be whole and have its checksum. The pixels' own checksums are
//! not looked at, and behind the pixels nothing needs to follow, not even the end mark; but a chunk
//! that begins there must not be cut off.

use std::borrow::Cow;

use crate::decode::fault::Fault;

/// Bytes of the signature.
const SIGNATURE: usize = 8;

/// A chunk: length, name, body, checksum.
struct Chunk<'a> {
    name: [u8; 4],
    /// Where its length stands in the file.
    at: usize,
    /// Shorter than it should be if the file ends within it.
    body: &'a [u8],
    length: usize,
    checksum: Option<u32>,
}

impl<'a> Chunk<'a> {
    /// The chunk at an offset; `None` if neither length nor a name of letters stands there.
    fn at(data: &'a [u8], at: usize) -> Option<Self> {
        let &[a, b, c, d, name @ ..] = data.get(at..)?.first_chunk::<8>()?;
        let rest = &data[at + 8..];
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let checksum = rest.get(length..).and_then(|behind| behind.first_chunk());
        name.iter().all(is_letter).then_some(Self {
            name,
            at,
            body: &rest[..length.min(rest.len())],
            length,
            checksum: checksum.map(|bytes| u32::from_be_bytes(*bytes)),
        })
    }

    fn is_whole(&self) -> bool {
        self.body.len() == self.length
    }

    fn end(&self) -> usize {
        self.at.saturating_add(12).saturating_add(self.length)
    }

    fn check(&self) -> Result<(), Fault> {
        let stored = self.checksum.ok_or(Fault::ends_within("its header"))?;
        let mut sum = crc32fast::Hasher::new();
        sum.update(&self.name);
        sum.update(self.body);
        if sum.finalize() == stored {
            return Ok(());
        }
        let name = self.name.escape_ascii();
        Err(Fault::damaged(format!("the checksum of its chunk {name} is wrong")))
    }
}

/// The file as a strict decoder wants it: with an end mark behind the pixels, if it has none.
pub(super) fn completed(data: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    let mut at = SIGNATURE;
    let mut last = loop {
        let chunk = Chunk::at(data, at).ok_or(Fault::ends_within("its header"))?;
        match &chunk.name {
            b"IDAT" => break chunk,
            b"IEND" => return Err(Fault::damaged("it holds no pixels")),
            _ => chunk.check()?,
        }
        at = chunk.end();
    };
    loop {
        match Chunk::at(data, last.end()) {
            Some(chunk) if &chunk.name == b"IDAT" => last = chunk,
            // Only the first frame of an animation is read.
            Some(chunk) if matches!(&chunk.name, b"IEND" | b"fcTL") => break,
            Some(chunk) if chunk.is_whole() => return behind_pixels(data, chunk.end()),
            Some(_) => return Err(cut_behind_pixels()),
            None => return Ok(Cow::Owned(ended(data, &last))),
        }
    }
    Ok(Cow::Borrowed(data))
}

/// Checks what follows the first chunk behind the pixels.
fn behind_pixels(data: &[u8], mut at: usize) -> Result<Cow<'_, [u8]>, Fault> {
    while let Some(chunk) = Chunk::at(data, at) {
        match &chunk.name {
            b"IEND" | b"fcTL" => break,
            _ if chunk.is_whole() => at = chunk.end(),
            _ => return Err(cut_behind_pixels()),
        }
    }
    Ok(Cow::Borrowed(data))
}

fn cut_behind_pixels() -> Fault {
    Fault::ends_within("a chunk behind the pixels")
}

/// A copy up to the last chunk of pixels, whose length is set to what there is, and an end mark.
fn ended(data: &[u8], last: &Chunk) -> Vec<u8> {
    let mut file = data[..last.at + 8 + last.body.len()].to_vec();
    file[last.at..last.at + 4].copy_from_slice(&(last.body.len() as u32).to_be_bytes());
    file.extend([0; 4]); // a checksum that is not looked at
    file.extend(b"\0\0\0\0IEND\xAE\x42\x60\x82");
    file
}

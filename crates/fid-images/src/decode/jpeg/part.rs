//! Strips and tiles of TIFF files: streams whose tables stand elsewhere and whose colours the file
//! around them names (Adobe's Technical Note 2 on TIFF). Decoded as libtiff has libjpeg do it.

use super::colour::{self, Space};
use super::stream::{Stream, header};
use crate::decode::fault::Fault;
use crate::decode::limits::Limits;

/// The bytes that decoding a strip or tile takes.
pub(in super::super) fn memory_of_part(
    tables: &[u8],
    data: &[u8],
    limits: &Limits,
) -> Result<u64, Fault> {
    let (frame, several_scans) = header(tables, data, limits)?;
    Ok(frame.memory(several_scans))
}

/// What the file around it says.
pub(in super::super) struct Part {
    /// Samples of a pixel.
    pub samples: usize,
    /// The colours are RGB, or become RGB if they were stored as YCbCr.
    pub ycbcr: bool,
    /// The last strip of the picture, which may be higher than what is left of it.
    pub last: bool,
}

impl Part {
    /// `[height, width, samples]` u8. What a smaller picture leaves out is 0.
    pub(in super::super) fn read(
        &self,
        tables: &[u8],
        data: &[u8],
        (width, height): (usize, usize),
        limits: &Limits,
    ) -> Result<Vec<u8>, Fault> {
        // Libtiff lets a part end without its end mark.
        let ended = [data, b"\xFF\xD9"].concat();
        // Refused before anything is allocated for it.
        let (frame, _) = header(tables, &ended, limits)?;
        if frame.components.len() != self.samples {
            return Err(Fault::damaged("its JPEG data have another number of channels"));
        }
        let shared = |at: usize| frame.components[at].factors != (1, 1);
        if (1..self.samples).any(shared) || !self.ycbcr && shared(0) {
            return Err(Fault::damaged("its JPEG data share samples in a way that TIFF forbids"));
        }
        let higher = frame.width == width && self.last;
        if frame.width > width || frame.height > height && !higher {
            return Err(Fault::damaged("its JPEG data are larger than their strip or tile"));
        }
        let Stream { frame, .. } = Stream::read(tables, &ended, limits)?;
        let decoded = if self.ycbcr {
            colour::pixels(&frame, Space::YCbCr)
        } else {
            colour::components(&frame)
        };
        if (frame.width, frame.height) == (width, height) {
            return Ok(decoded);
        }
        let mut out = vec![0; width * height * self.samples];
        let (theirs, ours) = (frame.width * self.samples, width * self.samples);
        for (row, whole) in decoded.chunks_exact(theirs).zip(out.chunks_exact_mut(ours)) {
            whole[..theirs].copy_from_slice(row);
        }
        Ok(out)
    }
}

//! GIF: the first frame, by the `gif` crate.
//!
//! Not by way of `image`: around a frame that does not fill the canvas Pillow shows the colour of
//! the transparent index, or else of index 0, and it enlarges the canvas for a frame that exceeds
//! it.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};

use super::palette::Palette;
use super::{Fault, Image8, Losses, checked_size};

pub(super) fn decode(data: &[u8]) -> Result<(Image8, Losses), Fault> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Unlimited); // sizes are checked below
    let mut decoder = options.read_info(Cursor::new(data))?;
    let global = decoder.global_palette().map(Palette::from_rgb);
    let screen = (u64::from(decoder.width()), u64::from(decoder.height()));

    let Some(frame) = decoder.next_frame_info()?.cloned() else {
        return Err(Fault::damaged("it holds no picture"));
    };
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (wide, high) = (usize::from(frame.width), usize::from(frame.height));
    checked_size(wide as u64, high as u64)?;
    let (width, height) =
        checked_size(screen.0.max((left + wide) as u64), screen.1.max((top + high) as u64))?;
    let mut indices = vec![0; wide * high];
    decoder.read_into_buffer(&mut indices)?;

    let mut canvas = vec![frame.transparent.unwrap_or(0); width * height];
    for (y, row) in indices.chunks_exact(wide).enumerate() {
        let at = (top + y) * width + left;
        canvas[at..at + wide].copy_from_slice(row);
    }
    let losses = Losses {
        alpha_dropped: frame.transparent.is_some(),
        // Damage further on is no concern of the first frame.
        further_frames: matches!(decoder.next_frame_info(), Ok(Some(_))),
        ..Losses::default()
    };
    // A table that gives each index its own gray counts as absent: then the other table holds, be it
    // the wrong one, and without any the indices are gray levels, even past the table's end.
    let local = frame.palette.as_deref().map(Palette::from_rgb);
    let image = match [local, global].into_iter().flatten().find(|table| !table.is_identity()) {
        Some(colours) => Image8::new(height, width, 3, colours.apply(&canvas)),
        None => Image8::new(height, width, 1, canvas),
    };
    Ok((image?, losses))
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::Io(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::ends_within("the first frame")
            }
            other => Self::damaged(other),
        }
    }
}

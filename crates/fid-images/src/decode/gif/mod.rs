//! GIF: the first frame, by the `gif` crate.
//!
//! Around a frame that does not fill the canvas, Pillow shows the colour of
//! the transparent index, or else of index 0, and it enlarges the canvas for a frame that exceeds
//! it.

mod blocks;

use std::borrow::Cow;
use std::io::Cursor;

use ::gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, Frame, MemoryLimit};
use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::limits::Limits;
use super::palette::Palette;
use super::probe::Probe;

/// A decoder behind the descriptor of the first frame.
struct Opened<'a> {
    decoder: Decoder<Cursor<Cow<'a, [u8]>>>,
    frame: Frame<'static>,
    /// The logical screen, enlarged for a frame that exceeds it.
    width: usize,
    height: usize,
    /// Bytes of a file that had to be completed.
    copied: usize,
}

impl<'a> Opened<'a> {
    fn new(data: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.set_memory_limit(MemoryLimit::Unlimited); // sizes are checked below
        let data = blocks::completed(data);
        let copied = if let Cow::Owned(copy) = &data { copy.len() } else { 0 };
        let mut decoder = options.read_info(Cursor::new(data))?;
        let screen = (u64::from(decoder.width()), u64::from(decoder.height()));
        let Some(frame) = decoder.next_frame_info()?.cloned() else {
            return Err(Fault::damaged("it holds no picture"));
        };
        let (wide, high) = (u64::from(frame.width), u64::from(frame.height));
        limits.check(wide, high)?;
        let right = u64::from(frame.left) + wide;
        let bottom = u64::from(frame.top) + high;
        let (width, height) = limits.check(screen.0.max(right), screen.1.max(bottom))?;
        Ok(Self { decoder, frame, width, height, copied })
    }
}

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Opened { frame, width, height, copied, .. } = Opened::new(data, limits)?;
    let pixels = usize::from(frame.width) * usize::from(frame.height);
    // The frame's indices beside those of the canvas, then the canvas beside its colours.
    let memory = width * height + pixels.max(width * height * 3) + copied;
    Ok(Probe::new(width, height, memory as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let Opened { mut decoder, frame, width, height, .. } = Opened::new(data, limits)?;
    let global = decoder.global_palette().map(Palette::from_rgb);
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (wide, high) = (usize::from(frame.width), usize::from(frame.height));
    let mut indices = vec![0; wide * high];
    decoder.read_into_buffer(&mut indices)?;

    let mut canvas = vec![frame.transparent.unwrap_or(0); width * height];
    for (y, row) in indices.chunks_exact(wide).enumerate() {
        let at = (top + y) * width + left;
        canvas[at..at + wide].copy_from_slice(row);
    }
    drop(indices);
    let conversions = Conversions {
        alpha_dropped: frame.transparent.is_some(),
        // Damage further on does not touch the first frame.
        further_frames: matches!(decoder.next_frame_info(), Ok(Some(_))),
        ..Conversions::default()
    };
    // A table that gives each index its own gray counts as absent: then the other table is used, even
    // the wrong one; without a table the indices are gray levels, even past the table's end.
    let local = frame.palette.as_deref().map(Palette::from_rgb);
    let image = match [local, global].into_iter().flatten().find(|table| !table.is_identity()) {
        Some(colours) => Image8::new(height, width, 3, colours.apply(&canvas)),
        None => Image8::new(height, width, 1, canvas),
    };
    Ok((image?, conversions))
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        let text = match &error {
            DecodingError::Format(what) => what.to_string(),
            _ => String::new(),
        };
        match error {
            DecodingError::Io(_) | DecodingError::UnexpectedEof => {
                Self::ends_within("the first frame")
            }
            DecodingError::LzwError(_) => Self::damaged("the compressed pixels are damaged"),
            _ if text == "image truncated" => Self::damaged("pixels are missing"),
            _ if text.starts_with("unknown block") => {
                Self::damaged("what follows its header is neither a picture nor an extension")
            }
            _ => Self::damaged("a header in it is wrong"),
        }
    }
}

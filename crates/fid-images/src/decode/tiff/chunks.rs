//! Strips and tiles, unpacked and put together.

use std::borrow::Cow;

use super::compression::Compression;
use super::fax;
use super::layout::{Colour, Layout};
use super::levels::levels;
use super::predictor;
use super::ycbcr::{self, YCbCr};
use crate::decode::fault::Fault;
use crate::decode::jpeg;
use crate::decode::limits::Limits;
use crate::decode::tiff_directory::{Directory, tag};

/// The most pixels of a tile that is more than four times as large as the picture.
const MAX_TILE: usize = 1 << 22;

/// How many strips or tiles may contain the same bytes, on average: unpacking takes time for each.
const MOST_OVERLAP: usize = 16;

/// Where the strips or tiles are.
pub(super) struct Chunks<'a> {
    data: &'a [u8],
    /// Pixels of a full one across and down.
    pub size: (usize, usize),
    offsets: Vec<u64>,
    lengths: Vec<u64>,
    tiled: bool,
    tables: &'a [u8],
    ycbcr: Option<YCbCr>,
}

impl<'a> Chunks<'a> {
    pub(super) fn of(
        directory: &Directory,
        data: &'a [u8],
        layout: &Layout,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let number = |tag| directory.number(data, tag);
        let tiled = number(tag::STRIP_OFFSETS).is_none() && number(tag::TILE_OFFSETS).is_some();
        let size = if tiled {
            let side = |tag| number(tag).unwrap_or(0);
            let size = limits.check(side(tag::TILE_WIDTH), side(tag::TILE_HEIGHT))?;
            if size.0 * size.1 > MAX_TILE.max(4 * layout.width * layout.height) {
                return Err(Fault::damaged("its tiles are far larger than the picture"));
            }
            size
        } else {
            let rows = number(tag::ROWS_PER_STRIP).filter(|&rows| rows > 0);
            let rows = rows.map_or(layout.height, |rows| (rows as usize).min(layout.height));
            (layout.width, rows)
        };
        let (of_offsets, of_lengths) = if tiled {
            (tag::TILE_OFFSETS, tag::TILE_BYTES)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        };
        // A file may list more than the picture has.
        let count = count(layout, size);
        let listed = |tag| directory.leading(data, tag, count).unwrap_or_default();
        let raw = layout.compression == Compression::None;
        let offsets = if raw && !tiled && !layout.planar && size.1 == layout.height {
            // Every one would be the whole picture; the last counts.
            directory.last(data, of_offsets).into_iter().collect()
        } else {
            listed(of_offsets)
        };
        let lengths = listed(of_lengths);
        if !directory.whole && !raw {
            return Err(Fault::ends_within("its tags"));
        }
        let tables = directory.content(data, tag::JPEG_TABLES).unwrap_or_default();
        let ycbcr = (layout.colour == Colour::YCbCr).then(|| YCbCr::of(directory, data)).flatten();
        let found = Self { data, size, offsets, lengths, tiled, tables, ycbcr };
        let packed: usize = found.strips().map(<[u8]>::len).fold(0, usize::saturating_add);
        if !raw && packed / MOST_OVERLAP > data.len() {
            return Err(Fault::damaged("its strips or tiles overlap"));
        }
        if layout.colour == Colour::YCbCr {
            found.check_ycbcr(layout)?;
        }
        Ok(found)
    }

    fn check_ycbcr(&self, layout: &Layout) -> Result<(), Fault> {
        let Some(YCbCr { across, down, .. }) = &self.ycbcr else {
            return Err(Fault::damaged("its tags of YCbCr colours are wrong"));
        };
        if *across > layout.width || *down > layout.height {
            return Err(Fault::damaged("it is smaller than the pixels that share a colour"));
        }
        if (*across, *down) == (1, 1) {
            return Ok(());
        }
        if layout.compression == Compression::None || layout.predictor != 1 {
            let what = "YCbCr colours that several pixels share, not compressed as JPEG";
            return Err(Fault::unsupported(what));
        }
        Ok(())
    }

    /// Bytes that unpacking takes at most beside the picture.
    pub(super) fn memory(&self, layout: &Layout, limits: &Limits) -> Result<u64, Fault> {
        let (width, rows) = self.size;
        let bytes = (width * rows * layout.together() * layout.bits).div_ceil(8);
        let windows = self.strips().map(|strip| layout.compression.window(strip, bytes));
        let packed = self.strips().map(<[u8]>::len).max().unwrap_or(0);
        let unpacked = match layout.compression {
            Compression::None => 0,
            Compression::Jpeg => {
                let memory = |strip| jpeg::memory_of_part(self.tables, strip, limits);
                let others = self.strips().filter_map(|strip| memory(strip).ok()).max();
                let frame = memory(self.bytes(0)?)?.max(others.unwrap_or(0));
                frame as usize + bytes + packed
            }
            _ if layout.colour == Colour::YCbCr => 2 * bytes,
            _ => bytes,
        };
        let turned = if layout.reversed { packed } else { 0 };
        Ok(windows.max().unwrap_or(0) + (unpacked + turned) as u64)
    }

    /// Every sample of the picture, 8 bits each, `[height, width, samples]`.
    pub(super) fn read(&self, layout: &Layout, limits: &Limits) -> Result<Vec<u8>, Fault> {
        let (width, rows) = self.size;
        let (across, down) = (layout.width.div_ceil(width), layout.height.div_ceil(rows));
        let samples = if layout.colour == Colour::YCbCr { 3 } else { layout.samples };
        let mut out = vec![0; layout.width * layout.height * samples];
        for index in 0..count(layout, self.size) {
            let (plane, y, x) = (index / (across * down), index / across % down, index % across);
            let (left, top) = (x * width, y * rows);
            // The last strip has but the rows that are left, while tiles are always whole.
            let high = if self.tiled { rows } else { rows.min(layout.height - top) };
            let part = self.part(index, layout, (width, high), limits)?;
            let (seen, tall) = (width.min(layout.width - left), high.min(layout.height - top));
            let visible = if part.done {
                seen * samples
            } else {
                (seen * layout.together() * layout.bits).div_ceil(8)
            };
            for y in 0..tall {
                let row = part.bytes.get(y * part.stride..).and_then(|rest| rest.get(..visible));
                let row = row.ok_or(Fault::ends_within("the pixels"))?;
                let begin = (top + y) * layout.width + left;
                let target = &mut out[begin * samples..(begin + seen) * samples];
                if part.done {
                    target.copy_from_slice(row);
                    continue;
                }
                let row = levels(row, seen * layout.together(), layout);
                if layout.planar {
                    let places = target.iter_mut().skip(plane).step_by(samples);
                    places.zip(row).for_each(|(place, level)| *place = level);
                } else {
                    target.copy_from_slice(&row);
                }
            }
        }
        Ok(out)
    }

    /// The stored bytes of the strips and tiles that lie within the file.
    fn strips(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.offsets.len()).filter_map(|at| self.bytes(at).ok())
    }

    /// The stored bytes of a strip or tile. One without a length ends where the next one begins.
    fn bytes(&self, index: usize) -> Result<&'a [u8], Fault> {
        let offset = self.offsets.get(index).ok_or(Fault::damaged("strips of it are missing"))?;
        let rest = self.data.get(*offset as usize..);
        let bytes = match self.lengths.get(index) {
            Some(&length) => rest.and_then(|rest| rest.get(..length as usize)),
            None => {
                let next = self.offsets.get(index + 1).and_then(|next| next.checked_sub(*offset));
                let length = next.filter(|&length| length > 0).map_or(usize::MAX, |n| n as usize);
                rest.map(|rest| &rest[..length.min(rest.len())])
            }
        };
        bytes.ok_or(Fault::ends_within("the pixels"))
    }

    /// Rows of one strip or tile of `size`.
    fn part(
        &self,
        index: usize,
        layout: &Layout,
        size: (usize, usize),
        limits: &Limits,
    ) -> Result<Part<'a>, Fault> {
        let (width, rows) = size;
        let samples = layout.together();
        let stride = (width * samples * layout.bits).div_ceil(8);
        let flip = |bytes: Cow<'a, [u8]>| {
            if layout.reversed {
                Cow::Owned(bytes.iter().map(|byte| byte.reverse_bits()).collect())
            } else {
                bytes
            }
        };
        let bytes = match layout.compression {
            Compression::Jpeg => {
                let strips = layout.height.div_ceil(self.size.1);
                let last = !self.tiled && (index + 1).is_multiple_of(strips);
                let kind = jpeg::Part { samples, ycbcr: layout.jpeg_ycbcr, last };
                let bytes = kind.read(self.tables, self.bytes(index)?, size, limits)?;
                return Ok(Part { bytes: Cow::Owned(bytes), stride, done: !layout.planar });
            }
            Compression::None => {
                // Its length is not looked at, and a tile need not be whole beyond the picture.
                let offset = self.offsets.get(index).map_or(usize::MAX, |&offset| offset as usize);
                let rest = self.data.get(offset..).unwrap_or_default();
                flip(Cow::Borrowed(&rest[..rest.len().min(stride * rows)]))
            }
            Compression::Fax(coding) => {
                let bytes = flip(Cow::Borrowed(self.bytes(index)?));
                Cow::Owned(fax::expand(coding, &bytes, size)?)
            }
            _ => {
                let needed = match &self.ycbcr {
                    Some(ycbcr) => ycbcr.stride(width) * rows.div_ceil(ycbcr.down),
                    None => stride * rows,
                };
                let packed = flip(Cow::Borrowed(self.bytes(index)?));
                let mut bytes = layout.compression.unpack(&packed, needed)?;
                predictor::undo(&mut bytes, stride, samples, layout)?;
                Cow::Owned(bytes)
            }
        };
        let done = self.ycbcr.is_some();
        let bytes = match &self.ycbcr {
            Some(_) if layout.compression == Compression::None => {
                let (triples, _) = bytes.as_chunks::<3>();
                // Shorter than it should be if the file ends within it.
                Cow::Owned(triples.iter().flat_map(|&pixel| ycbcr::by_pillow(pixel)).collect())
            }
            Some(ycbcr) => Cow::Owned(ycbcr.rgb(&bytes, size)),
            None => bytes,
        };
        Ok(Part { bytes, stride, done })
    }
}

/// Number of strips or tiles of a picture, if each has `size`.
fn count(layout: &Layout, (width, rows): (usize, usize)) -> usize {
    let planes = if layout.planar { layout.samples } else { 1 };
    planes * layout.width.div_ceil(width) * layout.height.div_ceil(rows)
}

/// An unpacked strip or tile.
struct Part<'a> {
    bytes: Cow<'a, [u8]>,
    /// Bytes of a row.
    stride: usize,
    /// The rows are final, 8 bits a sample.
    done: bool,
}

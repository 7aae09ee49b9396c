//! Luma and chroma to RGB: by libtiff's tables for what libtiff unpacks, by Pillow's where nothing
//! is compressed.

use crate::decode::tiff_directory::{Directory, tag};

/// Fractional bits of libtiff's factors.
const SHIFT: u32 = 16;

/// How luma and chroma become colours, and how many pixels across and down share their chroma.
pub(super) struct YCbCr {
    pub across: usize,
    pub down: usize,
    luma: [i32; 256],
    red: [i32; 256],
    /// Green from both, with the fractional bits.
    green: [[i32; 256]; 2],
    blue: [i32; 256],
}

impl YCbCr {
    /// The conversion of libtiff's `TIFFYCbCrToRGBInit`, which follows TIFF 6.0, section 21, in f32
    /// and integers. `None` if the tags cannot be right.
    pub(super) fn of(directory: &Directory, data: &[u8]) -> Option<Self> {
        let shared = directory.leading(data, tag::YCBCR_SUBSAMPLING, 3).unwrap_or(vec![2, 2]);
        let &[across @ (1 | 2 | 4), down @ (1 | 2 | 4)] = &shared[..] else { return None };
        let ratios =
            |tag, default: &[f32]| directory.ratios(data, tag).unwrap_or_else(|| default.to_vec());
        let factors = ratios(tag::YCBCR_COEFFICIENTS, &[0.299, 0.587, 0.114]);
        let &[red, green, blue] = &factors[..] else { return None };
        let ends = ratios(tag::REFERENCE_BLACK_WHITE, &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
        // The limits are libtiff's.
        let usable = |end: &f32| *end > -2_147_483_520.0 && *end < 2_147_483_648.0;
        if green == 0.0 || ends.len() != 6 || !ends.iter().all(usable) {
            return None;
        }
        let fixed = |v: f32| (f64::from(v.clamp(0.0, 2.0)) * f64::from(1 << SHIFT) + 0.5) as i32;
        let of_red = 2.0 - 2.0 * red;
        let of_blue = 2.0 - 2.0 * blue;
        let (to_red, to_blue) = (fixed(of_red), fixed(of_blue));
        let (less_red, less_blue) = (-fixed(red * of_red / green), -fixed(blue * of_blue / green));

        let stretched = |code: i32, black: f32, white: f32, range: f32| {
            let width = if white == black { 1.0 } else { white - black };
            let value = code.saturating_sub(black as i32) as f32 * range / width;
            value.clamp(-4096.0, 4096.0) as i32
        };
        let half = 1 << (SHIFT - 1);
        let codes: [i32; 256] = std::array::from_fn(|code| code as i32);
        let chroma = |at: usize| {
            codes.map(|c| stretched(c - 128, ends[at] - 128.0, ends[at + 1] - 128.0, 127.0))
        };
        let (cb, cr) = (chroma(2), chroma(4));
        Some(Self {
            across: across as usize,
            down: down as usize,
            luma: codes.map(|code| stretched(code, ends[0], ends[1], 255.0)),
            red: cr.map(|cr| (to_red * cr + half) >> SHIFT),
            green: [cb.map(|cb| less_blue * cb + half), cr.map(|cr| less_red * cr)],
            blue: cb.map(|cb| (to_blue * cb + half) >> SHIFT),
        })
    }

    /// Bytes of a row of units, each of the luma of its pixels and one pair of chroma.
    pub(super) fn stride(&self, width: usize) -> usize {
        width.div_ceil(self.across) * (self.across * self.down + 2)
    }

    /// RGB triples of `rows` rows.
    pub(super) fn rgb(&self, units: &[u8], (width, rows): (usize, usize)) -> Vec<u8> {
        let unit = self.across * self.down + 2;
        let mut out = Vec::with_capacity(width * rows * 3);
        for y in 0..rows {
            let row = &units[y / self.down * self.stride(width)..];
            for x in 0..width {
                let unit = &row[x / self.across * unit..][..unit];
                let luma = unit[y % self.down * self.across + x % self.across];
                out.extend(self.colour(luma, unit[unit.len() - 2], unit[unit.len() - 1]));
            }
        }
        out
    }

    fn colour(&self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let [y, cb, cr] = [y, cb, cr].map(usize::from);
        let green = (self.green[0][cb] + self.green[1][cr]) >> SHIFT;
        [self.red[cr], green, self.blue[cb]].map(|v| (self.luma[y] + v).clamp(0, 255) as u8)
    }
}

/// Pillow's conversion of its mode YCbCr: factors with 6 fractional bits.
pub(super) fn by_pillow([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
    // Its tables round halves of positive numbers up, and of negative ones towards zero.
    let table = |chroma: f64, factor: f64| (chroma * factor * 64.0 + 0.5) as i32;
    let green = table(cb, -0.34414) + table(cr, -0.71414);
    [table(cr, 1.402), green, table(cb, 1.772)].map(|v| (y + (v >> 6)).clamp(0, 255) as u8)
}

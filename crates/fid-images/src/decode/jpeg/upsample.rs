//! Colour at full size from colour that was stored at a part of it, as libjpeg widens it.
//!
//! Where a component has half the samples in a direction, each output sample lies a quarter of the
//! way from one stored sample to the next: weights 3/4 and 1/4, with roundings up and down in
//! turn. Components of at most two columns and all other ratios are repeated.

use super::frame::Component;

/// How a component reaches the size of the image.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Same,
    /// Halves between columns.
    Wide,
    /// Halves between rows.
    Tall,
    /// Halves between both.
    Both,
    /// Repeats each sample the given number of times across and down.
    Repeat(usize, usize),
}

/// Gives the rows of one component at full size.
pub(super) struct Upsampler<'a> {
    component: &'a Component,
    way: Way,
    /// Weighted sums of two rows.
    sums: Vec<u16>,
    row: Vec<u8>,
}

impl<'a> Upsampler<'a> {
    pub(super) fn new(component: &'a Component) -> Self {
        let fancy = component.width > 2;
        let way = match component.expand {
            (1, 1) => Way::Same,
            (2, 1) if fancy => Way::Wide,
            (2, 2) if fancy => Way::Both,
            (1, 2) => Way::Tall,
            (across, down) => Way::Repeat(across, down),
        };
        let width = component.width;
        let row = vec![0; width * component.expand.0];
        Self { component, way, sums: vec![0; width], row }
    }

    /// Row `y` of the image; may be a few samples longer than the image is wide.
    pub(super) fn row(&mut self, y: usize) -> &[u8] {
        let down = self.component.expand.1;
        let near = self.component.row(y / down);
        // The other row that an output row of `Tall` or `Both` lies between.
        let far = match y % down {
            0 => self.component.row((y / down).saturating_sub(1)),
            _ => self.component.row((y / down + 1).min(self.component.height - 1)),
        };
        match self.way {
            Way::Same => return near,
            Way::Wide => wide(near, &mut self.row),
            Way::Tall => {
                let bias = 1 + (y % 2) as u16;
                for ((out, &a), &b) in self.row.iter_mut().zip(near).zip(far) {
                    *out = ((3 * u16::from(a) + u16::from(b) + bias) >> 2) as u8;
                }
            }
            Way::Both => {
                for ((sum, &a), &b) in self.sums.iter_mut().zip(near).zip(far) {
                    *sum = 3 * u16::from(a) + u16::from(b);
                }
                both(&self.sums, &mut self.row);
            }
            Way::Repeat(across, _) => {
                for (out, &value) in self.row.chunks_exact_mut(across).zip(near) {
                    out.fill(value);
                }
            }
        }
        &self.row
    }
}

/// Two outputs for each sample of a row of at least three.
fn wide(row: &[u8], out: &mut [u8]) {
    let last = row.len() - 1;
    for (pair, three) in out[2..2 * last].chunks_exact_mut(2).zip(row.windows(3)) {
        let [left, middle, right] = [three[0], three[1], three[2]].map(u16::from);
        pair[0] = ((3 * middle + left + 1) >> 2) as u8;
        pair[1] = ((3 * middle + right + 2) >> 2) as u8;
    }
    let mix = |a: u8, b: u8, bias| ((3 * u16::from(a) + u16::from(b) + bias) >> 2) as u8;
    out[0] = row[0];
    out[1] = mix(row[0], row[1], 2);
    out[2 * last] = mix(row[last], row[last - 1], 1);
    out[2 * last + 1] = row[last];
}

/// The same from sums that are four times as large.
fn both(sums: &[u16], out: &mut [u8]) {
    let last = sums.len() - 1;
    for (pair, three) in out[2..2 * last].chunks_exact_mut(2).zip(sums.windows(3)) {
        pair[0] = ((3 * three[1] + three[0] + 8) >> 4) as u8;
        pair[1] = ((3 * three[1] + three[2] + 7) >> 4) as u8;
    }
    out[0] = ((4 * sums[0] + 8) >> 4) as u8;
    out[1] = ((3 * sums[0] + sums[1] + 7) >> 4) as u8;
    out[2 * last] = ((3 * sums[last] + sums[last - 1] + 8) >> 4) as u8;
    out[2 * last + 1] = ((4 * sums[last] + 7) >> 4) as u8;
}

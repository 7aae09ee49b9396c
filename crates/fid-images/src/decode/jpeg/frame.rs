//! The frame: size, components, and where their blocks and samples are kept.

use super::idct;
use super::tables::{Block, Steps};
use crate::decode::fault::Fault;
use crate::decode::limits::Limits;

pub(super) struct Frame {
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
    /// The largest sampling factors, across and down.
    pub most: (usize, usize),
    /// Coefficients come in passes.
    pub progressive: bool,
    pub arithmetic: bool,
}

pub(super) struct Component {
    pub id: u8,
    /// Sampling factors: blocks across and down in one unit of an interleaved scan.
    pub factors: (usize, usize),
    /// How often a sample is repeated across and down to fill the image.
    pub expand: (usize, usize),
    /// Samples across and down that belong to the image.
    pub width: usize,
    pub height: usize,
    /// Blocks across and down that hold those.
    pub blocks: (usize, usize),
    /// The quantisation table that is named, and its steps when the first scan began.
    pub table: u8,
    pub steps: Option<Steps>,
    /// Coefficients of `stored` blocks across and down, filled up to whole units.
    pub coefficients: Vec<Block>,
    pub stored: (usize, usize),
    /// Samples, in rows of `stored.0 * 8`.
    samples: Vec<u8>,
    /// For each coefficient in zigzag order the bits still missing, -1 before its first scan.
    pub missing: [i8; 64],
}

/// Sizes of a component's buffers.
struct Buffers {
    /// Blocks of coefficients across and down.
    blocks: (usize, usize),
    samples: usize,
}

impl Frame {
    /// Reads a frame header (T.81, B.2.2). `code` is its marker.
    pub(super) fn read(code: u8, body: &[u8], limits: &Limits) -> Result<Self, Fault> {
        let Some((&[bits, h1, h0, w1, w0, count], rest)) = body.split_first_chunk() else {
            return Err(Fault::ends_within("the header"));
        };
        if !matches!(code, 0xC0..=0xC2 | 0xC9 | 0xCA) || bits != 8 {
            let what = match code & 15 {
                3 | 11 => "lossless coding".to_owned(),
                5..=7 | 13..=15 => "hierarchical coding".to_owned(),
                _ => format!("samples of {bits} bits"),
            };
            return Err(Fault::unsupported(what));
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let (width, height) = limits.check(width.into(), height.into())?;
        if rest.len() != usize::from(count) * 3 {
            return Err(Fault::damaged("its frame header has a wrong length"));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(Fault::unsupported(format!("{count} colour components")));
        }

        let factors = |c: &[u8]| (usize::from(c[1] >> 4), usize::from(c[1] & 15));
        let most = rest
            .chunks_exact(3)
            .map(factors)
            .fold((1, 1), |most, one| (most.0.max(one.0), most.1.max(one.1)));
        let mut components = Vec::new();
        for entry in rest.chunks_exact(3) {
            let (h, v) = factors(entry);
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) {
                return Err(Fault::damaged(format!("its sampling factors are {h} and {v}")));
            }
            if most.0 % h != 0 || most.1 % v != 0 {
                return Err(Fault::unsupported(format!(
                    "sampling factors {h}x{v} beside {}x{}",
                    most.0, most.1
                )));
            }
            let wide = (width * h).div_ceil(most.0);
            let high = (height * v).div_ceil(most.1);
            components.push(Component {
                id: entry[0],
                factors: (h, v),
                expand: (most.0 / h, most.1 / v),
                width: wide,
                height: high,
                blocks: (wide.div_ceil(8), high.div_ceil(8)),
                table: entry[2],
                steps: None,
                coefficients: Vec::new(),
                stored: (0, 0),
                samples: Vec::new(),
                missing: [-1; 64],
            });
        }
        let (progressive, arithmetic) = (matches!(code, 0xC2 | 0xCA), code >= 0xC9);
        Ok(Self { width, height, components, most, progressive, arithmetic })
    }

    /// Units of an interleaved scan, across and down.
    pub(super) fn units(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.most.0), self.height.div_ceil(8 * self.most.1))
    }

    /// Allocates buffers: for the coefficients of the whole picture if it comes in several scans, else
    /// of one row of units.
    pub(super) fn allocate(&mut self, several_scans: bool) {
        let buffers = self.buffers(several_scans);
        for (component, buffers) in self.components.iter_mut().zip(buffers) {
            component.stored = buffers.blocks;
            component.coefficients = vec![[0; 64]; buffers.blocks.0 * buffers.blocks.1];
            component.samples = vec![128; buffers.samples];
        }
    }

    /// The most bytes that decoding takes: samples beside coefficients, then beside the image.
    pub(super) fn memory(&self, several_scans: bool) -> u64 {
        let (mut coefficients, mut samples) = (0, 0);
        for buffers in self.buffers(several_scans) {
            coefficients += buffers.blocks.0 * buffers.blocks.1 * size_of::<Block>();
            samples += buffers.samples;
        }
        let image = self.width * self.height * self.channels();
        // The coefficients of several scans are dropped before the image is made.
        let rest = if several_scans { coefficients.max(image) } else { coefficients + image };
        (samples + rest) as u64
    }

    /// Channels of the image: 1 for gray, 3 for anything else.
    pub(super) fn channels(&self) -> usize {
        if self.components.len() == 1 { 1 } else { 3 }
    }

    fn buffers(&self, several_scans: bool) -> Vec<Buffers> {
        let (across, down) = self.units();
        let alone = self.components.len() == 1;
        let of = |component: &Component| {
            let (h, v) = component.factors;
            let rows = match (several_scans, alone) {
                (true, _) => down * v,
                (false, true) => 1,
                (false, false) => v,
            };
            let samples = across * h * 8 * component.blocks.1 * 8;
            Buffers { blocks: (across * h, rows), samples }
        };
        self.components.iter().map(of).collect()
    }

    /// Whether libjpeg would smooth the borders of blocks: a progressive picture some of whose low
    /// frequencies have not come completely.
    pub(super) fn is_unfinished(&self) -> bool {
        let all_begun = self.components.iter().all(|c| c.missing[0] >= 0);
        let coarse = self.components.iter().any(|c| c.missing[1..10].iter().any(|&n| n != 0));
        self.progressive && all_begun && coarse
    }
}

impl Component {
    /// Turns the stored coefficients into samples, from block row `first` on.
    pub(super) fn render(&mut self, first: usize) {
        let Some(steps) = &self.steps else { return };
        let stride = self.stored.0 * 8;
        let rows = self.coefficients.chunks_exact(self.stored.0);
        let bands = self.samples.chunks_exact_mut(stride * 8).skip(first);
        for (row, band) in rows.zip(bands) {
            for (x, block) in row[..self.blocks.0].iter().enumerate() {
                idct::inverse(block, steps, &mut band[x * 8..], stride);
            }
        }
    }

    /// The samples of row `y`.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let begin = y * self.stored.0 * 8;
        &self.samples[begin..begin + self.width]
    }
}

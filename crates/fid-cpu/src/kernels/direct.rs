//! Direct convolution: each output pixel is a sum over its window.

use std::ops::Range;

use fid_weights::inception::Window;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::layout::{Layout, Output};
use super::tile::{PANEL, Sums, add_products, groups, load, pixels, relu, store, with_tile};
use crate::isa::Isa;

/// Output pixels that go through all filters before the next block: all of two images where weights
/// are many, so that each weight is read once. A multiple of the pixels of every tile.
const BLOCK: usize = 960;

/// Packed weights of one or more convolutions over the same window of the same input.
#[derive(Debug, Clone)]
pub struct DirectFilter {
    window: Window,
    /// Number of inputs of one output: window pixels times channels.
    depth: usize,
    /// `[panel][window row][window column][channel][PANEL]`.
    panels: Vec<f32>,
    /// One value for each filter.
    bias: Vec<f32>,
}

/// The destination of a range of a convolution's filters.
#[derive(Debug)]
pub struct Target<'a> {
    /// The destination of the range's first filter; the others follow channel by channel.
    pub output: Output<'a>,
    /// The range of filters, in panels of [`PANEL`].
    pub panels: Range<usize>,
    /// The step after the sums.
    pub finish: Finish,
}

/// The step after a convolution's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Bias, then ReLU.
    BiasRelu,
    /// Raw sums; [`super::average`] adds bias and ReLU later.
    Nothing,
}

impl DirectFilter {
    /// Packs `weight`, `[out,in,height,width]`, and `bias`, `[out]`, with `out` a multiple of
    /// [`PANEL`].
    pub fn pack(window: Window, in_channels: usize, weight: &[f32], bias: &[f32]) -> Self {
        let [height, width] = window.size;
        let depth = in_channels * height * width;
        let mut panels = vec![0.0; weight.len()];
        let filters = weight.par_chunks_exact(PANEL * depth);
        panels.par_chunks_exact_mut(PANEL * depth).zip(filters).for_each(|(panel, filters)| {
            for (f, filter) in filters.chunks_exact(depth).enumerate() {
                for (c, kernel) in filter.chunks_exact(height * width).enumerate() {
                    for (k, &weight) in kernel.iter().enumerate() {
                        panel[(k * in_channels + c) * PANEL + f] = weight;
                    }
                }
            }
        });
        Self { window, depth, panels, bias: bias.to_vec() }
    }

    /// Appends the filters of another convolution over the same window and input.
    pub fn append(&mut self, other: &Self) {
        debug_assert_eq!((self.window, self.depth), (other.window, other.depth));
        self.panels.extend(&other.panels);
        self.bias.extend(&other.bias);
    }

    /// The bias, one value for each filter.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// Convolves the first `images` images of `x` into every target.
    pub fn run(
        &self,
        isa: Isa,
        (x, layout): (&[f32], Layout),
        images: usize,
        targets: &mut [Target<'_>],
    ) {
        isa.run(Run { filter: self, x, layout, images, targets });
    }
}

struct Run<'a, 'b> {
    filter: &'a DirectFilter,
    x: &'a [f32],
    layout: Layout,
    images: usize,
    targets: &'a mut [Target<'b>],
}

impl WithSimd for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { filter, x, layout, images, targets } = self;
        let [height, width] = filter.window.output([layout.height, layout.width]);
        let count = images * height * width;
        for start in (0..count).step_by(BLOCK) {
            let len = BLOCK.min(count - start);
            // A partial tile repeats its last pixel.
            let mut places = [(0, 0, 0); BLOCK];
            let mut sources = [0; BLOCK];
            for (at, (place, source)) in places.iter_mut().zip(&mut sources).enumerate() {
                let at = start + at.min(len - 1);
                *place = (at / (height * width), at / width % height, at % width);
                *source = layout.window(&filter.window, place.0, place.1, place.2);
            }
            let sources = &sources[..len.next_multiple_of(pixels::<S>())];
            for target in targets.iter_mut() {
                let mut outputs = [0; BLOCK];
                for (output, &(image, y, x)) in outputs.iter_mut().zip(&places) {
                    *output = target.output.at(image, y, x);
                }
                for group in groups::<S>(target.panels.clone()) {
                    let block = Block { filter, x, layout, sources, outputs: &outputs };
                    with_tile!(S, group, block.run(simd, group, target));
                }
            }
        }
    }
}

/// A block of pixels that goes through a group of panels.
struct Block<'a> {
    filter: &'a DirectFilter,
    x: &'a [f32],
    layout: Layout,
    /// The place of each pixel's window in `x`.
    sources: &'a [usize],
    /// The place of each pixel's first filter in the target.
    outputs: &'a [usize],
}

impl Block<'_> {
    #[inline(always)]
    fn run<S: Simd, const P: usize, const Q: usize, const V: usize>(
        self,
        simd: S,
        group: Range<usize>,
        target: &mut Target<'_>,
    ) {
        let offset = (group.start - target.panels.start) * PANEL;
        let tiles = self.sources.chunks_exact(P).zip(self.outputs.chunks_exact(P));
        for (sources, outputs) in tiles {
            let sums = self.tile::<S, P, Q, V>(simd, group.start, sources);
            for (sums, output) in sums.into_iter().zip(outputs) {
                for (q, sums) in sums.into_iter().enumerate() {
                    let sums = self.filter.finish(simd, group.start + q, target.finish, sums);
                    let at = output + offset + q * PANEL;
                    store::<S, V>(&mut target.output.values[at..], sums);
                }
            }
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const P: usize, const Q: usize, const V: usize>(
        &self,
        simd: S,
        panel: usize,
        sources: &[usize],
    ) -> Sums<S, P, Q, V> {
        let Self { filter, x, layout, .. } = self;
        let [rows, columns] = filter.window.size;
        // A window row is contiguous in memory.
        let run = columns * layout.channels;
        let mut sums = [[[simd.splat_f32s(0.0); V]; Q]; P];
        for row in 0..rows {
            let mut inputs = [&x[..0]; P];
            for (inputs, source) in inputs.iter_mut().zip(sources) {
                *inputs = &x[source + row * layout.row_len()..][..run];
            }
            let mut weights = [&x[..0]; Q];
            for (q, weights) in weights.iter_mut().enumerate() {
                let first = (panel + q) * filter.depth + row * run;
                *weights = &filter.panels[first * PANEL..][..run * PANEL];
            }
            add_products(simd, &mut sums, inputs, weights);
        }
        sums
    }
}

impl DirectFilter {
    #[inline(always)]
    fn finish<S: Simd, const V: usize>(
        &self,
        simd: S,
        panel: usize,
        finish: Finish,
        sums: [S::f32s; V],
    ) -> [S::f32s; V] {
        match finish {
            Finish::Nothing => sums,
            Finish::BiasRelu => {
                let bias = load::<S, V>(&self.bias[panel * PANEL..]);
                let mut out = sums;
                for (out, bias) in out.iter_mut().zip(bias) {
                    *out = relu(simd, simd.add_f32s(*out, bias));
                }
                out
            }
        }
    }
}

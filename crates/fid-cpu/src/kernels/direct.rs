//! Direct convolution: each output pixel is a sum over its window, for sixteen filters at a time.

use std::ops::Range;

use fid_weights::inception::Window;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::layout::{Layout, Output};
use super::tile::{PANEL, Sums, add_products, load, relu, store, with_tile};
use crate::isa::Isa;

/// Output pixels that go through all filters before the next block; their inputs stay in the
/// first-level cache. A multiple of the pixels of every tile.
const BLOCK: usize = 252;

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
        with_tile!(simd: S, self.blocks)
    }
}

impl Run<'_, '_> {
    #[inline(always)]
    fn blocks<S: Simd, const P: usize, const V: usize>(self, simd: S) {
        let Self { filter, x, layout, images, targets } = self;
        let [height, width] = filter.window.output([layout.height, layout.width]);
        let count = images * height * width;
        for start in (0..count).step_by(BLOCK) {
            let len = BLOCK.min(count - start);
            // A partial tile repeats its last pixel.
            let mut pixels = [(0, 0, 0); BLOCK];
            let mut sources = [0; BLOCK];
            for (at, (pixel, source)) in pixels.iter_mut().zip(&mut sources).enumerate() {
                let at = start + at.min(len - 1);
                *pixel = (at / (height * width), at / width % height, at % width);
                *source = layout.window(&filter.window, pixel.0, pixel.1, pixel.2);
            }
            for target in targets.iter_mut() {
                let mut places = [0; BLOCK];
                for (place, &(image, y, x)) in places.iter_mut().zip(&pixels) {
                    *place = target.output.at(image, y, x);
                }
                let tiles = sources.chunks_exact(P).zip(places.chunks_exact(P));
                let tiles = tiles.take(len.div_ceil(P));
                for (nth, panel) in target.panels.clone().enumerate() {
                    for (sources, places) in tiles.clone() {
                        let sums = filter.tile::<S, P, V>(simd, x, layout, panel, sources);
                        for (sums, place) in sums.into_iter().zip(places) {
                            let sums = filter.finish(simd, panel, target.finish, sums);
                            store::<S, V>(&mut target.output.values[place + nth * PANEL..], sums);
                        }
                    }
                }
            }
        }
    }
}

impl DirectFilter {
    #[inline(always)]
    fn tile<S: Simd, const P: usize, const V: usize>(
        &self,
        simd: S,
        x: &[f32],
        layout: Layout,
        panel: usize,
        sources: &[usize],
    ) -> Sums<S, P, V> {
        let [rows, columns] = self.window.size;
        // A window row is contiguous in memory.
        let run = columns * layout.channels;
        let weights = &self.panels[panel * self.depth * PANEL..][..self.depth * PANEL];
        let mut sums = [[simd.splat_f32s(0.0); V]; P];
        for (row, weights) in weights.chunks_exact(run * PANEL).take(rows).enumerate() {
            let mut inputs = [&x[..0]; P];
            for (inputs, source) in inputs.iter_mut().zip(sources) {
                *inputs = &x[source + row * layout.row_len()..][..run];
            }
            add_products(simd, &mut sums, inputs, weights);
        }
        sums
    }

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

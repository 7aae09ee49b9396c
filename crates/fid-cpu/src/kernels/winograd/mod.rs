//! Winograd convolution at stride 1: fewer multiplications than outputs times taps.
//!
//! The image is cut into overlapping tiles. Each tile is transformed channel by channel, multiplied
//! with the transformed filters (a small matrix product at each point) and transformed back.

use fid_weights::inception::Window;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

mod scheme;
mod tiles;
mod transform;

use self::scheme::Scheme;
use self::tiles::{TileTarget, transform_inputs, transform_outputs};
use super::layout::{Layout, Output};
use super::tile::{MOST_TOGETHER, PANEL, Sums, add_products, groups, pixels, store, with_tile};
use crate::isa::Isa;

/// Bytes of transformed inputs in a block: about half of a core's second-level cache. Each block
/// reads all weights again.
const CACHE: usize = 400 << 10;

/// Products that are summed in sequence before the partial sum is added to the total; shorter runs
/// round less.
const RUN: usize = 64;

/// Tiles in a block for schemes for small images, even where they exceed [`CACHE`]: reading the
/// weights again for each smaller block would cost more.
const FEW_TILES: usize = 32;

/// Buffers that kernels reuse from one call to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    inputs: Vec<f32>,
    products: Vec<f32>,
}

/// Packed, transformed weights of one convolution.
#[derive(Debug, Clone)]
pub struct WinogradFilter {
    window: Window,
    in_channels: usize,
    scheme: Scheme,
    /// `[panel][point][in channel][PANEL]`.
    panels: Vec<f32>,
    bias: Vec<f32>,
}

impl WinogradFilter {
    /// Transforms in `f64` and packs `weight`, `[out,in,height,width]`, and `bias`, `[out]`, with
    /// `out` a multiple of [`PANEL`], for outputs of `size`, `[height, width]`. `None` if `in` is
    /// not a multiple of [`PANEL`] or Winograd's algorithm is not faster for the window.
    pub fn pack(
        window: Window,
        size: [usize; 2],
        in_channels: usize,
        weight: &[f32],
        bias: &[f32],
    ) -> Option<Self> {
        let scheme = Scheme::of(window, size).filter(|_| in_channels.is_multiple_of(PANEL))?;
        let taps = window.size[0] * window.size[1];
        let depth = scheme.points() * in_channels;
        let mut panels = vec![0.0; bias.len() * depth];
        let matrix = scheme.matrix();
        let filters = weight.par_chunks_exact(PANEL * in_channels * taps);
        panels.par_chunks_exact_mut(PANEL * depth).zip(filters).for_each(|(panel, filters)| {
            for (k, kernel) in filters.chunks_exact(taps).enumerate() {
                let (f, c) = (k / in_channels, k % in_channels);
                for (point, row) in matrix.iter().enumerate() {
                    let products = row.iter().zip(kernel).map(|(m, &w)| m * f64::from(w));
                    panel[(point * in_channels + c) * PANEL + f] = products.sum::<f64>() as f32;
                }
            }
        });
        Some(Self { window, in_channels, scheme, panels, bias: bias.to_vec() })
    }

    /// The border of zeros, before and after, that the input needs so that every tile is whole.
    pub fn border(&self, input: Layout) -> [[usize; 2]; 2] {
        let output = self.window.output([input.height, input.width]);
        let (size, [m, a]) =
            ([input.height, input.width], [self.scheme.outputs(), self.scheme.inputs()]);
        let after = std::array::from_fn(|axis| {
            let end = (output[axis].div_ceil(m[axis]) - 1) * m[axis] + a[axis];
            end.saturating_sub(self.window.padding[axis] + size[axis])
        });
        [self.window.padding, after]
    }

    /// Convolves the first `images` images of `x`, with bias and ReLU, into `output`.
    pub fn run(
        &self,
        isa: Isa,
        (x, layout): (&[f32], Layout),
        images: usize,
        output: &mut Output<'_>,
        scratch: &mut Scratch,
    ) {
        isa.run(Run { filter: self, x, layout, images, output, scratch });
    }
}

struct Run<'a, 'b> {
    filter: &'a WinogradFilter,
    x: &'a [f32],
    layout: Layout,
    images: usize,
    output: &'a mut Output<'b>,
    scratch: &'a mut Scratch,
}

impl WithSimd for Run<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { filter, x, layout, images, output, scratch } = self;
        let (scheme, channels) = (filter.scheme, filter.in_channels);
        let points = scheme.points();
        let size = filter.window.output([layout.height, layout.width]);
        let [m_y, m_x] = scheme.outputs();
        let [rows, columns] = [size[0].div_ceil(m_y), size[1].div_ceil(m_x)];
        let corner = |tile: usize| Corner {
            image: tile / (rows * columns),
            y: tile / columns % rows * m_y,
            x: tile % columns * m_x,
        };
        let count = images * rows * columns;
        let tile_len = points * channels;
        let together = pixels::<S>();
        let fit = (CACHE / (4 * tile_len) / together).max(1) * together;
        let few = FEW_TILES.next_multiple_of(together);
        let block = if scheme.is_for_few() { fit.max(few) } else { fit };
        let Scratch { inputs, products } = scratch;
        inputs.resize(inputs.len().max(block * tile_len), 0.0);
        products.resize(products.len().max(MOST_TOGETHER * block * points * PANEL), 0.0);

        for start in (0..count).step_by(block) {
            let tiles = block.min(count - start);
            for (tile, inputs) in inputs.chunks_exact_mut(tile_len).take(tiles).enumerate() {
                let Corner { image, y, x: left } = corner(start + tile);
                let first = layout.window(&filter.window, image, y, left);
                transform_inputs(simd, scheme, &x[first..], layout.row_len(), channels, inputs);
            }
            let len = tiles.next_multiple_of(together) * points * PANEL;
            for group in groups::<S>(0..filter.bias.len() / PANEL) {
                let products = &mut products[..group.len() * len];
                with_tile!(S, group, filter.multiply(simd, inputs, group.start, products));
                for (panel, products) in group.zip(products.chunks_exact(len)) {
                    let products = products.chunks_exact(points * PANEL).take(tiles);
                    for (tile, products) in products.enumerate() {
                        let corner = corner(start + tile);
                        let size = [size[0] - corner.y, size[1] - corner.x];
                        let first = output.at(corner.image, corner.y, corner.x) + panel * PANEL;
                        let out = &mut output.values[first..];
                        let [row, pixel] = [output.layout.row_len(), output.layout.channels];
                        let place = TileTarget { row, pixel, size };
                        let bias = &filter.bias[panel * PANEL..];
                        transform_outputs(simd, scheme, products, bias, out, place);
                    }
                }
            }
        }
    }
}

/// The image and the first output pixel of a tile.
#[derive(Clone, Copy)]
struct Corner {
    image: usize,
    y: usize,
    x: usize,
}

impl WinogradFilter {
    /// Multiplies `inputs`, `[tile][point][channel]`, with `Q` panels into `products`,
    /// `[panel][tile][point][PANEL]`, of a multiple of `P` tiles.
    #[inline(always)]
    fn multiply<S: Simd, const P: usize, const Q: usize, const V: usize>(
        &self,
        simd: S,
        inputs: &[f32],
        panel: usize,
        products: &mut [f32],
    ) {
        let (channels, points) = (self.in_channels, self.scheme.points());
        let tile_len = points * channels;
        let tiles = products.len() / (Q * points * PANEL);
        for point in 0..points {
            let weights = |q| {
                let first = ((panel + q) * points + point) * channels;
                &self.panels[first * PANEL..][..channels * PANEL]
            };
            let weights: [_; Q] = std::array::from_fn(weights);
            for first in (0..tiles).step_by(P) {
                let row = |p| (first + p) * tile_len + point * channels;
                let sums = sum_products::<S, P, Q, V>(simd, inputs, row, weights);
                for (p, sums) in sums.into_iter().enumerate() {
                    for (q, sums) in sums.into_iter().enumerate() {
                        let at = ((q * tiles + first + p) * points + point) * PANEL;
                        store::<S, V>(&mut products[at..], sums);
                    }
                }
            }
        }
    }
}

/// Multiplies `P` rows of `inputs`, which start at `start(p)`, with `Q` panels of weights.
#[inline(always)]
fn sum_products<S: Simd, const P: usize, const Q: usize, const V: usize>(
    simd: S,
    inputs: &[f32],
    start: impl Fn(usize) -> usize,
    weights: [&[f32]; Q],
) -> Sums<S, P, Q, V> {
    let channels = weights[0].len() / PANEL;
    let mut sums = [[[simd.splat_f32s(0.0); V]; Q]; P];
    for part in (0..channels).step_by(RUN) {
        let len = RUN.min(channels - part);
        let row = |p| &inputs[start(p) + part..][..len];
        let mut run = [[[simd.splat_f32s(0.0); V]; Q]; P];
        let weights = weights.map(|weights| &weights[part * PANEL..][..len * PANEL]);
        add_products(simd, &mut run, std::array::from_fn(row), weights);
        for (sums, run) in sums.iter_mut().zip(&run) {
            for (sum, run) in sums.as_flattened_mut().iter_mut().zip(run.as_flattened()) {
                *sum = simd.add_f32s(*sum, *run);
            }
        }
    }
    sums
}

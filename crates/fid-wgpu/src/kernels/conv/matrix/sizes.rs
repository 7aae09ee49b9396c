//! A launch of the matrix kernel, and the numbers that it and its text share.

use super::tile::Tile;
use crate::kernels::conv::after::After;
use crate::kernels::conv::geometry::Geometry;

/// The scale of activations: values up to 4094 fit f16, and low halves keep an absolute accuracy of
/// 2⁻²⁹.
pub(crate) const SCALE: f32 = 16.0;

/// The factor of the scale for a workgroup that meets a value too large for the last one.
pub(crate) const SMALLER: f32 = 1.0 / 16.0;

/// Scales that a workgroup tries: values up to 1e12.
pub(crate) const TRIES: usize = 8;

/// A launch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MatrixPlan {
    pub(crate) geometry: Geometry,
    pub(crate) tile: Tile,
    pub(crate) after: After,
}

/// Declares the sizes that the kernel reads, once for Rust and for WGSL.
macro_rules! sizes {
    ($($name:ident),*) => {
        /// The sizes that the kernel reads; channels and filters in fours.
        #[derive(Debug)]
        pub(crate) struct Sizes { $($name: u32),* }

        impl Sizes {
            /// The members, in the order of [`Self::words`].
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

            pub(crate) fn words(&self) -> Vec<u32> {
                vec![$(self.$name),*]
            }
        }
    };
}

sizes!(
    height,
    width,
    in_row,
    in_first,
    in_fours,
    kernel_height,
    kernel_width,
    stride,
    pad_top,
    pad_left,
    out_height,
    out_width,
    pixels,
    zero_row,
    slices,
    filter_fours,
    weight_row,
    low,
    out_row,
    out_first,
    split,
    beside_row,
    after
);

impl Sizes {
    pub(crate) fn new(plan: &MatrixPlan) -> Self {
        let MatrixPlan { geometry: g, tile, after } = plan;
        let n = |value: usize| value as u32;
        let depth = tile.unit.depth();
        let slices = (g.window.size[0] * g.window.size[1] * g.in_channels).div_ceil(depth);
        let weight_row = g.filters.next_multiple_of(tile.filters) / 4;
        Self {
            height: n(g.input[0]),
            width: n(g.input[1]),
            in_row: n(g.in_row / 4),
            in_first: n(g.in_offset / 4),
            in_fours: n(g.in_channels / 4),
            kernel_height: n(g.window.size[0]),
            kernel_width: n(g.window.size[1]),
            stride: n(g.window.stride),
            pad_top: n(g.window.padding[0]),
            pad_left: n(g.window.padding[1]),
            out_height: n(g.output[0]),
            out_width: n(g.output[1]),
            pixels: n(g.pixels()),
            zero_row: n(g.images * g.input[0] * g.input[1]),
            slices: n(slices),
            filter_fours: n(g.filters / 4),
            weight_row: n(weight_row),
            low: n(slices * depth * weight_row),
            out_row: n(g.out_channels / 4),
            out_first: n(g.out_offset / 4),
            split: n((g.filters - g.beside) / 4),
            beside_row: n(g.beside / 4),
            after: *after as u32,
        }
    }
}

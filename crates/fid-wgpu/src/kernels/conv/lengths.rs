//! How the kernels find their pixels.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// Four channels, as they are computed.
pub(crate) type Four = Vector<f32, Const<4>>;

/// Four channels, as they are stored.
pub(crate) type Stored<F> = Vector<F, Const<4>>;

/// [`super::Geometry`] as the kernels read it; lengths of channels are in fours.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(crate) struct Lengths {
    pub(crate) height: u32,
    pub(crate) width: u32,
    pub(crate) in_fours: u32,
    pub(crate) kernel_height: u32,
    pub(crate) kernel_width: u32,
    pub(crate) stride: u32,
    pub(crate) pad_top: u32,
    pub(crate) pad_left: u32,
    pub(crate) out_height: u32,
    pub(crate) out_width: u32,
    /// Pixels of the result, over all images.
    pub(crate) pixels: u32,
    /// Fours that are written.
    pub(crate) filter_fours: u32,
    /// Fours of the destination.
    pub(crate) out_fours: u32,
    /// The first four that is written.
    pub(crate) out_offset: u32,
    /// The input's row of zeros.
    pub(crate) zero_row: u32,
}

/// The row of the input that a window reads at `ky`, `kx` for the output pixel `pixel`: the row of
/// zeros in the padding and past the last image.
#[cube]
pub(crate) fn input_row(pixel: u32, ky: u32, kx: u32, g: &Lengths) -> u32 {
    let line = pixel / g.out_width;
    let image = line / g.out_height;
    // Left of the padding wraps around, to a number that is larger than any height or width.
    let row = (line - image * g.out_height) * g.stride + ky - g.pad_top;
    let column = (pixel - line * g.out_width) * g.stride + kx - g.pad_left;
    let inside = row < g.height && column < g.width && pixel < g.pixels;
    select(inside, (image * g.height + row) * g.width + column, g.zero_row)
}

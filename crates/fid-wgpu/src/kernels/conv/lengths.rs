//! Sizes and addressing in the convolution kernels.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// Four channels in the type of the arithmetic.
pub(crate) type Four = Vector<f32, Const<4>>;

/// Four channels in the type of the stored values.
pub(crate) type Stored<F> = Vector<F, Const<4>>;

/// [`super::Geometry`] for kernels, with channels counted in fours.
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
    /// Output pixels of all images.
    pub(crate) pixels: u32,
    /// Fours of channels to write.
    pub(crate) filter_fours: u32,
    /// Fours in a row of the destination.
    pub(crate) out_fours: u32,
    /// The first four to write.
    pub(crate) out_offset: u32,
    /// Index of the input's row of zeros.
    pub(crate) zero_row: u32,
}

/// The input row that the window of output pixel `pixel` reads at `ky`, `kx`: the row of zeros in
/// the padding and past the last image.
#[cube]
pub(crate) fn input_row(pixel: u32, ky: u32, kx: u32, g: &Lengths) -> u32 {
    let line = pixel / g.out_width;
    let image = line / g.out_height;
    // Negative positions wrap around to numbers larger than any height or width.
    let row = (line - image * g.out_height) * g.stride + ky - g.pad_top;
    let column = (pixel - line * g.out_width) * g.stride + kx - g.pad_left;
    let inside = row < g.height && column < g.width && pixel < g.pixels;
    select(inside, (image * g.height + row) * g.width + column, g.zero_row)
}

//! Launching the convolution and pooling kernels.

use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::{ElemType, FloatKind};
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use fid_core::Precision;

use super::geometry::{ConvPlan, Geometry, Pool};
use super::lengths::LengthsLaunch;
use super::tile::Kernel;
use super::{plain, pooling, software, staged};
use crate::kernels::{MAX_COUNT, WORKGROUP, dtype, empty_like};

/// Convolves `input` into a slice of `out`.
#[allow(unsafe_code)]
pub(crate) fn conv(
    input: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    out: CubeTensor,
    plan: ConvPlan,
) -> CubeTensor {
    let ConvPlan { geometry, tile, after } = plan;
    let client = out.client.clone();
    let pixel_tiles = geometry.pixels().div_ceil(tile.all_pixels());
    let filter_tiles = geometry.filters.div_ceil(tile.filters());
    let lines = pixel_tiles.div_ceil(MAX_COUNT);
    let [line, lines, filter_tiles] =
        [pixel_tiles.div_ceil(lines), lines, filter_tiles].map(|count| count as u32);
    let count = match tile.kernel {
        Kernel::Software | Kernel::Plain => CubeCount::Static(line, lines, filter_tiles),
        Kernel::Staged => CubeCount::Static(filter_tiles, line, lines),
    };
    let dim = CubeDim::new_1d(tile.all_units() as u32);
    let stored = stored(&out);
    assert_eq!([input.dtype, weight.dtype], [out.dtype; 2], "precision of the tensors");
    // SAFETY: the kernels read and write only pixels and filters that `geometry` counts, and
    // padding. `PackedConv` checks the geometry against the activations and its weights before each
    // launch and pads its tensors to whole tiles.
    unsafe {
        let lengths = lengths(&geometry);
        let [input, weight, bias, written] =
            [into_contiguous(input), weight, bias, out.clone()].map(CubeTensor::into_tensor_arg);
        match tile.kernel {
            Kernel::Software => software::conv::launch_unchecked(
                &client, count, dim, input, weight, bias, written, lengths, tile, after,
            ),
            Kernel::Plain => plain::conv::launch_unchecked(
                &client, count, dim, input, weight, bias, written, lengths, tile, after, stored,
            ),
            Kernel::Staged => staged::conv::launch_unchecked(
                &client, count, dim, input, weight, bias, written, lengths, tile, after, stored,
            ),
        }
    }
    out
}

/// Pools `input` into a slice of `out`.
pub(crate) fn pool(
    input: CubeTensor,
    out: CubeTensor,
    pool: Pool,
    geometry: Geometry,
) -> CubeTensor {
    let client = out.client.clone();
    let dim = CubeDim::new_1d(WORKGROUP);
    let fours = (geometry.pixels() + 1) * geometry.filters / 4;
    assert_eq!(input.dtype, out.dtype, "precision of the tensors");
    pooling::pool_window::launch(
        &client,
        cubecl::calculate_cube_count_elemwise(&client, fours, dim),
        dim,
        into_contiguous(input).into_tensor_arg(),
        out.clone().into_tensor_arg(),
        lengths(&geometry),
        pool,
        stored(&out),
    );
    out
}

/// Converts `[images,channels,height,width]` f32 to activations.
pub(crate) fn activations(images: CubeTensor, precision: Precision) -> CubeTensor {
    let images = into_contiguous(images);
    let shape = images.meta.shape().clone();
    let (channels, area) = (shape[1], shape[2] * shape[3]);
    let shape = [shape[0] * area + 1, channels.next_multiple_of(4)];
    let out = empty_like(&images, shape, dtype(precision));
    let client = out.client.clone();
    let dim = CubeDim::new_1d(WORKGROUP);
    let count =
        cubecl::calculate_cube_count_elemwise(&client, out.meta.shape().num_elements(), dim);
    let input = images.into_tensor_arg();
    pooling::activations::launch(
        &client,
        count,
        dim,
        input,
        out.clone().into_tensor_arg(),
        channels,
        area,
        stored(&out),
    );
    out
}

/// The kernels' name for the type of a tensor's values.
fn stored(tensor: &CubeTensor) -> ElemType {
    ElemType::Float(match tensor.dtype {
        DType::F16 => FloatKind::F16,
        _ => FloatKind::F32,
    })
}

fn lengths(g: &Geometry) -> LengthsLaunch {
    let n = |value: usize| value as u32;
    LengthsLaunch::new(
        n(g.input[0]),
        n(g.input[1]),
        n(g.in_channels / 4),
        n(g.window.size[0]),
        n(g.window.size[1]),
        n(g.window.stride),
        n(g.window.padding[0]),
        n(g.window.padding[1]),
        n(g.output[0]),
        n(g.output[1]),
        n(g.pixels()),
        n(g.filters / 4),
        n(g.out_channels / 4),
        n(g.out_offset / 4),
        n(g.images * g.input[0] * g.input[1]),
    )
}

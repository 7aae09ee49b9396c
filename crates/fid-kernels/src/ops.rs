//! Our operations as extensions of Burn's backends: one call, one implementation for each backend.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Dispatch, Flex, backend_extension};
use burn::tensor::DType;
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::cubecl::{self};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use fid_core::Precision;

use crate::conv::{self, ConvPlan, Geometry, Pool};
use crate::moments;
use crate::preprocess::packed::IMAGE_WORDS;
use crate::preprocess::{Finish, Passes, Plan, SIZE, bytes, one_pass, two_pass};

/// Threads in a workgroup: small enough for every adapter, a multiple of every subgroup.
const WORKGROUP: u32 = 64;

/// The operations that every backend has for us.
#[backend_extension(Cube, Flex)]
pub(crate) trait FidOps: burn::backend::Backend {
    /// See [`crate::PackedBatch`] for the layout of the arguments.
    fn preprocess(
        pixels: IntTensor<Self>,
        images: IntTensor<Self>,
        taps: IntTensor<Self>,
        weights: FloatTensor<Self>,
        plan: Plan,
    ) -> FloatTensor<Self>;

    /// `partial + (features − shift)ᵀ (features − shift)`, all f32: features `[n,d]`, shift `[d]`,
    /// partial and result `[d,d]`.
    fn add_gram(
        features: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        partial: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`crate::conv`] for the layouts. The result is `out` with its slice written, on a GPU in
    /// place.
    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        out: FloatTensor<Self>,
        plan: ConvPlan,
    ) -> FloatTensor<Self>;

    /// As [`FidOps::conv`], for pooling.
    fn pool(
        input: FloatTensor<Self>,
        out: FloatTensor<Self>,
        pool: Pool,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// `[images,channels,height,width]` in f32 as [`crate::conv::Rows`], in a precision of the device.
    fn rows(images: FloatTensor<Self>, precision: Precision) -> FloatTensor<Self>;
}

/// A result to be filled on the device of `like`.
pub(crate) fn empty_like(like: &CubeTensor, shape: impl Into<burn::tensor::Shape>) -> CubeTensor {
    empty_of(like, shape, DType::F32)
}

/// The same with values of another type.
pub(crate) fn empty_of(
    like: &CubeTensor,
    shape: impl Into<burn::tensor::Shape>,
    dtype: DType,
) -> CubeTensor {
    let shape = shape.into();
    let buffer = like.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, buffer, dtype)
}

impl FidOps for CubeBackend {
    fn preprocess(
        pixels: IntTensor<Self>,
        images: IntTensor<Self>,
        taps: IntTensor<Self>,
        weights: FloatTensor<Self>,
        plan: Plan,
    ) -> FloatTensor<Self> {
        let [pixels, images, taps, weights] = [pixels, images, taps, weights].map(into_contiguous);
        let count = images.meta.shape()[0];
        let out = empty_like(&pixels, [count, 3, SIZE, SIZE]);
        let client = pixels.client.clone();
        let dim = CubeDim::new_1d(WORKGROUP);
        let cubes = |of: &CubeTensor| {
            cubecl::calculate_cube_count_elemwise(&client, of.meta.shape().num_elements(), dim)
        };
        let Finish { low, high, factor, offset } = plan.finish;
        match plan.passes {
            Passes::One => one_pass::kernel::preprocess::launch(
                &client,
                cubes(&out),
                dim,
                pixels.into_tensor_arg(),
                images.into_tensor_arg(),
                taps.into_tensor_arg(),
                weights.into_tensor_arg(),
                out.clone().into_tensor_arg(),
                low,
                high,
                factor,
                offset,
                SIZE,
                IMAGE_WORDS,
            ),
            Passes::Two => {
                let columns = empty_like(&pixels, [SIZE, plan.lines]);
                two_pass::kernel::vertical::launch(
                    &client,
                    cubes(&columns),
                    dim,
                    pixels.into_tensor_arg(),
                    images.clone().into_tensor_arg(),
                    taps.clone().into_tensor_arg(),
                    weights.clone().into_tensor_arg(),
                    columns.clone().into_tensor_arg(),
                    IMAGE_WORDS,
                );
                two_pass::kernel::horizontal::launch(
                    &client,
                    cubes(&out),
                    dim,
                    columns.into_tensor_arg(),
                    images.into_tensor_arg(),
                    taps.into_tensor_arg(),
                    weights.into_tensor_arg(),
                    out.clone().into_tensor_arg(),
                    low,
                    high,
                    factor,
                    offset,
                    SIZE,
                    IMAGE_WORDS,
                );
            }
            Passes::TwoOfBytes => {
                let lines = empty_like(&pixels, [plan.lines, SIZE]);
                bytes::kernel::along::launch(
                    &client,
                    cubes(&lines),
                    dim,
                    pixels.into_tensor_arg(),
                    images.clone().into_tensor_arg(),
                    taps.clone().into_tensor_arg(),
                    weights.clone().into_tensor_arg(),
                    lines.clone().into_tensor_arg(),
                    SIZE,
                    IMAGE_WORDS,
                    bytes::POINT,
                );
                bytes::kernel::across::launch(
                    &client,
                    cubes(&out),
                    dim,
                    lines.into_tensor_arg(),
                    images.into_tensor_arg(),
                    taps.into_tensor_arg(),
                    weights.into_tensor_arg(),
                    out.clone().into_tensor_arg(),
                    factor,
                    offset,
                    SIZE,
                    IMAGE_WORDS,
                    bytes::POINT,
                );
            }
        }
        out
    }

    fn add_gram(
        features: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        partial: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [features, shift, partial] = [features, shift, partial].map(into_contiguous);
        let dim = features.meta.shape()[1];
        let out = empty_like(&features, [dim, dim]);
        let client = features.client.clone();
        let workgroup = CubeDim::new_1d(WORKGROUP);
        let tiles = dim.div_ceil(moments::kernel::TILE).pow(2);
        moments::kernel::add_gram::launch(
            &client,
            cubecl::calculate_cube_count_elemwise(&client, tiles, workgroup),
            workgroup,
            features.into_tensor_arg(),
            shift.into_tensor_arg(),
            partial.into_tensor_arg(),
            out.clone().into_tensor_arg(),
        );
        out
    }

    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        out: FloatTensor<Self>,
        plan: ConvPlan,
    ) -> FloatTensor<Self> {
        conv::launch::conv(input, weight, bias, out, plan)
    }

    fn pool(
        input: FloatTensor<Self>,
        out: FloatTensor<Self>,
        pool: Pool,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        conv::launch::pool(input, out, pool, geometry)
    }

    fn rows(images: FloatTensor<Self>, precision: Precision) -> FloatTensor<Self> {
        conv::launch::rows(images, precision)
    }
}

impl FidOps for Flex {
    fn preprocess(
        pixels: IntTensor<Self>,
        images: IntTensor<Self>,
        taps: IntTensor<Self>,
        weights: FloatTensor<Self>,
        plan: Plan,
    ) -> FloatTensor<Self> {
        let preprocess = match plan.passes {
            Passes::One => one_pass::host::preprocess,
            Passes::Two => two_pass::host::preprocess,
            Passes::TwoOfBytes => bytes::host::preprocess,
        };
        preprocess(&pixels, &images, &taps, &weights, plan.finish)
    }

    fn add_gram(
        features: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        partial: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        moments::host::add_gram(features, shift, partial)
    }

    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        out: FloatTensor<Self>,
        plan: ConvPlan,
    ) -> FloatTensor<Self> {
        conv::host::conv(&input, &weight, &bias, out, plan)
    }

    fn pool(
        input: FloatTensor<Self>,
        out: FloatTensor<Self>,
        pool: Pool,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        conv::host::pool(&input, out, pool, geometry)
    }

    fn rows(images: FloatTensor<Self>, _precision: Precision) -> FloatTensor<Self> {
        conv::host::rows(images)
    }
}

/// Makes the operations reachable from [`burn::Tensor`].
pub(crate) type Ops = Dispatch;

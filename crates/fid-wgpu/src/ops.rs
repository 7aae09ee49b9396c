//! Our operations as extensions of Burn's CubeCL backend.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Dispatch, backend_extension};
use burn_cubecl::CubeBackend;
use fid_core::Precision;
use fid_core::preprocess::Plan;

use crate::kernels::conv::{self, ConvPlan, Geometry, Pool};
use crate::kernels::{gram, preprocess};

/// The operations that every CubeCL backend has for us.
#[backend_extension(Cube)]
pub(crate) trait FidOps: burn::backend::Backend {
    /// See [`fid_core::PackedBatch`] for the layout of the arguments.
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

    /// The result is `out` with its slice written in place. See [`crate::PackedConv`] and
    /// [`crate::Activations`] for the layouts.
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

    /// `[images,channels,height,width]` f32 as [`crate::Activations`] of a precision.
    fn activations(images: FloatTensor<Self>, precision: Precision) -> FloatTensor<Self>;
}

impl FidOps for CubeBackend {
    fn preprocess(
        pixels: IntTensor<Self>,
        images: IntTensor<Self>,
        taps: IntTensor<Self>,
        weights: FloatTensor<Self>,
        plan: Plan,
    ) -> FloatTensor<Self> {
        preprocess::launch(pixels, images, taps, weights, plan)
    }

    fn add_gram(
        features: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        partial: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        gram::launch(features, shift, partial)
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

    fn activations(images: FloatTensor<Self>, precision: Precision) -> FloatTensor<Self> {
        conv::launch::activations(images, precision)
    }
}

/// Makes the operations reachable from [`burn::Tensor`].
pub(crate) type Ops = Dispatch;

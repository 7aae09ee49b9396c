//! The kernels as extension operations of Burn's CubeCL backend.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Dispatch, backend_extension};
use burn_cubecl::CubeBackend;
use fid_core::Precision;
use fid_core::preprocess::Plan;

use crate::kernels::conv::matrix::{self, MatrixPlan};
use crate::kernels::conv::{self, ConvPlan, Geometry, Pool};
use crate::kernels::tokens::launch::Counts;
use crate::kernels::{gram, preprocess, tokens};

/// The extension operations.
#[backend_extension(Cube)]
pub(crate) trait FidOps: burn::backend::Backend {
    /// Preprocesses a packed batch to `[n,3,299,299]`. [`fid_core::PackedBatch`] documents the
    /// arguments.
    fn preprocess(
        pixels: IntTensor<Self>,
        images: IntTensor<Self>,
        taps: IntTensor<Self>,
        weights: FloatTensor<Self>,
        plan: Plan,
    ) -> FloatTensor<Self>;

    /// `rowsᵀ·rows` in f32: rows `[n,d]`, result `[d,d]`, of which only elements with column ≥ row
    /// are written.
    fn gram(rows: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Convolves `input` into a slice of `out` in place and returns `out`. [`crate::PackedConv`]
    /// and [`crate::Activations`] document the layouts.
    fn conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        out: FloatTensor<Self>,
        plan: ConvPlan,
    ) -> FloatTensor<Self>;

    /// As [`Self::conv`], on matrix units. `finish` is the bias and the factors of the filters'
    /// scales, f32; the plan's last filters go to `beside`.
    fn matrix_conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        finish: FloatTensor<Self>,
        out: FloatTensor<Self>,
        beside: FloatTensor<Self>,
        plan: MatrixPlan,
    ) -> FloatTensor<Self>;

    /// Pools `input` into a slice of `out` in place and returns `out`.
    fn pool(
        input: FloatTensor<Self>,
        out: FloatTensor<Self>,
        pool: Pool,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// [`crate::layer_norm()`]
    fn layer_norm(
        tokens: FloatTensor<Self>,
        affine: FloatTensor<Self>,
        counts: Counts,
        epsilon: f32,
    ) -> FloatTensor<Self>;

    /// [`crate::attention()`]
    fn attention(qkv: FloatTensor<Self>, counts: Counts) -> FloatTensor<Self>;

    /// [`crate::embed()`]
    fn embed(
        patches: FloatTensor<Self>,
        table: FloatTensor<Self>,
        counts: Counts,
    ) -> FloatTensor<Self>;

    /// [`crate::gate()`]
    fn gate(tokens: FloatTensor<Self>, counts: Counts) -> FloatTensor<Self>;

    /// Converts `[images,channels,height,width]` f32 to [`crate::Activations`] of a precision.
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

    fn gram(rows: FloatTensor<Self>) -> FloatTensor<Self> {
        gram::launch(rows)
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

    fn matrix_conv(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        finish: FloatTensor<Self>,
        out: FloatTensor<Self>,
        beside: FloatTensor<Self>,
        plan: MatrixPlan,
    ) -> FloatTensor<Self> {
        matrix::launch::conv(input, weight, finish, out, beside, plan)
    }

    fn pool(
        input: FloatTensor<Self>,
        out: FloatTensor<Self>,
        pool: Pool,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        conv::launch::pool(input, out, pool, geometry)
    }

    fn layer_norm(
        tokens: FloatTensor<Self>,
        affine: FloatTensor<Self>,
        counts: Counts,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        tokens::launch::norm(tokens, affine, counts, epsilon)
    }

    fn attention(qkv: FloatTensor<Self>, counts: Counts) -> FloatTensor<Self> {
        tokens::launch::attention(qkv, counts)
    }

    fn embed(
        patches: FloatTensor<Self>,
        table: FloatTensor<Self>,
        counts: Counts,
    ) -> FloatTensor<Self> {
        tokens::launch::embed(patches, table, counts)
    }

    fn gate(tokens: FloatTensor<Self>, counts: Counts) -> FloatTensor<Self> {
        tokens::launch::gate(tokens, counts)
    }

    fn activations(images: FloatTensor<Self>, precision: Precision) -> FloatTensor<Self> {
        conv::launch::activations(images, precision)
    }
}

/// The backend behind [`burn::Tensor`], which runs the operations.
pub(crate) type Ops = Dispatch;

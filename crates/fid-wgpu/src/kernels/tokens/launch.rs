//! Launching the kernels of vision transformers.

use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::attention::{HEAD, QUERIES};
use super::{attention, elementwise, norm};
use crate::kernels::{MAX_COUNT, WORKGROUP, empty_like};

/// Images and tokens of an image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) images: usize,
    pub(crate) tokens: usize,
}

impl Counts {
    fn rows(self) -> usize {
        self.images * self.tokens
    }
}

/// Channels of `tokens`, `[rows + 1,channels]`.
///
/// # Panics
///
/// If it has other rows or another type.
fn channels(tokens: &CubeTensor, rows: usize) -> usize {
    let [count, channels] = [0, 1].map(|axis| tokens.meta.shape()[axis]);
    assert_eq!((count, tokens.dtype), (rows + 1, DType::F32), "rows of f32");
    assert!(channels.is_multiple_of(4), "channels in fours");
    channels
}

/// Normalises every row. `affine` is the scale of every channel, then the shift.
#[allow(unsafe_code)]
pub(crate) fn norm(
    input: CubeTensor,
    affine: CubeTensor,
    counts: Counts,
    epsilon: f32,
) -> CubeTensor {
    let [input, affine] = [input, affine].map(into_contiguous);
    let width = channels(&input, counts.rows());
    assert_eq!(affine.meta.shape().num_elements(), 2 * width, "scale and shift");
    let out = empty_like(&input, [counts.rows() + 1, width], DType::F32);
    let client = out.client.clone();
    let lines = (counts.rows() + 1).div_ceil(MAX_COUNT);
    let line = (counts.rows() + 1).div_ceil(lines);
    // SAFETY: reads and writes rows up to the last, which is counted, and `width` channels of them.
    unsafe {
        norm::norm::launch_unchecked(
            &client,
            CubeCount::Static(line as u32, lines as u32, 1),
            CubeDim::new_1d(WORKGROUP),
            input.into_tensor_arg(),
            affine.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            counts.rows() as u32,
            epsilon,
            (width / 4) as u32,
        );
    }
    out
}

/// Attention of every head, from `[rows + 1,3·channels]` to `[rows + 1,channels]`.
#[allow(unsafe_code)]
pub(crate) fn attention(qkv: CubeTensor, counts: Counts) -> CubeTensor {
    let qkv = into_contiguous(qkv);
    let width = channels(&qkv, counts.rows()) / 3;
    let heads = width / (4 * HEAD as usize);
    assert_eq!(qkv.meta.shape()[1], 12 * heads * HEAD as usize, "channels of whole heads");
    let out = empty_like(&qkv, [counts.rows() + 1, width], DType::F32);
    let client = out.client.clone();
    let n = |value: usize| value as u32;
    let count = [counts.tokens.div_ceil(QUERIES as usize), heads, counts.images].map(n);
    // SAFETY: reads tokens below `tokens` of images below `images`, and channels below `3·width`;
    // writes the same rows and the last one.
    unsafe {
        attention::attention::launch_unchecked(
            &client,
            CubeCount::Static(count[0], count[1], count[2]),
            CubeDim::new_1d(WORKGROUP),
            qkv.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            n(counts.tokens),
            n(counts.images),
            n(width / 4),
        );
    }
    out
}

/// Tokens from `patches`, `[images·(tokens - 1) + 1,channels]`, and `table`, `[tokens,channels]`.
#[allow(unsafe_code)]
pub(crate) fn embed(patches: CubeTensor, table: CubeTensor, counts: Counts) -> CubeTensor {
    let [patches, table] = [patches, table].map(into_contiguous);
    let width = channels(&patches, counts.images * (counts.tokens - 1));
    assert_eq!(channels(&table, counts.tokens - 1), width, "channels of the table");
    let out = empty_like(&patches, [counts.rows() + 1, width], DType::F32);
    let client = out.client.clone();
    let dim = CubeDim::new_1d(WORKGROUP);
    let units = out.meta.shape().num_elements() / 4;
    // SAFETY: units past the last row stop; the others read the rows that are counted above.
    unsafe {
        elementwise::embed::launch_unchecked(
            &client,
            cubecl::calculate_cube_count_elemwise(&client, units, dim),
            dim,
            patches.into_tensor_arg(),
            table.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            counts.tokens as u32,
            counts.rows() as u32,
            (width / 4) as u32,
        );
    }
    out
}

/// `a·σ(a)·b` of the halves `[a,b]` of every row.
#[allow(unsafe_code)]
pub(crate) fn gate(input: CubeTensor, counts: Counts) -> CubeTensor {
    let input = into_contiguous(input);
    let width = channels(&input, counts.rows()) / 2;
    assert!(width.is_multiple_of(4), "channels of a half in fours");
    let out = empty_like(&input, [counts.rows() + 1, width], DType::F32);
    let client = out.client.clone();
    let dim = CubeDim::new_1d(WORKGROUP);
    let units = out.meta.shape().num_elements() / 4;
    // SAFETY: units past the last row stop; the others read and write whole rows.
    unsafe {
        elementwise::gate::launch_unchecked(
            &client,
            cubecl::calculate_cube_count_elemwise(&client, units, dim),
            dim,
            input.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            counts.rows() as u32,
            (width / 4) as u32,
        );
    }
    out
}

//! Attention by tiles, without a matrix of all pairs of tokens (M. Milakov, N. Gimelshein, "Online
//! normalizer calculation for softmax", 2018; T. Dao et al., "FlashAttention", 2022).

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use crate::kernels::WORKGROUP;
use crate::kernels::math::exp;

type Four = Vector<f32, Const<4>>;

/// Fours of channels of a head.
pub(super) const HEAD: u32 = 16;

/// Keys and values that a workgroup stages at once: 8 KiB of shared memory.
const STAGED: u32 = 16;

/// Keys whose products are computed before the sums are rescaled.
const TOGETHER: u32 = 8;

/// Queries of a workgroup, one of each unit.
pub(super) const QUERIES: u32 = WORKGROUP;

/// A workgroup computes [`QUERIES`] tokens of a head of an image. A unit keeps its query and the
/// weighted sum of values in registers, with the largest product so far and the sum of weights; all
/// units read the same key at the same time, which shared memory broadcasts.
///
/// Rows of `qkv` are queries, keys and values of `width` fours each, head after head.
#[cube(launch_unchecked)]
pub(crate) fn attention(
    qkv: &Tensor<Four>,
    out: &mut Tensor<Four>,
    tokens: u32,
    images: u32,
    width: u32,
) {
    let query = CUBE_POS_X * QUERIES + UNIT_POS_X;
    let head = CUBE_POS_Y * HEAD;
    let image = CUBE_POS_Z * tokens;
    let head_usize = comptime!(HEAD as usize);

    // Units past the last token compute it again.
    let from = (image + min(query, tokens - 1u32)) * 3u32 * width + head;
    let mut own = Array::<Four>::new(head_usize);
    let mut sums = Array::<Four>::new(head_usize);
    #[unroll]
    for c in 0..head_usize {
        // 1/√64, which rounds nothing.
        own[c] = qkv[(from + comptime!(c as u32)) as usize] * Four::new(0.125f32);
        sums[c] = Four::new(0.0f32);
    }
    let mut largest = f32::new(f32::MIN);
    let mut weights = f32::new(0.0);

    let mut keys = Shared::<[Four]>::new_slice(comptime!((STAGED * HEAD) as usize));
    let mut values = Shared::<[Four]>::new_slice(comptime!((STAGED * HEAD) as usize));
    for first in range_stepped(0u32, tokens, STAGED) {
        #[unroll]
        for i in 0..comptime!((STAGED * HEAD / WORKGROUP) as usize) {
            let at = UNIT_POS_X + comptime!(i as u32 * WORKGROUP);
            let token = min(first + at / HEAD, tokens - 1u32);
            let from = (image + token) * 3u32 * width + width + head + at % HEAD;
            keys[at as usize] = qkv[from as usize];
            values[at as usize] = qkv[(from + width) as usize];
        }
        sync_cube();
        for chunk in 0..comptime!(STAGED / TOGETHER) {
            let start = chunk * TOGETHER;
            let mut products = Array::<f32>::new(comptime!(TOGETHER as usize));
            let mut next = largest;
            #[unroll]
            for k in 0..comptime!(TOGETHER as usize) {
                let key = start + comptime!(k as u32);
                let mut sum = Four::new(0.0f32);
                #[unroll]
                for c in 0..head_usize {
                    sum = fma(own[c], keys[(key * HEAD + comptime!(c as u32)) as usize], sum);
                }
                let product = (sum.extract(0usize) + sum.extract(1usize))
                    + (sum.extract(2usize) + sum.extract(3usize));
                products[k] = select(first + key < tokens, product, f32::new(f32::MIN));
                next = max(next, products[k]);
            }
            let factor = exp(largest - next);
            largest = next;
            weights *= factor;
            #[unroll]
            for c in 0..head_usize {
                sums[c] *= Four::new(factor);
            }
            #[unroll]
            for k in 0..comptime!(TOGETHER as usize) {
                let key = start + comptime!(k as u32);
                let weight = select(first + key < tokens, exp(products[k] - next), 0.0f32);
                weights += weight;
                #[unroll]
                for c in 0..head_usize {
                    let value = values[(key * HEAD + comptime!(c as u32)) as usize];
                    sums[c] = fma(Four::new(weight), value, sums[c]);
                }
            }
        }
        sync_cube();
    }

    if query < tokens {
        let to = (image + query) * width + head;
        let factor = Four::new(1.0f32 / weights);
        #[unroll]
        for c in 0..head_usize {
            out[(to + comptime!(c as u32)) as usize] = sums[c] * factor;
        }
    }
    if query < HEAD && image == 0u32 {
        out[(images * tokens * width + head + query) as usize] = Four::new(0.0f32);
    }
}

//! Kernels in which a unit computes four channels of a row.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use crate::kernels::math::sigmoid_gate;

type Four = Vector<f32, Const<4>>;

/// Tokens of images: the rows of `table`, `[tokens,channels]`, plus, but for the first, the image's
/// rows of `patches`. There are `rows` tokens in all.
#[cube(launch_unchecked)]
pub(crate) fn embed(
    patches: &Tensor<Four>,
    table: &Tensor<Four>,
    out: &mut Tensor<Four>,
    tokens: u32,
    rows: u32,
    fours: u32,
) {
    let position = ABSOLUTE_POS as u32;
    let (row, four) = (position / fours, position % fours);
    if row <= rows {
        let (image, token) = (row / tokens, row % tokens);
        let mut value = Four::new(0.0f32);
        if row < rows {
            value = table[(token * fours + four) as usize];
            if token > 0u32 {
                let patch = image * (tokens - 1u32) + token - 1u32;
                value += patches[(patch * fours + four) as usize];
            }
        }
        out[position as usize] = value;
    }
}

/// `a·σ(a)·b` of the halves `[a,b]` of a row, each of `fours` fours; of the row of zeros, zeros.
#[cube(launch_unchecked)]
pub(crate) fn gate(input: &Tensor<Four>, out: &mut Tensor<Four>, rows: u32, fours: u32) {
    let position = ABSOLUTE_POS as u32;
    let (row, four) = (position / fours, position % fours);
    if row <= rows {
        let at = row * 2u32 * fours + four;
        let (a, b) = (input[at as usize], input[(at + fours) as usize]);
        let mut value = b;
        #[unroll]
        for k in 0..4usize {
            value.insert(k, sigmoid_gate(a.extract(k), f32::new(1.0)) * b.extract(k));
        }
        out[position as usize] = value;
    }
}

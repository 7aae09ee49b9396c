//! Layer normalisation.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use crate::kernels::WORKGROUP;

type Four = Vector<f32, Const<4>>;

/// The sum of a value of each unit of the workgroup, by halves, whatever the size of a subgroup.
#[cube]
fn total(value: Four, shared: &mut Shared<[f32]>) -> f32 {
    shared[UNIT_POS_X as usize] = (value.extract(0usize) + value.extract(1usize))
        + (value.extract(2usize) + value.extract(3usize));
    sync_cube();
    #[unroll]
    for step in 0..comptime!(WORKGROUP.ilog2()) {
        let half = comptime!(WORKGROUP >> (step + 1));
        if UNIT_POS_X < half {
            let other = shared[(UNIT_POS_X + half) as usize];
            shared[UNIT_POS_X as usize] += other;
        }
        sync_cube();
    }
    let total = shared[0];
    // Before the next sum is written.
    sync_cube();
    total
}

/// A workgroup normalises a token of `4·fours` channels, which its units keep in registers: first the
/// mean, then the squares of the differences. `affine` is the scale of every channel, then the shift.
#[cube(launch_unchecked)]
pub(crate) fn norm(
    input: &Tensor<Four>,
    affine: &Tensor<Four>,
    out: &mut Tensor<Four>,
    tokens: u32,
    epsilon: f32,
    #[comptime] fours: u32,
) {
    let row = CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X;
    let each = comptime!(fours.div_ceil(WORKGROUP) as usize);
    let mut shared = Shared::<[f32]>::new_slice(WORKGROUP as usize);
    let mut values = Array::<Four>::new(each);
    // The row of zeros is the last that may be read.
    let first = min(row, tokens) * fours;
    let mut sum = Four::new(0.0f32);
    #[unroll]
    for i in 0..each {
        let four = UNIT_POS_X + comptime!(i as u32 * WORKGROUP);
        values[i] = Four::new(0.0f32);
        if four < fours {
            values[i] = input[(first + four) as usize];
        }
        sum += values[i];
    }
    let count = comptime!(4.0 * fours as f32);
    let mean = Four::new(total(sum, &mut shared) / count);
    let mut squares = Four::new(0.0f32);
    #[unroll]
    for i in 0..each {
        let four = UNIT_POS_X + comptime!(i as u32 * WORKGROUP);
        if four < fours {
            values[i] -= mean;
            squares = fma(values[i], values[i], squares);
        }
    }
    let variance = total(squares, &mut shared) / count;
    let factor = Four::new(1.0f32 / f32::sqrt(variance + epsilon));
    #[unroll]
    for i in 0..each {
        let four = UNIT_POS_X + comptime!(i as u32 * WORKGROUP);
        if four < fours && row <= tokens {
            let (scale, shift) = (affine[four as usize], affine[(fours + four) as usize]);
            let value = fma(values[i] * factor, scale, shift);
            let mut kept = value;
            if row == tokens {
                kept = Four::new(0.0f32);
            }
            out[(row * fours + four) as usize] = kept;
        }
    }
}

//! The kernel for software adapters, in f32 only, designed around the slow loads of Mesa's
//! lavapipe.
//!
//! Lavapipe runs eight units as the lanes of one vector, and a load from a buffer as eight scalar
//! loads that wait for each other. So a workgroup loads nothing twice: each lane loads its own
//! pixels and filters, two values at a time, and broadcasts pixels to the other lanes with one
//! instruction.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::after::{After, finish};
use super::lengths::{Lengths, input_row};
use super::tile::Tile;

/// Four channels in two words.
pub(crate) type Pair = Vector<u64, Const<2>>;

/// Unpacks four channels.
#[cube]
fn unpack(pair: Pair, values: &mut Array<f32>, #[comptime] at: usize) {
    #[unroll]
    for k in 0..2usize {
        let word = pair.extract(k);
        values[comptime!(at + 2 * k)] = f32::reinterpret(u32::cast_from(word & 0xffffffffu64));
        values[comptime!(at + 2 * k + 1)] = f32::reinterpret(u32::cast_from(word >> 32u64));
    }
}

/// A workgroup is one subgroup of eight units. A unit sums `tile.pixels` pixels by `4·tile.fours`
/// filters.
#[cube(launch_unchecked)]
pub(crate) fn conv(
    input: &Tensor<Pair>,
    weight: &Tensor<Pair>,
    bias: &Tensor<f32>,
    out: &mut Tensor<f32>,
    g: Lengths,
    #[comptime] tile: Tile,
    #[comptime] after: After,
) {
    let fours = tile.fours;
    let groups = comptime!(tile.pixels / 8);
    let width = comptime!(fours as u32 * 8);
    let pixel_tile = CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X;
    let filter_tile = CUBE_POS_Z;
    let first_pixel = pixel_tile * comptime!(tile.pixels as u32);
    let lane = UNIT_POS_X;

    // At `i·4·fours + j`: pixel `i`, filter `32·(j / 4) + 4·lane + j % 4` of the tile.
    let mut sums = Array::<f32>::new(comptime!(tile.pixels * 4 * fours));
    #[unroll]
    for j in 0..comptime!(4 * fours) {
        let filter = filter_tile * comptime!(4 * width)
            + comptime!((j / 4 * 32 + j % 4) as u32)
            + lane * 4u32;
        let start = bias[filter as usize];
        #[unroll]
        for i in 0..tile.pixels {
            sums[comptime!(i * 4 * fours + j)] = start;
        }
    }

    let mut rows = Array::<u32>::new(groups);
    let taps = g.kernel_height * g.kernel_width * g.in_fours * 4u32;
    let mut weight_at = filter_tile * taps * width + lane;
    for ky in 0..g.kernel_height {
        for kx in 0..g.kernel_width {
            #[unroll]
            for q in 0..groups {
                let pixel = first_pixel + comptime!(q as u32 * 8) + lane;
                rows[q] = input_row(pixel, ky, kx, &g) * g.in_fours;
            }
            for c in 0..g.in_fours {
                let mut values = Array::<f32>::new(comptime!(4 * groups));
                #[unroll]
                for q in 0..groups {
                    unpack(input[(rows[q] + c) as usize], &mut values, comptime!(4 * q));
                }
                let mut weights = Array::<f32>::new(comptime!(16 * fours));
                #[unroll]
                for k in 0..comptime!(4 * fours) {
                    let at = weight_at + comptime!((k * 8) as u32);
                    unpack(weight[at as usize], &mut weights, comptime!(4 * k));
                }
                #[unroll]
                for i in 0..tile.pixels {
                    let mut value = Array::<f32>::new(4usize);
                    #[unroll]
                    for k in 0..4usize {
                        value[k] = plane_broadcast(
                            values[comptime!(i / 8 * 4 + k)],
                            comptime!((i % 8) as u32),
                        );
                    }
                    #[unroll]
                    for j in 0..comptime!(4 * fours) {
                        #[unroll]
                        for k in 0..4usize {
                            let at = comptime!(i * 4 * fours + j);
                            sums[at] =
                                fma(value[k], weights[comptime!(k * 4 * fours + j)], sums[at]);
                        }
                    }
                }
                weight_at += comptime!(4 * width);
            }
        }
    }

    #[unroll]
    for j in 0..comptime!(4 * fours) {
        let filter = filter_tile * comptime!(4 * width)
            + comptime!((j / 4 * 32 + j % 4) as u32)
            + lane * 4u32;
        if filter < g.filter_fours * 4u32 {
            let at = g.out_offset * 4u32 + filter;
            #[unroll]
            for i in 0..tile.pixels {
                let pixel = first_pixel + comptime!(i as u32);
                if pixel < g.pixels {
                    let at = (pixel * g.out_fours * 4u32 + at) as usize;
                    let mut there = f32::new(0.0);
                    if comptime!(after == After::Add) {
                        there = out[at];
                    }
                    out[at] = finish(sums[comptime!(i * 4 * fours + j)], there, after);
                }
            }
            if first_pixel == 0u32 {
                out[(g.pixels * g.out_fours * 4u32 + at) as usize] = 0.0f32;
            }
        }
    }
}

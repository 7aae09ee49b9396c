//! The kernel without shared memory, which runs on every adapter.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::ElemType;
use burn_cubecl::cubecl::prelude::*;

use super::after::{After, finish_four};
use super::lengths::{Four, Lengths, Stored, input_row};
use super::tile::Tile;

/// A unit sums `tile.pixels` pixels by `4·tile.fours` filters in registers. Neighbouring units have
/// neighbouring filters, so they read neighbouring weights and the same pixels.
#[cube(launch_unchecked)]
pub(crate) fn conv<F: Float>(
    input: &Tensor<Stored<F>>,
    weight: &Tensor<Stored<F>>,
    bias: &Tensor<Four>,
    out: &mut Tensor<Stored<F>>,
    g: Lengths,
    #[comptime] tile: Tile,
    #[comptime] after: After,
    #[define(F)] _stored: ElemType,
) {
    let units = comptime!(tile.units as u32);
    let width = comptime!((tile.fours * tile.units) as u32);
    let lane = UNIT_POS_X % units;
    let group = UNIT_POS_X / units;
    let pixel_tile = CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X;
    let filter_tile = CUBE_POS_Z;
    let first_pixel =
        (pixel_tile * comptime!(tile.groups as u32) + group) * comptime!(tile.pixels as u32);

    let mut sums = Array::<Four>::new(comptime!(tile.pixels * tile.fours));
    let first_four = filter_tile * width + lane;
    #[unroll]
    for j in 0..tile.fours {
        let start = bias[(first_four + comptime!(j as u32) * units) as usize];
        #[unroll]
        for i in 0..tile.pixels {
            sums[comptime!(i * tile.fours + j)] = start;
        }
    }

    let mut rows = Array::<u32>::new(tile.pixels);
    let fan = g.kernel_height * g.kernel_width * g.in_fours * 4u32;
    let mut weight_at = filter_tile * fan * width + lane;
    for ky in 0..g.kernel_height {
        for kx in 0..g.kernel_width {
            #[unroll]
            for i in 0..tile.pixels {
                let pixel = first_pixel + comptime!(i as u32);
                rows[i] = input_row(pixel, ky, kx, &g) * g.in_fours;
            }
            for c in 0..g.in_fours {
                let mut weights = Array::<Four>::new(comptime!(4 * tile.fours));
                #[unroll]
                for k in 0..comptime!(4 * tile.fours) {
                    let at = weight_at + comptime!(k as u32) * units;
                    weights[k] = Four::cast_from(weight[at as usize]);
                }
                #[unroll]
                for i in 0..tile.pixels {
                    let value = Four::cast_from(input[(rows[i] + c) as usize]);
                    #[unroll]
                    for j in 0..tile.fours {
                        #[unroll]
                        for k in 0..4usize {
                            let at = comptime!(i * tile.fours + j);
                            sums[at] = fma(
                                Four::new(value.extract(k)),
                                weights[comptime!(k * tile.fours + j)],
                                sums[at],
                            );
                        }
                    }
                }
                weight_at += comptime!(4 * width);
            }
        }
    }

    #[unroll]
    for j in 0..tile.fours {
        let four = first_four + comptime!(j as u32) * units;
        if four < g.filter_fours {
            let at = g.out_offset + four;
            #[unroll]
            for i in 0..tile.pixels {
                let pixel = first_pixel + comptime!(i as u32);
                if pixel < g.pixels {
                    let at = (pixel * g.out_fours + at) as usize;
                    let mut there = Four::new(0.0f32);
                    if comptime!(after == After::Add) {
                        there = Four::cast_from(out[at]);
                    }
                    let value = finish_four(sums[comptime!(i * tile.fours + j)], there, after);
                    out[at] = Stored::<F>::cast_from(value);
                }
            }
            // The first tile also writes the row of zeros.
            if first_pixel == 0u32 {
                out[(g.pixels * g.out_fours + at) as usize] =
                    Stored::<F>::cast_from(Four::new(0.0f32));
            }
        }
    }
}

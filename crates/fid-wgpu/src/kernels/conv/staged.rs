//! The kernel for GPUs, which stages inputs and weights in shared memory.
//!
//! A workgroup computes a tile of pixels by filters in slices of `tile.depth` fours of inputs. Each
//! unit loads its part of a slice's inputs and weights, with neighbouring units at neighbouring
//! addresses, and multiplies values from shared memory. Meanwhile the next slice is loaded into
//! registers.
//!
//! Shared memory keeps the order of the loads, `[pixel][four]` and `[channel][filter]`.
//! Neighbouring units read the same pixel or the next, and neighbouring filters, so they never
//! access different words of one bank at the same time.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::ir::ElemType;
use burn_cubecl::cubecl::prelude::*;

use super::after::{After, finish_four};
use super::lengths::{Four, Lengths, Stored};
use super::loads::Loads;
use super::tile::Tile;

/// A unit sums every `tile.groups`-th pixel of its workgroup, `tile.pixels` in all, and every
/// `tile.units`-th four of filters, `tile.fours` in all.
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
    let Tile { units, groups, pixels, fours, depth, .. } = tile;
    let width = comptime!(units * fours);
    let depth_u32 = comptime!(depth as u32);

    let unit = UNIT_POS_X;
    let lane = unit % comptime!(units as u32);
    let group = unit / comptime!(units as u32);
    // Filters vary fastest, so workgroups that share pixels run at the same time.
    let filter_tile = CUBE_POS_X;
    let pixel_tile = CUBE_POS_Z * CUBE_COUNT_Y + CUBE_POS_Y;
    let first_pixel = pixel_tile * comptime!(tile.all_pixels() as u32);

    let mut inputs = Shared::<[Four]>::new_slice(comptime!(tile.staged_inputs()));
    let mut weights = Shared::<[Four]>::new_slice(comptime!(tile.staged_weights()));

    let first_four = filter_tile * comptime!(width as u32) + lane;
    let mut sums = Array::<Four>::new(comptime!(pixels * fours));
    #[unroll]
    for j in 0..fours {
        let start = bias[(first_four + comptime!((j * units) as u32)) as usize];
        #[unroll]
        for i in 0..pixels {
            sums[comptime!(i * fours + j)] = start;
        }
    }

    let all_fours = g.kernel_height * g.kernel_width * g.in_fours;
    let slices = (all_fours + comptime!(depth as u32 - 1)) / depth_u32;
    let first_weight = filter_tile * slices * comptime!(tile.staged_weights() as u32);
    let mut loads = Loads::new(first_pixel, first_weight, &g, tile);
    loads.fetch(input, weight, tile);
    for slice in 0..slices {
        loads.stage(&mut inputs, &mut weights, tile);
        sync_cube();
        if slice + 1 < slices {
            loads.advance(&g, tile);
            loads.fetch(input, weight, tile);
        }

        #[unroll]
        for s in 0..depth {
            let mut columns = Array::<Four>::new(comptime!(4 * fours));
            #[unroll]
            for k in 0..4usize {
                #[unroll]
                for j in 0..fours {
                    let at = comptime!(((4 * s + k) * width + j * units) as u32);
                    columns[comptime!(k * fours + j)] = weights[(lane + at) as usize];
                }
            }
            #[unroll]
            for i in 0..pixels {
                let at = group * depth_u32 + comptime!((i * groups * depth + s) as u32);
                let value = inputs[at as usize];
                #[unroll]
                for j in 0..fours {
                    #[unroll]
                    for k in 0..4usize {
                        let at = comptime!(i * fours + j);
                        sums[at] = fma(
                            Four::new(value.extract(k)),
                            columns[comptime!(k * fours + j)],
                            sums[at],
                        );
                    }
                }
            }
        }
        sync_cube();
    }

    #[unroll]
    for j in 0..fours {
        let four = first_four + comptime!((j * units) as u32);
        if four < g.filter_fours {
            let at = g.out_offset + four;
            #[unroll]
            for i in 0..pixels {
                let pixel = first_pixel + group + comptime!((i * groups) as u32);
                if pixel < g.pixels {
                    let at = (pixel * g.out_fours + at) as usize;
                    let mut there = Four::new(0.0f32);
                    if comptime!(after == After::Add) {
                        there = Four::cast_from(out[at]);
                    }
                    let value = finish_four(sums[comptime!(i * fours + j)], there, after);
                    out[at] = Stored::<F>::cast_from(value);
                }
            }
            // The first tile also writes the row of zeros.
            if first_pixel + group == 0u32 {
                out[(g.pixels * g.out_fours + at) as usize] =
                    Stored::<F>::cast_from(Four::new(0.0f32));
            }
        }
    }
}

//! The kernel for GPUs, by way of memory that a workgroup shares. Twin: `host.rs`.
//!
//! A workgroup computes a tile of pixels by filters, one slice of `tile.depth` fours of inputs after
//! the other: each unit loads its part of the slice's inputs and weights, neighbours from neighbouring
//! addresses, and reads from shared memory what it multiplies. While it multiplies, the next slice is
//! on its way into registers.
//!
//! Both halves of shared memory are in the order in which they are loaded, `[pixel][four]` and
//! `[channel][filter]`. Units beside each other read the same pixel or the next, and filters side by
//! side, so that no two of them want different words of one bank at once.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::Tile;
use super::lengths::{Four, Lengths};

/// What a unit loads of the inputs: its pixels by the place of their windows.
#[derive(CubeType)]
struct Loads {
    /// The first line of the pixel's image among all lines.
    images: Array<u32>,
    /// Line and column of the window's corner; in the padding a number larger than any.
    tops: Array<u32>,
    lefts: Array<u32>,
    /// Where the row of the input starts.
    rows: Array<u32>,
}

/// Finds the rows of the input at a position of the window, the row of zeros where it is outside.
#[cube]
fn look_up(loads: &mut Loads, position: u32, g: &Lengths, #[comptime] count: usize) {
    let ky = position / g.kernel_width;
    let kx = position - ky * g.kernel_width;
    #[unroll]
    for i in 0..count {
        let line = loads.tops[i] + ky;
        let column = loads.lefts[i] + kx;
        // Past the last position are the weights that fill up a slice.
        let inside = line < g.height && column < g.width && ky < g.kernel_height;
        let row = select(inside, (loads.images[i] + line) * g.width + column, g.zero_row);
        loads.rows[i] = row * g.in_fours;
    }
}

/// A unit sums every `tile.groups`-th pixel of its workgroup, `tile.pixels` in all, and every
/// `tile.units`-th four of filters, `tile.fours` in all.
#[cube(launch_unchecked)]
pub(crate) fn conv(
    input: &Tensor<Four>,
    weight: &Tensor<Four>,
    bias: &Tensor<Four>,
    out: &mut Tensor<Four>,
    g: Lengths,
    #[comptime] tile: Tile,
) {
    let Tile { units, groups, pixels, fours, depth, .. } = tile;
    let all_units = comptime!(tile.all_units());
    let width = comptime!(units * fours);
    let input_loads = comptime!(tile.staged_inputs() / all_units);
    let weight_loads = comptime!(tile.staged_weights() / all_units);
    let depth_u32 = comptime!(depth as u32);
    let slice_weights = comptime!(tile.staged_weights() as u32);

    let unit = UNIT_POS_X;
    let lane = unit % comptime!(units as u32);
    let group = unit / comptime!(units as u32);
    // Filters first: workgroups that share pixels run at the same time.
    let filter_tile = CUBE_POS_X;
    let pixel_tile = CUBE_POS_Z * CUBE_COUNT_Y + CUBE_POS_Y;
    let first_pixel = pixel_tile * comptime!(tile.all_pixels() as u32);

    let mut inputs = Shared::<[Four]>::new_slice(comptime!(tile.staged_inputs()));
    let mut weights = Shared::<[Four]>::new_slice(comptime!(tile.staged_weights()));

    let mut loads = Loads {
        images: Array::new(input_loads),
        tops: Array::new(input_loads),
        lefts: Array::new(input_loads),
        rows: Array::new(input_loads),
    };
    #[unroll]
    for i in 0..input_loads {
        let pixel = first_pixel + (unit + comptime!((i * all_units) as u32)) / depth_u32;
        let line = pixel / g.out_width;
        let image = line / g.out_height;
        // Left of the padding wraps around, to a number that is larger than any height or width.
        let top = (line - image * g.out_height) * g.stride - g.pad_top;
        let left = (pixel - line * g.out_width) * g.stride - g.pad_left;
        loads.images[i] = image * g.height;
        loads.tops[i] = select(pixel < g.pixels, top, 0x8000_0000u32);
        loads.lefts[i] = left;
    }

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

    // A slice may reach over several positions of the window, or be a part of one.
    let all_fours = g.kernel_height * g.kernel_width * g.in_fours;
    let slices = (all_fours + comptime!(depth as u32 - 1)) / depth_u32;
    let mut position = unit % depth_u32 / g.in_fours;
    let mut four = unit % depth_u32 - position * g.in_fours;
    let mut weight_at = filter_tile * slices * slice_weights + unit;
    look_up(&mut loads, position, &g, input_loads);

    let mut next_inputs = Array::<Four>::new(input_loads);
    let mut next_weights = Array::<Four>::new(weight_loads);
    #[unroll]
    for i in 0..input_loads {
        next_inputs[i] = input[(loads.rows[i] + four) as usize];
    }
    #[unroll]
    for i in 0..weight_loads {
        next_weights[i] = weight[(weight_at + comptime!((i * all_units) as u32)) as usize];
    }

    for slice in 0..slices {
        #[unroll]
        for i in 0..input_loads {
            inputs[(unit + comptime!((i * all_units) as u32)) as usize] = next_inputs[i];
        }
        #[unroll]
        for i in 0..weight_loads {
            weights[(unit + comptime!((i * all_units) as u32)) as usize] = next_weights[i];
        }
        sync_cube();

        if slice + 1 < slices {
            four += depth_u32;
            if four >= g.in_fours {
                let passed = four / g.in_fours;
                position += passed;
                four -= passed * g.in_fours;
                look_up(&mut loads, position, &g, input_loads);
            }
            weight_at += slice_weights;
            #[unroll]
            for i in 0..input_loads {
                next_inputs[i] = input[(loads.rows[i] + four) as usize];
            }
            #[unroll]
            for i in 0..weight_loads {
                next_weights[i] = weight[(weight_at + comptime!((i * all_units) as u32)) as usize];
            }
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
                    let value = max(sums[comptime!(i * fours + j)], Four::new(0.0f32));
                    out[(pixel * g.out_fours + at) as usize] = value;
                }
            }
            // The row of zeros is the first tile's.
            if first_pixel + group == 0u32 {
                out[(g.pixels * g.out_fours + at) as usize] = Four::new(0.0f32);
            }
        }
    }
}

//! What a unit of the kernel in `staged.rs` loads.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::lengths::{Four, Lengths, Stored};
use super::tile::Tile;

/// A unit's part of the slices. In every slice it loads the same four of the slice's fours, of every
/// pixel that falls to it, and as many fours of weights as fall to it.
#[derive(CubeType)]
pub(crate) struct Loads {
    /// By pixel: the first line of its image among all lines.
    images: Array<u32>,
    /// By pixel: line and column of the window's corner; in the padding larger than any.
    tops: Array<u32>,
    lefts: Array<u32>,
    /// By pixel: where the row of the input starts.
    rows: Array<u32>,
    /// The position in the window, and the four of its channels.
    position: u32,
    four: u32,
    /// The first of the weights.
    weight: u32,
    /// What was fetched.
    inputs: Array<Four>,
    weights: Array<Four>,
}

#[cube]
impl Loads {
    /// The loads of the first slice.
    pub(crate) fn new(
        first_pixel: u32,
        first_weight: u32,
        g: &Lengths,
        #[comptime] tile: Tile,
    ) -> Self {
        let count = comptime!(tile.input_loads());
        let depth = comptime!(tile.depth as u32);
        let mut images = Array::<u32>::new(count);
        let mut tops = Array::<u32>::new(count);
        let mut lefts = Array::<u32>::new(count);
        #[unroll]
        for i in 0..count {
            let unit = UNIT_POS_X + comptime!((i * tile.all_units()) as u32);
            let pixel = first_pixel + unit / depth;
            let line = pixel / g.out_width;
            let image = line / g.out_height;
            // Left of the padding wraps around, to a number that is larger than any height or width.
            let top = (line - image * g.out_height) * g.stride - g.pad_top;
            images[i] = image * g.height;
            tops[i] = select(pixel < g.pixels, top, 0x8000_0000u32);
            lefts[i] = (pixel - line * g.out_width) * g.stride - g.pad_left;
        }
        let position = UNIT_POS_X % depth / g.in_fours;
        let mut loads = Loads {
            images,
            tops,
            lefts,
            rows: Array::new(count),
            position,
            four: UNIT_POS_X % depth - position * g.in_fours,
            weight: first_weight + UNIT_POS_X,
            inputs: Array::new(count),
            weights: Array::new(comptime!(tile.weight_loads())),
        };
        loads.look_up(g, tile);
        loads
    }

    /// Goes on to the next slice, which may reach over several positions of the window.
    pub(crate) fn advance(&mut self, g: &Lengths, #[comptime] tile: Tile) {
        self.weight += comptime!(tile.staged_weights() as u32);
        self.four += comptime!(tile.depth as u32);
        if self.four >= g.in_fours {
            let passed = self.four / g.in_fours;
            self.position += passed;
            self.four -= passed * g.in_fours;
            self.look_up(g, tile);
        }
    }

    /// Finds the rows of the input, the row of zeros where the position is outside.
    fn look_up(&mut self, g: &Lengths, #[comptime] tile: Tile) {
        let ky = self.position / g.kernel_width;
        let kx = self.position - ky * g.kernel_width;
        #[unroll]
        for i in 0..comptime!(tile.input_loads()) {
            let line = self.tops[i] + ky;
            let column = self.lefts[i] + kx;
            // Behind the last position are the weights that fill up a slice.
            let inside = line < g.height && column < g.width && ky < g.kernel_height;
            let row = select(inside, (self.images[i] + line) * g.width + column, g.zero_row);
            self.rows[i] = row * g.in_fours;
        }
    }

    /// Loads from global memory, and widens.
    pub(crate) fn fetch<F: Float>(
        &mut self,
        input: &Tensor<Stored<F>>,
        weight: &Tensor<Stored<F>>,
        #[comptime] tile: Tile,
    ) {
        #[unroll]
        for i in 0..comptime!(tile.input_loads()) {
            self.inputs[i] = Four::cast_from(input[(self.rows[i] + self.four) as usize]);
        }
        #[unroll]
        for i in 0..comptime!(tile.weight_loads()) {
            let at = self.weight + comptime!((i * tile.all_units()) as u32);
            self.weights[i] = Four::cast_from(weight[at as usize]);
        }
    }

    /// Stores into shared memory.
    pub(crate) fn stage(
        &self,
        inputs: &mut Shared<[Four]>,
        weights: &mut Shared<[Four]>,
        #[comptime] tile: Tile,
    ) {
        #[unroll]
        for i in 0..comptime!(tile.input_loads()) {
            let at = UNIT_POS_X + comptime!((i * tile.all_units()) as u32);
            inputs[at as usize] = self.inputs[i];
        }
        #[unroll]
        for i in 0..comptime!(tile.weight_loads()) {
            let at = UNIT_POS_X + comptime!((i * tile.all_units()) as u32);
            weights[at as usize] = self.weights[i];
        }
    }
}

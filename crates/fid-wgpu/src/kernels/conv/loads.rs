//! Loads from global to shared memory of a unit of [`super::staged`].

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

use super::lengths::{Four, Lengths, Stored};
use super::tile::Tile;

/// A unit's loads. In every slice it loads the same four of inputs for each of its pixels, and its
/// share of the weights.
#[derive(CubeType)]
pub(crate) struct Loads {
    /// By pixel: the first line of its image in the batch.
    images: Array<u32>,
    /// By pixel: line and column of the window's corner; past any line or column in the padding.
    tops: Array<u32>,
    lefts: Array<u32>,
    /// By pixel: index of the first four of its input row.
    rows: Array<u32>,
    /// Position in the window, and four of channels.
    position: u32,
    four: u32,
    /// Index of the first weight to load.
    weight: u32,
    /// Values on their way to shared memory.
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
            // Negative positions wrap around to numbers larger than any height or width.
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

    /// Moves on to the next slice, which may span several positions of the window.
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

    /// Looks up the input row of each pixel: the row of zeros if the position is outside the image.
    fn look_up(&mut self, g: &Lengths, #[comptime] tile: Tile) {
        let ky = self.position / g.kernel_width;
        let kx = self.position - ky * g.kernel_width;
        #[unroll]
        for i in 0..comptime!(tile.input_loads()) {
            let line = self.tops[i] + ky;
            let column = self.lefts[i] + kx;
            // Past the last position, weights are the padding of a slice.
            let inside = line < g.height && column < g.width && ky < g.kernel_height;
            let row = select(inside, (self.images[i] + line) * g.width + column, g.zero_row);
            self.rows[i] = row * g.in_fours;
        }
    }

    /// Loads from global memory and widens to f32.
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

    /// Stores to shared memory.
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

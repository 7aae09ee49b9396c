//! The tiles of the matrix kernel.

use fid_core::Precision;

/// Workgroups that keep a large GPU busy.
const BUSY: usize = 200;

/// The matrices that a device multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatrixUnit {
    /// Rows and columns of every matrix: 8 or 16.
    pub side: usize,
    /// Units of a subgroup, which multiply together.
    pub subgroup: usize,
    /// The type of the factors; sums are f32.
    pub factors: Factors,
    /// Bytes of shared memory that a workgroup may have.
    pub shared_bytes: usize,
}

impl MatrixUnit {
    /// What tiles are counted in: the side of most GPUs' matrices, and half of it for subgroups of
    /// eight, whose large tiles a software driver compiles for minutes.
    fn block(self) -> usize {
        if self.subgroup > 8 { 16 } else { 8 }
    }

    /// Inputs of a slice. On an H100, one stage of 32 was faster than two stages of 16.
    pub(crate) fn depth(self) -> usize {
        2 * self.block()
    }
}

/// The type of a matrix unit's factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Factors {
    /// Values of f32 are split into two.
    F16,
    /// Values of f32 are multiplied as they are: Apple's simdgroup matrices.
    F32,
}

/// How the kernel represents a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Values {
    /// f32 in memory, two f16 in the products.
    Split,
    /// f16 in memory and in the products.
    Half,
    /// f32 in memory and in the products.
    Whole,
}

impl Values {
    /// The representation for a precision on a device.
    pub(crate) fn of(precision: Precision, unit: MatrixUnit) -> Self {
        match (precision, unit.factors) {
            (Precision::F16, _) => Self::Half,
            (_, Factors::F16) => Self::Split,
            (_, Factors::F32) => Self::Whole,
        }
    }

    /// The WGSL type of values in memory.
    pub(crate) fn stored(self) -> &'static str {
        if self == Self::Half { "f16" } else { "f32" }
    }

    /// The WGSL type of factors.
    pub(crate) fn factor(self) -> &'static str {
        if self == Self::Whole { "f32" } else { "f16" }
    }

    /// Arrays of factors in shared memory for each side of the product.
    pub(crate) fn parts(self) -> usize {
        if self == Self::Split { 2 } else { 1 }
    }

    fn factor_bytes(self) -> usize {
        if self == Self::Whole { 4 } else { 2 }
    }
}

/// The work of a workgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Tile {
    pub(crate) pixels: usize,
    pub(crate) filters: usize,
    /// Subgroups along the pixels and along the filters.
    pub(crate) subgroups: [usize; 2],
    pub(crate) unit: MatrixUnit,
    pub(crate) values: Values,
}

impl Tile {
    /// Units of a workgroup.
    pub(crate) fn units(&self) -> usize {
        self.subgroups[0] * self.subgroups[1] * self.unit.subgroup
    }

    /// Matrices of a subgroup along the pixels and along the filters.
    pub(crate) fn matrices(&self) -> [usize; 2] {
        let [down, across] = self.subgroups;
        [self.pixels / down / self.unit.side, self.filters / across / self.unit.side]
    }

    /// Fours in a row of inputs in shared memory. Padding keeps rows in different banks.
    pub(crate) fn input_row(&self) -> usize {
        (self.unit.depth() + 8) / 4
    }

    /// Fours in a row of weights in shared memory.
    pub(crate) fn weight_row(&self) -> usize {
        (self.filters + 8) / 4
    }

    /// Fours of inputs that a unit loads for a slice.
    pub(crate) fn input_loads(&self) -> usize {
        self.pixels * self.unit.depth() / 4 / self.units()
    }

    /// Fours of weights that a unit loads for a slice, of each part.
    pub(crate) fn weight_loads(&self) -> usize {
        self.filters * self.unit.depth() / 4 / self.units()
    }

    /// Bytes of shared memory.
    pub(crate) fn shared_bytes(&self) -> usize {
        let fours = self.pixels * self.input_row() + self.unit.depth() * self.weight_row();
        let staged = fours * 4 * self.values.factor_bytes() * self.values.parts();
        staged + 4 * self.subgroups[0] * self.subgroups[1] * self.unit.side.pow(2) + 4
    }

    fn workgroups(&self, pixels: usize, filters: usize) -> usize {
        pixels.div_ceil(self.pixels) * filters.div_ceil(self.filters)
    }
}

/// Blocks along pixels and filters, and subgroups along both; by width, for each width the most
/// pixels first. On an H100 64×96 was the fastest tile of most layers, and
/// 128×128 of wide 1×1 convolutions.
const SHAPES: [[usize; 4]; 5] =
    [[8, 8, 4, 2], [4, 8, 2, 4], [4, 6, 2, 2], [4, 4, 2, 2], [4, 2, 4, 1]];

/// Tiles of one width: packed weights are padded to it.
#[derive(Debug, Clone)]
pub(crate) struct Widths {
    tiles: Vec<Tile>,
}

impl Widths {
    /// The tiles for a number of filters.
    pub(crate) fn for_filters(filters: usize, unit: MatrixUnit, values: Values) -> Self {
        // Narrow tiles load more for each product: on an H100, 64 filters ran at 0.8 of the speed of
        // 96, and 32 were not measured.
        let slowness = |width: usize| match width / unit.block() {
            2 => 2.0,
            4 => 1.25,
            _ => 1.0,
        };
        let cost =
            |tile: &Tile| filters.next_multiple_of(tile.filters) as f64 * slowness(tile.filters);
        let mut tiles = all(unit, values);
        let width = tiles.iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).map(|t| t.filters);
        tiles.retain(|tile| Some(tile.filters) == width);
        Self { tiles }
    }

    /// The same choice for each tile alone, suitable or not; for tests.
    pub(crate) fn each(unit: MatrixUnit, values: Values) -> Vec<Self> {
        all(unit, values).into_iter().map(|tile| Self { tiles: vec![tile] }).collect()
    }

    /// The tile with the most pixels that keeps a GPU busy, otherwise the one with the fewest.
    pub(crate) fn tile(&self, pixels: usize, filters: usize) -> Tile {
        let busy = |tile: &&Tile| tile.workgroups(pixels, filters) >= BUSY;
        let tile = self.tiles.iter().find(busy).or(self.tiles.last());
        *tile.unwrap_or_else(|| unreachable!("every width has a tile"))
    }
}

/// Every tile that fits the device's shared memory.
pub(crate) fn all(unit: MatrixUnit, values: Values) -> Vec<Tile> {
    let tile = |[pixels, filters, down, across]: [usize; 4]| Tile {
        pixels: pixels * unit.block(),
        filters: filters * unit.block(),
        subgroups: [down, across],
        unit,
        values,
    };
    let fits = |tile: &Tile| tile.shared_bytes() <= unit.shared_bytes;
    SHAPES.into_iter().map(tile).filter(fits).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The units that the drivers of GPUs report.
    pub(crate) fn units() -> Vec<(MatrixUnit, Vec<Values>)> {
        let unit = |side, subgroup, factors| MatrixUnit {
            side,
            subgroup,
            factors,
            shared_bytes: 48 << 10,
        };
        let f16 = vec![Values::Split, Values::Half];
        vec![
            (unit(16, 32, Factors::F16), f16.clone()),
            (unit(16, 64, Factors::F16), f16.clone()),
            (unit(8, 8, Factors::F16), f16.clone()),
            (unit(8, 32, Factors::F16), f16),
            (unit(8, 32, Factors::F32), vec![Values::Whole]),
        ]
    }

    #[test]
    fn every_tile_divides_evenly_and_fits_48_kib() {
        for (unit, values) in units() {
            for values in values {
                assert_eq!(all(unit, values).len(), SHAPES.len(), "{unit:?}, {values:?}");
            }
        }
        for (unit, values) in units() {
            for tile in values.into_iter().flat_map(|values| all(unit, values)) {
                let [down, across] = tile.matrices();
                let side = unit.side;
                assert_eq!(down * side * tile.subgroups[0], tile.pixels, "{tile:?}");
                assert_eq!(across * side * tile.subgroups[1], tile.filters, "{tile:?}");
                let depth = unit.depth();
                assert_eq!(tile.units() % (depth / 4), 0, "{tile:?}");
                assert_eq!(tile.input_loads() * tile.units() * 4, tile.pixels * depth, "{tile:?}");
                assert_eq!(
                    tile.weight_loads() * tile.units() * 4,
                    tile.filters * depth,
                    "{tile:?}"
                );
            }
        }
    }

    #[test]
    fn width_follows_the_number_of_filters() {
        let (unit, values) = (units()[0].0, Values::Split);
        for (filters, width) in [
            (32, 32),
            (48, 64),
            (64, 64),
            (80, 96),
            (96, 96),
            (128, 128),
            (160, 96),
            (192, 96),
            (320, 128),
            (384, 128),
            (448, 96),
            (1152, 128),
        ] {
            assert_eq!(
                Widths::for_filters(filters, unit, values).tile(0, filters).filters,
                width,
                "{filters}"
            );
        }
    }

    #[test]
    fn few_pixels_take_tiles_of_fewer_pixels() {
        let widths = Widths::for_filters(384, units()[0].0, Values::Split);
        let [many, few] = [64 * 17 * 17, 64].map(|pixels| widths.tile(pixels, 384).pixels);
        assert_eq!([many, few], [128, 64]);
    }
}

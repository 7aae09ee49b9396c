//! The tiles of the matrix kernel.

use fid_core::Precision;

/// The matrices that a device multiplies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatrixUnit {
    /// Rows and columns of every matrix: 8 or 16.
    pub side: usize,
    /// Units of a subgroup, which multiply together.
    pub subgroup: usize,
    /// The type of the factors; sums are f32.
    pub factors: Factors,
}

/// Subgroups of a workgroup.
pub(crate) const SUBGROUPS: u32 = 4;

/// Bytes of shared memory that every tile fits.
pub(crate) const SHARED_BYTES: u32 = 32 << 10;

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
}

/// Blocks along pixels and filters, and subgroups along both. On an H100 64×96 was the fastest tile of
/// most layers, and a driver takes the better part of a second to compile a tile: more tiles, for wide
/// or very few filters, would have to save that.
const SHAPES: [[usize; 4]; 2] = [[4, 6, 2, 2], [4, 4, 2, 2]];

/// The tile for a number of filters: the least work, with the filters that fill the last tile. On an
/// H100 tiles of 64 filters, which load more for each product, ran at 0.8 of the speed of 96.
pub(crate) fn for_filters(filters: usize, unit: MatrixUnit, values: Values) -> Tile {
    let cost = |tile: &Tile| {
        let slowness = if tile.filters == 4 * unit.block() { 1.25 } else { 1.0 };
        filters.next_multiple_of(tile.filters) as f64 * slowness
    };
    let least = all(unit, values).into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
    least.unwrap_or_else(|| unreachable!("there are tiles"))
}

/// Every tile.
pub(crate) fn all(unit: MatrixUnit, values: Values) -> Vec<Tile> {
    let tile = |[pixels, filters, down, across]: [usize; 4]| Tile {
        pixels: pixels * unit.block(),
        filters: filters * unit.block(),
        subgroups: [down, across],
        unit,
        values,
    };
    SHAPES.into_iter().map(tile).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The units that the drivers of GPUs report.
    pub(crate) fn units() -> Vec<(MatrixUnit, Vec<Values>)> {
        let unit = |side, subgroup, factors| MatrixUnit { side, subgroup, factors };
        let f16 = vec![Values::Split, Values::Half];
        vec![
            (unit(16, 32, Factors::F16), f16.clone()),
            (unit(16, 64, Factors::F16), f16.clone()),
            (unit(8, 8, Factors::F16), f16.clone()),
            (unit(8, 32, Factors::F16), f16),
            (unit(8, 32, Factors::F32), vec![Values::Whole]),
        ]
    }

    fn shared_bytes(tile: &Tile) -> usize {
        let fours = tile.pixels * tile.input_row() + tile.unit.depth() * tile.weight_row();
        let bytes = if tile.values == Values::Whole { 4 } else { 2 };
        let done = tile.subgroups[0] * tile.subgroups[1] * tile.unit.side.pow(2);
        fours * 4 * bytes * tile.values.parts() + 4 * done + 4
    }

    #[test]
    fn every_tile_divides_evenly_and_fits_its_workgroup() {
        for (unit, values) in units() {
            for tile in values.into_iter().flat_map(|values| all(unit, values)) {
                assert!(shared_bytes(&tile) <= SHARED_BYTES as usize, "{tile:?}");
                assert_eq!(tile.units(), SUBGROUPS as usize * unit.subgroup, "{tile:?}");
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
        for (filters, width) in [
            (32, 64),
            (48, 64),
            (64, 64),
            (80, 96),
            (96, 96),
            (128, 64),
            (160, 96),
            (192, 96),
            (320, 96),
            (384, 96),
            (448, 96),
            (1152, 96),
        ] {
            let tile = for_filters(filters, units()[0].0, Values::Split);
            assert_eq!(tile.filters, width, "{filters}");
        }
    }
}

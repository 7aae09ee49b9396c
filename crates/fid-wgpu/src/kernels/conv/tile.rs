//! The tiles of the convolution kernels for each class of devices.

/// A class of devices that share tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TileClass {
    /// Software adapters that run eight units as the lanes of one vector: Mesa's lavapipe.
    Software,
    /// Other software adapters, and GPUs below the default limits of WebGPU.
    Plain,
    /// GPUs that share memory with the CPU.
    Integrated,
    /// GPUs with memory of their own.
    Discrete,
    /// Apple GPUs.
    Apple,
    /// GPUs with matrix units.
    Matrix,
}

impl TileClass {
    pub(crate) const ALL: [Self; 6] =
        [Self::Software, Self::Plain, Self::Integrated, Self::Discrete, Self::Apple, Self::Matrix];

    /// The name that `FID_GPU_TILES` accepts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Plain => "plain",
            Self::Integrated => "integrated",
            Self::Discrete => "discrete",
            Self::Apple => "apple",
            Self::Matrix => "matrix",
        }
    }

    /// `[pixels, filters]` of the tile that the class uses for an output of `pixels` by `filters`;
    /// `None` for matrix units.
    pub fn tile_size(self, pixels: usize, filters: usize) -> Option<[usize; 2]> {
        let tile = self.table()?.for_filters(filters).tile(pixels, filters);
        Some([tile.all_pixels(), tile.filters()])
    }
}

/// The work of a workgroup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Tile {
    pub(crate) kernel: Kernel,
    /// Units of a workgroup along the filters; they share pixels.
    pub(crate) units: usize,
    /// Groups of such units, along the pixels.
    pub(crate) groups: usize,
    /// Pixels of each unit.
    pub(crate) pixels: usize,
    /// Fours of filters of each unit.
    pub(crate) fours: usize,
    /// Fours of inputs in a slice that a workgroup stages in shared memory; 1 without staging.
    pub(crate) depth: usize,
}

/// A kernel of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kernel {
    /// [`super::software`]
    Software,
    /// [`super::plain`]
    Plain,
    /// [`super::staged`]
    Staged,
}

impl Tile {
    /// Filters of a workgroup.
    pub(crate) const fn filters(self) -> usize {
        4 * self.units * self.fours
    }

    /// Pixels of a workgroup.
    pub(crate) const fn all_pixels(self) -> usize {
        self.pixels * self.groups
    }

    /// Units of a workgroup.
    pub(crate) const fn all_units(self) -> usize {
        self.units * self.groups
    }

    /// Fours of inputs in a slice.
    pub(crate) const fn staged_inputs(self) -> usize {
        self.all_pixels() * self.depth
    }

    /// Fours of weights in a slice.
    pub(crate) const fn staged_weights(self) -> usize {
        4 * self.depth * self.units * self.fours
    }

    /// Fours of inputs that each unit loads for a slice.
    pub(crate) const fn input_loads(self) -> usize {
        self.staged_inputs() / self.all_units()
    }

    /// Fours of weights that each unit loads for a slice.
    pub(crate) const fn weight_loads(self) -> usize {
        self.staged_weights() / self.all_units()
    }

    /// Rows in the packed weights of a tile of filters: `inputs`, padded to whole slices.
    pub(crate) fn rows(self, inputs: usize) -> usize {
        inputs.next_multiple_of(4 * self.depth)
    }

    /// Workgroups for an output of `pixels` by `filters`.
    pub(crate) fn workgroups(self, pixels: usize, filters: usize) -> usize {
        pixels.div_ceil(self.all_pixels()) * filters.div_ceil(self.filters())
    }
}

/// The tiles of a class.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Most filters first; with equal filters, most pixels first.
    pub(crate) tiles: Vec<Tile>,
    /// Workgroups that keep a device of the class busy. Outputs with fewer use tiles of fewer
    /// pixels.
    pub(crate) busy: usize,
}

const fn staged(units: usize, groups: usize, pixels: usize, fours: usize, depth: usize) -> Tile {
    Tile { kernel: Kernel::Staged, units, groups, pixels, fours, depth }
}

const fn software(fours: usize) -> Tile {
    Tile { kernel: Kernel::Software, units: 8, groups: 1, pixels: 32, fours, depth: 1 }
}

impl TileClass {
    /// The tiles of the class; `None` for matrix units, which have tiles of their own. Staged tiles have at most 256 units and 16 KiB of shared memory, the
    /// default limits of WebGPU.
    pub(crate) fn table(self) -> Option<Table> {
        let table = match self {
            // On lavapipe a load costs tens of multiply-adds, so tiles are as large as lavapipe can
            // compile in a second or two.
            Self::Software => Table { tiles: vec![software(2), software(1)], busy: 1 },
            Self::Plain => Table {
                tiles: vec![Tile {
                    kernel: Kernel::Plain,
                    units: 16,
                    groups: 4,
                    pixels: 8,
                    fours: 1,
                    depth: 1,
                }],
                busy: 1,
            },
            // `matrix::for_filters`
            Self::Matrix => return None,
            // Each unit has few registers.
            Self::Integrated => Table {
                tiles: vec![
                    staged(16, 8, 8, 1, 4),
                    staged(16, 8, 4, 1, 4),
                    staged(8, 8, 8, 1, 4),
                    staged(8, 8, 4, 1, 4),
                ],
                busy: 48,
            },
            // Arithmetic is fast relative to the cache, so tiles are large.
            Self::Discrete => Table {
                tiles: vec![
                    staged(16, 16, 8, 1, 4),
                    staged(16, 16, 4, 1, 4),
                    staged(8, 16, 8, 1, 4),
                    staged(8, 16, 4, 1, 4),
                ],
                busy: 192,
            },
            // Registers are many and shared memory is slow: more sums for each load.
            Self::Apple => Table {
                tiles: vec![
                    staged(8, 16, 8, 2, 2),
                    staged(8, 16, 4, 2, 2),
                    staged(4, 16, 8, 2, 2),
                    staged(4, 16, 4, 2, 2),
                ],
                busy: 64,
            },
        };
        Some(table)
    }
}

impl Table {
    /// A table for each tile alone.
    pub(crate) fn each(self) -> Vec<Self> {
        self.tiles.into_iter().map(|tile| Self { tiles: vec![tile], busy: 0 }).collect()
    }

    /// The tiles for a number of filters, all of one width: the widest that leaves at most a sixth
    /// of its filters unused, otherwise the narrowest.
    pub(crate) fn for_filters(mut self, filters: usize) -> Self {
        let fits = |tile: &&Tile| filters.next_multiple_of(tile.filters()) * 5 <= filters * 6;
        let width = self.tiles.iter().find(fits).or(self.tiles.last()).map(|tile| tile.filters());
        self.tiles.retain(|tile| Some(tile.filters()) == width);
        self
    }

    /// The tile with the most pixels that keeps the device busy, otherwise the one with the fewest.
    pub(crate) fn tile(&self, pixels: usize, filters: usize) -> Tile {
        let busy = |tile: &&Tile| tile.workgroups(pixels, filters) >= self.busy;
        let tile = self.tiles.iter().find(busy).or(self.tiles.last());
        *tile.unwrap_or_else(|| unreachable!("every class has a tile"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_staged_tile_fits_every_adapter_and_divides_evenly() {
        for class in [TileClass::Integrated, TileClass::Discrete, TileClass::Apple] {
            for tile in class.table().unwrap().tiles {
                assert!(tile.all_units() <= 256, "{tile:?}");
                assert!(
                    16 * (tile.staged_inputs() + tile.staged_weights()) <= 16 << 10,
                    "{tile:?}"
                );
                assert_eq!(tile.staged_inputs() % tile.all_units(), 0, "{tile:?}");
                assert_eq!(tile.staged_weights() % tile.all_units(), 0, "{tile:?}");
                assert_eq!(tile.all_units() % tile.depth, 0, "{tile:?}");
            }
        }
    }

    #[test]
    fn tile_width_follows_the_number_of_filters() {
        let width = |class: TileClass, filters| {
            class.table().unwrap().for_filters(filters).tile(1 << 20, filters).filters()
        };
        for (filters, expected) in [(192, 64), (32, 32), (80, 32), (96, 32), (160, 64), (2, 32)] {
            for class in [TileClass::Software, TileClass::Discrete, TileClass::Apple] {
                assert_eq!(width(class, filters), expected, "{class:?}, {filters} filters");
            }
        }
    }

    #[test]
    fn few_pixels_take_tiles_of_fewer_pixels() {
        for class in [TileClass::Integrated, TileClass::Discrete, TileClass::Apple] {
            let table = class.table().unwrap().for_filters(192);
            let [many, few] = [64 * 35 * 35, 64].map(|pixels| table.tile(pixels, 192).pixels);
            assert_eq!([many, few], [8, 4], "{class:?}");
        }
    }
}

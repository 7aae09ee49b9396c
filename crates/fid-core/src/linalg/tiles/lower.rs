//! The lower triangle of a matrix in tiles.

use faer::{Mat, MatRef};

use super::tile::{TILE, Tile};

/// Tiles are stored in bands of this many columns, row by row, so that the factors of a band's
/// products stay in a core's second cache.
const BAND: usize = 6;

/// Row and column of a tile, counted in tiles.
pub(crate) type TileIndex = (usize, usize);

/// The tiles on and below the diagonal of an `n × n` matrix, padded with zeros to whole tiles.
pub(crate) struct LowerTiles {
    n: usize,
    /// Tiles along a side.
    count: usize,
    tiles: Vec<Tile>,
    /// Row and column of each of `tiles`.
    indices: Vec<TileIndex>,
    /// Position in `tiles`, by `row · count + column`.
    positions: Vec<usize>,
}

impl LowerTiles {
    pub(crate) fn zeros(n: usize) -> Self {
        let count = n.div_ceil(TILE);
        let mut indices = Vec::with_capacity(count * (count + 1) / 2);
        for band in (0..count).step_by(BAND) {
            for i in band..count {
                indices.extend((band..count.min(band + BAND).min(i + 1)).map(|j| (i, j)));
            }
        }
        let mut positions = vec![usize::MAX; count * count];
        indices.iter().enumerate().for_each(|(at, &(i, j))| positions[i * count + j] = at);
        Self { n, count, tiles: vec![[[0.0; TILE]; TILE]; indices.len()], indices, positions }
    }

    /// Copies a symmetric matrix, reading its lower triangle. Tiles on the diagonal get both
    /// halves.
    pub(crate) fn symmetric(matrix: MatRef<'_, f64>) -> Self {
        let mut out = Self::lower(matrix);
        for k in 0..out.count {
            let tile = out.tile_mut(k, k);
            let lower = *tile;
            for (j, column) in tile.iter_mut().enumerate() {
                column[..j].iter_mut().zip(&lower).for_each(|(value, row)| *value = row[j]);
            }
        }
        out
    }

    /// Copies the lower triangle of a matrix; zeros above it.
    pub(crate) fn lower(matrix: MatRef<'_, f64>) -> Self {
        let mut out = Self::zeros(matrix.nrows());
        for (&index, tile) in out.indices.iter().zip(&mut out.tiles) {
            for ((row, column), at) in entries(out.n, index) {
                tile[column][row] = matrix[at];
            }
        }
        out
    }

    /// The dense `n × n` matrix, with zeros above the diagonal.
    pub(crate) fn to_dense(&self) -> Mat<f64> {
        let mut out = Mat::zeros(self.n, self.n);
        for (&index, tile) in self.indices.iter().zip(&self.tiles) {
            for ((row, column), at) in entries(self.n, index) {
                out[at] = tile[column][row];
            }
        }
        out
    }

    /// Transposes each tile within itself; tiles keep their positions.
    pub(crate) fn transposed_tiles(&self) -> Self {
        let mut out = Self::zeros(self.n);
        for (out, tile) in out.tiles.iter_mut().zip(&self.tiles) {
            for (j, column) in tile.iter().enumerate() {
                out.iter_mut().zip(column).for_each(|(out, &value)| out[j] = value);
            }
        }
        out
    }

    pub(crate) fn n(&self) -> usize {
        self.n
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.tiles.as_flattened().as_flattened().iter().all(|value| value.is_finite())
    }

    pub(crate) fn diagonal(&self) -> impl Iterator<Item = f64> {
        (0..self.n).map(|i| self.tile(i / TILE, i / TILE)[i % TILE][i % TILE])
    }

    pub(crate) fn tile(&self, i: usize, j: usize) -> &Tile {
        &self.tiles[self.positions[i * self.count + j]]
    }

    pub(crate) fn tile_mut(&mut self, i: usize, j: usize) -> &mut Tile {
        let position = self.positions[i * self.count + j];
        &mut self.tiles[position]
    }

    /// The tiles from column `first` on, and a few before it, in at most `parts` nearly equal
    /// parts, each with the indices of its tiles.
    pub(crate) fn parts(&mut self, first: usize, parts: usize) -> Vec<(&[TileIndex], &mut [Tile])> {
        let band = first / BAND * BAND;
        let start = self.positions[band * self.count + band];
        let indices = &self.indices[start..];
        let tiles = &mut self.tiles[start..];
        let size = tiles.len().div_ceil(parts).max(1);
        indices.chunks(size).zip(tiles.chunks_mut(size)).collect()
    }
}

/// The entries of tile `(i, j)` on and below the diagonal of an `n × n` matrix: row and column
/// within the tile, and within the matrix.
fn entries(n: usize, (i, j): TileIndex) -> impl Iterator<Item = ((usize, usize), (usize, usize))> {
    (0..TILE.min(n - j * TILE)).flat_map(move |column| {
        let first = if i == j { column } else { 0 };
        let rows = first..TILE.min(n - i * TILE);
        rows.map(move |row| ((row, column), (i * TILE + row, j * TILE + column)))
    })
}

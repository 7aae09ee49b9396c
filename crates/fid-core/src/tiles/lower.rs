//! The lower triangle of a matrix in tiles.

use faer::{Mat, MatRef};

use super::{TILE, Tile};

/// Columns of tiles that are gone through side by side, row by row: what is multiplied with these columns
/// stays in a core's second cache.
const BAND: usize = 6;

/// Row and column of a tile.
pub(crate) type Place = (usize, usize);

/// The tiles on and below the diagonal. Behind the end of the matrix they go on with zeros.
pub(crate) struct LowerTiles {
    n: usize,
    /// Tiles a side.
    count: usize,
    tiles: Vec<Tile>,
    places: Vec<Place>,
    /// Where in `tiles` is that of a row and a column.
    index: Vec<usize>,
}

impl LowerTiles {
    pub(crate) fn zeros(n: usize) -> Self {
        let count = n.div_ceil(TILE);
        let mut places = Vec::with_capacity(count * (count + 1) / 2);
        for band in (0..count).step_by(BAND) {
            for i in band..count {
                places.extend((band..count.min(band + BAND).min(i + 1)).map(|j| (i, j)));
            }
        }
        let mut index = vec![usize::MAX; count * count];
        places.iter().enumerate().for_each(|(at, &(i, j))| index[i * count + j] = at);
        Self { n, count, tiles: vec![[[0.0; TILE]; TILE]; places.len()], places, index }
    }

    /// Of a symmetric matrix, of which the lower triangle is read. Tiles on the diagonal get both halves.
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

    /// Of a lower triangular matrix, of which that triangle is read.
    pub(crate) fn lower(matrix: MatRef<'_, f64>) -> Self {
        let mut out = Self::zeros(matrix.nrows());
        for (&place, tile) in out.places.iter().zip(&mut out.tiles) {
            for ((row, column), at) in entries(out.n, place) {
                tile[column][row] = matrix[at];
            }
        }
        out
    }

    /// As a matrix, with zeros above the diagonal.
    pub(crate) fn to_dense(&self) -> Mat<f64> {
        let mut out = Mat::zeros(self.n, self.n);
        for (&place, tile) in self.places.iter().zip(&self.tiles) {
            for ((row, column), at) in entries(self.n, place) {
                out[at] = tile[column][row];
            }
        }
        out
    }

    /// Each tile transposed, where it is.
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
        &self.tiles[self.index[i * self.count + j]]
    }

    pub(crate) fn tile_mut(&mut self, i: usize, j: usize) -> &mut Tile {
        let index = self.index[i * self.count + j];
        &mut self.tiles[index]
    }

    /// The tiles from column `first` on, and a few before it, in at most `parts` equal parts, each with the places
    /// of its tiles.
    pub(crate) fn parts(&mut self, first: usize, parts: usize) -> Vec<(&[Place], &mut [Tile])> {
        let band = first / BAND * BAND;
        let start = self.index[band * self.count + band];
        let (places, tiles) = (&self.places[start..], &mut self.tiles[start..]);
        let size = tiles.len().div_ceil(parts).max(1);
        places.chunks(size).zip(tiles.chunks_mut(size)).collect()
    }
}

/// The entries of a tile on and below the diagonal of a matrix of side `n`: row and column within the tile, and
/// within the matrix.
fn entries(n: usize, (i, j): Place) -> impl Iterator<Item = (Place, Place)> {
    (0..TILE.min(n - j * TILE)).flat_map(move |column| {
        let first = if i == j { column } else { 0 };
        let rows = first..TILE.min(n - i * TILE);
        rows.map(move |row| ((row, column), (i * TILE + row, j * TILE + column)))
    })
}

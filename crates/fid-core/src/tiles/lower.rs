//! The lower triangle of a matrix in tiles.

use faer::MatRef;

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
        Self::filled(matrix, |tile, (row, column), on_diagonal, value| {
            tile[column][row] = value;
            if on_diagonal {
                tile[row][column] = value;
            }
        })
    }

    /// Of a lower triangular matrix; each tile is transposed.
    pub(crate) fn transposed(matrix: MatRef<'_, f64>) -> Self {
        Self::filled(matrix, |tile, (row, column), _, value| tile[row][column] = value)
    }

    /// Gives every entry on or below the diagonal to `put`, with its place in its tile and whether that
    /// tile is on the diagonal.
    fn filled(matrix: MatRef<'_, f64>, put: impl Fn(&mut Tile, (usize, usize), bool, f64)) -> Self {
        let n = matrix.nrows();
        let mut out = Self::zeros(n);
        for j in 0..out.count {
            for i in j..out.count {
                let tile = out.tile_mut(i, j);
                for column in 0..TILE.min(n - j * TILE) {
                    let first = if i == j { column } else { 0 };
                    for row in first..TILE.min(n - i * TILE) {
                        let value = matrix[(i * TILE + row, j * TILE + column)];
                        put(tile, (row, column), i == j, value);
                    }
                }
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

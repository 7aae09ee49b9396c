//! Nearest neighbours among feature vectors.

use super::distances::{Bounds, Exact, Frame, Tiled, for_each_block, squared_distance};
use super::products::{CpuProducts, TileProducts};
use crate::error::Error;
use crate::features::{FeatureRows, read_finite};

/// A row's candidates are sifted when there are this many beyond twice its number of neighbours.
const CANDIDATES: usize = 24;

/// The nearest vector of a set.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Neighbour {
    /// Row in its set, from 0.
    pub index: usize,
    /// Euclidean distance, in units of the features.
    pub distance: f64,
}

/// For each of `rows`, row numbers of `queries`, the nearest vector of `reference`; the first of
/// several at the same distance. Meant for few rows: computes the distance of each to every vector
/// of `reference`, on one thread.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Neighbours`] if `reference` is empty; [`Error::NoSuchRow`];
/// [`Error::NotFinite`]; [`Error::Overflow`].
pub fn nearest_neighbours(
    reference: &dyn FeatureRows,
    queries: &dyn FeatureRows,
    rows: &[usize],
) -> Result<Vec<Neighbour>, Error> {
    let dim = reference.dim();
    let num_rows = queries.num_rows();
    if queries.dim() != dim {
        return Err(Error::DimMismatch { a: dim, b: queries.dim() });
    }
    if reference.num_rows() == 0 {
        return Err(Error::Neighbours { what: "reference features", neighbours: 1, num_rows: 0 });
    }
    let mut wanted = vec![vec![0.0; dim]; rows.len()];
    for (out, &row) in wanted.iter_mut().zip(rows) {
        if row >= num_rows {
            return Err(Error::NoSuchRow { what: "queries", row, num_rows });
        }
        read_finite(queries, "queries", row, out)?;
    }
    let mut nearest = vec![Neighbour { index: 0, distance: f64::INFINITY }; rows.len()];
    let mut candidate = vec![0.0; dim];
    for index in 0..reference.num_rows() {
        read_finite(reference, "reference", index, &mut candidate)?;
        for (query, nearest) in wanted.iter().zip(&mut nearest) {
            let distance = squared_distance(query, &candidate);
            if distance < nearest.distance {
                *nearest = Neighbour { index, distance };
            }
        }
    }
    nearest.iter_mut().for_each(|nearest| nearest.distance = nearest.distance.sqrt());
    if nearest.iter().all(|nearest| nearest.distance.is_finite()) {
        Ok(nearest)
    } else {
        Err(Error::Overflow { what: "squared distances of features" })
    }
}

/// The distance of each vector of `set` to its `neighbours`-th nearest other vector, `[n]`: the
/// radii of the balls that form the manifold of Kynkäänniemi et al. (2019). Copies of a vector
/// count as neighbours at distance 0.
///
/// Memory besides `set`: three tiles of 1024 vectors in f32, 4 MiB, and about 30 candidates per
/// vector. Products use faer's global parallelism.
///
/// # Errors
/// [`Error::Neighbours`] unless 0 < `neighbours` < n; [`Error::NotFinite`]; [`Error::Overflow`].
pub fn neighbour_distances(set: &dyn FeatureRows, neighbours: usize) -> Result<Vec<f64>, Error> {
    require_neighbours("features", set, neighbours)?;
    let frame = Frame::new(&[("features", set)])?;
    let products = &mut CpuProducts::default();
    let squares = squared_radii(&Tiled::new(set, &frame), &frame, neighbours, products)?;
    Ok(squares.into_iter().map(f64::sqrt).collect())
}

/// Checks that `set` has `neighbours` neighbours. `what` names the set in the error.
///
/// # Errors
/// [`Error::Neighbours`] unless 0 < `neighbours` < n.
pub(super) fn require_neighbours(
    what: &'static str,
    set: &dyn FeatureRows,
    neighbours: usize,
) -> Result<(), Error> {
    let num_rows = set.num_rows();
    if (1..num_rows).contains(&neighbours) {
        Ok(())
    } else {
        Err(Error::Neighbours { what, neighbours, num_rows })
    }
}

/// Squares of [`neighbour_distances`], computed in f64 from differences.
pub(super) fn squared_radii(
    set: &Tiled<'_>,
    frame: &Frame,
    neighbours: usize,
    products: &mut dyn TileProducts,
) -> Result<Vec<f64>, Error> {
    let mut exact = Exact::new(set.rows, set.rows);
    let scale = frame.scale * frame.scale;
    let mut search = Search::new(set.len(), neighbours, scale, |i, j| exact.squared(i, j));
    for_each_block(set, set, true, products, |block, bounds: Bounds| {
        block.pairs(true, |i, j, norms, product| {
            let lower = bounds.lower(norms, product);
            if search.takes(i, lower) || search.takes(j, lower) {
                let upper = bounds.upper(norms, product);
                search.offer(i, j, lower, upper);
                search.offer(j, i, lower, upper);
            }
        });
    })?;
    Ok((0..set.len()).map(|row| search.radius(row)).collect())
}

/// Search for the nearest neighbours of every row of a set: bounds on distances select candidates,
/// and exact distances decide among them.
pub(super) struct Search<E> {
    neighbours: usize,
    /// Converts squared distances from units of the features to units of the frame; a power of two.
    scale: f64,
    /// The squared distance of two rows, in units of the features.
    exact: E,
    /// For each row, an upper bound on its squared radius, in units of the frame.
    limits: Vec<f64>,
    lists: Vec<List>,
}

#[derive(Default)]
struct List {
    /// The smallest upper bounds, nondecreasing; at most as many as neighbours.
    uppers: Vec<f64>,
    /// Lower bounds and row numbers.
    candidates: Vec<(f64, usize)>,
}

impl<E: FnMut(usize, usize) -> f64> Search<E> {
    /// A search for `rows` rows.
    pub(super) fn new(rows: usize, neighbours: usize, scale: f64, exact: E) -> Self {
        let lists = (0..rows).map(|_| List::default()).collect();
        Self { neighbours, scale, exact, limits: vec![f64::INFINITY; rows], lists }
    }

    /// Whether a row at a squared distance of at least `lower` may be a neighbour of `row`.
    pub(super) fn takes(&self, row: usize, lower: f64) -> bool {
        lower <= self.limits[row]
    }

    /// Offers `other`, whose squared distance from `row` is within the bounds.
    pub(super) fn offer(&mut self, row: usize, other: usize, lower: f64, upper: f64) {
        if !self.takes(row, lower) {
            return;
        }
        let list = &mut self.lists[row];
        list.candidates.push((lower, other));
        if upper < self.limits[row] {
            let at = list.uppers.partition_point(|&value| value <= upper);
            list.uppers.insert(at, upper);
            list.uppers.truncate(self.neighbours);
            if list.uppers.len() == self.neighbours {
                self.limits[row] = list.uppers[self.neighbours - 1];
            }
        }
        if list.candidates.len() >= 2 * self.neighbours + CANDIDATES {
            self.sift(row);
        }
    }

    /// Drops the candidates of `row` that are too far away; if many remain, replaces their bounds
    /// by exact distances.
    fn sift(&mut self, row: usize) {
        let limit = self.limits[row];
        let candidates = &mut self.lists[row].candidates;
        candidates.retain(|&(lower, _)| lower <= limit);
        if candidates.len() < self.neighbours + CANDIDATES {
            return;
        }
        let squares = self.nearest(row);
        let list = &mut self.lists[row];
        list.uppers = squares.iter().map(|&(square, _)| square * self.scale).collect();
        list.candidates = squares.iter().map(|&(s, other)| (s * self.scale, other)).collect();
        // At radius 0 the row has as many copies as neighbours, and no other row can be nearer.
        let radius = list.uppers[self.neighbours - 1];
        self.limits[row] = if radius > 0.0 { radius } else { f64::NEG_INFINITY };
    }

    /// The nearest candidates with their exact squared distances, nondecreasing.
    fn nearest(&mut self, row: usize) -> Vec<(f64, usize)> {
        let candidates = &self.lists[row].candidates;
        let exact = &mut self.exact;
        let mut squares: Vec<_> =
            candidates.iter().map(|&(_, other)| (exact(row, other), other)).collect();
        squares.sort_by(|a, b| a.0.total_cmp(&b.0));
        squares.truncate(self.neighbours);
        squares
    }

    /// The squared distance of the last neighbour of `row`.
    pub(super) fn radius(&mut self, row: usize) -> f64 {
        let limit = self.limits[row];
        if limit > 0.0 {
            self.lists[row].candidates.retain(|&(lower, _)| lower <= limit);
        }
        self.nearest(row).last().map_or(0.0, |&(square, _)| square)
    }
}

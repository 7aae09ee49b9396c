//! Nearest neighbours among feature vectors.

use super::tiles::{Bounds, Exact, Frame, Tiled, for_each_block, squared_distance};
use super::{CpuProducts, TileProducts, read_finite};
use crate::{Error, FeatureRows};

/// Candidates that a row may collect beyond twice its number of neighbours before they are sifted.
const CANDIDATES: usize = 24;

/// The vector of a set that is nearest to some other vector.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Neighbour {
    /// Row in its set, from 0.
    pub index: usize,
    /// Euclidean distance, in units of the features.
    pub distance: f64,
}

/// For each of `rows` of `queries` the nearest vector of `reference`; of several as near, the first.
/// For a handful of rows: the cost is that of one distance for each of `rows` and each vector of
/// `reference`, on one thread.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Neighbours`] if `reference` is empty; [`Error::NoSuchRow`];
/// [`Error::NotFinite`] with the first NaN or infinity met.
pub fn nearest_neighbours(
    reference: &dyn FeatureRows,
    queries: &dyn FeatureRows,
    rows: &[usize],
) -> Result<Vec<Neighbour>, Error> {
    let (dim, num_rows) = (reference.dim(), queries.num_rows());
    if queries.dim() != dim {
        return Err(Error::DimMismatch { a: dim, b: queries.dim() });
    }
    if reference.num_rows() == 0 {
        return Err(Error::Neighbours { what: "reference", neighbours: 1, num_rows: 0 });
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
    match nearest.iter().all(|nearest| nearest.distance.is_finite()) {
        true => Ok(nearest),
        false => Err(Error::Overflow { what: "squared distances of features" }),
    }
}

/// The distance of each vector of `set` to its `neighbours`-th nearest other one, `[n]`: the radii of
/// the balls that make up the manifold of Kynkäänniemi et al. (2019). Equal vectors are 0 from each
/// other and count each.
///
/// Memory beside `set`: three tiles of 1024 vectors in f32, 4 MiB, and a list of about 30 candidates for
/// each vector. Products run on faer's global parallelism.
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

pub(super) fn require_neighbours(
    what: &'static str,
    set: &dyn FeatureRows,
    neighbours: usize,
) -> Result<(), Error> {
    let num_rows = set.num_rows();
    match neighbours {
        1.. if neighbours < num_rows => Ok(()),
        _ => Err(Error::Neighbours { what, neighbours, num_rows }),
    }
}

/// Squares of [`neighbour_distances`], exact sums of squares.
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

/// The nearest neighbours of every row of a set, as far as bounds can tell them.
pub(super) struct Search<E> {
    neighbours: usize,
    /// Of squared distances, from units of the features to those of the frame: a power of two.
    scale: f64,
    /// The squared distance of two rows.
    exact: E,
    /// For each row what its squared radius cannot exceed.
    limits: Vec<f64>,
    lists: Vec<List>,
}

#[derive(Default)]
struct List {
    /// The smallest upper bounds, nondecreasing; as many as neighbours at most.
    uppers: Vec<f64>,
    /// Lower bounds, and the rows they are of.
    candidates: Vec<(f64, usize)>,
}

impl<E: FnMut(usize, usize) -> f64> Search<E> {
    /// For `rows` rows.
    pub(super) fn new(rows: usize, neighbours: usize, scale: f64, exact: E) -> Self {
        let lists = (0..rows).map(|_| List::default()).collect();
        Self { neighbours, scale, exact, limits: vec![f64::INFINITY; rows], lists }
    }

    /// Whether something that is no nearer than `lower` may count for `row`.
    pub(super) fn takes(&self, row: usize, lower: f64) -> bool {
        lower <= self.limits[row]
    }

    /// Row `other` is between the bounds away from `row`.
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

    /// Drops candidates that are too far, and where many are near each other tells them apart.
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
        // Nothing is nearer than a duplicate.
        let radius = list.uppers[self.neighbours - 1];
        self.limits[row] = if radius > 0.0 { radius } else { f64::NEG_INFINITY };
    }

    /// The nearest candidates with their exact squared distances, nondecreasing.
    fn nearest(&mut self, row: usize) -> Vec<(f64, usize)> {
        let (candidates, exact) = (&self.lists[row].candidates, &mut self.exact);
        let mut squares: Vec<_> =
            candidates.iter().map(|&(_, other)| (exact(row, other), other)).collect();
        squares.sort_by(|a, b| a.0.total_cmp(&b.0));
        squares.truncate(self.neighbours);
        squares
    }

    /// The squared distance of the last of the nearest.
    pub(super) fn radius(&mut self, row: usize) -> f64 {
        let limit = self.limits[row];
        if limit > 0.0 {
            self.lists[row].candidates.retain(|&(lower, _)| lower <= limit);
        }
        self.nearest(row).last().map_or(0.0, |&(square, _)| square)
    }
}

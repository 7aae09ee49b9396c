//! The sum of the square roots of a positive band's eigenvalues, without the eigenvalues.
//!
//! `√x = 2/π·∫ x/(x + t²) dt` over all `t > 0`. With `t = √m·sc(u)`, an elliptic function, the
//! error of the midpoint rule falls by the same factor with each node for every `x` between `m` and
//! `M` (Hale, Higham & Trefethen, "Computing Aᵅ, log(A), and related matrix functions by contour
//! integrals", 2008, method 3): 44 nodes for `M/m = 1e10`. Summed over all eigenvalues, a node
//! needs `tr A·(A + t²)⁻¹`, the derivative of `log det(A + t²)` in the direction of `A`, which
//! Gaussian elimination within the band gives, differentiated step by step.

use std::array::from_fn;
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, PI};

use faer::Par;
use faer::traits::pulp::Arch;

use super::band::{Band, WIDTH};
use crate::linalg::parallel::for_each;

/// Nodes computed together: an AVX2 vector.
const LANES: usize = 4;

type Lanes = [f64; LANES];

/// The relative error of the rule is `e` to minus this for each root: below the rounding of the
/// sums.
const ACCURACY: f64 = 36.0;

/// The sum of the square roots of the eigenvalues; `None` if it may be off by more than `allowed`,
/// or if an eigenvalue is not positive.
///
/// The band is accurate to `δ = ε·λmax`, so a root to `δ/2√λ`, and these errors are independent.
/// Measured at d = 2048 against singular values, the estimate is at least a hundred times the true
/// error: cautious, but cheap.
pub(super) fn sum(band: &Band, allowed: f64, par: Par) -> Option<f64> {
    let inverse_trace = traces(band, [0.0; LANES], Direction::Identity)?[0];
    let largest = upper_bound(band);
    if 0.5 * f64::EPSILON * largest * inverse_trace.sqrt() > allowed {
        return None;
    }
    let nodes = nodes(1.0 / inverse_trace, largest);
    let mut parts: Vec<Option<f64>> = vec![None; nodes.len() / LANES];
    for_each(par, nodes.chunks_exact(LANES).zip(&mut parts).collect(), |(nodes, part)| {
        let traces = traces(band, from_fn(|i| nodes[i].t * nodes[i].t), Direction::Itself);
        *part = traces.map(|traces| nodes.iter().zip(traces).map(|(n, t)| n.weight * t).sum());
    });
    parts.into_iter().sum()
}

/// An upper bound on the eigenvalues: the smaller of the Frobenius norm and the largest row sum of
/// absolute values.
fn upper_bound(band: &Band) -> f64 {
    let mut rows = vec![0.0; band.n() + WIDTH];
    let mut squares = 0.0;
    for j in 0..band.n() {
        rows[j] += band.at(j, j).abs();
        squares += band.at(j, j).powi(2);
        for i in j + 1..=j + WIDTH {
            let value = band.at(i, j);
            rows[i] += value.abs();
            rows[j] += value.abs();
            squares += 2.0 * value * value;
        }
    }
    squares.sqrt().min(rows.into_iter().fold(0.0, f64::max))
}

/// A node of the quadrature rule.
struct Node {
    t: f64,
    weight: f64,
}

/// Nodes with `√x = Σ weight·x/(x + t²)` for `x` from `smallest` to `largest`. By the symmetry of
/// `sc`, nodes come in pairs with `t₁·t₂ = √(m·M)`; this computes the lower ones by Bulirsch's
/// method ("Numerical calculation of elliptic integrals and elliptic functions", 1965), which adds
/// and multiplies only positive numbers.
fn nodes(smallest: f64, largest: f64) -> Vec<Node> {
    let mut a = 1.0;
    let mut b = (smallest / largest).sqrt().min(1.0);
    let mut means = vec![(a, b)];
    while a - b > 1e-8 * a {
        (a, b) = (0.5 * (a + b), (a * b).sqrt());
        means.push((a, b));
    }
    let mean = 0.5 * (a + b);
    // The mean gives both periods of `sc`; their ratio bounds the error.
    let count = ACCURACY * ((largest / smallest).ln() + 3.0) / (2.0 * PI * PI);
    let count = (count.ceil() as usize).next_multiple_of(LANES);
    let mut nodes = Vec::with_capacity(count);
    for i in 0..count / 2 {
        let mut ratio = 1.0 / ((i as f64 + 0.5) * FRAC_PI_2 / count as f64).tan();
        let mut cs = mean * ratio;
        let mut dn = 1.0;
        for &(a, b) in means.iter().rev() {
            ratio *= cs;
            cs *= dn;
            dn = (b + ratio) / (a + ratio);
            ratio = cs / a;
        }
        let t = smallest.sqrt() / cs;
        // 2/π times the slope of `t`, times the step: `K'/count` with `K' = π/2 / mean`.
        let slope = smallest.sqrt() * dn * (1.0 + 1.0 / (cs * cs));
        let weight = FRAC_2_PI * slope * FRAC_PI_2 / mean / count as f64;
        let mirror = (smallest.sqrt() * largest.sqrt()) / t;
        nodes.extend([Node { t, weight }, Node { t: mirror, weight: weight * mirror / t }]);
    }
    nodes
}

/// The direction `D` of the derivative.
#[derive(Clone, Copy)]
enum Direction {
    Identity,
    Itself,
}

/// A matrix entry for each shift, and its derivative.
#[derive(Clone, Copy)]
struct Entry {
    value: Lanes,
    slope: Lanes,
}

/// A column of the band from the diagonal down.
type Column = [Entry; WIDTH + 1];

/// `tr D·(A + shift)⁻¹` for each shift; `None` if one of the matrices is not positive definite.
fn traces(band: &Band, shifts: Lanes, direction: Direction) -> Option<Lanes> {
    let entry = |i: usize, j: usize| {
        let value = band.at(i, j);
        let diagonal = i == j;
        let slope = [value; LANES];
        let value = from_fn(|l| if diagonal { value + shifts[l] } else { value });
        match direction {
            Direction::Itself => Entry { value, slope },
            Direction::Identity => Entry { value, slope: [f64::from(diagonal); LANES] },
        }
    };
    let n = band.n();
    let mut columns: Vec<Column> = (0..n + WIDTH).map(|j| from_fn(|i| entry(i + j, j))).collect();
    Arch::new().dispatch(|| eliminate(&mut columns, n))
}

/// The derivative of the logarithm of the determinant, the sum over the logarithms of the pivots.
#[inline(always)]
fn eliminate(columns: &mut [Column], n: usize) -> Option<Lanes> {
    let mut sum = [0.0; LANES];
    for j in 0..n {
        let (column, below) = columns[j..].split_first_mut()?;
        let pivot = column[0];
        if !pivot.value.iter().all(|&value| value > 0.0) {
            return None;
        }
        let inverse = pivot.value.map(|value| 1.0 / value);
        (0..LANES).for_each(|l| sum[l] += pivot.slope[l] * inverse[l]);
        for i in 1..=WIDTH {
            let Entry { value, slope } = column[i];
            let factor: Lanes = from_fn(|l| value[l] * inverse[l]);
            let change: Lanes = from_fn(|l| (slope[l] - factor[l] * pivot.slope[l]) * inverse[l]);
            for k in 1..=i {
                let of = &column[k];
                let out = &mut below[k - 1][i - k];
                for l in 0..LANES {
                    out.value[l] -= factor[l] * of.value[l];
                    out.slope[l] -= change[l] * of.value[l] + factor[l] * of.slope[l];
                }
            }
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::nodes;

    /// Rounding of sums of 40 to 130 terms.
    const ROUNDING: f64 = 1e-14;

    #[test]
    fn quadrature_sums_to_the_square_root_between_the_ends() {
        for condition in [1.0, 1.0 + 1e-12, 2.0, 1e4, 1e10, 1e20] {
            let (smallest, largest) = (3.0 / condition, 3.0f64);
            let nodes = nodes(smallest, largest);
            for i in 0..=100 {
                let x = smallest * (condition.ln() * f64::from(i) / 100.0).exp();
                let got: f64 = nodes.iter().map(|n| n.weight * x / (x + n.t * n.t)).sum();
                let error = (got / x.sqrt() - 1.0).abs();
                assert!(error <= ROUNDING, "{condition:e}: {error:e} at {x:e}");
            }
        }
    }
}

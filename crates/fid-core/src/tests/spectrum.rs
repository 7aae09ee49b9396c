//! Values in two stages against faer's in one stage, and against known spectra.

use faer::{Mat, MatRef, Scale};

use super::data::{Lcg, covariance};
use crate::linalg::spectrum::{self, singular_values};
use crate::linalg::tiles::LowerTiles;
use crate::linalg::{cholesky, extreme_eigenvalues, pivoted_factor};

/// Bound on rounding at these sizes, relative to the largest value.
const ROUNDING: f64 = 1e-13;

/// One less than a block, a block, one more, and several blocks.
const SIZES: [usize; 11] = [1, 2, 3, 23, 24, 25, 31, 49, 65, 150, 330];

fn random(rows: usize, columns: usize) -> Mat<f64> {
    let mut lcg = Lcg(50);
    Mat::from_fn(rows, columns, |_, _| lcg.normal())
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

fn assert_values(what: &str, got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{what}");
    let largest = want.iter().fold(0.0, |max: f64, x| max.max(x.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let error = (got - want).abs();
        assert!(error <= ROUNDING * largest, "{what}, {i}: {got:e} for {want:e} of {largest:e}");
    }
}

fn eigenvalues(matrix: MatRef<'_, f64>) -> Vec<f64> {
    spectrum::eigenvalues(LowerTiles::symmetric(matrix)).unwrap()
}

fn assert_as_faer(what: &str, matrix: MatRef<'_, f64>) {
    let got = sorted(singular_values(matrix.to_owned()).unwrap());
    assert_values(what, &got, &matrix.singular_values().unwrap());
}

#[test]
fn singular_values_equal_faers_for_every_shape() {
    for n in SIZES {
        for m in [n, n + 1, n + 40, 3 * n] {
            let matrix = random(m, n);
            assert_as_faer(&format!("{m} by {n}"), matrix.as_ref());
            assert_as_faer(&format!("{n} by {m}"), matrix.transpose());
        }
    }
}

#[test]
fn singular_values_equal_faers_for_singular_matrices() {
    for (n, rank) in [(1, 0), (40, 0), (40, 1), (64, 31), (100, 33), (150, 149)] {
        let matrix = &random(n, rank) * random(rank, n);
        assert_as_faer(&format!("{n} of rank {rank}"), matrix.as_ref());
    }
    // Equal columns within one panel, zero columns and rows.
    let random = random(90, 90);
    let equal = Mat::from_fn(90, 90, |i, j| random[(i, j / 3)]);
    let sparse = Mat::from_fn(90, 90, |i, j| if (i + j) % 7 < 5 { 0.0 } else { random[(i, j)] });
    let empty = Mat::from_fn(90, 90, |i, j| if j < 50 || i > 70 { 0.0 } else { random[(i, j)] });
    for (what, matrix) in [("equal", equal), ("sparse", sparse), ("empty", empty)] {
        assert_as_faer(what, matrix.as_ref());
    }
    assert_as_faer("identity", Mat::identity(70, 70).as_ref());
}

#[test]
fn graded_spectra_are_accurate() {
    for n in SIZES {
        let spectrum: Vec<f64> =
            (0..n).map(|i| 10f64.powf(3.0 - 20.0 * i as f64 / n as f64)).collect();
        let matrix = covariance(&spectrum);
        let matrix = MatRef::from_column_major_slice(&matrix, n, n);
        let what = format!("graded {n}");
        assert_values(&what, &sorted(singular_values(matrix.to_owned()).unwrap()), &spectrum);
        assert_values(&what, &sorted(eigenvalues(matrix)), &spectrum);
    }
}

#[test]
fn eigenvalues_of_either_sign_equal_faers() {
    for n in SIZES {
        let half = random(n, n);
        let matrix = &half + half.transpose();
        let mut want = matrix.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        let mut lower = matrix.clone();
        // The upper triangle must not be read.
        (0..n).for_each(|j| (0..j).for_each(|i| lower[(i, j)] = f64::NAN));
        assert_values(&format!("symmetric {n}"), &eigenvalues(lower.as_ref()), &want);
        let small = &matrix * Scale(1e-200);
        want.iter_mut().for_each(|value| *value *= 1e-200);
        assert_values(&format!("small {n}"), &eigenvalues(small.as_ref()), &want);
    }
}

fn sum_of_roots(spectrum: &[f64], allowed: f64) -> Option<f64> {
    let matrix = covariance(spectrum);
    let matrix = MatRef::from_column_major_slice(&matrix, spectrum.len(), spectrum.len());
    spectrum::sum_of_roots(LowerTiles::symmetric(matrix), allowed)
}

/// Equal values, values over eight decades, and one far from the others; large and small.
#[test]
fn sum_of_roots_is_accurate_at_every_scale() {
    for n in SIZES {
        let graded = |i: usize| 10f64.powf(-8.0 * i as f64 / n as f64);
        let far = |i: usize| if i == 0 { 1e6 } else { 1.0 + i as f64 / n as f64 };
        for scale in [1.0, 1e-200, 1e100] {
            for of in [&|_| 1.0, &graded as &dyn Fn(usize) -> f64, &far] {
                let spectrum: Vec<f64> = (0..n).map(|i| scale * of(i)).collect();
                let want: f64 = spectrum.iter().map(|value| value.sqrt()).sum();
                let got = sum_of_roots(&spectrum, 1e-8 * want).unwrap();
                let error = (got - want).abs() / want;
                assert!(error <= ROUNDING, "{n}, {scale:e}: {got:e} for {want:e}, {error:e}");
            }
        }
    }
}

#[test]
fn sums_of_inaccurate_roots_are_refused() {
    for n in SIZES.into_iter().filter(|&n| n > 1) {
        let ends = |smallest: f64| {
            let mut spectrum = vec![1.0; n];
            spectrum[n - 1] = smallest;
            spectrum
        };
        // The root of 1e-12 is accurate to `ε/2e-6` = 1.1e-10.
        assert!(sum_of_roots(&ends(1e-12), 1e-9).is_some(), "{n}");
        assert!(sum_of_roots(&ends(1e-12), 1e-10).is_none(), "{n}");
        for smallest in [1e-17, 0.0, -1e-12, -0.5] {
            assert!(sum_of_roots(&ends(smallest), 1e-9).is_none(), "{n}: {smallest:e}");
        }
    }
}

#[test]
fn pivoted_factor_has_the_rank_of_the_matrix() {
    for (n, rank) in [(1, 1), (40, 7), (90, 33), (300, 150)] {
        let half = random(n, rank);
        let sigma = &half * half.transpose();
        let factor = pivoted_factor(sigma.as_ref()).unwrap();
        assert_eq!(factor.ncols(), rank);
        let error = (&factor * factor.transpose() - &sigma).norm_max();
        assert!(error <= ROUNDING * sigma.norm_max(), "{n}, {rank}: {error:e}");
        // A negative eigenvalue far beyond rounding, but within the tolerance for files.
        let mut saddle = sigma;
        saddle[(n - 1, n - 1)] -= 1e-6 * saddle.norm_max();
        assert!(rank == n || pivoted_factor(saddle.as_ref()).is_none(), "{n}, {rank}");
    }
}

#[test]
fn extreme_eigenvalues_are_within_a_factor_of_three() {
    for n in SIZES {
        let spectrum: Vec<f64> =
            (0..n).map(|i| 10f64.powf(1.0 - 6.0 * i as f64 / n as f64)).collect();
        let sigma = covariance(&spectrum);
        let l = cholesky(MatRef::from_column_major_slice(&sigma, n, n)).unwrap().to_dense();
        let (smallest, largest) = extreme_eigenvalues(l.as_ref());
        let wants = [(smallest, spectrum[n - 1]), (1.0 / largest, 1.0 / spectrum[0])];
        for (got, want) in wants {
            assert!(got >= 0.999 * want && got <= 3.0 * want, "{n}: {got:e} for {want:e}");
        }
    }
}

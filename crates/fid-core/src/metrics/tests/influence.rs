use faer::Mat;

use crate::linalg::nuclear_norm;
use crate::metrics::{FidSide, fid_influence, nearest_real, outliers};
use crate::tests::data::features;
use crate::tolerance::INFLUENCE;
use crate::{Error, FeatureSlice, FeatureStats, frechet_distance};

/// Mean and factor `[dim, n]` of weighted rows: Σ = N/(N − 1)·Σ p(x − μ)(x − μ)ᵀ.
fn weighted(rows: &[f32], dim: usize, weights: &[f64]) -> (Vec<f64>, Mat<f64>) {
    let n = weights.len() as f64;
    let at = |i: usize, j: usize| f64::from(rows[i * dim + j]);
    let mean: Vec<f64> =
        (0..dim).map(|j| (0..weights.len()).map(|i| weights[i] * at(i, j)).sum()).collect();
    let root: Vec<f64> = weights.iter().map(|p| (p * n / (n - 1.0)).sqrt()).collect();
    let factor = Mat::from_fn(dim, weights.len(), |j, i| root[i] * (at(i, j) - mean[j]));
    (mean, factor)
}

fn distance(a: &(Vec<f64>, Mat<f64>), b: &(Vec<f64>, Mat<f64>)) -> f64 {
    let means: f64 = a.0.iter().zip(&b.0).map(|(a, b)| (a - b).powi(2)).sum();
    let cross = nuclear_norm(a.1.as_ref(), b.1.as_ref()).unwrap();
    means + a.1.squared_norm_l2() + b.1.squared_norm_l2() - 2.0 * cross
}

/// d FID/dε when mass ε moves to one row of `moving`, by central differences.
fn derivative(moving: &[f32], fixed: &[f32], dim: usize, row: usize) -> f64 {
    let even = |values: &[f32]| vec![dim as f64 / values.len() as f64; values.len() / dim];
    let fixed = weighted(fixed, dim, &even(fixed));
    let step = 1e-4 * dim as f64 / moving.len() as f64;
    let at = |epsilon: f64| {
        let mut weights = even(moving);
        weights.iter_mut().for_each(|p| *p *= 1.0 - epsilon);
        weights[row] += epsilon;
        distance(&weighted(moving, dim, &weights), &fixed)
    };
    (at(step) - at(-step)) / (2.0 * step)
}

fn sets(n: usize, m: usize, dim: usize) -> (Vec<f32>, Vec<f32>) {
    let mut fake = features(m, dim, 22);
    fake.iter_mut().for_each(|x| *x = 0.1 + *x * 1.2);
    (features(n, dim, 21), fake)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn influences(real: &[f32], fake: &[f32], dim: usize) -> (Vec<f64>, Vec<f64>, f64) {
    let (real, fake) =
        (FeatureSlice::new(real, dim).unwrap(), FeatureSlice::new(fake, dim).unwrap());
    let got = fid_influence(FidSide::Rows(&real), FidSide::Rows(&fake)).unwrap();
    (got.real.unwrap(), got.fake.unwrap(), got.fid)
}

#[test]
fn influence_equals_the_numerical_derivative() {
    for (n, m, dim) in [(300, 200, 8), (40, 60, 30), (20, 25, 30), (20, 90, 30), (90, 20, 30)] {
        let (real, fake) = sets(n, m, dim);
        let (on_real, on_fake, fid) = influences(&real, &fake, dim);
        let stats = |rows: &[f32]| FeatureStats::from_features(rows, dim).unwrap();
        let want = frechet_distance(&stats(&real), &stats(&fake)).unwrap().value;
        assert!((fid - want).abs() < 1e-10 * want, "{fid} {want}");
        for (influences, moving, fixed) in [(&on_real, &real, &fake), (&on_fake, &fake, &real)] {
            let scale = largest(influences);
            let sum: f64 = influences.iter().sum();
            assert!(sum.abs() < 1e-9 * scale * influences.len() as f64, "sum {sum}");
            for row in [0, 1, influences.len() - 1] {
                let want = derivative(moving, fixed, dim, row);
                let error = (influences[row] - want).abs() / scale;
                println!("{n} {m} {dim} row {row}: {} {want}, {error:e}", influences[row]);
                assert!(error < INFLUENCE);
                // The check detects a wrong sign and a wrong row.
                assert!((influences[row] + want).abs() / scale > 100.0 * INFLUENCE);
                let next = influences[(row + 1) % influences.len()];
                assert!((next - want).abs() / scale > 100.0 * INFLUENCE);
            }
        }
    }
}

/// For each image, the change of the FID on removal, less the mean change, which is the bias; and
/// the predicted change −IF/(N − 1).
fn removals(moving: &[f32], fixed: &[f32], dim: usize, influences: &[f64]) -> Vec<(f64, f64)> {
    let fixed = FeatureStats::from_features(fixed, dim).unwrap();
    let value = |rows: &[f32]| {
        let stats = FeatureStats::from_features(rows, dim).unwrap();
        frechet_distance(&stats, &fixed).unwrap().value
    };
    let (all, n) = (value(moving), influences.len());
    let without = |row: usize| {
        let rest = [&moving[..row * dim], &moving[(row + 1) * dim..]].concat();
        value(&rest) - all
    };
    let changes: Vec<f64> = (0..n).map(without).collect();
    let mean = changes.iter().sum::<f64>() / n as f64;
    let predicted = influences.iter().map(|influence| -influence / (n as f64 - 1.0));
    changes.iter().map(|change| change - mean).zip(predicted).collect()
}

/// Slope of the changes over the predicted changes, and their correlation.
fn agreement(pairs: &[(f64, f64)]) -> (f64, f64) {
    let sum = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
    let (xx, yy, xy) = (sum(&|p| p.1 * p.1), sum(&|p| p.0 * p.0), sum(&|p| p.0 * p.1));
    (xy / xx, xy / (xx * yy).sqrt())
}

#[test]
fn influence_predicts_the_effect_of_removal() {
    // Images per dimension, and bounds on the slope and on the correlation; measured in
    // docs/PRECISION.md.
    for (n, dim, slopes, correlation) in
        [(400, 8, 0.98..1.04, 0.999), (160, 16, 0.95..1.1, 0.99), (24, 32, 0.85..1.2, 0.98)]
    {
        let (real, fake) = sets(n, n, dim);
        let (on_real, on_fake, _) = influences(&real, &fake, dim);
        for (influences, moving, fixed) in [(&on_real, &real, &fake), (&on_fake, &fake, &real)] {
            let (slope, r) = agreement(&removals(moving, fixed, dim, influences));
            println!("N = {n}, d = {dim}: slope {slope:.4}, correlation {r:.5}");
            assert!(slopes.contains(&slope) && r > correlation, "slope {slope}, correlation {r}");
        }
    }
}

#[test]
fn image_from_another_distribution_is_the_first_outlier() {
    let (dim, foreign) = (8, 17);
    let (real, mut fake) = sets(200, 200, dim);
    fake[foreign * dim..(foreign + 1) * dim].fill(5.0);
    let (_, influences, _) = influences(&real, &fake, dim);
    let list = outliers(&influences, 3);
    assert_eq!((list.len(), list[0].row), (3, foreign));
    assert!(list[0].influence > 0.0 && list[0].influence.abs() >= list[1].influence.abs());
    let (real, fake) =
        (FeatureSlice::new(&real, dim).unwrap(), FeatureSlice::new(&fake, dim).unwrap());
    let nearest = nearest_real(&real, &fake, &list).unwrap();
    assert!(nearest[0].distance > 5.0, "{nearest:?}");
}

#[test]
fn sides_may_be_statistics_and_bad_sides_are_refused() {
    let dim = 8;
    let (real, fake) = sets(100, 90, dim);
    let (_, want, fid) = influences(&real, &fake, dim);
    let stats = FeatureStats::from_features(&real, dim).unwrap();
    let rows = FeatureSlice::new(&fake, dim).unwrap();
    let got = fid_influence(FidSide::Stats(&stats), FidSide::Rows(&rows)).unwrap();
    // Known statistics give the same bits.
    let own = FeatureStats::from_features(&fake, dim).unwrap();
    let known = fid_influence(FidSide::Stats(&stats), FidSide::Known(&rows, &own)).unwrap();
    assert_eq!(known, got);
    assert_eq!((got.real, got.fake, got.fid), (None, Some(want), fid));
    let narrow = FeatureStats::from_features(&fake, 9).unwrap();
    let error = fid_influence(FidSide::Known(&rows, &narrow), FidSide::Stats(&stats)).unwrap_err();
    assert_eq!(error, Error::DimMismatch { a: 8, b: 9 });
    let other = FeatureSlice::new(&fake, 9).unwrap();
    let error = fid_influence(FidSide::Stats(&stats), FidSide::Rows(&other)).unwrap_err();
    assert_eq!(error, Error::DimMismatch { a: 8, b: 9 });
    let point = [1f32; 80];
    let point = FeatureSlice::new(&point, dim).unwrap();
    let got = fid_influence(FidSide::Rows(&point), FidSide::Rows(&rows)).unwrap();
    assert!(got.fake.unwrap().iter().all(|value| value.is_finite()));
    let mut bad = fake.clone();
    bad[3] = f32::NAN;
    let bad = FeatureSlice::new(&bad, dim).unwrap();
    assert!(fid_influence(FidSide::Rows(&bad), FidSide::Stats(&stats)).is_err());
}

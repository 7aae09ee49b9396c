use super::compare::{assert_close, relative_error};
use super::data::features;
use super::textbook;
use super::tolerance::{MOMENTS, SHIFTED_FEATURES};
use crate::{Error, FeatureStats, MomentAccumulator};

const DIM: usize = 17;

fn accumulate(rows: &[f32], batch: usize) -> FeatureStats {
    let mut moments = MomentAccumulator::new(DIM).unwrap();
    rows.chunks(batch * DIM).for_each(|rows| moments.update(rows).unwrap());
    moments.finish().unwrap()
}

#[track_caller]
fn assert_same_moments(got: &FeatureStats, want: &FeatureStats) {
    assert_eq!(got.num_images(), want.num_images());
    assert!(relative_error(got.mu(), want.mu()) <= MOMENTS);
    let error = relative_error(got.sigma(), want.sigma());
    assert!(error <= MOMENTS, "sigma: {error:e}");
    assert_close("trace", got.trace(), want.trace(), MOMENTS, want.trace());
}

#[test]
fn agrees_with_two_passes() {
    for n in [2, 16, 17, 18, 255, 256, 257, 1000] {
        let rows = features(n, DIM, 5);
        let stats = FeatureStats::from_features(&rows, DIM).unwrap();
        let (mu, sigma) = textbook::moments(&rows, DIM);
        assert!(relative_error(stats.mu(), &mu) <= MOMENTS, "{n}");
        assert!(relative_error(stats.sigma(), &sigma) <= MOMENTS, "{n}");
    }
}

/// The method that the accumulator avoids: f32 sums of x and x·xᵀ, subtracted at the end.
fn naive_f32(rows: &[f32], dim: usize) -> Vec<f64> {
    let n = (rows.len() / dim) as f32;
    let (mut sum, mut gram) = (vec![0f32; dim], vec![0f32; dim * dim]);
    for row in rows.chunks_exact(dim) {
        for i in 0..dim {
            sum[i] += row[i];
            (0..dim).for_each(|j| gram[i * dim + j] += row[i] * row[j]);
        }
    }
    let element = |i: usize, j: usize| (gram[i * dim + j] - sum[i] * sum[j] / n) / (n - 1.0);
    (0..dim * dim).map(|at| f64::from(element(at / dim, at % dim))).collect()
}

#[test]
fn large_means_cost_no_digits() {
    let rows: Vec<f32> = features(5000, DIM, 6).iter().map(|x| x + 8.0).collect();
    let (_, want) = textbook::moments(&rows, DIM);
    let ours = relative_error(accumulate(&rows, 64).sigma(), &want);
    let naive = relative_error(&naive_f32(&rows, DIM), &want);
    assert!(ours <= MOMENTS, "{ours:e}");
    assert!(naive > 1e6 * MOMENTS, "{naive:e}");
}

#[test]
fn batch_size_changes_no_bit() {
    for n in [9, 17, 300, 1025] {
        let rows = features(n, DIM, 7);
        let whole = accumulate(&rows, n);
        for batch in [1, 7, 64, 256] {
            let parts = accumulate(&rows, batch);
            assert_eq!((parts.mu(), parts.sigma()), (whole.mu(), whole.sigma()), "{n} / {batch}");
        }
    }
}

#[test]
fn merged_accumulators_equal_one_accumulator() {
    for (n, cut) in [(10, 4), (17, 1), (30, 15), (600, 10), (600, 590), (900, 400), (40, 0)] {
        let rows = features(n, DIM, 8);
        let (head, tail) = rows.split_at(cut * DIM);
        let mut merged = MomentAccumulator::new(DIM).unwrap();
        merged.update(head).unwrap();
        let mut other = MomentAccumulator::new(DIM).unwrap();
        other.update(tail).unwrap();
        merged.merge(&other).unwrap();
        assert_eq!(merged.num_images(), n as u64);
        assert_same_moments(&merged.finish().unwrap(), &accumulate(&rows, n));
    }
}

#[test]
fn order_of_images_does_not_matter() {
    let rows = features(700, DIM, 9);
    let reversed: Vec<f32> = rows.chunks_exact(DIM).rev().flatten().copied().collect();
    assert_same_moments(&accumulate(&reversed, 50), &accumulate(&rows, 50));
}

#[test]
fn common_shift_changes_only_the_mean() {
    let rows = features(700, DIM, 10);
    let moved: Vec<f32> = rows.iter().map(|x| x + 16.0).collect();
    let (before, after) = (accumulate(&rows, 50), accumulate(&moved, 50));
    assert!(relative_error(after.sigma(), before.sigma()) <= SHIFTED_FEATURES);
    let moved_mu: Vec<f64> = before.mu().iter().map(|m| m + 16.0).collect();
    assert!(relative_error(after.mu(), &moved_mu) <= SHIFTED_FEATURES);
}

/// Sums as a device computes them, with NaN in the elements with column < row, which must not be
/// read.
fn shifted_sums(rows: &[f32], shift: &[f32]) -> (Vec<f64>, Vec<f32>) {
    let (mut sum, mut gram) = (vec![0.0; DIM], vec![0.0; DIM * DIM]);
    for row in rows.chunks_exact(DIM) {
        let x: Vec<f32> = row.iter().zip(shift).map(|(&x, &s)| x - s).collect();
        for i in 0..DIM {
            sum[i] += f64::from(x[i]);
            (0..i).for_each(|j| gram[i * DIM + j] = f32::NAN);
            (i..DIM).for_each(|j| gram[i * DIM + j] += x[i] * x[j]);
        }
    }
    (sum, gram)
}

#[test]
fn shifted_sums_equal_the_rows_they_were_made_of() {
    // So few digits that f32 holds every product and sum.
    let rows: Vec<f32> = features(600, DIM, 11).iter().map(|x| (16.0 * x).round() / 16.0).collect();
    let (first, rest) = rows.split_at(10 * DIM);
    let (second, third) = rest.split_at(290 * DIM);
    let shift = &first[..DIM];
    let mut moments = MomentAccumulator::new(DIM).unwrap();
    moments.update(first).unwrap();
    for rows in [second, third] {
        let (sum, gram) = shifted_sums(rows, shift);
        moments.merge_shifted(shift, (rows.len() / DIM) as u64, &sum, &gram).unwrap();
    }
    assert_same_moments(&moments.finish().unwrap(), &accumulate(&rows, 600));
}

#[test]
fn contradicting_sums_are_refused() {
    let mut moments = MomentAccumulator::new(2).unwrap();
    let mut merge = |n, sum: &[f64], gram: &[f32]| moments.merge_shifted(&[0., 0.], n, sum, gram);
    let column_one = Error::InconsistentSums { column: 1 };
    assert_eq!(merge(2, &[0., 4.], &[1., 0., 0., 1.]), Err(column_one));
    let nan = merge(2, &[0., 0.], &[1., f32::NAN, 0., 1.]);
    assert!(matches!(nan, Err(Error::NotFinite { what: "gram", row: 0, column: 1, .. })));
    assert_eq!(merge(2, &[0.], &[1.; 4]), Err(Error::DimMismatch { a: 2, b: 1 }));
    assert_eq!(merge(0, &[0., 0.], &[0.; 4]), Ok(()));
    assert_eq!(moments.num_images(), 0);
}

#[test]
fn bad_features_are_refused_and_leave_the_accumulator_unchanged() {
    let mut moments = MomentAccumulator::new(3).unwrap();
    moments.update(&[1., 2., 3., 4., 5., 6.]).unwrap();
    let error = moments.update(&[0., 0., 0., 0., f32::INFINITY, f32::NAN]).unwrap_err();
    let (row, column, value) = (3, 1, f64::INFINITY);
    assert_eq!(error, Error::NotFinite { what: "features", row, column, value });
    let error = moments.update(&[0.; 4]).unwrap_err();
    assert_eq!(error, Error::Length { what: "features", expected: 3, got: 4 });
    assert_eq!(moments.num_images(), 2);
    assert_eq!(moments.finish().unwrap().mu(), [2.5, 3.5, 4.5]);
}

/// Large parts merge through `mu`, `sigma` and N, small ones through their rows.
#[test]
fn merged_statistics_equal_one_accumulator() {
    for parts in [&[400usize, 350, 250][..], &[5, 7], &[5, 300, 2], &[300, 9]] {
        let n = parts.iter().sum();
        let rows = features(n, DIM, 11);
        let mut merged = MomentAccumulator::new(DIM).unwrap();
        let mut rest = &rows[..];
        for part in parts {
            let (part, after) = rest.split_at(part * DIM);
            let stats = FeatureStats::from_features(part, DIM).unwrap();
            merged.merge(&MomentAccumulator::from_stats(&stats).unwrap()).unwrap();
            rest = after;
        }
        let merged = merged.finish().unwrap();
        assert_same_moments(&merged, &accumulate(&rows, n));
        assert_eq!(merged.rows().is_some(), n <= DIM);
    }
}

#[test]
fn statistics_without_a_count_are_refused() {
    let stats = FeatureStats::from_mu_sigma(vec![1.0], vec![2.0], None).unwrap();
    assert_eq!(MomentAccumulator::from_stats(&stats).unwrap_err(), Error::UnknownCount);
}

//! Fewer images than dimensions, constant channels, sets without variance.

use super::compare::assert_close;
use super::data::{features, without_rows};
use super::frechet::{given, traces};
use super::textbook;
use super::tolerance::{CLOSED_FORM, ROWS_AGAINST_SIGMA, TEXTBOOK_SINGULAR};
use crate::{CrossTraceMethod, FeatureStats, frechet_distance};

const DIM: usize = 64;

fn small(n: usize, seed: u64) -> FeatureStats {
    FeatureStats::from_features(&features(n, DIM, seed), DIM).unwrap()
}

/// Images in pairs ±c along chosen axes: mean 0, covariance diagonal with 2c²/(N − 1), all exact.
fn along_axes(axes: &[(usize, f32)]) -> FeatureStats {
    let mut rows = vec![0f32; 2 * axes.len() * DIM];
    for (pair, &(axis, c)) in axes.iter().enumerate() {
        rows[2 * pair * DIM + axis] = c;
        rows[(2 * pair + 1) * DIM + axis] = -c;
    }
    FeatureStats::from_features(&rows, DIM).unwrap()
}

#[test]
fn closed_form_for_few_images() {
    let first = [(3, 1.0), (10, 2.0), (11, 0.25), (60, 4.0)];
    let second = [(0, 3.0), (10, 0.5), (11, 8.0), (33, 1.0), (60, 0.125), (61, 2.0)];
    let (a, b) = (along_axes(&first), along_axes(&second));
    // Standard deviation along each axis; the distance is the sum of their squared differences.
    let spread = |axes: &[(usize, f32)], axis| {
        let scale = 2.0 / (2 * axes.len() - 1) as f64;
        axes.iter().find(|at| at.0 == axis).map_or(0.0, |at| f64::from(at.1) * scale.sqrt())
    };
    let want: f64 = (0..DIM).map(|i| (spread(&first, i) - spread(&second, i)).powi(2)).sum();
    let (file_a, file_b) = (without_rows(&a), without_rows(&b));
    let cases = [
        (&a, &b, CrossTraceMethod::CrossGram),
        (&a, &file_b, CrossTraceMethod::FactorTimesRows),
        (&file_a, &b, CrossTraceMethod::FactorTimesRows),
        (&file_a, &file_b, CrossTraceMethod::FactorSingularValues),
    ];
    for (a, b, method) in cases {
        let distance = frechet_distance(a, b).unwrap();
        assert_eq!(distance.method, method);
        assert_close(&format!("{method:?}"), distance.value, want, CLOSED_FORM, traces(&distance));
    }
}

#[test]
fn kept_rows_agree_with_covariances() {
    for (n_a, n_b) in [(2, 2), (2, 64), (30, 40), (63, 64), (64, 64)] {
        let (a, b) = (small(n_a, 30), small(n_b, 31));
        let exact = frechet_distance(&a, &b).unwrap();
        assert_eq!(exact.method, CrossTraceMethod::CrossGram);
        for (a, b) in [(&a, &without_rows(&b)), (&without_rows(&a), &without_rows(&b))] {
            let other = frechet_distance(a, b).unwrap();
            let what = format!("{n_a}/{n_b} {:?}", other.method);
            assert_close(&what, other.value, exact.value, ROWS_AGAINST_SIGMA, traces(&exact));
        }
        let textbook = textbook::distance(&a, &b);
        assert_close("textbook", textbook, exact.value, TEXTBOOK_SINGULAR, traces(&exact));
    }
}

#[test]
fn no_jump_where_rows_are_no_longer_kept() {
    let reference = small(500, 32);
    for n in [DIM - 1, DIM, DIM + 1] {
        let rows = features(n, DIM, 33);
        let stats = FeatureStats::from_features(&rows, DIM).unwrap();
        assert_eq!(stats.rows().is_some(), n <= DIM);
        for other in [&reference, &small(n, 34)] {
            let kept = frechet_distance(&stats, other).unwrap();
            let file = frechet_distance(&without_rows(&stats), &without_rows(other)).unwrap();
            let what = format!("{n}: {:?} {:?}", kept.method, file.method);
            assert_close(&what, kept.value, file.value, ROWS_AGAINST_SIGMA, traces(&kept));
        }
    }
}

#[test]
fn constant_channels_agree_with_the_textbook() {
    let dead = |n, seed| {
        let mut rows = features(n, DIM, seed);
        rows.chunks_exact_mut(DIM).for_each(|row| row[5..40].fill(0.0));
        FeatureStats::from_features(&rows, DIM).unwrap()
    };
    let (a, b) = (dead(500, 35), dead(600, 36));
    let distance = frechet_distance(&a, &b).unwrap();
    assert_eq!(distance.method, CrossTraceMethod::FactorSingularValues);
    let textbook = textbook::distance(&a, &b);
    assert_close("textbook", textbook, distance.value, TEXTBOOK_SINGULAR, traces(&distance));
}

#[test]
fn closed_form_for_sets_without_variance() {
    let point = FeatureStats::from_features(&[1.0; 3 * DIM], DIM).unwrap();
    let origin = given(vec![0.0; DIM], &[0.0; DIM]);
    let cloud = given(vec![0.0; DIM], &[0.5; DIM]);
    for point in [&point, &without_rows(&point)] {
        assert_eq!(frechet_distance(point, &origin).unwrap().value, DIM as f64);
        assert_eq!(frechet_distance(point, point).unwrap().value, 0.0);
        let want = DIM as f64 * 1.5;
        for (a, b) in [(point, &cloud), (&cloud, point)] {
            let distance = frechet_distance(a, b).unwrap();
            assert_close("cloud", distance.value, want, CLOSED_FORM, traces(&distance));
        }
    }
}

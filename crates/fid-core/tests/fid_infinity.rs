//! FID∞ against the authors' program.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{assert_close, features, fixture, integer, is_close, list, number, rows, seed};
use fid_core::metrics::{FidInfinityConfig, fid_infinity};
use fid_core::{Error, FeatureStats, tolerance};

const DIM: usize = 12;

fn real() -> FeatureStats {
    FeatureStats::from_features(&features("metrics/infinity_real", 500, DIM, 0.1), DIM).unwrap()
}

fn fake() -> Vec<f32> {
    features("metrics/infinity_fake", 700, DIM, 0.2)
}

#[test]
fn points_and_line_agree_with_the_authors_program() {
    let (real, fake) = (real(), fake());
    for case in list(&fixture("fid_infinity"), "cases") {
        let config = FidInfinityConfig {
            points: integer(case, "points"),
            min_images: Some(integer(case, "min_fake")),
            seed: seed(case),
            ..FidInfinityConfig::default()
        };
        let ours = fid_infinity(&real, &rows(&fake, DIM), &config).unwrap();
        let sizes: Vec<usize> = ours.points.iter().map(|point| point.images).collect();
        assert_eq!(serde_json::json!(sizes), case["sizes"]);
        for (point, fid) in ours.points.iter().zip(list(case, "fids")) {
            assert!(
                is_close(point.fid, fid.as_f64().unwrap(), tolerance::FID_INFINITY),
                "{point:?}"
            );
        }
        let bound = tolerance::FID_INFINITY;
        assert_close("FID infinity", ours.value, number(case, "fid_infinity"), bound);
        let error = ours.standard_error.unwrap();
        assert_close("FID infinity, error", error, number(case, "standard_error"), bound);
    }
}

#[test]
fn numbers_of_images_agree_with_numpy_and_dgm_eval() {
    let values = features("metrics/infinity_fake", 123_457, 1, 0.2);
    let real = FeatureStats::from_features(&values[..100], 1).unwrap();
    let sizes = |n: usize, min_images| -> Vec<usize> {
        let config =
            FidInfinityConfig { min_images, reshuffle: false, ..FidInfinityConfig::default() };
        let ours = fid_infinity(&real, &rows(&values[..n], 1), &config).unwrap();
        ours.points.iter().map(|point| point.images).collect()
    };
    let fixture = fixture("fid_infinity");
    let mut compared = 0;
    let mut dgm_eval_starts = 0;
    for grid in list(&fixture, "grids") {
        let n = integer(grid, "n");
        let start = integer(grid, "start");
        if start == n {
            continue; // refused: a line needs two points
        }
        assert_eq!(serde_json::json!(sizes(n, Some(start))), grid["sizes"], "{grid}");
        compared += 1;
        dgm_eval_starts += usize::from(serde_json::json!(sizes(n, None)) == grid["sizes"]);
    }
    assert_eq!((compared, dgm_eval_starts), (10, 7));
}

#[test]
fn points_of_one_order_end_at_the_same_fid() {
    let (real, mut fake) = (real(), fake());
    let config = FidInfinityConfig { min_images: Some(100), ..FidInfinityConfig::default() };
    let each = fid_infinity(&real, &rows(&fake, DIM), &config).unwrap();
    let once = FidInfinityConfig { reshuffle: false, ..config.clone() };
    let once = fid_infinity(&real, &rows(&fake, DIM), &once).unwrap();
    // The last point has all images and the first the same draw; the draws between differ.
    assert!(is_close(once.points[14].fid, each.points[14].fid, 1e-10));
    assert!(is_close(once.points[0].fid, each.points[0].fid, 1e-10));
    assert!(!is_close(once.points[7].fid, each.points[7].fid, 1e-6));
    let error = 5.0 * each.standard_error.unwrap();
    assert!((once.value - each.value).abs() < error, "{} and {}", once.value, each.value);
    // A single changed value shows.
    fake[3] += 0.5;
    let spoiled = fid_infinity(&real, &rows(&fake, DIM), &config).unwrap();
    assert!(!is_close(spoiled.value, each.value, tolerance::FID_INFINITY));
}

#[test]
fn bad_input_is_refused() {
    let (real, mut fake) = (real(), fake());
    let config = FidInfinityConfig::default();
    let error = fid_infinity(&real, &rows(&fake, DIM), &config).unwrap_err();
    assert_eq!(error.to_string(), "FID infinity needs 5001 images, and the fake side has 700");
    let config = FidInfinityConfig { min_images: None, points: 1, ..config };
    let refused = fid_infinity(&real, &rows(&fake, DIM), &config);
    assert!(matches!(refused, Err(Error::Setting { .. })));
    let refused = fid_infinity(&real, &rows(&fake, DIM + 2), &config);
    assert!(matches!(refused, Err(Error::DimMismatch { .. })));
    fake[5 * DIM + 1] = f32::NAN;
    let config = FidInfinityConfig { points: 3, ..config };
    let error = fid_infinity(&real, &rows(&fake, DIM), &config).unwrap_err();
    assert!(matches!(error, Error::NotFinite { row: 5, column: 1, .. }), "{error}");
}

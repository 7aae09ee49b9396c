//! The dimension of FID, with one decomposition per method to keep it fast.

use super::compare::assert_close;
use super::data::{features, without_rows};
use super::frechet::traces;
use super::tolerance::{IDENTITY, ROWS_AGAINST_SIGMA};
use crate::{CrossTraceMethod, FEATURE_DIM as DIM, FeatureStats, frechet_distance};

#[test]
fn methods_agree_at_full_dimension() {
    let a = FeatureStats::from_features(&features(200, DIM, 40), DIM).unwrap();
    let b = FeatureStats::from_features(&features(2049, DIM, 41), DIM).unwrap();
    assert!(a.rows().is_some() && b.rows().is_none());
    let mixed = frechet_distance(&a, &b).unwrap();
    assert_eq!(mixed.method, CrossTraceMethod::FactorTimesRows);
    let file = frechet_distance(&b, &without_rows(&a)).unwrap();
    assert_close("file", file.value, mixed.value, ROWS_AGAINST_SIGMA, traces(&mixed));
    let own = frechet_distance(&a, &a).unwrap();
    assert_close("own", own.value, 0.0, IDENTITY, traces(&own));
}

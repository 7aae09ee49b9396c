//! Regular covariances.

use super::compare::assert_close;
use super::data::{Lcg, covariance, features, without_rows};
use super::textbook;
use super::tolerance::{CLOSED_FORM, IDENTITY, METHODS_AGREE, SYMMETRY};
use crate::linalg::{cholesky, half_factor, nuclear_norm};
use crate::{CrossTraceMethod, Error, FeatureStats, FrechetDistance, frechet_distance};

pub(super) const DIMS: [usize; 4] = [1, 2, 17, 64];

pub(super) fn given(mu: Vec<f64>, spectrum: &[f64]) -> FeatureStats {
    FeatureStats::from_mu_sigma(mu, covariance(spectrum), None).unwrap()
}

pub(super) fn traces(distance: &FrechetDistance) -> f64 {
    distance.trace_a + distance.trace_b
}

#[test]
fn closed_form_for_shared_eigenvectors() {
    for d in DIMS {
        let mut lcg = Lcg(20);
        let mut spectrum =
            || -> Vec<f64> { (0..d).map(|_| 10.0 * lcg.uniform().powi(3)).collect() };
        let (first, second) = (spectrum(), spectrum());
        let mu_b: Vec<f64> = (0..d).map(|i| 0.01 * i as f64).collect();
        let want = mu_b.iter().map(|m| m * m).sum::<f64>()
            + first.iter().zip(&second).map(|(a, b)| (a.sqrt() - b.sqrt()).powi(2)).sum::<f64>();
        let (a, b) = (given(vec![0.0; d], &first), given(mu_b, &second));
        let distance = frechet_distance(&a, &b).unwrap();
        assert_close(&format!("d = {d}"), distance.value, want, CLOSED_FORM, traces(&distance));
    }
}

#[test]
fn equal_covariances_leave_the_distance_of_the_means() {
    for d in DIMS {
        let spectrum: Vec<f64> = (1..=d).map(|i| 1.0 / i as f64).collect();
        let a = given(vec![1.0; d], &spectrum);
        let b = given(vec![3.0; d], &spectrum);
        let distance = frechet_distance(&a, &b).unwrap();
        assert_eq!(distance.mean_term, 4.0 * d as f64);
        assert_close("value", distance.value, 4.0 * d as f64, IDENTITY, traces(&distance));
    }
}

#[test]
fn agrees_with_the_textbook() {
    for d in DIMS {
        let a = FeatureStats::from_features(&features(40 * d + 2, d, 21), d).unwrap();
        let b = FeatureStats::from_features(&features(30 * d + 2, d, 22), d).unwrap();
        let distance = frechet_distance(&a, &b).unwrap();
        assert_eq!(distance.method, CrossTraceMethod::CholeskyEigenvalues);
        let want = textbook::distance(&a, &b);
        assert_close(&format!("d = {d}"), distance.value, want, METHODS_AGREE, traces(&distance));
    }
}

#[test]
fn methods_agree_on_regular_covariances() {
    let d = 64;
    let a = FeatureStats::from_features(&features(900, d, 23), d).unwrap();
    let b = FeatureStats::from_features(&features(800, d, 24), d).unwrap();
    let sigma =
        |stats: &FeatureStats| faer::MatRef::from_row_major_slice(stats.sigma(), d, d).to_owned();
    let (sigma_a, sigma_b) = (sigma(&a), sigma(&b));
    let squared = frechet_distance(&a, &b).unwrap();
    let triangles = [&sigma_a, &sigma_b].map(|sigma| cholesky(sigma.as_ref()).unwrap().to_dense());
    let halves = [half_factor(sigma_a.as_ref()).unwrap(), half_factor(sigma_b.as_ref()).unwrap()];
    let values = [
        nuclear_norm(triangles[0].as_ref(), triangles[1].as_ref()).unwrap(),
        nuclear_norm(halves[0].matrix.as_ref(), halves[1].matrix.as_ref()).unwrap(),
        nuclear_norm(triangles[0].as_ref(), halves[1].matrix.as_ref()).unwrap(),
    ];
    for value in values {
        assert_close("cross", value, squared.cross_trace, METHODS_AGREE, traces(&squared));
    }
}

/// Every method: small sets with rows, mixed, files; regular, singular and nearly singular.
#[test]
fn identity_and_symmetry() {
    let mut seen = std::collections::HashSet::new();
    for d in DIMS {
        let near: Vec<f64> = (0..d).map(|i| 10f64.powf(-12.0 * i as f64 / d as f64)).collect();
        let near_b: Vec<f64> = near.iter().rev().copied().collect();
        let small = FeatureStats::from_features(&features(d.div_ceil(2) + 1, d, 25), d).unwrap();
        let many = FeatureStats::from_features(&features(20 * d + 2, d, 26), d).unwrap();
        let file = without_rows(&small);
        let all = [small, file, many, given(vec![0.0; d], &near), given(vec![0.0; d], &near_b)];
        for (i, a) in all.iter().enumerate() {
            let own = frechet_distance(a, a).unwrap();
            assert_close(&format!("d = {d}, {i}: {own:?}"), own.value, 0.0, IDENTITY, traces(&own));
            assert!(own.display_value() >= 0.0);
            for b in &all {
                let (ab, ba) = (frechet_distance(a, b).unwrap(), frechet_distance(b, a).unwrap());
                assert_close(&format!("{ab:?} {ba:?}"), ab.value, ba.value, SYMMETRY, traces(&ab));
                seen.extend([own.method, ab.method]);
            }
        }
    }
    assert_eq!(seen.len(), 4, "a method was not exercised: {seen:?}");
}

#[test]
fn overflow_and_bad_covariances_are_refused() {
    let (one, two) = (given(vec![0.0], &[1.0]), given(vec![0.0; 2], &[1.0, 1.0]));
    let mismatch = frechet_distance(&one, &two).unwrap_err();
    assert_eq!(mismatch, Error::DimMismatch { a: 1, b: 2 });
    let huge = given(vec![0.0; 2], &[1e300, 1e300]);
    assert!(matches!(frechet_distance(&huge, &huge), Err(Error::Overflow { .. })));
    let far = given(vec![1e200; 2], &[1.0, 1.0]);
    assert!(matches!(frechet_distance(&far, &two), Err(Error::Overflow { .. })));
    // Symmetric with a positive diagonal, but not positive semidefinite.
    let saddle = FeatureStats::from_mu_sigma(vec![0.0; 2], vec![1., 2., 2., 1.], None).unwrap();
    assert!(matches!(frechet_distance(&saddle, &two), Err(Error::NotPositive { .. })));
    assert!(matches!(frechet_distance(&two, &saddle), Err(Error::NotPositive { .. })));
}

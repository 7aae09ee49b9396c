use super::data::{features, without_rows};
use crate::{Error, FeatureSlice, FeatureStats, MomentAccumulator, frechet_distance};

#[test]
fn rows_are_kept_up_to_the_dimension() {
    for (n, kept) in [(2, true), (16, true), (17, false)] {
        let rows = features(n, 16, 1);
        let stats = FeatureStats::from_features(&rows, 16).unwrap();
        assert_eq!(stats.rows(), kept.then_some(&rows[..]), "{n}");
        assert_eq!(stats.num_images(), Some(n as u64));
    }
}

#[test]
fn trace_equals_that_of_sigma() {
    for n in [9, 16, 17, 400] {
        let stats = FeatureStats::from_features(&features(n, 16, 2), 16).unwrap();
        let trace: f64 = stats.sigma().iter().step_by(17).sum();
        assert!((stats.trace() - trace).abs() <= 1e-14 * trace);
        assert_eq!(without_rows(&stats).sigma(), stats.sigma(), "sigma must be symmetric as it is");
    }
}

#[test]
fn fewer_than_two_images_are_refused() {
    for n in [0, 1] {
        let error = FeatureStats::from_features(&vec![1.0; n * 4], 4).unwrap_err();
        assert_eq!(error, Error::TooFewImages { num_images: n as u64 });
        assert!(error.to_string().contains("covariance needs at least two images"));
        let read = FeatureStats::from_mu_sigma(vec![0.0], vec![1.0], Some(n as u64)).unwrap_err();
        assert_eq!(read, error);
    }
}

#[test]
fn invalid_mu_and_sigma_are_refused() {
    let of = |mu: &[f64], sigma: &[f64]| {
        FeatureStats::from_mu_sigma(mu.to_vec(), sigma.to_vec(), None).unwrap_err()
    };
    assert_eq!(of(&[], &[]), Error::ZeroDim);
    assert_eq!(MomentAccumulator::new(0).unwrap_err(), Error::ZeroDim);
    assert_eq!(of(&[0.; 2], &[1.; 3]), Error::Length { what: "sigma", expected: 4, got: 3 });
    let skew = of(&[0.; 2], &[1., 0.5, 0.25, 1.]);
    assert_eq!(skew, Error::NotSymmetric { row: 1, column: 0, lower: 0.25, upper: 0.5 });
    let negative = of(&[0.; 2], &[1., 0., 0., -0.5]);
    assert_eq!(negative, Error::NotPositive { smallest: -0.5, largest: 1.0 });
    let nan = of(&[0., f64::NAN], &[1., 0., 0., 1.]);
    assert!(matches!(nan, Error::NotFinite { what: "mu", row: 0, column: 1, .. }));
    let inf = of(&[0., 0.], &[1., 0., f64::INFINITY, 1.]);
    assert!(matches!(inf, Error::NotFinite { what: "sigma", row: 1, column: 0, .. }));
}

#[test]
fn f64_rows_agree_with_f32_rows() {
    for n in [2, 9, 16, 17, 700] {
        let rows = features(n, 16, 5);
        let exact: Vec<f64> = rows.iter().map(|&x| x.into()).collect();
        let stats = FeatureStats::of_rows(&FeatureSlice::new(&exact, 16).unwrap()).unwrap();
        let other = FeatureStats::from_features(&rows, 16).unwrap();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14);
        assert!(near(stats.mu(), other.mu()) && near(stats.sigma(), other.sigma()), "{n}");
        assert!((stats.trace() - other.trace()).abs() < 1e-12);
        assert_eq!(stats.num_images(), Some(n as u64));
        let distance = frechet_distance(&stats, &other).unwrap();
        // Of equal sets: the rounding of the traces.
        assert!(distance.value.abs() < 1e-12 * stats.trace().max(1.0), "{n}: {}", distance.value);
        let (a, b) = (stats.eigenvalues().unwrap(), other.eigenvalues().unwrap());
        assert!(near(&a, &b));
    }
}

#[test]
fn f64_rows_are_not_rounded_to_f32() {
    // Their differences vanish in f32.
    let rows: Vec<f64> = (0..24).map(|i| 1.0 + f64::from(i * i % 7) * 1e-9).collect();
    for dim in [2, 12] {
        let stats = FeatureStats::of_rows(&FeatureSlice::new(&rows, dim).unwrap()).unwrap();
        assert!(stats.trace() > 1e-19 && stats.trace() < 1e-15, "{}", stats.trace());
    }
}

#[test]
fn bad_f64_rows_are_refused() {
    let mut rows = vec![0.5; 12];
    rows[7] = f64::NAN;
    let of =
        |rows: &[f64]| FeatureStats::of_rows(&FeatureSlice::new(rows, 3).unwrap()).unwrap_err();
    let error = of(&rows);
    assert!(matches!(error, Error::NotFinite { row: 2, column: 1, .. }), "{error}");
    rows[7] = 1e200;
    assert_eq!(of(&rows), Error::Overflow { what: "covariance" });
    assert_eq!(of(&rows[..3]), Error::TooFewImages { num_images: 1 });
}

use super::data::{features, without_rows};
use crate::{Error, FeatureStats, MomentAccumulator};

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
fn trace_is_sigmas() {
    for n in [9, 16, 17, 400] {
        let stats = FeatureStats::from_features(&features(n, 16, 2), 16).unwrap();
        let trace: f64 = stats.sigma().iter().step_by(17).sum();
        assert!((stats.trace() - trace).abs() <= 1e-14 * trace);
        assert_eq!(without_rows(&stats).sigma(), stats.sigma(), "sigma must be symmetric as it is");
    }
}

#[test]
fn fewer_than_two_images_have_no_covariance() {
    for n in [0, 1] {
        let error = FeatureStats::from_features(&vec![1.0; n * 4], 4).unwrap_err();
        assert_eq!(error, Error::TooFewImages { num_images: n as u64 });
        assert!(error.to_string().contains("covariance needs at least two images"));
        let read = FeatureStats::from_mu_sigma(vec![0.0], vec![1.0], Some(n as u64)).unwrap_err();
        assert_eq!(read, error);
    }
}

#[test]
fn files_with_nonsense_are_errors() {
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

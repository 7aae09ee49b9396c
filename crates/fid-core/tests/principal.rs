//! The plane of the first two principal components against scikit-learn.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{assert_close, features, fixture, list, rows};
use fid_core::metrics::principal_plane;
use fid_core::{Error, FeatureStats, tolerance};
use serde_json::Value;

const DIM: usize = 24;

/// Largest error of the coordinates, relative to the largest coordinate.
fn error(places: &[[f64; 2]], want: &[Value]) -> f64 {
    assert_eq!(places.len(), want.len());
    let mut pairs = Vec::new();
    for (place, want) in places.iter().zip(want) {
        pairs.extend([0, 1].map(|axis| (place[axis], want[axis].as_f64().unwrap())));
    }
    let largest = pairs.iter().map(|(_, want)| want.abs()).fold(0.0, f64::max);
    pairs.iter().map(|(got, want)| (got - want).abs() / largest).fold(0.0, f64::max)
}

#[test]
fn coordinates_agree_with_scikit_learn() {
    let fixture = fixture("principal");
    let real = features("metrics/mifid_real", 300, DIM, 0.1);
    let fake = features("metrics/mifid_fake", 250, DIM, 0.2);
    let apart: Vec<f32> = fake.iter().map(|value| value + 3.0).collect();
    let cases = [
        ("plain", &real[..], &fake[..]),
        ("few", &real[..9 * DIM], &fake[..7 * DIM]),
        ("apart", &real, &apart),
    ];
    for (name, real, fake) in cases {
        let want = &fixture["cases"][name];
        let [a, b] = [real, fake].map(|set| FeatureStats::from_features(set, DIM).unwrap());
        let plane = principal_plane(&a, &b).unwrap();
        for axis in [0, 1] {
            for (what, got) in [("variance", plane.variance), ("shares", plane.shares())] {
                let want = want[what][axis].as_f64().unwrap();
                assert_close(
                    &format!("{what} {axis}, {name}"),
                    got[axis],
                    want,
                    tolerance::PRINCIPAL,
                );
            }
        }
        for (side, set) in [("real", real), ("fake", fake)] {
            let want = list(want, side);
            let chosen: Vec<_> = (0..want.len()).collect();
            let mut places = plane.project_rows(&rows(set, DIM), &chosen);
            let off = error(&places, want);
            println!("measured places of {side}, {name}: {off:.2e}");
            assert!(off <= tolerance::PRINCIPAL, "{side}, {name}: {off:e}");
            // The check detects a wrong coordinate and swapped axes.
            places[3][1] += 2e-5 * places[3][1].abs().max(1.0) * 10.0;
            assert!(error(&places, want) > tolerance::PRINCIPAL);
            places.iter_mut().for_each(|place| place.swap(0, 1));
            assert!(error(&places, want) > tolerance::PRINCIPAL);
        }
    }
}

#[test]
fn different_dimensions_are_refused() {
    let a = FeatureStats::from_features(&[0.0; 4], 2).unwrap();
    let b = FeatureStats::from_features(&[0.0; 6], 3).unwrap();
    assert!(matches!(principal_plane(&a, &b), Err(Error::DimMismatch { a: 2, b: 3 })));
}

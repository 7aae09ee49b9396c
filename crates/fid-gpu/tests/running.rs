//! Running statistics and the extractor of features, which other languages build on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use fid_core::Tap;
use fid_gpu::observer::Silent;
use fid_gpu::{
    DeviceChoice, Error, Evaluator, FeatureExtractor, ImageBatch, MergeError, Metric, RunConfig,
    RunningStatistics, Side, WeightsSource,
};

/// Rows of `dim` values without a pattern, exact in f32.
fn rows(count: usize, dim: usize) -> Vec<f32> {
    let mut state = 7u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 256.0
    };
    (0..count * dim).map(|_| draw()).collect()
}

fn of(values: &[f32], dim: usize) -> RunningStatistics {
    let mut made = RunningStatistics::new(dim, None).unwrap();
    made.update(values).unwrap();
    made
}

#[test]
fn they_are_those_of_an_evaluator() {
    for count in [3, 5000] {
        let values = rows(count, 16);
        let mut evaluator =
            Evaluator::of_features("mine", 16).metrics([Metric::Fid]).build().unwrap();
        evaluator.update_features(Side::Real, &values).unwrap();
        let expected = evaluator.statistics(Side::Real).unwrap().stats;
        let found = of(&values, 16).stats().unwrap();
        assert_eq!(found.mu(), expected.mu());
        assert_eq!(found.sigma(), expected.sigma());
    }
}

#[test]
fn bytes_keep_everything_and_are_checked() {
    for count in [0, 1, 2, 16, 17, 3000] {
        for keeps in [false, true] {
            let empty = RunningStatistics::new(16, None).unwrap();
            let mut made = if keeps { empty.keeping_features() } else { empty };
            let values = rows(count, 16);
            made.update(&values).unwrap();
            let bytes = made.to_bytes().unwrap();
            let again = RunningStatistics::from_bytes(&bytes).unwrap();
            assert_eq!(again.num_images(), Some(count as u64));
            assert_eq!(again.features(), keeps.then_some(&values[..]));
            assert_eq!(again.to_bytes().unwrap(), bytes);
            if count > 1 {
                assert_eq!(again.stats().unwrap().mu(), made.stats().unwrap().mu());
            }
            for at in [3, 9, 30, bytes.len() - 40, bytes.len() - 1] {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1;
                let error = RunningStatistics::from_bytes(&damaged).unwrap_err();
                assert!(matches!(error, Error::Merge(_)), "{error}");
            }
        }
    }
    let error = RunningStatistics::from_bytes(b"PK\x03\x04").unwrap_err();
    assert!(matches!(error, Error::Merge(MergeError::NotAState)));
}

#[test]
fn an_error_adds_nothing() {
    let mut made = of(&rows(4, 2), 2);
    let before = made.to_bytes().unwrap();
    assert!(made.update(&[1.0, f32::NAN]).is_err());
    assert!(made.update(&[1.0]).is_err());
    assert!(made.merge(&of(&rows(4, 3), 3)).is_err());
    assert_eq!(made.to_bytes().unwrap(), before);
}

#[test]
fn an_extractor_gives_the_features_behind_the_statistics() {
    let config = RunConfig::default()
        .weights("seeded".parse::<WeightsSource>().unwrap())
        .device("cpu".parse::<DeviceChoice>().unwrap());
    let extractor = FeatureExtractor::open(&config, Tap::Pool3, &Silent).unwrap();
    let pixels: Vec<u8> = rows(2, 3 * 7 * 9).iter().map(|&value| value as u8).collect();
    let batch = ImageBatch::nchw(&pixels, [2, 3, 7, 9]).unwrap();
    let features = extractor.features(&batch, &Silent).unwrap();
    let mut made = RunningStatistics::new(2048, Some(extractor.recipe())).unwrap();
    made.update(&features).unwrap();

    let mut evaluator = Evaluator::builder()
        .weights("seeded".parse::<WeightsSource>().unwrap())
        .device("cpu".parse::<DeviceChoice>().unwrap())
        .build()
        .unwrap();
    evaluator.update(Side::Real, &batch).unwrap();
    let expected = evaluator.statistics(Side::Real).unwrap();
    assert_eq!(made.stats().unwrap().rows(), expected.stats.rows());
    assert_eq!(made.recipe(), expected.meta.as_ref().map(|meta| &meta.recipe));
    evaluator.set_statistics(Side::Fake, made.file().unwrap()).unwrap();
    assert!(evaluator.compute().unwrap().fid.abs() < 1e-6);
}

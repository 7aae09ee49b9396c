//! The Fréchet distance against pytorch-fid.

use fid_core::{FeatureStats, frechet_distance};
use fid_tests::close::{Bound, assert_close};
use fid_tests::images::frechet_features;
use fid_tests::{fixtures, tolerance};
use serde_json::Value;

/// Statistics in f64, as NumPy computes them: the features of the fixtures are not f32.
fn stats(set: &Value, dim: usize) -> FeatureStats {
    let rows = set["n"].as_u64().unwrap() as usize;
    let shift = set["shift"].as_f64().unwrap();
    let features = frechet_features(set["name"].as_str().unwrap(), rows, dim, shift);
    let mean = |j: usize| features.iter().skip(j).step_by(dim).sum::<f64>() / rows as f64;
    let mu: Vec<f64> = (0..dim).map(mean).collect();
    let product = |i: usize, j: usize| {
        let centred = features.chunks_exact(dim).map(|row| (row[i] - mu[i]) * (row[j] - mu[j]));
        centred.sum::<f64>() / (rows - 1) as f64
    };
    let sigma = (0..dim * dim).map(|at| product(at / dim, at % dim)).collect();
    FeatureStats::from_mu_sigma(mu, sigma, Some(rows as u64)).unwrap()
}

#[test]
fn the_distance_matches_pytorch_fid() {
    let reference = fixtures::reference();
    for (name, case) in reference["frechet"]["cases"].as_object().unwrap() {
        let dim = case["d"].as_u64().unwrap() as usize;
        let [a, b] = [0, 1].map(|side| stats(&case["sets"][side], dim));
        let ours = frechet_distance(&a, &b).unwrap();
        let scale = ours.trace_a + ours.trace_b;
        // The exact value, and that of pytorch-fid, which loses half its digits on singular
        // matrices.
        for (truth, bound) in
            [("low_rank", tolerance::FRECHET), ("pytorch_fid", tolerance::PYTORCH_FID)]
        {
            let theirs = case[truth].as_f64().unwrap();
            let stage = format!("{name} against {truth}, of the traces");
            assert_close(
                &stage,
                &[1],
                &[ours.value / scale],
                &[theirs / scale],
                Bound::Absolute(bound),
            );
        }
    }
}

//! Tests of statistics files: ours, NumPy's, and malformed ones.

mod hostile;
mod merge;
mod read;
mod round_trip;
mod spatial;

use std::path::{Path, PathBuf};

use fid_core::FeatureStats;

use super::{FileRange, Recipe, StatsFile, StatsMeta};
use crate::report::{Versions, WeightsReport};

/// What `scripts/fixtures/stats.py` wrote; three features.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/stats").join(name)
}

/// `[n, dim]`, each row unlike the others.
fn features(n: usize, dim: usize) -> Vec<f32> {
    (0..n * dim).map(|at| ((at * 7919 + at / dim * 31) % 1009) as f32 / 64.0).collect()
}

fn range(first: u64, count: u64) -> FileRange {
    let sha256 = "cd".repeat(32);
    let (taken_sha256, drawn_from_sha256) = (None, None);
    FileRange { sha256, of: 1000, first, count, skipped: 0, taken_sha256, drawn_from_sha256 }
}

fn meta(images: u64, first: u64) -> StatsMeta {
    StatsMeta {
        format: 1,
        images,
        ddof: 1,
        recipe: Recipe {
            encoder: None,
            preset: "pytorch-fid".into(),
            weights: Some(WeightsReport {
                name: "seeded:1".into(),
                sha256: "ab".repeat(32),
                random: true,
            }),
            tap: Some("pool3".into()),
            precision: "f32".into(),
            preparation: Default::default(),
        },
        decoder: "fid-gpu 0.1.0".into(),
        versions: Versions::default(),
        device: "cpu".into(),
        tap_s: None,
        samples: None,
        census: None,
        features: false,
        files: vec![range(first, images)],
    }
}

/// Rows `first..first + n` of one and the same list of features.
fn part(first: usize, n: usize, dim: usize) -> StatsFile {
    let rows = features(first + n, dim);
    let stats = FeatureStats::from_features(&rows[first * dim..], dim).unwrap();
    let meta = Some(meta(n as u64, first as u64));
    StatsFile { stats, features: None, spatial: None, meta }
}

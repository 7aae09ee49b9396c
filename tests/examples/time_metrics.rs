//! Times every metric of `--metrics all` on simulated features, and reports the peak memory: the
//! part of a run after the network.
//!
//! `cargo run --release -p fid-tests --example time_metrics -- [--images 5000] [--only kid]`
//!
//! Both sides have `--images` images. The process holds what the pipeline keeps: pool3 features of
//! both sides, logits of one, moments at every tap. Prints one line of JSON.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use fid_core::metrics::{
    FidInfinityConfig, FidSide, InceptionScoreConfig, IntervalConfig, KidConfig, MifidConfig,
    MindConfig, PrdcConfig, fid_infinity, fid_influence, fid_interval, inception_score, kid,
    kid_interval, mifid, mind, prdc,
};
use fid_core::{FeatureSlice, FeatureStats, MomentAccumulator, Tap, frechet_distance};
use fid_tests::timing::{Options, cpu_seconds, peak_memory};
use serde_json::{Map, Value, json};

/// Images in a batch.
const BATCH: usize = 100;

/// Number of directions that the features share.
const SHARED: usize = 96;

/// Features like the network's: not negative, and correlated.
struct Features {
    mix: Vec<f32>,
    state: u64,
    dim: usize,
    shift: f32,
}

impl Features {
    fn new(dim: usize, seed: u64, shift: f32) -> Self {
        let mut mix = Self { mix: Vec::new(), state: 9, dim, shift };
        let values = (0..dim * SHARED).map(|_| mix.normal() / (SHARED as f32).sqrt()).collect();
        Self { mix: values, state: seed, ..mix }
    }

    /// A nearly normal number: the sum of four uniform ones.
    fn normal(&mut self) -> f32 {
        let uniform = |state: &mut u64| {
            *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (*state >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..4).map(|_| uniform(&mut self.state)).sum::<f32>() * 1.732
    }

    fn batch(&mut self, images: usize) -> Vec<f32> {
        let mut rows = Vec::with_capacity(images * self.dim);
        for _ in 0..images {
            let hidden: Vec<f32> = (0..SHARED).map(|_| self.normal()).collect();
            for channel in 0..self.dim {
                let own = &self.mix[channel * SHARED..(channel + 1) * SHARED];
                let shared: f32 = own.iter().zip(&hidden).map(|(a, b)| a * b).sum();
                let noise = 0.3 * self.normal();
                rows.push((0.4 + self.shift + 0.3 * shared + noise).max(0.0));
            }
        }
        rows
    }
}

fn moments(tap: Tap, images: usize, seed: u64) -> FeatureStats {
    let mut features = Features::new(tap.dim(), seed, 0.0);
    let mut moments = MomentAccumulator::new(tap.dim()).unwrap();
    let mut left = images;
    while left > 0 {
        let count = left.min(BATCH);
        moments.update(&features.batch(count)).unwrap();
        left -= count;
    }
    moments.finish().unwrap()
}

fn rows(tap: Tap, images: usize, seed: u64, shift: f32) -> Vec<f32> {
    let mut features = Features::new(tap.dim(), seed, shift);
    let mut rows = Vec::with_capacity(images * tap.dim());
    (0..images / BATCH).for_each(|_| rows.extend(features.batch(BATCH)));
    rows
}

fn main() {
    let options = Options::read(&["--images", "--only"]);
    let images: usize = options.or("--images", 5000);
    let only = options.get("--only");
    let others: Vec<_> = [Tap::Pool64, Tap::Pool192, Tap::Pool768, Tap::Spatial]
        .into_iter()
        .filter(|_| only.is_none())
        .map(|tap| (tap, [1, 2].map(|seed| moments(tap, images, seed))))
        .collect();
    let (real, fake) = (rows(Tap::Pool3, images, 1, 0.0), rows(Tap::Pool3, images, 2, 0.02));
    let logits = rows(Tap::LogitsUnbiased, images, 3, 0.0);
    let stats = [&real, &fake].map(|rows| FeatureStats::from_features(rows, 2048).unwrap());
    let [real, fake] = [&real, &fake].map(|rows| FeatureSlice::new(rows, 2048).unwrap());
    let logits = FeatureSlice::new(&logits, 1008).unwrap();
    let before = peak_memory();

    let mut report = Map::new();
    let mut time = |name: &str, run: &mut dyn FnMut() -> f64| {
        if only.is_some_and(|only| only != name) {
            return;
        }
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        let value = run();
        let cpu = cpu_seconds().zip(cpu).map(|(end, start)| end - start);
        let wall = wall.elapsed().as_secs_f64();
        report.insert(name.into(), json!({ "wall_s": wall, "cpu_s": cpu, "value": value }));
    };
    let fid = frechet_distance(&stats[0], &stats[1]).unwrap().value;
    time("fid", &mut || frechet_distance(&stats[0], &stats[1]).unwrap().value);
    for (tap, [a, b]) in &others {
        time(&format!("fid at {}", tap.dim()), &mut || frechet_distance(a, b).unwrap().value);
    }
    let points = FidInfinityConfig { min_images: None, ..FidInfinityConfig::default() };
    time("fid-infinity", &mut || fid_infinity(&stats[0], &fake, &points).unwrap().value);
    time("kid", &mut || kid(&real, &fake, &KidConfig::default()).unwrap().mean);
    time("is", &mut || inception_score(&logits, &InceptionScoreConfig::default()).unwrap().mean);
    time("prdc", &mut || prdc(&real, &fake, &PrdcConfig::default()).unwrap().recall);
    time("mind", &mut || mind(&real, &fake, &MindConfig::default()).unwrap().value);
    time("mifid", &mut || mifid(fid, &real, &fake, &MifidConfig::default()).unwrap().value);
    if only.is_some() {
        let level = IntervalConfig::default();
        time("fid-interval", &mut || {
            let influence = fid_influence(FidSide::Rows(&real), FidSide::Rows(&fake)).unwrap();
            fid_interval(&influence, &level).unwrap().standard_error
        });
        time("kid-interval", &mut || kid_interval(&real, &fake, &level).unwrap().standard_error);
    }
    let sum = |field: &str| -> f64 {
        report.values().filter_map(|metric: &Value| metric[field].as_f64()).sum()
    };
    let (wall_s, cpu_s) = (sum("wall_s"), sum("cpu_s"));
    let memory = json!({ "features_bytes": before, "peak_bytes": peak_memory() });
    let totals = json!({ "wall_s": wall_s, "cpu_s": cpu_s });
    println!("{}", json!({ "images": images, "all": totals, "memory": memory, "metrics": report }));
}

//! Properties for every input: damaged files, image sizes, statistics.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use fid_core::{
    FeatureStats, Image8, MomentAccumulator, PackedBatch, Preset, frechet_distance, tolerance,
};
use fid_gpu::decode::decode_data;
use fid_gpu::stats_file::StatsFile;
use fid_tests::close::{Bound, assert_close};
use fid_tests::fixtures;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The files in a folder of fixtures.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(fixtures::path(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.is_file()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// Damage to a file: overwritten bytes, then a cut or inserted bytes.
#[derive(Debug, Clone)]
struct Damage {
    overwritten: Vec<(Index, u8)>,
    cut: Option<Index>,
    inserted: Option<(Index, Vec<u8>)>,
}

fn damage() -> impl Strategy<Value = Damage> {
    let overwritten = vec((any::<Index>(), any::<u8>()), 0..6);
    let inserted = proptest::option::weighted(0.2, (any::<Index>(), vec(any::<u8>(), 1..9)));
    let cut = proptest::option::weighted(0.2, any::<Index>());
    (overwritten, cut, inserted).prop_map(|(overwritten, cut, inserted)| Damage {
        overwritten,
        cut,
        inserted,
    })
}

impl Damage {
    fn apply(&self, file: &[u8]) -> Vec<u8> {
        let mut file = file.to_vec();
        for (at, value) in &self.overwritten {
            let at = at.index(file.len());
            file[at] = *value;
        }
        if let Some(at) = self.cut {
            file.truncate(at.index(file.len()));
        }
        if let Some((at, bytes)) = &self.inserted {
            let at = at.index(file.len() + 1);
            file.splice(at..at, bytes.iter().copied());
        }
        file
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// Reading a damaged image gives an image or an error that names the file, and never panics.
    #[test]
    fn damaged_images(at in any::<Index>(), damage in damage()) {
        static FILES: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
        let files = FILES.get_or_init(|| files("images"));
        let (path, file) = &files[at.index(files.len())];
        match decode_data(path, &damage.apply(file)) {
            Ok(decoded) => {
                let image = decoded.image;
                let size = image.height() * image.width() * image.channels();
                prop_assert_eq!(image.pixels().len(), size);
            }
            Err(error) => {
                let name = path.file_name().unwrap().to_str().unwrap();
                prop_assert!(error.to_string().contains(name), "{error} does not name {name}");
            }
        }
    }

    /// Reading a damaged statistics file gives statistics or an error that names the file.
    #[test]
    fn damaged_statistics(at in any::<Index>(), damage in damage()) {
        static FILES: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
        let files = FILES.get_or_init(|| files("stats"));
        let (path, file) = &files[at.index(files.len())];
        for dim in [2, 3, 4] {
            match StatsFile::read_from(path, Cursor::new(damage.apply(file)), dim) {
                Ok(read) => prop_assert_eq!(read.stats.dim(), dim),
                Err(error) => {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    prop_assert!(error.to_string().contains(name), "{error} does not name {name}");
                }
            }
        }
    }

    /// Reading damaged weights gives weights or an error.
    #[test]
    fn damaged_weights(at in any::<Index>(), damage in damage()) {
        static FILES: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
        let files = FILES.get_or_init(|| files("../../crates/fid-weights/tests/fixtures"));
        let (_, file) = &files[at.index(files.len())];
        if let Err(problem) = fid_weights::read_content(damage.apply(file)) {
            prop_assert!(!problem.to_string().is_empty());
        }
    }
}

/// An image of any small size, gray or RGB, with any values.
fn image() -> impl Strategy<Value = Image8> {
    (1usize..48, 1usize..48, select(vec![1usize, 3])).prop_flat_map(|(height, width, channels)| {
        vec(any::<u8>(), height * width * channels)
            .prop_map(move |pixels| Image8::new(height, width, channels, pixels).unwrap())
    })
}

fn rows(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f32>> {
    vec(vec(-8f32..8.0, DIM), count).prop_map(|rows| rows.concat())
}

const DIM: usize = 5;

fn stats(rows: &[f32]) -> FeatureStats {
    FeatureStats::from_features(rows, DIM).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Preprocessing matches the definition at every size, alone and in a batch.
    #[test]
    fn preprocessing(images in vec(image(), 1..4), preset in select(Preset::INCEPTION)) {
        let mut batch = PackedBatch::new(&[preset]);
        let mut expected = Vec::new();
        for image in &images {
            batch.push(image).unwrap();
            let (height, width, channels) = (image.height(), image.width(), image.channels());
            let pixels = image.pixels();
            expected.extend(
                fid_core::reference_preprocess(pixels, height, width, channels, preset).unwrap(),
            );
        }
        let output = batch.run_on_cpu(preset).unwrap();
        let shape = [images.len(), 3, 299, 299];
        let bound = Bound::Absolute(tolerance::PREPROCESS);
        assert_close("preprocessing", &shape, &output, &expected, bound);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    /// Merged parts equal the whole, wherever it is cut.
    #[test]
    fn merging(rows in rows(2..40), cuts in vec(any::<Index>(), 0..4)) {
        let count = rows.len() / DIM;
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(count + 1) * DIM).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let mut merged = MomentAccumulator::new(DIM).unwrap();
        for pair in cuts.windows(2) {
            let mut part = MomentAccumulator::new(DIM).unwrap();
            part.update(&rows[pair[0]..pair[1]]).unwrap();
            merged.merge(&part).unwrap();
        }
        let (merged, whole) = (merged.finish().unwrap(), stats(&rows));
        prop_assert_eq!(merged.num_images(), whole.num_images());
        for (a, b) in merged.mu().iter().zip(whole.mu()) {
            prop_assert!((a - b).abs() <= 1e-12 * 8.0, "{a} {b}");
        }
        for (a, b) in merged.sigma().iter().zip(whole.sigma()) {
            prop_assert!((a - b).abs() <= 1e-12 * whole.trace().max(1e-3), "{a} {b}");
        }
    }

    /// The distance is symmetric, not negative and zero between equal sets; moving a set adds the
    /// squared shift.
    #[test]
    fn distances(a in rows(2..30), b in rows(2..30), shift in -4i8..4) {
        let (a, b) = (stats(&a), stats(&b));
        let unit = a.trace() + b.trace() + 1.0;
        let there = frechet_distance(&a, &b).unwrap();
        let back = frechet_distance(&b, &a).unwrap();
        prop_assert!(there.value >= -1e-9 * unit);
        prop_assert!((there.value - back.value).abs() <= 1e-9 * unit);
        prop_assert!(frechet_distance(&a, &a).unwrap().value.abs() <= 1e-9 * unit);
        let moved: Vec<f64> = a.mu().iter().map(|value| value + f64::from(shift)).collect();
        let moved = FeatureStats::from_mu_sigma(moved, a.sigma().to_vec(), None).unwrap();
        let expected = DIM as f64 * f64::from(shift).powi(2);
        let found = frechet_distance(&a, &moved).unwrap().value;
        prop_assert!((found - expected).abs() <= 1e-6 * unit, "{found} {expected}");
    }

    /// Saved statistics are read back to the bit.
    #[test]
    fn statistics_files(rows in rows(2..12)) {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.child("any.npz");
        let file = StatsFile::new(stats(&rows));
        file.save(Path::new(&path)).unwrap();
        let read = StatsFile::read(Path::new(&path), DIM).unwrap();
        prop_assert_eq!(read.stats.mu(), file.stats.mu());
        prop_assert_eq!(read.stats.sigma(), file.stats.sigma());
    }
}

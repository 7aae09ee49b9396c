use std::path::PathBuf;
use std::sync::Arc;

use fid_core::FeatureStats;
use temp_dir::TempDir;

use super::super::{Recipe, StatsError, StatsFile};
use super::{features, fixture, part};
use crate::Error;

const DIM: usize = 7;

fn save(folder: &TempDir, name: &str, file: &StatsFile) -> PathBuf {
    let path = folder.child(name);
    file.save(&path).unwrap();
    path
}

fn relative_error(got: &[f64], want: &[f64]) -> f64 {
    let largest = want.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let errors = got.iter().zip(want).map(|(got, want)| (got - want).abs());
    errors.fold(0.0, f64::max) / largest
}

fn assert_same(got: &FeatureStats, want: &FeatureStats) {
    assert_eq!(got.num_images(), want.num_images());
    assert!(relative_error(got.mu(), want.mu()) < 1e-12);
    assert!(relative_error(got.sigma(), want.sigma()) < 1e-12);
}

#[test]
fn merged_parts_equal_the_whole() {
    // Parts and wholes with and without their features.
    for lengths in [&[3, 4][..], &[5, 6], &[400, 2, 90], &[4]] {
        let folder = TempDir::new().unwrap();
        let mut first = 0;
        let mut paths = Vec::new();
        for &n in lengths {
            paths.push(save(&folder, &format!("{first}.npz"), &part(first, n, DIM)));
            first += n;
        }
        let whole = part(0, first, DIM);
        let merged = StatsFile::merge(&paths, DIM).unwrap();
        assert_same(&merged.stats, &whole.stats);
        assert_eq!(merged.stats.rows(), whole.stats.rows());
        assert_eq!(merged.meta, whole.meta, "provenance too is that of the whole");

        paths.reverse();
        let reversed = StatsFile::merge(&paths, DIM).unwrap();
        assert_same(&reversed.stats, &whole.stats);
        assert_eq!(reversed.meta, whole.meta);
    }
}

/// If every file keeps the features of its images, so does the result; otherwise a note says who does
/// not.
#[test]
fn features_are_merged_if_all_files_have_them() {
    let folder = TempDir::new().unwrap();
    let kept = |first: usize, n: usize, name: &str| {
        let mut file = part(first, n, DIM);
        if let Some(meta) = &mut file.meta {
            meta.features = true;
        }
        let rows = features(first + n, DIM)[first * DIM..].to_vec();
        file.features = file.stats.rows().is_none().then(|| Arc::new(rows));
        save(&folder, name, &file)
    };
    // Few and many images: the features of few are kept in another place.
    let paths = [kept(0, 30, "a.npz"), kept(30, 3, "b.npz"), kept(33, 20, "c.npz")];
    let mut notes = Vec::new();
    let merged = StatsFile::merge_noting(&paths, DIM, &mut |note| notes.push(note.to_owned()));
    let merged = merged.unwrap();
    assert_eq!(merged.features.as_deref(), Some(&features(53, DIM)));
    assert!(merged.meta.as_ref().unwrap().features && notes.is_empty());
    let again = save(&folder, "again.npz", &merged);
    assert_eq!(StatsFile::read_features(&again, DIM).unwrap().features, merged.features);

    let without = save(&folder, "d.npz", &part(53, 40, DIM));
    for order in [[&paths[0], &without, &paths[1]], [&without, &paths[0], &paths[1]]] {
        let order = order.map(PathBuf::clone);
        let mut notes = Vec::new();
        let merged = StatsFile::merge_noting(&order, DIM, &mut |note| notes.push(note.to_owned()));
        let merged = merged.unwrap();
        assert!(merged.features.is_none() && !merged.meta.unwrap().features);
        let [note] = &notes[..] else { panic!("{notes:?}") };
        assert!(note.contains("a.npz are left out") && note.contains("d.npz does not"), "{note}");
    }
}

#[test]
fn different_devices_and_versions_are_listed() {
    let folder = TempDir::new().unwrap();
    let mut second = part(3, 4, DIM);
    if let Some(meta) = &mut second.meta {
        meta.device = "vulkan:0 Some GPU".into();
        meta.files[0].sha256 = "ef".repeat(32);
    }
    let paths = [save(&folder, "a.npz", &part(0, 3, DIM)), save(&folder, "b.npz", &second)];
    let meta = StatsFile::merge(&paths, DIM).unwrap().meta.unwrap();
    assert_eq!(meta.device, "cpu, vulkan:0 Some GPU");
    assert_eq!(meta.decoder, "fid-gpu 0.1.0");
    assert_eq!((meta.images, meta.files.len()), (7, 2));
}

#[test]
fn no_image_counts_twice() {
    let folder = TempDir::new().unwrap();
    let a = save(&folder, "a.npz", &part(0, 5, DIM));
    let b = save(&folder, "b.npz", &part(4, 5, DIM));
    let both = save(&folder, "c.npz", &StatsFile::merge(std::slice::from_ref(&a), DIM).unwrap());
    for pair in [[a.clone(), a.clone()], [a.clone(), b], [both, a]] {
        let error = StatsFile::merge(&pair, DIM).unwrap_err();
        assert!(matches!(&error, Error::Stats(StatsError::Overlap { .. })), "{error}");
        let message = error.to_string();
        assert!(message.contains("a.npz") && message.contains("of the same list"), "{message}");
    }
}

#[test]
fn statistics_made_differently_do_not_merge() {
    let folder = TempDir::new().unwrap();
    let a = save(&folder, "a.npz", &part(0, 5, DIM));
    let mut other = part(5, 5, DIM);
    let recipe = other.meta.as_mut().map(|meta| &mut meta.recipe).unwrap();
    recipe.preset = "clean".into();
    recipe.tap = Some("pool192".into());
    recipe.weights.as_mut().unwrap().sha256 = "ef".repeat(32);
    let b = save(&folder, "b.npz", &other);
    let error = StatsFile::merge(&[a, b], DIM).unwrap_err();
    let Error::NotComparable { differences, .. } = &error else { panic!("{error}") };
    assert_eq!(differences.len(), 3);
    for part in ["a.npz", "b.npz", "pytorch-fid", "clean", "efefefefefef", "pool192"] {
        assert!(error.to_string().contains(part), "no {part} in: {error}");
    }
}

/// An alias is its preset; a name that this version does not know is itself alone.
#[test]
fn aliases_of_a_preset_are_equal() {
    let recipe = |preset: &str| Recipe {
        encoder: None,
        preset: preset.into(),
        weights: None,
        tap: None,
        precision: "f32".into(),
        preparation: Default::default(),
    };
    for (a, b, same) in [
        ("ttur", "torch-fidelity", true),
        ("dgm-eval", "clean-legacy-pytorch", true),
        ("clean-legacy-tf", "nvidia", true),
        ("nvidia", "torch-fidelity", false),
        ("of-tomorrow", "of-tomorrow", true),
        ("of-tomorrow", "clean", false),
    ] {
        assert_eq!(recipe(a).differences(&recipe(b)).is_empty(), same, "{a} and {b}");
    }
}

#[test]
fn files_without_a_count_do_not_merge() {
    let error = StatsFile::merge(&[fixture("savez.npz")], 3).unwrap_err();
    assert!(matches!(error, Error::Stats(StatsError::NotMergeable { .. })), "{error}");
}

//! A cache changes which images run, but no bit of the features.

use super::*;
use crate::CacheReport;
use crate::feature_cache::FeatureRecipe;

fn cache(folder: &TempDir) -> FeatureCache {
    let recipe = FeatureRecipe::new(
        "pytorch-fid",
        ("inception".into(), fid_core::FEATURE_DIM),
        "weights".into(),
        "f32",
        "fake".into(),
    );
    FeatureCache::open(folder.path(), &recipe).unwrap()
}

fn both(tap: Tap) -> Want {
    Want { moments: true, ..Want::rows(tap) }
}

/// The bits of all features kept for these wants.
fn bits(extracted: &Extracted, wants: &[Want]) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for want in wants {
        let rows = extracted.features.rows(want.tap).map(|rows| rows.values().to_vec());
        all.push(rows.unwrap_or_default().iter().map(|v| v.to_bits().into()).collect());
        if let Some(stats) = extracted.features.stats(want.tap) {
            all.push(stats.mu().iter().chain(stats.sigma()).map(|v| v.to_bits()).collect());
        }
    }
    all
}

/// How many images the network saw.
fn seen(network: &Network) -> usize {
    network.batches.lock().unwrap().iter().sum()
}

#[test]
fn every_order_of_known_and_new_images_gives_the_same_bits() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 5);
    let wants = [Want::rows(Tap::Pool3), Want::rows(Tap::LogitsUnbiased), both(Tap::Pool192)];
    for batch in [1, 2, 3, 8] {
        let plain = run_cached(&Arc::default(), &files, batch, false, &wants, None).unwrap();
        assert_eq!(plain.cache, None);
        let tally = plain.tally.clone();
        assert_eq!(tally.hashes().len(), files.len());
        let plain = bits(&plain, &wants);
        for known in 0..1 << files.len() {
            let kept = TempDir::new().unwrap();
            let first = files.iter().enumerate().filter(|(at, _)| known >> at & 1 == 1);
            let first = first.map(|(_, file)| file.clone()).collect::<Vec<_>>();
            let cache = cache(&kept);
            if !first.is_empty() {
                let network = Arc::default();
                run_cached(&network, &first, 2, false, &wants, Some(&cache)).unwrap();
                assert_eq!(seen(&network), first.len());
            }
            let network = Arc::default();
            let got = run_cached(&network, &files, batch, false, &wants, Some(&cache)).unwrap();
            let (hits, misses) = (first.len() as u64, (files.len() - first.len()) as u64);
            assert_eq!(got.cache, Some(CacheReport { hits, misses }));
            assert_eq!(seen(&network) as u64, misses);
            assert!(bits(&got, &wants) == plain, "{known:05b}, batches of {batch}");
            assert_eq!(got.tally, tally, "{known:05b}, batches of {batch}");
        }
    }
}

#[test]
fn several_presets_have_a_cache_each() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 7);
    let presets = [Preset::PYTORCH_FID, Preset::CLEAN];
    let wants = [Want::moments(Tap::Pool3), Want::rows(Tap::LogitsUnbiased)];
    let kept = TempDir::new().unwrap();
    let caches = presets.map(|preset| {
        let recipe = FeatureRecipe::new(
            preset.name(),
            ("inception".into(), fid_core::FEATURE_DIM),
            "weights".into(),
            "f32",
            "fake".into(),
        );
        FeatureCache::open(kept.path(), &recipe).unwrap()
    });
    let run = |files: &[PathBuf], presets: &[Preset], caches: &[FeatureCache]| {
        let network = Arc::default();
        let got = run_presets(&network, files, 3, false, &wants, presets, caches).unwrap();
        let stats = |stats: &fid_core::FeatureStats| {
            let rows = stats.rows().unwrap();
            rows.iter().map(|value| u64::from(value.to_bits())).collect::<Vec<_>>()
        };
        let mut bits = bits(&got, &wants[1..]);
        bits.extend(got.features.stats(Tap::Pool3).map(stats));
        bits.extend(got.features.others().map(|(_, others)| stats(others)));
        (bits, got.cache.map(|cache| (cache.hits, cache.misses)), seen(&network))
    };
    let (plain, none, _) = run(&files, &presets, &[]);
    assert_eq!((plain.len(), none), (3, None));
    // First with one preset only, then with both.
    let (_, counts, seen) = run(&files[2..5], &presets[..1], &caches[..1]);
    assert_eq!((counts, seen), (Some((0, 3)), 3));
    let (_, counts, seen) = run(&files[4..6], &presets, &caches);
    assert_eq!((counts, seen), (Some((0, 2)), 4));
    let (bits, counts, seen) = run(&files, &presets, &caches);
    assert_eq!((counts, seen), (Some((2, 5)), 10));
    assert!(bits == plain);
    let (bits, counts, seen) = run(&files, &presets, &caches);
    assert_eq!((counts, seen), (Some((7, 0)), 0));
    assert!(bits == plain);
}

#[test]
fn halved_batches_are_filled_as_whole_ones() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 21);
    let wants = [Want::rows(Tap::Pool3), both(Tap::Pool192)];
    let plain = run_cached(&Arc::default(), &files, 8, false, &wants, None).unwrap();
    let plain = bits(&plain, &wants);
    for holds in [1, 2, 3, 7] {
        for step in [2, 3, 10] {
            let kept = TempDir::new().unwrap();
            let cache = cache(&kept);
            let network = || Arc::new(Network::that_holds(holds));
            let first = files.iter().step_by(step).cloned().collect::<Vec<_>>();
            run_cached(&network(), &first, 8, false, &wants, Some(&cache)).unwrap();
            let got = run_cached(&network(), &files, 8, false, &wants, Some(&cache)).unwrap();
            assert!(bits(&got, &wants) == plain, "holds {holds}, known every {step}");
            let got = run_cached(&network(), &files, 8, false, &wants, Some(&cache)).unwrap();
            assert_eq!(got.cache, Some(CacheReport { hits: 21, misses: 0 }));
            assert!(bits(&got, &wants) == plain, "all known");
        }
    }
}

#[test]
fn another_tap_is_added_to_the_cache() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 6);
    let kept = TempDir::new().unwrap();
    let cache = cache(&kept);
    let run = |wants: &[Want], hits: u64| {
        let plain = run_cached(&Arc::default(), &files, 4, false, wants, None).unwrap();
        let got = run_cached(&Arc::default(), &files, 4, false, wants, Some(&cache)).unwrap();
        assert!(bits(&got, wants) == bits(&plain, wants), "{wants:?}");
        assert_eq!(got.cache, Some(CacheReport { hits, misses: 6 - hits }), "{wants:?}");
    };
    let pool3 = Want::moments(Tap::Pool3);
    run(&[pool3], 0);
    run(&[both(Tap::Pool3)], 6);
    // Computed from the cached features.
    run(&[pool3, Want::rows(Tap::LogitsUnbiased), Want::rows(Tap::Logits)], 6);
    run(&[pool3, Want::moments(Tap::Pool64)], 0);
    run(&[pool3, Want::moments(Tap::Pool64)], 6);
    run(&[Want::moments(Tap::Pool64)], 6);
    let sizes = fs::read_dir(kept.path()).unwrap().flatten().flat_map(|recipe| {
        fs::read_dir(recipe.path()).unwrap().flatten().filter_map(|file| {
            let name = file.file_name().into_string().unwrap();
            name.ends_with(".features").then(|| (name, file.metadata().unwrap().len()))
        })
    });
    let mut sizes = sizes.collect::<Vec<_>>();
    sizes.sort();
    // Each image runs once for each tap.
    let file = |tap: &str, dim: u64| (format!("{tap}@000-0.features"), 64 + 6 * (96 + 4 * dim));
    assert_eq!(sizes, [file("pool3", 2048), file("pool64", 64)]);
}

#[test]
fn equal_images_are_kept_once_and_bad_ones_not_at_all() {
    let folder = TempDir::new().unwrap();
    let mut files = images(&folder, 3);
    for (name, from) in [("copy.pgm", &files[0]), ("second.pgm", &files[0])] {
        fs::copy(from, folder.child(name)).unwrap();
    }
    fs::write(folder.child("bad.png"), "no image").unwrap();
    fs::write(folder.child("cut.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    files.extend(["copy.pgm", "second.pgm", "bad.png", "cut.png"].map(|name| folder.child(name)));
    let kept = TempDir::new().unwrap();
    let cache = cache(&kept);
    let wants = [both(Tap::Pool3)];
    let plain = run_cached(&Arc::default(), &files, 2, true, &wants, None).unwrap();
    for (hits, misses) in [(0, 5), (5, 0)] {
        let network = Arc::default();
        let got = run_cached(&network, &files, 2, true, &wants, Some(&cache)).unwrap();
        assert!(bits(&got, &wants) == bits(&plain, &wants));
        assert_eq!((got.taken, got.skipped), (plain.taken.clone(), plain.skipped.clone()));
        assert_eq!(got.notes, plain.notes);
        assert!(got.notes.iter().any(|note| note.contains("5 of 5 images gray")));
        assert_eq!(got.cache, Some(CacheReport { hits, misses }));
    }
    // The same content under another image's name.
    fs::copy(&files[1], &files[0]).unwrap();
    let plain = run_cached(&Arc::default(), &files, 2, true, &wants, None).unwrap();
    let got = run_cached(&Arc::default(), &files, 2, true, &wants, Some(&cache)).unwrap();
    assert!(bits(&got, &wants) == bits(&plain, &wants));
    // Different content under the same name.
    fs::write(&files[1], [&b"P5 7 7 255\n"[..], &[77; 49]].concat()).unwrap();
    let network = Arc::default();
    let got = run_cached(&network, &files[1..3], 2, true, &wants, Some(&cache)).unwrap();
    assert_eq!(got.cache, Some(CacheReport { hits: 1, misses: 1 }));
}

#[test]
fn features_that_are_no_numbers_are_not_kept() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 4);
    let kept = TempDir::new().unwrap();
    let cache = cache(&kept);
    let wants = [Want::moments(Tap::Pool3)];
    let network = Arc::new(Network { spoilt: Some((2, f32::NAN)), ..Network::default() });
    let error = run_cached(&network, &files, 4, false, &wants, Some(&cache)).err().unwrap();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    let got = run_cached(&Arc::default(), &files, 4, false, &wants, Some(&cache)).unwrap();
    assert_eq!(got.cache, Some(CacheReport { hits: 3, misses: 1 }));
}

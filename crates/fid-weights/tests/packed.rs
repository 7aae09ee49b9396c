//! Packed files of weights.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fid_weights::hub::{Progress, load, packed_files};
use fid_weights::{LoadedWeights, WeightsSource};
use temp_dir::TempDir;

#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.into());
    }
}

fn seeded(seed: u64) -> LoadedWeights {
    fid_weights::load(&WeightsSource::Seeded(seed)).unwrap()
}

/// A folder with a file of the weights of seed 0, and the cache in it.
struct Setting {
    folder: TempDir,
    file: PathBuf,
    cache: PathBuf,
}

impl Setting {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (file, cache) = (folder.path().join("weights.pth"), folder.path().join("cache"));
        fs::write(&file, seeded(0).to_safetensors().unwrap()).unwrap();
        Self { folder, file, cache }
    }

    /// Loads the file, and returns the notes.
    fn load(&self) -> (LoadedWeights, Vec<String>) {
        let notes = Notes::default();
        let source = WeightsSource::File(self.file.clone());
        let loaded = load(&source, Some(&self.cache), &notes).unwrap();
        (loaded, notes.0.into_inner().unwrap())
    }

    /// The one packed file.
    fn packed(&self) -> PathBuf {
        let [(path, _)] = packed_files(&self.cache).try_into().unwrap();
        path
    }
}

fn same_bits(a: &LoadedWeights, b: &LoadedWeights) -> bool {
    let [a_fc, b_fc] = [a, b].map(|loaded| loaded.weights.classifier.as_ref().unwrap());
    let mut convs = a.weights.convs.iter().zip(&b.weights.convs);
    convs.all(|(a, b)| a.weight == b.weight && a.bias == b.bias)
        && a_fc.weight == b_fc.weight
        && a_fc.bias == b_fc.bias
}

/// Replaces a packed file by other weights that claim the same source.
fn replace(packed: &Path, identity_of: &LoadedWeights, weights: &LoadedWeights) {
    let mut file = fs::File::create(packed).unwrap();
    let identity = identity_of.identity.clone();
    LoadedWeights { weights: weights.weights.clone(), identity }.write_packed(&mut file).unwrap();
}

#[test]
fn a_packed_file_is_written_used_and_never_stale() {
    let setting = Setting::new();
    let (first, notes) = setting.load();
    assert!(notes.is_empty() && same_bits(&first, &seeded(0)));
    let name = setting.packed().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(name, format!("{}-v1.packed", &first.identity.sha256[..16]));
    let (second, notes) = setting.load();
    assert!(notes.is_empty() && same_bits(&second, &first));
    assert_eq!(second.identity, first.identity);

    // Forged, to show that it is used.
    let other = seeded(1);
    replace(&setting.packed(), &first, &other);
    assert!(same_bits(&setting.load().0, &other));

    // Another source of the same name, length and time.
    let written = fs::metadata(&setting.file).unwrap().modified().unwrap();
    fs::write(&setting.file, other.to_safetensors().unwrap()).unwrap();
    fs::File::options().append(true).open(&setting.file).unwrap().set_modified(written).unwrap();
    let (changed, _) = setting.load();
    assert!(same_bits(&changed, &other) && changed.identity.sha256 != first.identity.sha256);
    assert_eq!(packed_files(&setting.cache).len(), 2);
}

#[test]
fn a_damaged_packed_file_is_noted_and_replaced() {
    let setting = Setting::new();
    let (first, _) = setting.load();
    let packed = setting.packed();
    let good = fs::read(&packed).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let mut version = good.clone();
    version[16] += 1;
    let longer = [&good[..], b"\0"].concat();
    for bad in [&flipped, &version, &longer, &good[..good.len() - 4].to_vec(), &Vec::new()] {
        fs::write(&packed, bad).unwrap();
        let (loaded, notes) = setting.load();
        assert!(same_bits(&loaded, &first));
        assert!(notes[0].contains("made again"), "{notes:?}");
        assert!(fs::read(&packed).unwrap() == good);
    }
    replace(&packed, &seeded(0), &first);
    assert!(setting.load().1[0].contains("source"));
}

#[test]
fn a_cache_that_cannot_be_written_is_ignored() {
    let mut setting = Setting::new();
    fs::write(setting.folder.path().join("file"), "").unwrap();
    setting.cache = setting.folder.path().join("file").join("cache");
    let (loaded, notes) = setting.load();
    assert!(notes.is_empty() && same_bits(&loaded, &seeded(0)));
    // A folder at the path of the packed file.
    setting.cache = setting.folder.path().join("cache");
    let name = format!("{}-v1.packed", &loaded.identity.sha256[..16]);
    fs::create_dir_all(setting.cache.join("packed").join(name)).unwrap();
    assert!(same_bits(&setting.load().0, &loaded));
}

#[test]
fn threads_may_load_at_once() {
    let setting = Setting::new();
    let expected = seeded(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..3).for_each(|_| assert!(same_bits(&setting.load().0, &expected))));
        }
    });
    assert!(setting.load().1.is_empty());
    assert_eq!(fs::read_dir(setting.cache.join("packed")).unwrap().count(), 1);
}

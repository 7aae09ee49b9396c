//! Files that are cut, spoilt, in another's hands, or not there.

use std::ops::Range;

use fid_core::ImageSize;
use fid_images::decode::Conversions;
use temp_dir::TempDir;

use super::record::ENDING;
use super::*;

const TAPS: [Tap; 1] = [Tap::Pool64];

fn recipe(preset: &'static str, weights: &str) -> FeatureRecipe {
    FeatureRecipe::new(
        preset,
        ("inception".into(), fid_core::FEATURE_DIM),
        weights.into(),
        "f32",
        "fake".into(),
    )
}

fn open(root: &Path) -> FeatureCache {
    let cache = FeatureCache::open(root, &recipe("pytorch-fid", "weights")).unwrap();
    cache.refresh(&TAPS).unwrap();
    cache
}

fn key(image: usize) -> ContentKey {
    ContentKey::of_file(&image.to_le_bytes())
}

fn facts(image: usize) -> ImageFacts {
    let size = ImageSize { height: image + 1, width: 8, channels: 3 };
    let conversions = Conversions::from_bits(image as u8 % 32).unwrap();
    let pixels = fid_core::Image8::new(1, 1, 3, vec![image as u8; 3]).unwrap();
    ImageFacts { size, conversions, ..ImageFacts::of(&pixels) }
}

fn row(image: usize) -> Vec<f32> {
    (0..TAPS[0].dim()).map(|at| (image * 100 + at) as f32).collect()
}

/// Adds the missing ones of some images. Returns how many were cached.
fn fill(cache: &FeatureCache, images: Range<usize>) -> usize {
    let mut there = 0;
    for image in images {
        let column = [Column { cache, preset: 0, tap: TAPS[0] }];
        let known = Known(&column);
        match known.find(key(image)) {
            Lookup::Hit(hit) => {
                there += 1;
                assert_eq!((hit.facts, hit.rows), (facts(image), vec![row(image)]));
            }
            Lookup::Miss(miss) => {
                let facts = facts(image);
                known.add(0, std::iter::once((&miss, &facts)), &row(image));
            }
        }
    }
    there
}

/// The only file of records.
fn file(root: &Path) -> PathBuf {
    let files = walkdir::WalkDir::new(root).into_iter().flatten().map(|entry| entry.into_path());
    let mut files = files.filter(|path| path.to_string_lossy().ends_with(ENDING));
    let file = files.next().unwrap();
    assert_eq!(files.next(), None);
    file
}

#[test]
fn a_truncated_file_keeps_its_complete_records_and_is_continued() {
    let root = TempDir::new().unwrap();
    assert_eq!(fill(&open(root.path()), 0..3), 0);
    let path = file(root.path());
    let whole = fs::read(&path).unwrap();
    assert_eq!(whole.len(), 64 + 3 * 352);
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let cache = open(root.path());
        let kept = length.saturating_sub(64) / 352;
        assert_eq!(fill(&cache, 0..3), kept, "{length} bytes");
        assert_eq!(cache.take_notes(), [""; 0], "{length} bytes");
        // What was cut is written again, in its place.
        assert_eq!(fs::read(&path).unwrap(), whole, "{length} bytes");
        cache.refresh(&TAPS).unwrap();
        assert_eq!(fill(&cache, 0..3), 3);
    }
}

#[test]
fn a_damaged_byte_costs_at_most_one_record() {
    let root = TempDir::new().unwrap();
    fill(&open(root.path()), 0..3);
    let path = file(root.path());
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut spoilt = whole.clone();
        spoilt[at] ^= 0x40;
        fs::write(&path, &spoilt).unwrap();
        let cache = open(root.path());
        let (kept, files) = if at < 64 { (0, 2) } else { (2, 1) };
        assert_eq!(fill(&cache, 0..3), kept, "byte {at}");
        // A record with a damaged key matches no image.
        let in_key = at >= 64 && (at - 64) % 352 < 16;
        let notes = cache.take_notes();
        assert_eq!(notes.len(), usize::from(!in_key), "byte {at}: {notes:?}");
        assert!(notes.iter().all(|note| note.contains("damaged")), "{notes:?}");
        // It is made again, once, and told once.
        drop(cache);
        let cache = open(root.path());
        assert_eq!(fill(&cache, 0..3), 3, "byte {at}");
        assert_eq!(cache.take_notes().len(), files - 1, "byte {at}");
        let folder = path.parent().unwrap();
        let _ = fs::remove_file(folder.join("pool64@000-1.features"));
    }
}

#[test]
fn concurrent_writers_have_their_own_files_and_read_the_others() {
    let root = TempDir::new().unwrap();
    let (one, two) = (open(root.path()), open(root.path()));
    assert_eq!(fill(&one, 0..5), 0);
    assert_eq!(fill(&two, 3..8), 0);
    let folder = one.folder.clone();
    let names = ["pool64@000-0.features", "pool64@001-0.features"];
    let sizes = names.map(|name| fs::metadata(folder.join(name)).unwrap().len());
    assert_eq!(sizes, [64 + 5 * 352; 2]);
    for cache in [&one, &two] {
        cache.refresh(&TAPS).unwrap();
        assert_eq!(fill(cache, 0..8), 8);
    }
    // A later run appends to the file of a run that ended.
    drop(one);
    let three = open(root.path());
    assert_eq!(fill(&three, 0..9), 8);
    assert_eq!(fs::metadata(folder.join(names[0])).unwrap().len(), 64 + 6 * 352);
    two.refresh(&TAPS).unwrap();
    assert_eq!(fill(&two, 0..9), 9);
    assert_eq!(two.take_notes(), [""; 0]);
}

#[test]
fn threads_add_and_find_concurrently() {
    let root = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let cache = open(root.path());
                for image in 0..60 {
                    fill(&cache, image..image + 1);
                    cache.refresh(&TAPS).unwrap();
                }
            });
        }
    });
    let cache = open(root.path());
    assert_eq!(fill(&cache, 0..60), 60);
    assert_eq!(cache.take_notes(), [""; 0]);
}

#[test]
fn each_recipe_has_its_own_folder() {
    let root = TempDir::new().unwrap();
    let cache = open(root.path());
    fill(&cache, 0..2);
    for other in [recipe("clean", "weights"), recipe("pytorch-fid", "others")] {
        let other = FeatureCache::open(root.path(), &other).unwrap();
        other.refresh(&TAPS).unwrap();
        assert_eq!(fill(&other, 0..2), 0);
        // Not even a file that is put there is taken.
        drop(other);
    }
    let other = FeatureCache::open(root.path(), &recipe("clean", "third")).unwrap();
    fs::copy(file(&cache.folder), other.folder.join("pool64@007-0.features")).unwrap();
    other.refresh(&TAPS).unwrap();
    assert_eq!(fill(&other, 0..2), 0);
    assert!(other.take_notes()[0].contains("pool64@007-0.features"));
    let told = fs::read_to_string(cache.folder.join("recipe.json")).unwrap();
    assert!(told.contains("pytorch-fid") && told.contains("weights"), "{told}");
}

#[test]
fn an_unusable_folder_is_an_error_before_the_run() {
    let root = TempDir::new().unwrap();
    fs::write(root.child("file"), "no folder").unwrap();
    for path in [root.child("file"), root.child("file").join("below")] {
        let error = FeatureCache::prepare(&path).unwrap_err().to_string();
        assert!(error.contains("cache of features") && error.contains("file"), "{error}");
    }
    FeatureCache::prepare(&root.child("new").join("below")).unwrap();
    assert_eq!(fs::read_dir(root.child("new").join("below")).unwrap().count(), 0);
    // A writer that fails costs nothing but the cache.
    let cache = open(root.path());
    fs::create_dir(cache.folder.join("pool64@000-0.features")).unwrap();
    assert_eq!(fill(&cache, 0..3), 0);
    let notes = cache.take_notes();
    assert!(notes.len() == 1 && notes[0].contains("could not be kept"), "{notes:?}");
}

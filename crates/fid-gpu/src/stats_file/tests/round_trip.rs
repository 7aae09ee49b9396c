use std::fs;
use std::sync::Arc;

use fid_core::{FeatureStats, frechet_distance};
use temp_dir::TempDir;

use super::super::{StatsError, StatsFile};
use super::{features, part};

#[test]
fn features_round_trip_bit_for_bit() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("few.npz");
    let file = part(0, 5, 7);
    file.save(&path).unwrap();
    let back = StatsFile::read(&path, 7).unwrap();
    assert_eq!(back.stats.rows(), file.stats.rows());
    assert_eq!(back.stats.mu(), file.stats.mu());
    assert_eq!(back.meta, file.meta);
}

#[test]
fn moments_round_trip_bit_for_bit() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("many.npz");
    let file = part(0, 50, 7);
    file.save(&path).unwrap();
    let back = StatsFile::read(&path, 7).unwrap();
    assert_eq!(back.stats.rows(), None);
    assert_eq!((back.stats.mu(), back.stats.sigma()), (file.stats.mu(), file.stats.sigma()));
    assert_eq!(back.stats.num_images(), Some(50));
    let distance = frechet_distance(&back.stats, &file.stats).unwrap();
    assert!(distance.value.abs() < 1e-9 * file.stats.trace());
}

/// More images than features: their features are kept on request, and read on request.
#[test]
fn features_are_kept_on_request() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("many.npz");
    let mut file = part(0, 50, 7);
    let rows = Arc::new(features(50, 7));
    file.features = Some(Arc::clone(&rows));
    file.save(&path).unwrap();
    let back = StatsFile::read_features(&path, 7).unwrap();
    assert_eq!(back.features, Some(rows));
    assert_eq!(back.stats.sigma(), file.stats.sigma());
    assert!(StatsFile::read(&path, 7).unwrap().features.is_none());

    // Those of other images are refused.
    file.features = Some(Arc::new(features(51, 7)[7..].to_vec()));
    file.save(&path).unwrap();
    let error = StatsFile::read_features(&path, 7).unwrap_err();
    assert!(matches!(error, StatsError::Contradiction { .. }), "{error}");
    // And those of fewer images.
    file.features = Some(Arc::new(features(49, 7)));
    file.save(&path).unwrap();
    let error = StatsFile::read_features(&path, 7).unwrap_err();
    assert!(matches!(error, StatsError::Member { .. }), "{error}");
}

#[test]
fn equal_statistics_give_equal_bytes_and_replace_whole_files() {
    let folder = TempDir::new().unwrap();
    let (a, b) = (folder.child("a.npz"), folder.child("b.NPZ"));
    fs::write(&b, b"something else").unwrap();
    part(0, 5, 7).save(&a).unwrap();
    part(0, 5, 7).save(&b).unwrap();
    assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "a temporary file was left");
}

#[test]
fn files_without_provenance_lack_its_member() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("bare.npz");
    let stats = FeatureStats::from_features(&features(4, 3), 3).unwrap();
    StatsFile::new(stats).save(&path).unwrap();
    assert!(StatsFile::read(&path, 3).unwrap().meta.is_none());
}

#[test]
fn targets_are_checked_before_writing() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.child("folder.npz")).unwrap();
    assert!(StatsFile::check_target(&folder.child("new.npz")).is_ok());
    assert!(StatsFile::check_target("new.npz".as_ref()).is_ok());
    let ending = StatsFile::check_target(&folder.child("new.pt"));
    assert!(matches!(ending, Err(StatsError::Ending { .. })), "{ending:?}");
    for name in ["folder.npz", "nowhere/new.npz"] {
        let error = StatsFile::check_target(&folder.child(name)).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

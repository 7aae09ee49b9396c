//! The form of the published file: PyTorch's before 1.6.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod pth;

use fid_weights::{WeightsFormat, WeightsSource, load, seeded};
use temp_dir::TempDir;

#[test]
fn the_legacy_form_gives_the_same_bits() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("weights.pth");
    std::fs::write(&path, pth::legacy(&seeded::checkpoint(0))).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    // The length of the published file, except that PyTorch abbreviates repeated names.
    assert!((95_628_359..95_668_359).contains(&size), "{size} bytes");

    let legacy = load(&WeightsSource::File(path)).unwrap();
    let expected = load(&WeightsSource::Seeded(0)).unwrap();
    assert_eq!(legacy.identity.format, WeightsFormat::Pytorch);
    for (a, b) in legacy.weights.convs.iter().zip(&expected.weights.convs) {
        assert!(a.weight == b.weight && a.bias == b.bias);
    }
    let [a, b] = [legacy, expected].map(|loaded| loaded.weights.classifier.unwrap());
    assert!(a.weight == b.weight && a.bias == b.bias);
}

//! Weights from a graph that `scripts/compare/export_onnx.py` writes.

#[path = "../../crates/fid-weights/tests/pth/mod.rs"]
mod pth;

use std::path::Path;
use std::process::Command;

use fid_tests::fixtures::repository;
use fid_weights::{LoadedWeights, WeightsSource, load, seeded};
use temp_dir::TempDir;

fn load_file(path: &Path) -> LoadedWeights {
    load(&WeightsSource::File(path.into())).unwrap()
}

/// Asserts that all weights are equal to the bit.
fn assert_equal(a: &LoadedWeights, b: &LoadedWeights) {
    for (a, b) in a.weights.convs.iter().zip(&b.weights.convs) {
        assert!(a.weight == b.weight && a.bias == b.bias);
    }
    let [a, b] = [a, b].map(|loaded| loaded.weights.classifier.as_ref().unwrap());
    assert!(a.weight == b.weight && a.bias == b.bias);
}

/// The seeded checkpoint as a legacy `.pth`.
fn published_form() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.pth");
    std::fs::write(&path, pth::legacy(&seeded::checkpoint(0))).unwrap();
    (folder, path)
}

#[test]
#[cfg_attr(no_python, ignore = "no Python with onnx: FID_TEST_PYTHON=python runs it")]
fn the_export_script_writes_the_same_network() {
    let (folder, path) = published_form();
    let expected = load(&WeightsSource::Seeded(0)).unwrap();
    for extra in [&[][..], &["--keep-batch-norm"]] {
        let onnx = folder.path().join("weights.onnx");
        let python = std::env::var("FID_TEST_PYTHON").unwrap();
        let status = Command::new(python)
            .current_dir(repository("."))
            .args(["-m", "scripts.compare.export_onnx"])
            .args([&path, &onnx])
            .args(extra)
            .status();
        assert!(status.unwrap().success());
        assert_equal(&load_file(&onnx), &expected);
    }
}

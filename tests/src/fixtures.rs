//! Results of the original programs, from `tests/fixtures`.

use std::path::{Path, PathBuf};

use fid_core::Preset;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A file of the repository, named from its top. `FID_TEST_FILES` is another folder with the same
/// files, for tests that run where the repository is not.
pub fn repository(path: &str) -> PathBuf {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::var_os("FID_TEST_FILES").map_or_else(here, PathBuf::from).join(path)
}

/// A file of the fixtures.
pub fn path(name: &str) -> PathBuf {
    repository("tests/fixtures").join(name)
}

/// `reference.json`: versions, hashes, numbers.
pub fn reference() -> Value {
    reference_of("reference.json")
}

/// Network inputs that an original program made of the images of [`crate::images`].
pub struct Resized {
    /// The safetensors file with the values at `grid`.
    pub file: String,
    /// Rows and columns of the result that the file keeps.
    pub grid: Vec<usize>,
    /// Hash of the source, sums of the result, by case.
    pub cases: Value,
}

/// The fixtures of the program behind a preset or an alias. `None` if no fixture has that name.
pub fn resized(name: &str) -> Option<Resized> {
    let (part, grid, file) = if name == Preset::PYTORCH_FID.name() {
        let part = reference()["resize"].take();
        let grid = part["grid"].clone();
        (part, grid, "resize.safetensors".to_owned())
    } else {
        let mut presets = reference_of("presets.json");
        let part = presets.get_mut(name)?.take();
        let file = part["file"].as_str().unwrap().to_owned();
        (part, presets["grid"].take(), file)
    };
    Some(Resized {
        file,
        grid: serde_json::from_value(grid).unwrap(),
        cases: part["cases"].clone(),
    })
}

/// A tensor of a safetensors fixture: shape and values, f32 or f64.
pub fn tensor(file: &str, name: &str) -> (Vec<usize>, Vec<f64>) {
    let bytes = std::fs::read(path(file)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let values = match tensor.dtype() {
        Dtype::F32 => {
            let words = tensor.data().chunks_exact(4);
            words.map(|w| f64::from(f32::from_le_bytes(w.try_into().unwrap()))).collect()
        }
        Dtype::F64 => {
            let words = tensor.data().chunks_exact(8);
            words.map(|w| f64::from_le_bytes(w.try_into().unwrap())).collect()
        }
        other => panic!("{name} is {other:?}"),
    };
    (tensor.shape().to_vec(), values)
}

/// SHA-256 in lower-case hex, as the scripts write it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON fixture.
pub fn reference_of(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

//! What the originals said, from `tests/fixtures`.

use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A file of the repository, named from its top.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A file of the fixtures.
pub fn path(name: &str) -> PathBuf {
    repository("tests/fixtures").join(name)
}

/// `reference.json`: versions, hashes, numbers.
pub fn reference() -> Value {
    reference_of("reference.json")
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

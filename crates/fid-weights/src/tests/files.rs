//! Whole files, through the public loader.

use std::path::PathBuf;

use ::safetensors::tensor::{Dtype, TensorView, serialize};
use sha2::{Digest, Sha256};
use temp_dir::TempDir;

use super::tensors::{Fake, entries};
use super::{folded, same_bits, sample};
use crate::error::WeightsError;
use crate::floats::le_bytes;
use crate::format::FileProblem;
use crate::format::named::Entries;
use crate::identity::{WeightsFormat, WeightsIdentity};
use crate::load::load;
use crate::loaded::LoadedWeights;
use crate::source::WeightsSource;

/// A file in a folder of its own, removed with the test.
struct TempFile {
    _folder: TempDir,
    path: PathBuf,
}

impl TempFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.child(name);
        std::fs::write(&path, content).unwrap();
        Self { _folder: folder, path }
    }

    fn load(&self) -> Result<LoadedWeights, WeightsError> {
        load(&WeightsSource::File(self.path.clone()))
    }
}

fn safetensors(entries: &Entries<Fake>) -> Vec<u8> {
    let bytes: Vec<_> = entries.values().map(|entry| le_bytes(&entry.values)).collect();
    let views = entries.iter().zip(&bytes).map(|((name, entry), bytes)| {
        (name, TensorView::new(Dtype::F32, entry.shape.clone(), bytes).unwrap())
    });
    serialize(views, None).unwrap()
}

#[test]
fn safetensors_give_the_same_bits_under_any_file_name() {
    let content = safetensors(&entries(sample()));
    let file = TempFile::new("renamed.pth", &content);
    let loaded = file.load().unwrap();
    assert!(same_bits(&loaded.weights, folded()));
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let expected =
        WeightsIdentity { name: "renamed.pth".into(), sha256, format: WeightsFormat::Safetensors };
    assert_eq!(loaded.identity, expected);

    // A file cut short says so, and by its name.
    let cut = TempFile::new("cut.pth", &content[..content.len() / 2]);
    let error = cut.load().unwrap_err();
    assert!(matches!(error, WeightsError::File { problem: FileProblem::Damaged { .. }, .. }));
    assert!(error.to_string().contains("cut.pth"), "{error}");
}

#[test]
fn exported_files_give_the_same_bits() {
    let identity = WeightsIdentity {
        name: "sample".into(),
        sha256: "0".repeat(64),
        format: WeightsFormat::Pytorch,
    };
    let mut loaded = LoadedWeights { weights: folded().clone(), identity };
    let onnx = TempFile::new("exported.onnx", &loaded.to_onnx()).load().unwrap();
    assert_eq!(onnx.identity.format, WeightsFormat::Onnx);
    assert!(same_bits(&onnx.weights, folded()));
    let safetensors = loaded.to_safetensors().unwrap();
    let safetensors = TempFile::new("exported.safetensors", &safetensors).load().unwrap();
    assert_eq!(safetensors.identity.format, WeightsFormat::Safetensors);
    assert!(same_bits(&safetensors.weights, folded()));

    loaded.weights.classifier = None;
    let onnx = TempFile::new("pool3.onnx", &loaded.to_onnx()).load().unwrap();
    assert!(same_bits(&onnx.weights, &loaded.weights));
    assert!(loaded.to_safetensors().unwrap_err().to_string().contains("no classifier"));
}

/// `{b"fc.weight": os.system("true")}`, `os.system("true")` and a tuple in a tuple, ten thousand
/// deep, as pickles.
fn hostile_pickles() -> [Vec<u8>; 3] {
    let call: &[u8] = b"cposix\nsystem\nX\x04\0\0\0true\x85R";
    let deep = [&b"\x80\x02)"[..], &[0x85; 10_000], b"."].concat();
    [
        [b"\x80\x02}X\x09\0\0\0fc.weight", call, b"s."].concat(),
        [b"\x80\x02", call, b"."].concat(),
        deep,
    ]
}

#[test]
fn hostile_files_are_refused_by_name() {
    let mut files = hostile_pickles().to_vec();
    let random: Vec<u8> =
        (0..999_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for start in
        [&b""[..], b"\x80\x02", b"PK\x03\x04", b"PK\x05\x06", b"\x08\x07", b"\x3a\x02", b"<html>"]
    {
        files.push(start.to_vec());
        files.push([start, &random].concat());
    }
    // A safetensors header that promises more than there is.
    files.push(b"\xff\xff\xff\x02\0\0\0\0{".to_vec());
    for content in files {
        let file = TempFile::new("hostile.bin", &content);
        let error = file.load().unwrap_err();
        assert!(matches!(error, WeightsError::File { .. }), "{error}");
        assert!(error.to_string().contains("hostile.bin"), "{error}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    for path in [std::env::temp_dir(), PathBuf::from("no/such/file")] {
        let error = load(&WeightsSource::File(path.clone())).unwrap_err();
        assert!(matches!(&error, WeightsError::Io { file, .. } if *file == path), "{error}");
    }
}

//! Graphs that keep their weights in files beside them.

use std::path::{Path, PathBuf};

use prost::Message;
use temp_dir::TempDir;

use super::super::proto::{ModelProto, StringStringEntryProto};
use super::super::tensor::EXTERNAL;
use super::writer::{Style, graph, model};
use crate::error::WeightsError;
use crate::format::problem::FileProblem;
use crate::format::read_content;
use crate::hub::{self, ImportError};
use crate::load::load;
use crate::loaded::LoadedWeights;
use crate::source::WeightsSource;
use crate::tests::{folded, same_bits, sample};

/// Moves all tensors into a file, each with its place in it.
fn moved(location: &str) -> (ModelProto, Vec<u8>) {
    let mut model = model(graph(sample(), Style::default()));
    let mut data = vec![0; 8];
    for tensor in &mut model.graph.as_mut().unwrap().initializer {
        let raw = tensor.raw_data.take().unwrap();
        let entry = |key: &str, value: &str| StringStringEntryProto {
            key: key.into(),
            value: value.into(),
        };
        tensor.external_data = vec![
            entry("location", location),
            entry("offset", &data.len().to_string()),
            entry("length", &raw.len().to_string()),
        ];
        tensor.data_location = EXTERNAL;
        data.extend_from_slice(&raw);
    }
    (model, data)
}

fn open(path: &Path) -> Result<LoadedWeights, WeightsError> {
    load(&WeightsSource::File(path.into()))
}

#[test]
fn weights_beside_the_graph_are_read_and_hashed() {
    let folder = TempDir::new().unwrap();
    let (path, beside) = (folder.child("graph.onnx"), folder.child("graph.onnx.data"));
    let (model, mut data) = moved("graph.onnx.data");
    std::fs::write(&path, model.encode_to_vec()).unwrap();

    let missing = open(&path).unwrap_err();
    let names = |data: &PathBuf| data.ends_with("graph.onnx.data");
    assert!(matches!(&missing, WeightsError::Data { data, .. } if names(data)), "{missing}");
    let text = read_content(model.encode_to_vec()).unwrap_err().to_string();
    assert!(text.contains("graph.onnx.data"), "{text}");

    std::fs::write(&beside, &data).unwrap();
    let loaded = open(&path).unwrap();
    assert!(same_bits(&loaded.weights, folded()));
    assert_eq!(loaded.identity.name, "graph.onnx");

    // Another value is other weights.
    data[11] ^= 1;
    std::fs::write(&beside, &data).unwrap();
    let other = open(&path).unwrap();
    assert!(!same_bits(&other.weights, folded()));
    assert_ne!(other.identity.sha256, loaded.identity.sha256);

    // One file in the cache would lack its weights.
    let error = hub::import(hub::current(), &path, false, &()).unwrap_err();
    assert!(matches!(error, ImportError::SeveralFiles { .. }), "{error}");

    data.truncate(data.len() - 4);
    std::fs::write(&beside, &data).unwrap();
    let error = hub::import(hub::current(), &path, false, &()).unwrap_err();
    assert!(matches!(error, ImportError::SeveralFiles { .. }), "{error}");
    let WeightsError::File { problem, .. } = open(&path).unwrap_err() else { panic!("read") };
    assert!(matches!(problem, FileProblem::Length { .. }), "{problem}");
}

#[test]
fn places_outside_the_data_are_refused() {
    for (key, value) in [("offset", "18446744073709551615"), ("length", "-1"), ("offset", "x")] {
        let (mut model, data) = moved("data");
        let tensor = &mut model.graph.as_mut().unwrap().initializer[0];
        tensor.external_data.iter_mut().filter(|entry| entry.key == key).for_each(|entry| {
            entry.value = value.into();
        });
        let files = [("data".into(), data.into())].into();
        let problem = super::read(model.encode_to_vec().into(), &files).unwrap_err();
        assert!(matches!(problem, FileProblem::Length { .. }), "{problem}");
    }
}

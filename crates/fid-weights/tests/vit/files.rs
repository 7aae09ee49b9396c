//! Files that are refused.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use fid_weights::vit::{VitFile, load};
use fid_weights::{FileProblem, WeightsError, WeightsSource};
use safetensors::tensor::Dtype;
use temp_dir::TempDir;

use crate::names::{Tensors, files, write};
use crate::shortened;

/// The problem of a file for a network of one block, and its whole text.
fn problem(network: &str, path: &Path) -> (FileProblem, String) {
    let error = load(shortened(network, 1), &WeightsSource::File(path.into())).unwrap_err();
    let text = format!("{error}: {}", error.source().unwrap());
    match error {
        WeightsError::File { file, problem } if file == path => (problem, text),
        other => panic!("{other}"),
    }
}

/// The problem of a changed file of `dinov2-s14`, named by timm.
fn changed(change: impl FnOnce(&mut Tensors)) -> (FileProblem, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    let mut tensors = files()["dinov2-s14/timm"].clone();
    change(&mut tensors);
    write(&path, &tensors, Dtype::F32);
    problem("dinov2-s14", &path)
}

#[test]
fn wrong_tensors_are_named() {
    let (found, text) = changed(|tensors| drop(tensors.remove("blocks.0.norm1.bias")));
    let FileProblem::Names { network, missing, unexpected } = found else { panic!("{text}") };
    assert_eq!((network, &missing[..]), ("dinov2-s14", &["blocks.0.norm1.bias".to_owned()][..]));
    assert!(unexpected.is_empty());

    let (found, text) = changed(|tensors| {
        let extra = tensors["norm.bias"].clone();
        tensors.insert("blocks.1.norm1.bias".into(), extra);
    });
    assert!(
        matches!(&found, FileProblem::Names { unexpected, .. } if unexpected.len() == 1),
        "{text}"
    );

    let (found, text) = changed(|tensors| {
        tensors.insert("pos_embed".into(), (vec![1, 1369, 384], vec![0.0; 1369 * 384]));
    });
    assert!(matches!(found, FileProblem::Shape { .. }), "{text}");
    assert!(text.contains("pos_embed") && text.contains("[1370, 384]"), "{text}");

    let (found, text) = changed(|tensors| {
        tensors.get_mut("blocks.0.ls1.gamma").unwrap().1[5] = f32::INFINITY;
    });
    assert!(matches!(found, FileProblem::NotFinite { index: 5, .. }), "{text}");

    let (found, text) = changed(|tensors| {
        tensors.get_mut("blocks.0.ls2.gamma").unwrap().1.fill(3e38);
        tensors.get_mut("blocks.0.mlp.fc2.weight").unwrap().1.fill(2.0);
    });
    assert!(matches!(found, FileProblem::FoldOverflow { .. }), "{text}");
    assert!(text.contains("blocks.0.mlp.fc2.weight"), "{text}");
}

#[test]
fn register_tokens_are_refused() {
    let (found, text) = changed(|tensors| {
        tensors.insert("reg_token".into(), (vec![1, 4, 384], vec![0.0; 4 * 384]));
    });
    assert!(matches!(found, FileProblem::Registers { .. }), "{text}");
    assert!(text.contains("dinov2-s14 is the network without them"), "{text}");
}

#[test]
fn other_networks_are_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    let spec = fid_weights::vit::VitSpec::named("clip-b32").unwrap();
    let mut tensors = files()["clip-b32/timm"].clone();
    for block in 1..spec.depth {
        let copies: Vec<_> =
            tensors.range("blocks.0.".to_owned().."blocks.0/".to_owned()).collect();
        let name = |name: &String| name.replacen("blocks.0.", &format!("blocks.{block}."), 1);
        let copies: Tensors =
            copies.into_iter().map(|(old, tensor)| (name(old), tensor.clone())).collect();
        tensors.extend(copies);
    }
    write(&path, &tensors, Dtype::F16);
    let (found, text) = problem("dinov2-s14", &path);
    assert!(matches!(found, FileProblem::OtherNetwork { found: "clip-b32", .. }), "{text}");
    assert!(load(spec, &WeightsSource::File(path.clone())).is_ok());

    // timm's bias of zeros is no part of CLIP.
    tensors.get_mut("head.bias").unwrap().1[511] = 1.0;
    write(&path, &tensors, Dtype::F16);
    let error = load(spec, &WeightsSource::File(path)).unwrap_err();
    assert!(error.source().unwrap().to_string().contains("unexpected \"head.bias\""), "{error}");

    let path = folder.child("inception.safetensors");
    let inception = fid_weights::load(&WeightsSource::Seeded(0)).unwrap();
    std::fs::write(&path, inception.to_safetensors().unwrap()).unwrap();
    let (found, text) = problem("dinov2-s14", &path);
    assert!(matches!(found, FileProblem::OtherNetwork { found: "inception", .. }), "{text}");

    let path = folder.child("inception.onnx");
    std::fs::write(&path, inception.to_onnx()).unwrap();
    let (found, text) = problem("dinov2-s14", &path);
    assert!(matches!(found, FileProblem::Graph { .. }), "{text}");
}

/// A stored entry of a zip archive and its record in the directory.
fn entry(name: &str, data: &[u8], at: usize) -> [Vec<u8>; 2] {
    let length = (data.len() as u32).to_le_bytes();
    let name_length = (name.len() as u16).to_le_bytes();
    let sum = crc32fast::hash(data).to_le_bytes();
    let common = [&[0; 8][..], &sum, &length, &length, &name_length, &[0; 2]].concat();
    let local = [b"PK\x03\x04\x14\0", &common[..], name.as_bytes(), data].concat();
    let offset = (at as u32).to_le_bytes();
    let central =
        [b"PK\x01\x02\x14\0\x14\0", &common[..], &[0; 10], &offset, name.as_bytes()].concat();
    [local, central]
}

#[test]
fn programs_are_not_run() {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for name in ["clip/data.pkl", "clip/constants.pkl", "clip/code/__torch__.py"] {
        let [local, central] = entry(name, b"\x80\x02}.", file.len());
        file.extend(local);
        directory.extend(central);
    }
    let (at, length) = (file.len() as u32, directory.len() as u32);
    file.extend(directory);
    file.extend(
        [b"PK\x05\x06\0\0\0\0\x03\0\x03\0", &length.to_le_bytes()[..], &at.to_le_bytes()].concat(),
    );
    file.extend([0; 2]);
    let folder = TempDir::new().unwrap();
    let path = folder.child("ViT-B-32.pt");
    std::fs::write(&path, file).unwrap();
    let (found, text) = problem("clip-b32", &path);
    assert!(matches!(found, FileProblem::TorchScript), "{text}");
    assert!(text.contains("model.safetensors"), "{text}");
}

#[test]
fn damaged_and_endless_files_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    write(&path, &files()["dinov2-s14/timm"], Dtype::F32);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let (found, text) = problem("dinov2-s14", &path);
    assert!(matches!(found, FileProblem::Damaged { .. }), "{text}");

    std::fs::write(&path, b"<html>").unwrap();
    let (found, text) = problem("dinov2-s14", &path);
    assert!(matches!(found, FileProblem::Unrecognised { .. }), "{text}");

    // Sparse: it takes no room.
    std::fs::File::create(&path).unwrap().set_len(20 << 30).unwrap();
    let (found, text) = problem("dinov2-s14", &path);
    assert!(matches!(found, FileProblem::TooLarge { .. }), "{text}");

    for path in [folder.path().to_path_buf(), folder.child("missing")] {
        let error =
            load(shortened("dinov2-s14", 1), &WeightsSource::File(path.clone())).unwrap_err();
        assert!(matches!(&error, WeightsError::Io { file, .. } if *file == path), "{error}");
    }
}

#[test]
fn a_file_that_changes_after_it_was_hashed_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    write(&path, &files()["dinov2-s14/timm"], Dtype::F32);
    let file = VitFile::open(shortened("dinov2-s14", 1), &path).unwrap();
    assert!(file.load().is_ok());
    let mut appended = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    appended.write_all(b"x").unwrap();
    let error = file.load().unwrap_err();
    assert!(matches!(&error, WeightsError::Io { file, .. } if *file == path), "{error}");
    assert!(error.source().unwrap().to_string().contains("changed"), "{error}");
}

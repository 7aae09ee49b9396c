//! Packed files of vision transformers.

use std::fs;

use fid_weights::hub::{load_vit, packed_files};
use fid_weights::{WeightsError, WeightsSource};
use safetensors::tensor::Dtype;
use temp_dir::TempDir;

use crate::names::{files, write};
use crate::shortened;

#[test]
fn packed_files_give_the_same_weights() {
    for (title, network) in [
        ("dinov2-s14/transformers", "dinov2-s14"),
        ("dinov2-g14/timm", "dinov2-g14"),
        ("clip-b32/open_clip, whole", "clip-b32"),
    ] {
        let folder = TempDir::new().unwrap();
        let (path, cache) = (folder.child("weights.safetensors"), folder.child("cache"));
        write(&path, &files()[title], Dtype::F32);
        let source = WeightsSource::File(path.clone());
        let load = || load_vit(shortened(network, 1), &source, Some(&cache), &()).unwrap();
        let first = load();
        let [(packed, size)] = packed_files(&cache).try_into().unwrap();
        assert!(packed.to_str().unwrap().contains(network));
        let second = load();
        assert!(first.weights == second.weights, "{title}");
        assert_eq!(first.identity, second.identity);

        // It was the packed file that was read: a changed value with the right checksum shows.
        let mut content = fs::read(&packed).unwrap();
        content[128] ^= 1;
        let end = content.len() - 4;
        let sum = crc32fast::hash(&content[..end]).to_le_bytes();
        content[end..].copy_from_slice(&sum);
        fs::write(&packed, &content).unwrap();
        assert!(first.weights != load().weights, "{title}");

        // A damaged one is made again.
        content[200] ^= 1;
        fs::write(&packed, &content).unwrap();
        assert!(first.weights == load().weights, "{title}");
        assert_eq!(packed_files(&cache), [(packed, size)]);

        // Another file has another packed one.
        let mut tensors = files()[title].clone();
        tensors.values_mut().for_each(|(_, values)| values[0] += 1.0);
        write(&path, &tensors, Dtype::F32);
        assert!(first.weights != load().weights, "{title}");
        assert_eq!(packed_files(&cache).len(), 2);
    }
}

#[test]
fn networks_of_the_same_file_have_packed_files_of_their_own() {
    let folder = TempDir::new().unwrap();
    let (path, cache) = (folder.child("weights.safetensors"), folder.child("cache"));
    write(&path, &files()["clip-b32/open_clip"], Dtype::F32);
    let source = WeightsSource::File(path);
    let whole = shortened("clip-b32", 1);
    let bare = fid_weights::vit::VitSpec { name: "clip-bare", output: None, ..whole.clone() };
    let bare = Box::leak(Box::new(bare));
    for _ in 0..2 {
        let load = |spec| load_vit(spec, &source, Some(&cache), &()).unwrap().weights;
        assert!(load(whole).projection.is_some() && load(bare).projection.is_none());
    }
    assert_eq!(packed_files(&cache).len(), 2);
}

#[test]
fn unusable_files_leave_no_packed_one() {
    let folder = TempDir::new().unwrap();
    let (path, cache) = (folder.child("weights.safetensors"), folder.child("cache"));
    write(&path, &files()["clip-b32/timm"], Dtype::F32);
    let source = WeightsSource::File(path);
    let result = load_vit(shortened("dinov2-s14", 1), &source, Some(&cache), &());
    assert!(matches!(result.unwrap_err(), WeightsError::File { .. }));
    assert!(packed_files(&cache).is_empty());
}

//! Files under the names of every program give the same weights.

use std::collections::BTreeMap;
use std::path::Path;

use fid_weights::WeightsSource;
use fid_weights::vit::{VitSpec, VitWeights, load};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

use crate::{fixture, shortened};

/// Tensors by name: shape and values.
pub(crate) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// The programs' files of networks of one block, by `NETWORK/PROGRAM`. Tensors of the same origin
/// hold the same values.
pub(crate) fn files() -> BTreeMap<String, Tensors> {
    let files: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_slice(&fixture("vit_names.json")).unwrap();
    let tensors = |names: BTreeMap<String, Value>| {
        names.into_iter().map(|(name, entry)| (name, tensor(&entry))).collect()
    };
    files.into_iter().map(|(title, names)| (title, tensors(names))).collect()
}

fn tensor(entry: &Value) -> (Vec<usize>, Vec<f32>) {
    let shape: Vec<_> =
        entry[0].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let origin = entry[1].as_str().unwrap_or_default();
    let count: usize = shape.iter().product();
    let start = entry[2].as_u64().unwrap_or(0) as usize * count;
    let place = |i: usize| match (entry[3].as_bool(), &shape[..]) {
        (Some(true), &[rows, columns]) => i % columns * rows + i / columns,
        _ => start + i,
    };
    let seed = origin.bytes().fold(7_usize, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
    // Numbers that 16 bits hold.
    let value = |i: usize| ((place(i) * 40_503 + seed * 127) % 509) as f32 / 128.0 - 2.0;
    let values = match entry[1].as_str() {
        None => vec![0.0; count],
        Some(_) => (0..count).map(value).collect(),
    };
    (shape, values)
}

pub(crate) fn write(path: &Path, tensors: &Tensors, dtype: Dtype) {
    let bytes = |values: &[f32]| -> Vec<u8> {
        match dtype {
            Dtype::F16 => {
                values.iter().flat_map(|&v| half::f16::from_f32(v).to_le_bytes()).collect()
            }
            Dtype::BF16 => {
                values.iter().flat_map(|&v| half::bf16::from_f32(v).to_le_bytes()).collect()
            }
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    };
    let contents: Vec<_> =
        tensors.iter().map(|(name, (shape, values))| (name, shape, bytes(values))).collect();
    let views = contents.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(dtype, (*shape).clone(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

pub(crate) fn read(spec: &'static VitSpec, path: &Path) -> VitWeights {
    load(spec, &WeightsSource::File(path.into())).unwrap().weights
}

#[test]
fn every_program_s_file_gives_the_same_weights() {
    let folder = temp_dir::TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    let mut first: BTreeMap<String, (String, VitWeights)> = BTreeMap::new();
    let files = files();
    assert_eq!(files.len(), 9);
    for (title, tensors) in files {
        let network = title.split_once('/').unwrap().0;
        write(&path, &tensors, Dtype::F32);
        let weights = read(shortened(network, 1), &path);
        match first.get(network) {
            None => drop(first.insert(network.into(), (title, weights))),
            Some((other, theirs)) => {
                assert!(*theirs == weights, "{other} and {title} differ");
            }
        }
    }
}

#[test]
fn values_of_16_bits_are_widened() {
    let folder = temp_dir::TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    let tensors = &files()["clip-b32/open_clip, whole"];
    let weights = [Dtype::F32, Dtype::F16].map(|dtype| {
        write(&path, tensors, dtype);
        read(shortened("clip-b32", 1), &path)
    });
    assert!(weights[0] == weights[1]);
    let tensors = tensors.clone().into_iter().map(|(name, (shape, values))| {
        (name, (shape, values.into_iter().map(|v| half::bf16::from_f32(v).to_f32()).collect()))
    });
    let tensors = tensors.collect();
    let weights = [Dtype::F32, Dtype::BF16].map(|dtype| {
        write(&path, &tensors, dtype);
        read(shortened("clip-b32", 1), &path)
    });
    assert!(weights[0] == weights[1]);
}

#[test]
fn layer_scale_multiplies_rows() {
    let folder = temp_dir::TempDir::new().unwrap();
    let path = folder.child("weights.safetensors");
    let tensors = &files()["dinov2-s14/timm"];
    write(&path, tensors, Dtype::F32);
    let block = &read(shortened("dinov2-s14", 1), &path).blocks[0];
    for (scale, name, linear) in
        [("ls1", "attn.proj", &block.attention_out), ("ls2", "mlp.fc2", &block.mlp_out)]
    {
        let of = |name: &str| &tensors[&format!("blocks.0.{name}")].1;
        let (scale, weight, bias) = (
            of(&format!("{scale}.gamma")),
            of(&format!("{name}.weight")),
            of(&format!("{name}.bias")),
        );
        let columns = weight.len() / scale.len();
        // These products of short numbers are exact.
        assert!(
            linear.weight.iter().enumerate().all(|(i, v)| *v == weight[i] * scale[i / columns])
        );
        assert!(linear.bias.iter().enumerate().all(|(i, v)| *v == bias[i] * scale[i]));
    }
}

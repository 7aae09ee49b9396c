//! Graphs that real exporters wrote, without their weights (`scripts/fixtures/onnx_exports.py`). Each
//! large tensor names the recipe of its values, which are made here from the seeded weights.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use half::{bf16, f16};
use prost::bytes::Bytes;

use super::super::tensor::{DataFiles, FLOAT, FLOAT16};
use super::super::{data_files, read};
use crate::checkpoint::{Checkpoint, ConvParams, Norm, Weights};
use crate::floats::le_bytes;
use crate::format::problem::FileProblem;
use crate::inception::{BATCH_NORM_EPS, LayerTable};
use crate::seeded;

/// Makes tensors by their recipes, `LAYER|PART|ORDER|TYPE`.
struct Recipes {
    checkpoint: Checkpoint,
    folded: Weights,
    made: BTreeMap<String, Bytes>,
}

impl Recipes {
    fn new() -> Self {
        let checkpoint = seeded::checkpoint(0);
        let folded = checkpoint.clone().fold();
        Self { checkpoint, folded, made: BTreeMap::new() }
    }

    /// A file for each recipe that a graph names; foreign tensors are empty.
    fn files(&mut self, graph: &Bytes) -> DataFiles {
        let names = data_files(graph.clone()).unwrap();
        let file = |name: String| (name.clone(), self.bytes(&name));
        names.into_iter().map(file).collect()
    }

    fn bytes(&mut self, recipe: &str) -> Bytes {
        if let Some(bytes) = self.made.get(recipe) {
            return bytes.clone();
        }
        let parts: Vec<_> = recipe.split('|').collect();
        let [layer, part, order, kind] = parts[..] else { return Bytes::new() };
        let (values, dims) = self.values(layer, part);
        let order: Vec<_> = order.bytes().map(|digit| usize::from(digit - b'0')).collect();
        let values = transposed(&values, &dims, &order);
        let bytes: Vec<u8> = match kind.parse().unwrap() {
            FLOAT => le_bytes(&values).into_owned(),
            FLOAT16 => values.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect(),
            16 => values.iter().flat_map(|&v| bf16::from_f32(v).to_le_bytes()).collect(),
            other => panic!("type {other}"),
        };
        let bytes = Bytes::from(bytes);
        self.made.insert(recipe.into(), bytes.clone());
        bytes
    }

    /// The values of a part of a layer, and their shape.
    fn values(&self, layer: &str, part: &str) -> (Vec<f32>, Vec<usize>) {
        if layer == "fc" {
            let fc = self.checkpoint.classifier.as_ref().unwrap();
            return match part {
                "weight" => (fc.weight.to_vec(), LayerTable::get().fc_shape().to_vec()),
                _ => (fc.bias.to_vec(), vec![1008]),
            };
        }
        let index = LayerTable::get().convs().iter().position(|conv| conv.name == layer).unwrap();
        let ConvParams { weight, norm } = &self.checkpoint.convs[index];
        let Norm::Batch { gamma, beta, mean, var } = norm else { panic!("folded") };
        let each = |value: &dyn Fn(f64, f64, f64, f64) -> f64| -> Vec<f32> {
            let at = |k: usize| [gamma, beta, mean, var].map(|values| f64::from(values[k]));
            (0..gamma.len()).map(at).map(|[g, b, m, v]| value(g, b, m, v) as f32).collect()
        };
        let shape = LayerTable::get().convs()[index].weight_shape().to_vec();
        let filters = vec![gamma.len()];
        match part {
            "weight" => (weight.clone(), shape),
            "folded" => (self.folded.convs[index].weight.to_vec(), shape),
            "gamma" => (gamma.clone(), filters),
            "beta" => (beta.clone(), filters),
            "mean" => (mean.clone(), filters),
            "var" => (var.clone(), filters),
            "scale" => (each(&|g, _, _, v| g / (v + BATCH_NORM_EPS).sqrt()), filters),
            "shift" => (each(&|g, b, m, v| b - m * g / (v + BATCH_NORM_EPS).sqrt()), filters),
            other => panic!("part {other}"),
        }
    }
}

/// Values in another order of dimensions.
fn transposed(values: &[f32], dims: &[usize], order: &[usize]) -> Vec<f32> {
    let mut transposed = vec![0.0; values.len()];
    for (from, &value) in values.iter().enumerate() {
        let mut place = vec![0; dims.len()];
        let mut rest = from;
        for axis in (0..dims.len()).rev() {
            place[axis] = rest % dims[axis];
            rest /= dims[axis];
        }
        let to = order.iter().fold(0, |to, &axis| to * dims[axis] + place[axis]);
        transposed[to] = value;
    }
    transposed
}

/// The largest difference of two tensors, relative to the largest value.
fn difference(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f64, |most, v| most.max(f64::from(v.abs())));
    let pairs = found.iter().zip(expected);
    pairs.fold(0.0, |most: f64, (a, b)| most.max(f64::from((a - b).abs()))) / largest
}

/// Exports that hold the network's weights: how far they may be from the checkpoint's. Normalisation
/// folded by us gives the same bits; recipes of 16 bits or of scales in 32 are rounded before.
const READ: [(&str, f64); 45] = [
    ("dynamo", 0.0),
    ("dynamo_18", 0.0),
    ("dynamo_inside", 0.0),
    ("dynamo_unoptimised", 0.0),
    ("dynamo_dynamic", 0.0),
    ("legacy_11", 0.0),
    ("legacy_13", 0.0),
    ("legacy_17", 0.0),
    ("legacy_20", 0.0),
    ("legacy_preserve", 0.0),
    ("legacy_apart", 0.0),
    ("legacy_functions", 0.0),
    ("dynamo_half", 1e-3),
    ("legacy_half", 1e-3),
    ("dynamo_bfloat16", 8e-3),
    ("onnxsim", 0.0),
    ("onnxslim", 0.0),
    ("ort_basic", 0.0),
    ("ort_extended", 0.0),
    ("ort_extended_dynamo", 0.0),
    ("ort_extended_half", 1e-3),
    ("float16", 1e-3),
    ("float16_kept_types", 1e-3),
    ("one_data_file", 0.0),
    ("data_file_each", 0.0),
    ("hand_scale_and_shift", 2e-7),
    ("hand_decomposed", 2e-7),
    ("hand_pads", 0.0),
    ("hand_auto_pads", 0.0),
    ("hand_channels_last", 0.0),
    ("hand_channels_last_cancelled", 0.0),
    ("hand_mat_mul", 0.0),
    ("hand_convolution", 0.0),
    ("hand_functions", 0.0),
    ("hand_half_behind_cast", 1e-3),
    ("hand_bfloat16_behind_cast", 8e-3),
    ("hand_unsorted", 0.0),
    ("hand_dynamic_reshape", 0.0),
    ("hand_gathered_average", 0.0),
    ("hand_times_two_minus_one", 0.0),
    ("hand_from_bytes", 0.0),
    ("hand_single_image", 0.0),
    ("hand_two_steps", 0.0),
    ("hand_transform_input", 0.0),
    ("hand_pool3_only", 0.0),
];

/// Exports of something else: words of the error, which names it.
const REFUSED: [(&str, &[&str]); 9] = [
    ("legacy_training", &["BatchNormalization[", "training mode", "model.eval()"]),
    ("ort_all", &["com.microsoft.nchwc:", "ORT_ENABLE_EXTENDED"]),
    ("other_torchvision", &["Mixed_5b.branch_pool", "count_include_pad=1"]),
    ("other_resnet", &["pool3", "Add["]),
    ("other_resize", &["Resize[", "before the first convolution", "without it"]),
    ("hand_other_resized", &["Resize[", "before the first convolution", "without it"]),
    ("hand_other_normalised_by_imagenet", &["times [4.3668, 4.4643, 4.4444]", "without it"]),
    ("hand_other_dequantised", &["DequantizeLinear[", "quantised", "floating-point"]),
    ("hand_other_counted_pads", &["Mixed_5b.branch_pool", "AveragePool["]),
];

pub(super) fn export(name: &str) -> Bytes {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx");
    let file = std::fs::File::open(folder.join(format!("{name}.onnx.gz"))).unwrap();
    let mut graph = Vec::new();
    GzDecoder::new(file).read_to_end(&mut graph).unwrap();
    graph.into()
}

#[test]
fn every_export_of_the_network_gives_its_weights() {
    let mut recipes = Recipes::new();
    for (name, tolerance) in READ {
        let graph = export(name);
        let files = recipes.files(&graph);
        let found = read(graph, &files).unwrap_or_else(|error| panic!("{name}: {error}")).fold();
        let mut worst = 0.0;
        for (found, expected) in found.convs.iter().zip(&recipes.folded.convs) {
            let weight = difference(&found.weight, &expected.weight);
            worst = f64::max(worst, weight.max(difference(&found.bias, &expected.bias)));
        }
        match (&found.classifier, &recipes.folded.classifier) {
            (Some(found), Some(expected)) => {
                let weight = difference(&found.weight, &expected.weight);
                worst = worst.max(weight.max(difference(&found.bias, &expected.bias)));
            }
            _ => assert_eq!(name, "hand_pool3_only"),
        }
        assert!(worst <= tolerance, "{name}: {worst:e}");
    }
}

#[test]
fn every_other_export_is_refused_by_name() {
    let mut recipes = Recipes::new();
    for (name, words) in REFUSED {
        let graph = export(name);
        let files = recipes.files(&graph);
        let error: FileProblem = read(graph, &files).unwrap_err();
        let text = error.to_string();
        for word in words {
            assert!(text.contains(word), "{name}: {text}");
        }
    }
}

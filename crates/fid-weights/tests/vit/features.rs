//! Features in `f64`, and positions, against transformers, timm, open_clip and PyTorch.

use fid_core::Positions;
use fid_weights::vit::{VitSpec, positions, reference, seeded};
use safetensors::SafeTensors;

use crate::{fixture, shortened};

/// Relative L2 of features. Both sides compute in f64, which rounds by 1e-16; a wrong epsilon, the
/// closest mistake there is, is off by more than 1e-7.
const BOUND: f64 = 1e-11;

fn f64s(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().copied().map(f64::from_le_bytes).collect()
}

/// The images of the fixtures, `[3,side,side]`: 0 is smooth, 1 is rough.
fn image(which: usize, side: usize) -> Vec<f64> {
    let pixel = |c: usize, y: usize, x: usize| match which {
        0 => ((x + 2 * y + 40 * c) % 256) as f64 - 128.0,
        _ => ((3 * x * x + 5 * y * y + 7 * x * y + 91 * c) % 251) as f64 - 125.0,
    };
    let places = (0..3).flat_map(|c| (0..side * side).map(move |p| (c, p / side, p % side)));
    places.map(|(c, y, x)| pixel(c, y, x) / 64.0).collect()
}

fn rule(name: &str) -> Positions {
    match name {
        "native" => Positions::Native,
        "hub" => Positions::Hub,
        "transformers" => Positions::Transformers,
        "timm" => Positions::Timm,
        other => panic!("{other}"),
    }
}

#[test]
fn features_are_those_of_other_programs() {
    let bytes = fixture("vit_features.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut networks: Vec<_> = VitSpec::ALL.iter().map(|spec| spec.name).collect();
    for (name, tensor) in file.tensors() {
        let [network, _program, positions, side] =
            name.split('/').collect::<Vec<_>>().try_into().unwrap();
        let (network, depth) = network.rsplit_once('-').unwrap();
        networks.retain(|other| *other != network);
        let weights = seeded(shortened(network, depth.parse().unwrap()), 0);
        let expected = f64s(tensor.data());
        let count = weights.spec.features();
        assert_eq!(tensor.shape(), [2, count], "{name}");
        for (which, expected) in expected.chunks_exact(count).enumerate() {
            let image = image(which, side.parse().unwrap());
            let features = reference(&weights, &image, rule(positions));
            let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
            let differences = features.iter().zip(expected).map(|(a, b)| a - b);
            let error = norm(&mut differences.into_iter()) / norm(&mut expected.iter().copied());
            println!("{name}, image {which}: {:e}", error.sqrt());
            assert!(error.sqrt() < BOUND, "{name}, image {which}: {:e}", error.sqrt());
        }
    }
    assert!(networks.is_empty(), "no fixture for {networks:?}");
}

#[test]
fn positions_are_those_of_pytorch() {
    let weights = seeded(shortened("dinov2-s14", 0), 0);
    let bytes = fixture("vit_positions.safetensors");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tables = file.tensors();
    assert_eq!(tables.len(), 9);
    for (name, tensor) in tables {
        let (rule_name, grid) = name.split_once('/').unwrap();
        let grid = grid.parse().unwrap();
        let table = positions(&weights, grid, rule(rule_name));
        assert_eq!(table.len(), (1 + grid * grid) * 384);
        let kept = table.chunks_exact(384).step_by(7).flat_map(|row| row.iter().step_by(48));
        let expected: Vec<_> = f64s(tensor.data()).into_iter().map(|value| value as f32).collect();
        assert_eq!(kept.copied().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn positions_as_trained_are_not_changed() {
    let weights = seeded(shortened("clip-b32", 0), 0);
    for rule in [Positions::Native, Positions::Hub, Positions::Transformers, Positions::Timm] {
        assert_eq!(positions(&weights, 7, rule), weights.positions.to_vec());
    }
}

#[test]
#[should_panic(expected = "positions for 37 patches, not 16")]
fn native_positions_fit_one_side() {
    positions(&seeded(shortened("dinov2-s14", 0), 0), 16, Positions::Native);
}

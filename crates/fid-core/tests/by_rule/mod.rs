//! Features by rule, the same as in `scripts/neighbour_fixtures.py`, and the values that the original
//! programs computed of them.

use fid_core::FeatureSlice;
use serde_json::Value;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const HIDDEN: usize = 6;

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Numbers in [-1, 1), of 24 bits: the stream of a name.
fn signed(name: &str, count: usize) -> Vec<f64> {
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    let key = mix(fnv ^ mix(0));
    let bits = |i: u64| mix(key.wrapping_add(i.wrapping_mul(GOLDEN))) >> 40;
    let centred = |z: u64| (z as f64 - f64::from(1 << 23)) / f64::from(1 << 23);
    (1..=count as u64).map(|i| centred(bits(i))).collect()
}

/// Rows near a surface of few dimensions, half of their values 0. Every step is exact in f64.
fn features(name: &str, n: usize, dim: usize, spread: f64, shift: f64) -> Vec<f32> {
    let weights: Vec<f64> =
        signed("neighbours.weights", HIDDEN * dim).iter().map(|x| (4.0 * x).floor()).collect();
    let hidden = signed(&format!("{name}.hidden"), n * HIDDEN);
    let noise = signed(&format!("{name}.noise"), n * dim);
    let value = |at: usize| {
        let (row, column) = (at / dim, at % dim);
        let common: f64 = (0..HIDDEN)
            .map(|k| (hidden[row * HIDDEN + k] * spread + shift) * weights[k * dim + column])
            .sum();
        (common + 0.5 * noise[at]).max(0.0) as f32
    };
    (0..n * dim).map(value).collect()
}

/// Real and generated features of a case.
pub(crate) struct Case {
    pub(crate) real: Vec<f32>,
    pub(crate) fake: Vec<f32>,
    pub(crate) dim: usize,
}

impl Case {
    pub(crate) fn of(fixture: &Value, name: &str) -> Self {
        let size = |key: &str| fixture["cases"][name][key].as_u64().unwrap() as usize;
        let (dim, copies) = (size("dim"), size("copies"));
        let real = features(&format!("{name}.real"), size("real"), dim, 1.0, 0.0);
        let mut fake = features(&format!("{name}.fake"), size("fake"), dim, 0.875, 0.375);
        fake[..copies * dim].copy_from_slice(&real[..copies * dim]);
        Self { real, fake, dim }
    }

    pub(crate) fn real(&self) -> FeatureSlice<'_, f32> {
        FeatureSlice::new(&self.real, self.dim).unwrap()
    }

    pub(crate) fn fake(&self) -> FeatureSlice<'_, f32> {
        FeatureSlice::new(&self.fake, self.dim).unwrap()
    }
}

/// A fixture of `tests/fixtures/metrics/`.
pub(crate) fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/metrics");
    serde_json::from_slice(&std::fs::read(format!("{folder}/{name}")).unwrap()).unwrap()
}

//! Inputs and fixtures of the metrics; `scripts/fixtures/metrics.py` computes the same inputs.
#![allow(dead_code, unreachable_pub, reason = "each test file uses only a part")]
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

use fid_core::FeatureSlice;
use serde_json::Value;

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The stream of numbers in [-1, 1), of 24 bits, for a name, by position.
pub fn signed(name: &str) -> impl Fn(usize) -> f64 + use<> {
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    let key = mix(fnv ^ mix(0));
    move |i| {
        let z = mix(key.wrapping_add((i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        ((z >> 40) as f64 - f64::from(1 << 23)) / f64::from(1 << 23)
    }
}

/// f64 row-major `[n, d]`, by the rule of `reference_inputs.frechet_features`.
fn f64_features(name: &str, n: usize, d: usize, shift: f64) -> Vec<f64> {
    let u = signed(&format!("frechet/{name}"));
    let value = |at: usize| {
        let (row, column) = (at / d * d, at % d);
        (u(at) + 0.75 * u(row + (column + 1) % d) + shift).max(0.0)
    };
    (0..n * d).map(value).collect()
}

/// f32 row-major `[n, d]`.
pub fn features(name: &str, n: usize, d: usize, shift: f64) -> Vec<f32> {
    f64_features(name, n, d, shift).into_iter().map(|value| value as f32).collect()
}

/// f32 row-major `[n, 1008]`.
pub fn logits(n: usize) -> Vec<f32> {
    let mut values = f64_features("metrics/logits", n, 1008, 0.1);
    values.iter_mut().for_each(|value| *value = 8.0 * *value - 4.0);
    (0..n).for_each(|row| values[row * 1008 + row % 37] += 6.0);
    values.into_iter().map(|value| value as f32).collect()
}

/// The rows of a set.
pub fn rows<T>(values: &[T], dim: usize) -> FeatureSlice<'_, T> {
    FeatureSlice::new(values, dim).unwrap()
}

/// `tests/fixtures/metrics/NAME.json`.
pub fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/metrics");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The elements of an array.
pub fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

/// A number of an object.
pub fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap()
}

/// A whole number of an object.
pub fn integer(value: &Value, name: &str) -> usize {
    usize::try_from(value[name].as_u64().unwrap()).unwrap()
}

/// A seed of an object.
pub fn seed(value: &Value) -> u32 {
    u32::try_from(value["seed"].as_u64().unwrap()).unwrap()
}

/// Whether `|got − want| ≤ bound·|want|`; false for NaN.
pub fn is_close(got: f64, want: f64, bound: f64) -> bool {
    (got - want).abs() <= bound * want.abs()
}

/// Asserts [`is_close`] and prints the error.
#[track_caller]
pub fn assert_close(what: &str, got: f64, want: f64, bound: f64) {
    let error = (got - want).abs() / want.abs();
    println!("measured {what}: {got} against {want}: {error:.2e} ({bound:e})");
    assert!(is_close(got, want, bound), "{what}: got {got}, want {want}: {error:e} > {bound:e}");
}

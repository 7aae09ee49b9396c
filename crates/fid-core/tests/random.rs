//! The random generators against values of NumPy and PyTorch.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{fixture, integer, list, seed};
use fid_core::metrics::{RandomState, TorchGenerator};
use fid_core::tolerance;

/// `Σ value·position` with positions from 1, which changes with every swap of two values.
fn weighted_sum(values: &[u32]) -> u64 {
    values.iter().zip(1u64..).map(|(&value, at)| u64::from(value) * at).sum()
}

fn as_u32(values: &serde_json::Value) -> Vec<u32> {
    serde_json::from_value(values.clone()).unwrap()
}

#[test]
fn permutations_and_choices_equal_numpy() {
    let fixture = fixture("random");
    for case in list(&fixture, "numpy") {
        let (seed, n) = (seed(case), u32::try_from(integer(case, "n")).unwrap());
        let mut rng = RandomState::new(seed);
        let permutation = rng.permutation(n);
        let at = format!("seed {seed}, n {n}");
        assert_eq!(permutation[..n.min(10) as usize], as_u32(&case["permutation_starts"]), "{at}");
        assert_eq!(weighted_sum(&permutation), case["permutation_weighted_sum"], "{at}");
        assert_eq!(rng.choice(n, 5), as_u32(&case["then_choice"]), "{at}");
    }
    // NumPy refuses the seed 2³², which `u32` cannot express.
    assert!(fixture["numpy_refuses"].as_str().unwrap().contains("between 0 and 2**32 - 1"));
}

#[test]
fn permutations_and_normal_numbers_equal_pytorch() {
    let mut worst = 0.0f64;
    for case in list(&fixture("random"), "torch") {
        let (seed, n) = (seed(case), u32::try_from(integer(case, "n")).unwrap());
        let mut generator = TorchGenerator::new(seed.into());
        let permutation = generator.randperm(n);
        let at = format!("seed {seed}, n {n}");
        assert_eq!(permutation[..n.min(10) as usize], as_u32(&case["randperm_starts"]), "{at}");
        assert_eq!(weighted_sum(&permutation), case["randperm_weighted_sum"], "{at}");
        let want: Vec<f64> = serde_json::from_value(case["then_randn"].clone()).unwrap();
        for (got, want) in generator.randn(want.len()).iter().zip(&want) {
            let error = (got - want).abs();
            worst = if error > worst || error.is_nan() { error } else { worst };
        }
    }
    println!("measured randn: {worst:.2e}");
    assert!(worst <= tolerance::NORMAL_NUMBERS, "{worst:e}");
}

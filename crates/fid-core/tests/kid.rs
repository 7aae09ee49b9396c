//! KID against torch-fidelity and TF-GAN, and its invariances.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{assert_close, features, fixture, integer, is_close, list, number, rows, seed};
use fid_core::metrics::{
    KidBlocksConfig, KidConfig, PolynomialKernel, kid, kid_blocks, mmd2_unbiased,
};
use fid_core::{Error, tolerance};

const DIM: usize = 16;

fn real() -> Vec<f32> {
    features("metrics/real", 1500, DIM, 0.1)
}

fn fake() -> Vec<f32> {
    features("metrics/fake", 1200, DIM, 0.2)
}

fn config(subsets: usize, subset_size: usize, seed: u32) -> KidConfig {
    KidConfig { subsets, subset_size, seed, ..KidConfig::default() }
}

#[test]
fn subsets_agree_with_torch_fidelity() {
    let (real, fake) = (real(), fake());
    let (real, fake) = (rows(&real, DIM), rows(&fake, DIM));
    for case in list(&fixture("kid"), "cases") {
        let config = config(integer(case, "subsets"), integer(case, "subset_size"), seed(case));
        let ours = kid(&real, &fake, &config).unwrap();
        let what = format!("KID, {} subsets of {}", config.subsets, config.subset_size);
        let (mean, std) = (number(case, "mean_float64"), number(case, "std_float64"));
        assert_close(&format!("{what}, mean"), ours.mean, mean, tolerance::KID);
        assert_close(&format!("{what}, std"), ours.std, std, tolerance::KID);
        let mean = number(case, "mean_float32");
        assert_close(&format!("{what}, f32"), ours.mean, mean, tolerance::KID_F32);
    }
    assert_eq!(config(100, 1000, 2020), KidConfig::default());
}

#[test]
fn blocks_agree_with_tf_gan() {
    let (real, fake) = (real(), fake());
    let (real, fake) = (rows(&real, DIM), rows(&fake, DIM));
    let fixture = fixture("kid");
    for case in list(&fixture, "blocks") {
        let seed = case["seed"].as_u64().map(|seed| u32::try_from(seed).unwrap());
        let max_block = integer(case, "max_block");
        let config = KidBlocksConfig { max_block, seed, ..KidBlocksConfig::default() };
        let ours = kid_blocks(&real, &fake, &config).unwrap();
        assert_eq!(ours.blocks, integer(case, "blocks"));
        assert_close("KID by blocks, mean", ours.mean, number(case, "mean"), tolerance::KID);
        let error = ours.standard_error.unwrap();
        let want = number(case, "standard_error");
        assert_close("KID by blocks, error", error, want, tolerance::KID);
    }
    let full = mmd2_unbiased(&real, &fake, &PolynomialKernel::default()).unwrap();
    assert_close("KID of all", full, number(&fixture, "full"), tolerance::KID);
    // A single block is the full estimate, without a standard error.
    let whole = KidBlocksConfig { max_block: 1500, ..KidBlocksConfig::default() };
    let whole = kid_blocks(&real, &fake, &whole).unwrap();
    assert_eq!((whole.blocks, whole.standard_error), (1, None));
    assert!(is_close(whole.mean, full, tolerance::KID));
}

#[test]
fn order_and_sides_change_draws_but_not_the_full_estimate() {
    let (real, fake) = (real(), fake());
    let turned: Vec<f32> = real.chunks_exact(DIM).rev().flatten().copied().collect();
    let (real, fake, turned) = (rows(&real, DIM), rows(&fake, DIM), rows(&turned, DIM));
    let kernel = PolynomialKernel::default();
    let full = mmd2_unbiased(&real, &fake, &kernel).unwrap();
    for other in [mmd2_unbiased(&fake, &real, &kernel), mmd2_unbiased(&turned, &fake, &kernel)] {
        assert!(is_close(other.unwrap(), full, tolerance::KID));
    }
    let config = config(20, 100, 2020);
    let drawn = kid(&real, &fake, &config).unwrap().mean;
    assert!(!is_close(kid(&fake, &real, &config).unwrap().mean, drawn, 1e-3));
    assert!(!is_close(kid(&turned, &fake, &config).unwrap().mean, drawn, 1e-3));
    let other = KidConfig { seed: 2021, ..config };
    assert!(!is_close(kid(&real, &fake, &other).unwrap().mean, drawn, 1e-3));
}

#[test]
fn linear_kernel_has_a_closed_form() {
    // k = x·y: the estimate is |mean x − mean y|² without the squares of single rows.
    let kernel = PolynomialKernel { degree: 1, gamma: Some(1.0), coef0: 0.0 };
    let value = mmd2_unbiased(&rows(&[1.0, 3.0], 1), &rows(&[2.0, 5.0], 1), &kernel).unwrap();
    assert!((value - (3.0 + 10.0 - 2.0 * 2.0 * 3.5)).abs() < 1e-12);
}

#[test]
fn bad_input_is_refused() {
    let values: Vec<f32> = features("metrics/real", 20, 4, 0.1);
    let all = rows(&values, 4);
    let few = rows(&values[..4 * 7], 4);
    let error = kid(&all, &few, &config(2, 8, 0)).unwrap_err();
    assert_eq!(
        error,
        Error::NotEnoughImages { metric: "a KID subset", side: "fake", needed: 8, available: 7 }
    );
    assert_eq!(error.to_string(), "a KID subset needs 8 images, and the fake side has 7");
    assert!(matches!(kid(&all, &all, &config(0, 8, 0)), Err(Error::Setting { .. })));
    assert!(matches!(kid(&all, &all, &config(1, 1, 0)), Err(Error::Setting { .. })));
    assert_eq!(
        kid(&all, &rows(&values, 5), &config(1, 8, 0)).unwrap_err(),
        Error::DimMismatch { a: 4, b: 5 }
    );
    let mut spoiled = values.clone();
    spoiled[4 * 13 + 2] = f32::NAN;
    let error = mmd2_unbiased(&all, &rows(&spoiled, 4), &PolynomialKernel::default()).unwrap_err();
    assert!(
        matches!(error, Error::NotFinite { what: "fake features", row: 13, column: 2, .. }),
        "{error}"
    );
    let huge = [1e200; 8];
    let error = mmd2_unbiased(&rows(&huge, 4), &rows(&huge, 4), &PolynomialKernel::default());
    assert!(matches!(error, Err(Error::Overflow { .. })));
    let config = KidBlocksConfig { max_block: 4, ..KidBlocksConfig::default() };
    assert!(matches!(kid_blocks(&all, &few, &config), Err(Error::NotEnoughImages { .. })));
}

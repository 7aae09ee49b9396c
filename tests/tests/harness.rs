//! The comparison itself must reject the mistakes that happen in practice.

use fid_core::{Preset, reference_preprocess};
use fid_tests::close::{Bound, compare};
use fid_tests::images::{Pattern, image};
use fid_tests::tolerance;

const SHAPE: [usize; 3] = [3, 299, 299];
const BOUND: Bound = Bound::Absolute(tolerance::PREPROCESS);

/// A preprocessed image without any symmetry.
fn sample() -> Vec<f64> {
    let image = image(Pattern::Noise, 31, 47, 3);
    reference_preprocess(image.pixels(), 31, 47, 3, Preset::PYTORCH_FID).unwrap()
}

fn rejects(name: &str, spoiled: &[f64]) {
    let verdict = compare(name, &SHAPE, spoiled, &sample(), BOUND);
    println!("{name}: {verdict:?}");
    assert!(verdict.is_err(), "{name} passes: {verdict:?}");
}

#[test]
fn equal_arrays_pass() {
    assert_eq!(compare("equal", &SHAPE, &sample(), &sample(), BOUND), Ok(0.0));
}

#[test]
fn one_changed_value_is_rejected_with_its_place() {
    let mut spoiled = sample();
    spoiled[299 * 299 + 5 * 299 + 7] += 2.0 * tolerance::PREPROCESS;
    rejects("one value", &spoiled);
    let message = compare("one value", &SHAPE, &spoiled, &sample(), BOUND).unwrap_err().to_string();
    assert!(message.contains("[1, 5, 7]"), "{message}");
}

#[test]
fn swapped_channels_are_rejected() {
    let sample = sample();
    let planes: Vec<_> = sample.chunks_exact(299 * 299).collect();
    rejects("channels", &[planes[2], planes[1], planes[0]].concat());
}

#[test]
fn swapped_axes_are_rejected() {
    let sample = sample();
    let transposed = |at: usize| {
        let (plane, y, x) = (at / (299 * 299), at / 299 % 299, at % 299);
        sample[plane * 299 * 299 + x * 299 + y]
    };
    rejects("axes", &(0..sample.len()).map(transposed).collect::<Vec<_>>());
}

#[test]
fn a_shift_by_half_a_pixel_is_rejected() {
    let sample = sample();
    // Half an output pixel to the right.
    let shifted =
        |at: usize| 0.5 * (sample[at] + sample[if at % 299 == 298 { at } else { at + 1 }]);
    rejects("half a pixel", &(0..sample.len()).map(shifted).collect::<Vec<_>>());
}

#[test]
fn nan_is_rejected() {
    let mut spoiled = sample();
    spoiled[17] = f64::NAN;
    rejects("NaN", &spoiled);
    let nan = vec![f64::NAN; 4];
    assert!(compare("both", &[4], &nan, &nan, BOUND).is_err());
    assert!(compare("relative", &[4], &nan, &nan, Bound::RelativeL2(1.0)).is_err());
}

#[test]
fn a_wrong_length_is_rejected() {
    assert!(compare("length", &SHAPE, &sample()[1..], &sample()[1..], BOUND).is_err());
}

#[test]
fn a_relative_bound_rejects_a_relative_error() {
    let spoiled: Vec<_> = sample().iter().map(|v| v * (1.0 + 3e-5)).collect();
    let bound = Bound::RelativeL2(tolerance::FEATURES);
    assert!(compare("scaled", &SHAPE, &spoiled, &sample(), bound).is_err());
}

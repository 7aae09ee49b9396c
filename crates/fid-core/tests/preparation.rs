//! Preparation against the pixels of torchvision's transforms on Pillow's images.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{integer, list, signed};
use fid_core::preprocess::{PillowFilter, Preparation, PreparationError, ResizeTo};
use fid_core::{Image8, ImageSize};
use serde_json::Value;

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/preparation.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The top byte of each element of the stream `preparation`, by the rule of `inputs.py`.
fn image(height: usize, width: usize, channels: usize) -> Image8 {
    let value = signed("preparation");
    let pixels = (0..height * width * channels).map(|at| ((value(at) + 1.0) * 128.0) as u8);
    Image8::new(height, width, channels, pixels.collect()).unwrap()
}

fn fnv1a(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xCBF2_9CE4_8422_2325u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    format!("{hash:016x}")
}

fn preparation(text: &str) -> Preparation {
    text.parse().unwrap()
}

#[test]
fn pixels_equal_those_of_torchvision_and_pillow() {
    let fixture = fixture();
    let mut wrong = Vec::new();
    for case in list(&fixture, "cases") {
        let shape: [usize; 3] = serde_json::from_value(case["shape"].clone()).unwrap();
        let want: [usize; 2] = serde_json::from_value(case["out"].clone()).unwrap();
        let [height, width, channels] = shape;
        let text = case["preparation"].as_str().unwrap();
        let got = preparation(text).apply(image(height, width, channels)).unwrap();
        assert_eq!([got.height(), got.width()], want, "{shape:?} {text}");
        assert_eq!(got.channels(), channels);
        if fnv1a(got.pixels()) != case["fnv1a"].as_str().unwrap() {
            wrong.push(format!("{shape:?} {text}"));
        }
    }
    assert!(wrong.is_empty(), "{} of other pixels: {wrong:#?}", wrong.len());
}

#[test]
fn a_random_subset_is_numpys() {
    for case in list(&fixture(), "samples") {
        let (of, count) = (integer(case, "of"), integer(case, "count"));
        let seed = u32::try_from(integer(case, "seed")).unwrap();
        let got = fid_core::metrics::sorted_sample(of, count, seed).unwrap();
        let first: Vec<usize> = serde_json::from_value(case["first"].clone()).unwrap();
        assert_eq!(got[..first.len()], first);
        let sum: usize = got.iter().zip(1..).map(|(&index, at): (_, usize)| index * at).sum();
        assert_eq!((got.len(), sum), (count, integer(case, "weighted_sum")), "{case}");
    }
}

#[test]
fn the_same_size_leaves_an_image_as_it_is() {
    for filter in PillowFilter::ALL {
        let same = image(30, 40, 3);
        for to in ["30", "40x30"] {
            let step = Preparation::default().resize(to.parse().unwrap(), *filter);
            assert_eq!(
                step.center_crop("40x30".parse().unwrap()).apply(same.clone()),
                Ok(same.clone())
            );
        }
    }
}

#[test]
fn impossible_sizes_are_refused() {
    let small = |width, height| PreparationError::SmallerThanCrop {
        width,
        height,
        crop_width: 256,
        crop_height: 256,
    };
    let crop = preparation("center-crop 256");
    assert_eq!(crop.apply(image(300, 255, 1)), Err(small(255, 300)));
    assert_eq!(crop.apply(image(255, 300, 3)), Err(small(300, 255)));
    let resized = preparation("resize 200 box, center-crop 256");
    assert_eq!(resized.apply(image(300, 600, 1)), Err(small(400, 200)));
    let long = preparation("resize 256 lanczos").apply(image(4, 1100, 1)).unwrap_err();
    let text = long.to_string();
    assert!(text.contains("1100x4") && text.contains("70400x256"), "{text}");
    // An axis of any length is cut to an exact size.
    assert_eq!(preparation("resize 9x9 lanczos").apply(image(4, 1100, 1)).unwrap().width(), 9);
}

#[test]
fn memory_is_at_least_that_of_the_result() {
    let size = ImageSize { height: 300, width: 40, channels: 3 };
    assert_eq!(Preparation::default().memory(size), 0);
    for (text, least) in [
        ("resize 64x32 lanczos", 64 * 32 * 3 + 40 * 32 * 3),
        ("resize 64x400 lanczos", 64 * 400 * 3 + 64 * 300 * 3),
        ("center-crop 8", 8 * 8 * 3),
        ("resize 80 box, center-crop 80", 80 * 600 * 3 + 80 * 300 * 3 + 80 * 80 * 3),
        ("resize 60000 box", 0),
    ] {
        assert_eq!(preparation(text).memory(size), least, "{text}");
    }
}

#[test]
fn texts_are_read_as_they_are_written() {
    for text in [
        "none",
        "resize 256 lanczos",
        "resize 256x256 nearest",
        "center-crop 224",
        "resize 1x65535 hamming, center-crop 1x2",
    ] {
        assert_eq!(preparation(text).to_string(), text);
    }
    assert_eq!(preparation("center-crop 224x224").to_string(), "center-crop 224");
    assert!(preparation("none").is_none() && !preparation("center-crop 1").is_none());
    for text in [
        "",
        "resize",
        "resize 256",
        "resize 256 cubic",
        "center-crop 8, resize 8 box",
        "resize 8 box, resize 8 box",
        "center-crop 8, center-crop 8",
        "none, none",
        "none, center-crop 8",
        "resize  8 box",
    ] {
        assert!(text.parse::<Preparation>().is_err(), "{text}");
    }
    for text in
        ["", "0", "x", "8x", "x8", "+8", "-8", "8x0", "65536", "8x8x8", "8 x 8", "8.5", "8X8"]
    {
        let error = text.parse::<ResizeTo>().unwrap_err();
        assert!(error.to_string().contains("256x128"), "{error}");
    }
    let unknown = "cubic".parse::<PillowFilter>().unwrap_err().to_string();
    assert!(unknown.contains("'cubic'") && unknown.contains("hamming"), "{unknown}");
}

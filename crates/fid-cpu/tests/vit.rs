//! Vision transformers with every instruction set of this machine: against the reference in f64, and
//! to the bit against each other.

#![allow(clippy::unwrap_used)]

use fid_core::{
    Engine, EngineError, Image8, PackedBatch, Positions, Preset, Tap, tolerance::VIT_FEATURES,
};
use fid_cpu::{CpuVit, Isa};
use fid_weights::vit::{Mlp, VitFamily, VitSpec, VitWeights, reference, seeded};

/// Small networks with everything that the published ones have.
static DINOV2: VitSpec = VitSpec {
    name: "small",
    family: VitFamily::DinoV2,
    patch: 14,
    grid: 5,
    width: 128,
    depth: 3,
    mlp: Mlp::Gelu { hidden: 328 },
    pre_norm: false,
    layer_scale: true,
    norm_eps: 1e-6,
    output: None,
    presets: Preset::DINOV2,
};
static GATED: VitSpec = VitSpec { mlp: Mlp::SwiGlu { hidden: 264 }, ..DINOV2 };
static CLIP: VitSpec = VitSpec {
    family: VitFamily::Clip,
    patch: 8,
    grid: 4,
    mlp: Mlp::QuickGelu { hidden: 512 },
    pre_norm: true,
    layer_scale: false,
    norm_eps: 1e-5,
    output: Some(40),
    presets: Preset::CLIP_224,
    ..DINOV2
};

/// Reproducible noise about soft squares, in [-2, 2), different in each image.
fn images(count: usize, side: usize) -> Vec<f32> {
    let mut state = 5_u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut values = Vec::new();
    for _ in 0..3 * count {
        let squares: Vec<f32> = (0..16).map(|_| next()).collect();
        for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
            values.push(squares[y * 4 / side * 4 + x * 4 / side] + next());
        }
    }
    values
}

fn compare(values: &[f32], reference: &[f64]) -> Result<f64, String> {
    let pairs = || values.iter().map(|&value| f64::from(value)).zip(reference);
    let difference: f64 = pairs().map(|(value, r)| (value - r) * (value - r)).sum();
    let measured = (difference / reference.iter().map(|r| r * r).sum::<f64>()).sqrt();
    if values.len() == reference.len() && measured <= VIT_FEATURES {
        return Ok(measured);
    }
    Err(format!("{} values off by {measured:e}", values.len()))
}

fn references(weights: &VitWeights, images: &[f32], side: usize, rule: Positions) -> Vec<f64> {
    let images = images.chunks_exact(3 * side * side);
    images
        .flat_map(|image| {
            let image: Vec<_> = image.iter().copied().map(f64::from).collect();
            reference(weights, &image, rule)
        })
        .collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Compares with the reference and returns the features.
fn check(name: &str, weights: &VitWeights, images: &[f32], side: usize, rule: Positions) {
    let reference = references(weights, images, side, rule);
    let mut first: Option<Vec<u32>> = None;
    for isa in Isa::available() {
        let features = CpuVit::with_isa(weights, isa).features(images, side, rule).unwrap();
        match compare(&features, &reference) {
            Ok(measured) => println!("measured {name}, {}: {measured:.2e}", isa.name()),
            Err(message) => panic!("{name}, {}: {message}", isa.name()),
        }
        if isa.fuses() {
            let bits = bits(&features);
            assert!(*first.get_or_insert(bits.clone()) == bits, "bits of {name}, {}", isa.name());
        }
    }
}

#[test]
fn features_match_the_reference() {
    let images = |side| images(3, side);
    let cases = [
        ("dinov2", &DINOV2, 70, Positions::Native),
        ("dinov2, other positions", &DINOV2, 42, Positions::Hub),
        ("dinov2, Hugging Face's positions", &DINOV2, 42, Positions::Transformers),
        ("dinov2, a last patch in part", &DINOV2, 50, Positions::Timm),
        ("gated", &GATED, 42, Positions::Hub),
        ("clip", &CLIP, 32, Positions::Native),
    ];
    for (name, spec, side, rule) in cases {
        check(name, &seeded(spec, 1), &images(side), side, rule);
    }
}

/// The published sizes: of those too slow for every test run, one block's worth of depth is enough.
#[test]
fn features_match_the_reference_at_full_width() {
    static LARGE: VitSpec =
        VitSpec { width: 1024, depth: 2, mlp: Mlp::Gelu { hidden: 4096 }, grid: 16, ..DINOV2 };
    static GIANT: VitSpec =
        VitSpec { width: 1536, depth: 2, mlp: Mlp::SwiGlu { hidden: 4096 }, grid: 16, ..DINOV2 };
    for spec in [&LARGE, &GIANT] {
        check("full width", &seeded(spec, 2), &images(1, 112), 112, Positions::Hub);
    }
}

#[test]
fn a_batch_decides_no_bit() {
    let weights = seeded(&DINOV2, 1);
    // 26 tokens: panels hold tokens of two images.
    let images = images(25, 70);
    for isa in Isa::available() {
        let engine = CpuVit::with_isa(&weights, isa);
        let all = engine.features(&images, 70, Positions::Native).unwrap();
        for batch in [1, 7, 24] {
            let parts = images.chunks(batch * 3 * 70 * 70);
            let parts: Vec<f32> = parts
                .flat_map(|images| engine.features(images, 70, Positions::Native).unwrap())
                .collect();
            assert!(bits(&parts) == bits(&all), "{}, batches of {batch}", isa.name());
        }
    }
}

#[test]
fn other_weights_and_other_images_are_told_apart() {
    let weights = seeded(&DINOV2, 1);
    let pixels = images(2, 70);
    let exact = references(&weights, &pixels, 70, Positions::Native);
    let features = |weights: &VitWeights, pixels: &[f32]| {
        let engine = CpuVit::new(weights).unwrap();
        engine.features(pixels, 70, Positions::Native).unwrap()
    };
    compare(&features(&weights, &pixels), &exact).unwrap();
    let rejected = |what: &str, features: &[f32]| {
        assert!(compare(features, &exact).is_err(), "{what} passes");
    };
    let spoil = |what: &str, change: &dyn Fn(&mut VitWeights)| {
        let mut weights = weights.clone();
        change(&mut weights);
        rejected(what, &features(&weights, &pixels));
    };
    let changed = |values: &[f32], at: usize| {
        let mut values = values.to_vec();
        values[at] += 0.01;
        values.into()
    };
    spoil("a bias", &|w| w.blocks[1].mlp_in.bias = changed(&w.blocks[1].mlp_in.bias, 7));
    spoil("a weight", &|w| w.blocks[2].qkv.weight = changed(&w.blocks[2].qkv.weight, 300));
    spoil("a shift", &|w| w.norm.shift = changed(&w.norm.shift, 1));
    spoil("a position", &|w| w.positions = changed(&w.positions, 900));
    spoil("the class token", &|w| w.class_token = changed(&w.class_token, 0));
    spoil("blocks in another order", &|w| w.blocks.swap(0, 1));
    let mut other = pixels.clone();
    other[3 * 70 * 70 - 1] += 0.05;
    rejected("a pixel", &features(&weights, &other));
    other.clone_from(&pixels);
    other.rotate_left(70 * 70);
    rejected("channels in another order", &features(&weights, &other));
    let mut swapped = features(&weights, &pixels);
    swapped.rotate_left(128);
    rejected("images in another order", &swapped);
}

#[test]
fn an_engine_takes_packed_images_of_several_presets() {
    let weights = seeded(&DINOV2, 1);
    let engine = CpuVit::new(&weights).unwrap();
    assert_eq!(engine.info().features, 128);
    let presets = Preset::DINOV2;
    let mut batch = PackedBatch::new(presets);
    for seed in 0..3_usize {
        let pixels = (0..40 * 30 * 3).map(|at| (at * (seed + 3) * 7 % 251) as u8).collect();
        batch.push(&Image8::new(40, 30, 3, pixels).unwrap()).unwrap();
    }
    let taps = vec![vec![Tap::Pool3]; presets.len()];
    let rows = engine.start(&batch, &taps).unwrap().wait().unwrap().rows;
    assert_eq!(rows.len(), presets.len());
    for (&preset, rows) in presets.iter().zip(&rows) {
        let images = engine.preprocess(&batch, preset).unwrap();
        let exact = references(&weights, &images, preset.side(), preset.positions());
        println!("measured {preset}: {:.2e}", compare(rows, &exact).unwrap());
    }
    let images = engine.preprocess(&batch, presets[0]).unwrap();
    assert_eq!(engine.extract(&images, &[Tap::Pool3]).unwrap(), [rows[0].clone()]);
}

#[test]
fn sizes_that_do_not_fit_are_errors() {
    let engine = CpuVit::new(&seeded(&DINOV2, 1)).unwrap();
    let error = engine.features(&[0.0; 100], 42, Positions::Hub).unwrap_err();
    assert_eq!(error, EngineError::Shape { values: 100, side: 42 });
    let error = engine.features(&[0.0; 3 * 42 * 42], 42, Positions::Native).unwrap_err();
    assert!(error.to_string().contains("images of 42 pixels with the positions for 70"), "{error}");
    assert_eq!(engine.features(&[], 42, Positions::Hub).unwrap(), [0.0; 0]);
    engine.features(&[], 0, Positions::Hub).unwrap_err();
}

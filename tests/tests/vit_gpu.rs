//! Vision transformers on the GPU against their definition in f64.

use burn::prelude::*;
use fid_core::{
    DeviceError, Engine, EngineError, PackedBatch, Positions, Precision, Preset, Tap, tolerance,
};
use fid_tests::close::{Bound, assert_close};
use fid_tests::devices;
use fid_tests::images::{Pattern, image, noise};
use fid_weights::inception::Window;
use fid_weights::vit::{Mlp, VitFamily, VitSpec, VitWeights, reference, seeded};
use fid_wgpu::{
    Activations, After, ChannelSlice, GpuDevice, PackedConv, WgpuVit, attention, embed, gate,
    layer_norm, resize,
};

/// Bound on one operation.
const ONE: Bound = Bound::RelativeL2(tolerance::CONVOLUTION);

/// Bound on features.
const FEATURES: Bound = Bound::RelativeL2(tolerance::FEATURES);

/// Numbers of tokens: of no tile, of CLIP with patches of 32 pixels, of 14 pixels, and at 336 pixels.
const TOKENS: [usize; 4] = [1, 50, 257, 577];

/// All that networks differ in, small: a gate and LayerScale, and a projection after a QuickGELU.
static SMALL: [VitSpec; 2] = [
    VitSpec {
        name: "small-dinov2",
        family: VitFamily::DinoV2,
        patch: 14,
        grid: 5,
        width: 128,
        depth: 3,
        mlp: Mlp::SwiGlu { hidden: 172 },
        pre_norm: false,
        layer_scale: true,
        norm_eps: 1e-6,
        output: None,
        presets: Preset::DINOV2,
    },
    VitSpec {
        name: "small-clip",
        family: VitFamily::Clip,
        patch: 32,
        grid: 7,
        width: 192,
        depth: 2,
        mlp: Mlp::QuickGelu { hidden: 768 },
        pre_norm: true,
        layer_scale: false,
        norm_eps: 1e-5,
        output: Some(100),
        presets: Preset::CLIP_224,
    },
];

/// Tokens from `[images,tokens,channels]`.
fn tokens(values: &[f32], images: usize, channels: usize, gpu: &GpuDevice) -> Activations {
    let count = values.len() / images / channels;
    let data = TensorData::new(values.to_vec(), [images, 1, count, channels]);
    let images = Tensor::<4>::from_data(data, gpu.burn()).permute([0, 3, 1, 2]);
    Activations::from_images(images, Precision::F32)
}

/// Compares tokens and the row of zeros behind them.
fn assert_tokens(stage: &str, ours: &Activations, theirs: &[f64]) {
    let channels = ours.channels();
    let ours: Vec<f32> = ours.matrix().into_data().try_to_vec().unwrap();
    let (ours, zeros) = ours.split_at(ours.len() - channels);
    assert!(zeros.iter().all(|&zero| zero == 0.0), "{stage}: the row of zeros");
    assert_close(stage, &[theirs.len() / channels, channels], ours, theirs, ONE);
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn layer_norm_matches_the_definition() {
    let gpu = devices::gpu_device();
    for (images, count, channels) in [(1, 1, 4), (3, 50, 68), (2, 257, 384), (1, 7, 1536)] {
        // Far from zero, where the difference of mean squares and squared mean loses its digits.
        let x: Vec<f32> =
            noise(images * count * channels, 1).iter().map(|x| 3.0 + x / 4.0).collect();
        let affine = noise(2 * channels, 2);
        let on_device = Tensor::from_data(affine.as_slice(), gpu.burn());
        for epsilon in [1e-6, 1e-2] {
            let ours = layer_norm(&tokens(&x, images, channels, &gpu), &on_device, epsilon as f32);
            let norm = |token: &[f32]| -> Vec<f64> {
                let token: Vec<_> = token.iter().copied().map(f64::from).collect();
                let mean = token.iter().sum::<f64>() / channels as f64;
                let squares = token.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
                let deviation = (squares / channels as f64 + epsilon).sqrt();
                let scaled = |(at, x): (usize, &f64)| {
                    (x - mean) / deviation * f64::from(affine[at])
                        + f64::from(affine[channels + at])
                };
                token.iter().enumerate().map(scaled).collect()
            };
            let theirs: Vec<f64> = x.chunks(channels).flat_map(norm).collect();
            assert_tokens(&format!("norm {images}x{count}x{channels} {epsilon}"), &ours, &theirs);
        }
    }
}

/// `softmax(Q·Kᵀ/√64)·V` of every head.
fn attention_in_f64(qkv: &[f32], images: usize, heads: usize) -> Vec<f64> {
    let row = 3 * 64 * heads;
    let count = qkv.len() / images / row;
    let at = |image: usize, token: usize, part: usize, head: usize| {
        let start = (image * count + token) * row + (part * heads + head) * 64;
        &qkv[start..][..64]
    };
    let mut out = vec![0.0; images * count * heads * 64];
    for (index, out) in out.chunks_mut(64).enumerate() {
        let (token, head) = (index / heads, index % heads);
        let (image, token) = (token / count, token % count);
        let query = at(image, token, 0, head);
        let product = |key: usize| {
            let key = at(image, key, 1, head);
            query.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum::<f64>() / 8.0
        };
        let products: Vec<_> = (0..count).map(product).collect();
        let largest = products.iter().copied().fold(f64::MIN, f64::max);
        let weights: Vec<_> = products.iter().map(|product| (product - largest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        for (key, weight) in weights.iter().enumerate() {
            let value = at(image, key, 2, head);
            out.iter_mut().zip(value).for_each(|(out, v)| *out += weight / sum * f64::from(*v));
        }
    }
    out
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn attention_matches_the_definition() {
    let gpu = devices::gpu_device();
    for (count, images, heads) in [(TOKENS[0], 3, 1), (50, 3, 3), (257, 2, 2), (577, 1, 1)] {
        // Weights that are nearly alike, and weights of which one is nearly all.
        for size in [1.0, 6.0] {
            let mut qkv = noise(images * count * 3 * 64 * heads, 3);
            qkv.iter_mut().for_each(|value| *value *= size);
            let theirs = attention_in_f64(&qkv, images, heads);
            let ours = attention(&tokens(&qkv, images, 3 * 64 * heads, &gpu));
            assert_tokens(&format!("attention {images}x{count}x{heads} {size}"), &ours, &theirs);
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn large_products_do_not_overflow() {
    let gpu = devices::gpu_device();
    let mut qkv = noise(50 * 3 * 64, 4);
    // Products of thousands: a token sees one other, and `exp` of a product is no f32.
    qkv.chunks_mut(64).enumerate().filter(|(at, _)| at % 3 < 2).for_each(|(_, part)| {
        part.iter_mut().for_each(|value| *value *= 100.0);
    });
    let ours = attention(&tokens(&qkv, 1, 3 * 64, &gpu));
    assert_tokens("large products", &ours, &attention_in_f64(&qkv, 1, 1));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gate_and_embedding_match_the_definition() {
    let gpu = devices::gpu_device();
    let (images, count, channels) = (3, 50, 12);
    let x: Vec<f32> = noise(images * count * 2 * channels, 5).iter().map(|x| 9.0 * x).collect();
    let of = |token: &[f32]| -> Vec<f64> {
        let (a, b) = token.split_at(channels);
        let both = a.iter().zip(b).map(|(a, b)| (f64::from(*a), f64::from(*b)));
        both.map(|(a, b)| a * logistic(a) * b).collect()
    };
    let theirs: Vec<f64> = x.chunks(2 * channels).flat_map(of).collect();
    assert_tokens("gate", &gate(&tokens(&x, images, 2 * channels, &gpu)), &theirs);

    let (patches, table) = (noise(images * count * channels, 6), noise((count + 1) * channels, 7));
    let on_device = TensorData::new(table.clone(), [count + 1, channels]);
    let on_device = Tensor::from_data(on_device, gpu.burn());
    let ours = embed(&tokens(&patches, images, channels, &gpu), &on_device);
    let theirs: Vec<f64> = patches
        .chunks(count * channels)
        .flat_map(|patches| {
            let patches = vec![0.0; channels].into_iter().chain(patches.iter().copied());
            patches.zip(&table).map(|(a, b)| f64::from(a) + f64::from(*b)).collect::<Vec<_>>()
        })
        .collect();
    assert_tokens("embedding", &ours, &theirs);
}

/// Activations of single values, through a matrix of one number.
#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn activations_are_right_to_the_last_digits() {
    let gpu = devices::gpu_device();
    let x: Vec<f32> = (-4000..=4000).map(|at| at as f32 / 400.0).collect();
    type Function = fn(f64) -> f64;
    let of: [(After, Function); 5] = [
        (After::Nothing, |x| x),
        (After::Relu, |x| x.max(0.0)),
        (After::Gelu, |x| x / 2.0 * libm::erfc(-x / f64::sqrt(2.0))),
        (After::QuickGelu, |x| x * logistic(1.702 * x)),
        (After::Add, |x| 2.0 + x),
    ];
    let window = Window { size: [1, 1], stride: 1, padding: [0, 0] };
    // The tiles of a class share the code.
    for class in devices::tile_classes(&gpu, Precision::F32) {
        let conv = PackedConv::new(&[1.0], &[0.0], window, class, Precision::F32, &gpu);
        for (after, of) in of {
            let there = vec![2.0; 4 * x.len()];
            let out = ChannelSlice { rows: tokens(&there, 1, 4, &gpu), offset: 0 };
            let ours = conv.run_then(after, &tokens(&x, 1, 1, &gpu), &out);
            let ours: Vec<f32> = ours.matrix().into_data().try_to_vec().unwrap();
            for (&x, ours) in x.iter().zip(ours.chunks(4)) {
                let theirs = of(f64::from(x));
                // Matrix units keep 22 bits of `x`, but none below 2⁻²⁹; what follows adds a few
                // roundings.
                let bound = 2e-9 + 4e-7 * f64::from(x.abs()) + 6e-8 * theirs.abs();
                let off = (f64::from(ours[0]) - theirs).abs();
                assert!(off <= bound, "{class:?} {after:?} of {x}: {off:e}");
            }
        }
    }
}

/// The network's input for an image of noise and one of slopes, `[2,3,side,side]`.
fn inputs(side: usize, gpu: &GpuDevice) -> Tensor<4> {
    let slope = |at: usize| ((at % side + at / side) as f32 / side as f32).sin();
    let values: Vec<f32> =
        noise(3 * side * side, 8).into_iter().chain((0..3 * side * side).map(slope)).collect();
    Tensor::from_data(TensorData::new(values, [2, 3, side, side]), gpu.burn())
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Compares the features of two images with the reference.
fn assert_features(weights: &VitWeights, side: usize, rule: Positions, images: usize) {
    let gpu = devices::gpu_device();
    let vit = WgpuVit::new(weights, &gpu, Precision::F32).unwrap();
    let x = inputs(side, &gpu).narrow(0, 0, images);
    let ours = read(vit.forward(x.clone(), rule).unwrap());
    let x: Vec<f64> = read(x).into_iter().map(f64::from).collect();
    let features = weights.spec.features();
    for (at, x) in x.chunks(3 * side * side).enumerate() {
        let theirs = reference(weights, x, rule);
        let stage = format!("{} at {side}, {rule:?}, image {at}", weights.spec.name);
        let ours = &ours[at * features..][..features];
        assert_close(&stage, &[features], ours, &theirs, FEATURES);
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn features_match_the_reference() {
    let [dino, clip] = SMALL.each_ref().map(|spec| seeded(spec, 0));
    assert_features(&dino, 70, Positions::Native, 2);
    assert_features(&dino, 42, Positions::Hub, 2);
    // The last patches lie partly outside the image.
    assert_features(&dino, 90, Positions::Timm, 2);
    assert_features(&clip, 224, Positions::Native, 2);
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn features_of_a_published_size_match_the_reference() {
    let spec = VitSpec::named("dinov2-s14").unwrap();
    assert_features(&seeded(spec, 0), 224, Positions::Hub, 1);
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn features_do_not_depend_on_the_batch() {
    let gpu = devices::gpu_device();
    for spec in &SMALL {
        let vit = WgpuVit::new(&seeded(spec, 0), &gpu, Precision::F32).unwrap();
        let x = inputs(spec.patch * spec.grid, &gpu);
        let both = read(vit.forward(x.clone(), Positions::Native).unwrap());
        assert_ne!(both[..spec.features()], both[spec.features()..], "{}", spec.name);
        // Enough for tiles of more pixels.
        let many = read(vit.forward(x.clone().repeat_dim(0, 9), Positions::Native).unwrap());
        for (at, many) in many.chunks(both.len()).enumerate() {
            assert_eq!(many, both, "{}, images {at}", spec.name);
        }
        for at in 0..2 {
            let alone = read(vit.forward(x.clone().narrow(0, at, 1), Positions::Native).unwrap());
            assert_eq!(alone, both[at * spec.features()..][..spec.features()], "{}", spec.name);
        }
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn a_batch_of_packed_images_gives_features_at_every_tap() {
    let gpu = devices::gpu_device();
    let spec = &SMALL[0];
    let vit = WgpuVit::new(&seeded(spec, 0), &gpu, Precision::F32).unwrap();
    assert_eq!(vit.info().features, spec.features());
    assert!(vit.info().max_batch_size >= vit.info().batch_size, "{:?}", vit.info());
    let presets: Vec<_> = Preset::DINOV2.to_vec();
    let mut batch = PackedBatch::new(&presets);
    for (pattern, size) in [(Pattern::Noise, 100), (Pattern::Ramp, 224)] {
        batch.push(&image(pattern, size, 150, 3)).unwrap();
    }
    let mut taps = vec![vec![Tap::Pool3]; presets.len()];
    taps[0] = vec![Tap::Pool3, Tap::Pool3];
    taps[1] = Vec::new();
    let output = vit.start(&batch, &taps).unwrap().wait().unwrap();
    let mut rows = output.rows.iter();
    for (&preset, taps) in presets.iter().zip(&taps) {
        let x = resize(&batch, preset, &gpu).unwrap();
        let theirs = read(vit.forward(x, preset.positions()).unwrap());
        for _ in taps {
            assert_eq!(rows.next(), Some(&theirs), "{preset}");
        }
    }
    assert_eq!(rows.next(), None);
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn other_precisions_and_sides_are_refused() {
    let gpu = devices::gpu_device();
    let weights = seeded(&SMALL[0], 0);
    let refused = WgpuVit::new(&weights, &gpu, Precision::F16).unwrap_err();
    assert!(matches!(refused, DeviceError::Precision { .. }), "{refused}");
    assert!(refused.to_string().contains("small-dinov2"), "{refused}");
    let vit = WgpuVit::new(&weights, &gpu, Precision::F32).unwrap();
    let refused = vit.forward(inputs(42, &gpu), Positions::Native).unwrap_err();
    assert!(matches!(refused, EngineError::Unsupported { .. }), "{refused}");
}

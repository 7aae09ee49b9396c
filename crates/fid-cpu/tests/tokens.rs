//! The operations of vision transformers with every instruction set of this machine: against plain
//! f64 loops, for odd sizes, and to the bit against each other.

#![allow(clippy::unwrap_used)]

use fid_core::tolerance::TOKENS;
use fid_cpu::Isa;
use fid_cpu::kernels::tokens::{
    self, Affine, Function, HEAD, HeadMemory, Into, LANES, Norm, Tokens,
};

/// Reproducible noise in [-1, 1).
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Tokens of row-major values, `[count,channels]`. Those that do not count are 1e30.
fn pack(rows: &[f32], channels: usize) -> Tokens {
    let count = rows.len() / channels;
    let mut tokens = Tokens::new(Vec::new(), count, channels);
    tokens.values_mut().fill(1e30);
    for (at, &value) in rows.iter().enumerate() {
        let place = tokens.place(at / channels) + at % channels * LANES;
        tokens.values_mut()[place] = value;
    }
    tokens
}

/// The first `count` tokens, `[count,channels]`.
fn rows(tokens: &Tokens, count: usize) -> Vec<f32> {
    let value = |at: usize| {
        let (token, channel) = (at / tokens.channels(), at % tokens.channels());
        tokens.values()[tokens.place(token) + channel * LANES]
    };
    (0..count * tokens.channels()).map(value).collect()
}

/// The relative L2 distance, if it is within `bound`.
fn compare(values: &[f32], reference: &[f64], bound: f64) -> Result<f64, String> {
    let pairs = || values.iter().map(|&value| f64::from(value)).zip(reference);
    let difference: f64 = pairs().map(|(value, r)| (value - r) * (value - r)).sum();
    let measured = (difference / reference.iter().map(|r| r * r).sum::<f64>()).sqrt();
    // Not true if a value is not finite.
    if values.len() == reference.len() && measured <= bound {
        return Ok(measured);
    }
    Err(format!("{} values off by {measured:e}, more than {bound:e}", values.len()))
}

/// Runs with every instruction set; those that fuse must give the same bits.
fn check(name: &str, reference: &[f64], run: impl Fn(Isa) -> Vec<f32>) {
    let mut first: Option<Vec<u32>> = None;
    for isa in Isa::available() {
        let values = run(isa);
        match compare(&values, reference, TOKENS) {
            Ok(measured) => println!("measured {name}, {}: {measured:.2e}", isa.name()),
            Err(message) => panic!("{name}, {}: {message}", isa.name()),
        }
        let bits: Vec<u32> = values.iter().map(|value| value.to_bits()).collect();
        if isa.fuses() {
            assert!(*first.get_or_insert(bits.clone()) == bits, "bits of {name}, {}", isa.name());
        }
    }
}

fn gelu(x: f64) -> f64 {
    x / 2.0 * libm::erfc(-x / f64::sqrt(2.0))
}

fn gated(x: f64, factor: f64) -> f64 {
    x / (1.0 + (-factor * x).exp())
}

/// `activation(x·Wᵀ + b)`, row major.
fn product(x: &[f32], weight: &[f32], bias: &[f32], depth: usize) -> Vec<f64> {
    let mut result = Vec::new();
    for token in x.chunks_exact(depth) {
        for (row, weight) in weight.chunks_exact(depth).enumerate() {
            let products = token.iter().zip(weight).map(|(&x, &w)| f64::from(x) * f64::from(w));
            result.push(products.sum::<f64>() + f64::from(*bias.get(row).unwrap_or(&0.0)));
        }
    }
    result
}

#[test]
fn matrices_match_the_definition() {
    let sizes = [
        [1, 1, 1],
        [5, 3, 7],
        [16, 8, 8],
        [17, 588, 13],
        [50, 64, 50],
        [33, 1025, 25],
        [100, 4096, 32],
        [49, 3000, 6],
    ];
    for [count, depth, out] in sizes {
        let scale = (depth as f32).sqrt().recip();
        let x = noise(count * depth, 1);
        let weight: Vec<f32> = noise(out * depth, 2).iter().map(|w| 3.0 * w * scale).collect();
        let (bias, before) = (noise(out, 3), noise(count * out, 4));
        let (tokens, affine) = (pack(&x, depth), Affine { weight: &weight, bias: &bias });
        let exact = product(&x, &weight, &bias, depth);
        let functions: [(Function, &dyn Fn(f64) -> f64); 3] = [
            (Function::Identity, &|x| x),
            (Function::Gelu, &gelu),
            (Function::QuickGelu, &|x| gated(x, 1.702)),
        ];
        for (function, definition) in functions {
            let reference: Vec<f64> = exact.iter().map(|&x| definition(x)).collect();
            check(&format!("{count}x{depth} to {out}, {function:?}"), &reference, |isa| {
                let mut to = pack(&vec![7.0; count * out], out);
                tokens::linear(isa, affine, &tokens, Into::New(&mut to, function));
                rows(&to, count)
            });
        }
        let reference: Vec<f64> =
            exact.iter().zip(&before).map(|(x, &b)| x + f64::from(b)).collect();
        check(&format!("{count}x{depth} to {out}, added"), &reference, |isa| {
            let (mut to, mut sums) = (pack(&before, out), pack(&vec![7.0; count * out], out));
            tokens::linear(isa, affine, &tokens, Into::Add(&mut to, &mut sums));
            rows(&to, count)
        });
    }
    // Without bias.
    let (x, weight) = (noise(3 * 20, 1), noise(9 * 20, 2));
    check("without bias", &product(&x, &weight, &[], 20), |isa| {
        let mut to = pack(&[7.0; 27], 9);
        let affine = Affine { weight: &weight, bias: &[] };
        tokens::linear(isa, affine, &pack(&x, 20), Into::New(&mut to, Function::Identity));
        rows(&to, 3)
    });
}

#[test]
fn functions_are_exact_to_rounding_over_the_whole_range() {
    let mut x: Vec<f32> = (-200_000..200_000).map(|at| at as f32 / 10_000.0).collect();
    x.extend(
        (-1270..=1270).map(|at| (at as f32 / 10.0).exp2() * if at % 2 == 0 { 1.0 } else { -1.0 }),
    );
    x.extend([0.0, -0.0, 1e-45, -1e-45, f32::MAX, f32::MIN]);
    x.resize(x.len().next_multiple_of(LANES), 0.0);
    let functions: [(Function, &dyn Fn(f64) -> f64); 2] =
        [(Function::Gelu, &gelu), (Function::QuickGelu, &|x| gated(x, 1.702))];
    for (function, definition) in functions {
        for isa in Isa::available() {
            let mut values = x.clone();
            tokens::map(isa, function, &mut values);
            let mut worst = (0.0, 0.0);
            for (&x, &value) in x.iter().zip(&values) {
                // Of numbers under 1e-30 the definition may have none of the digits.
                let difference = (f64::from(value) - definition(f64::from(x))).abs() - 1e-37;
                let relative = difference / f64::from(x).abs().max(1e-30);
                if relative.is_nan() || relative > worst.0 {
                    worst = (relative, x);
                }
            }
            println!("measured {function:?}, {}: {worst:?}", isa.name());
            assert!(worst.0 <= (-22f64).exp2(), "{function:?}, {}: {worst:?}", isa.name());
            let mut values = [f32::NAN; LANES];
            tokens::map(isa, function, &mut values);
            assert!(values.iter().all(|value| value.is_nan()), "{function:?} of NaN");
        }
    }
}

#[test]
fn gates_match_the_definition() {
    for (count, half) in [(1, 1), (17, 5), (50, 64)] {
        let x: Vec<f32> = noise(count * 2 * half, 5).iter().map(|x| 9.0 * x).collect();
        let reference: Vec<f64> = x
            .chunks_exact(2 * half)
            .flat_map(|x| (0..half).map(|at| gated(x[at].into(), 1.0) * f64::from(x[half + at])))
            .collect();
        check(&format!("gate of {count}x{half}"), &reference, |isa| {
            let mut to = pack(&vec![7.0; count * half], half);
            tokens::gate(isa, &pack(&x, 2 * half), &mut to);
            rows(&to, count)
        });
    }
}

#[test]
fn norms_match_the_definition_also_far_from_zero() {
    // Where the mean is large, the input's own f32 values decide; the sums must not add to that.
    for (channels, mean) in [(1, 0.0), (3, 0.0), (64, 0.0), (384, 0.5), (1536, 0.0), (1536, 300.0)]
    {
        let count = 21;
        let x: Vec<f32> = noise(count * channels, 6).iter().map(|x| x + mean).collect();
        let (scale, shift) = (noise(channels, 7), noise(channels, 8));
        let epsilon = 1e-6;
        let mut reference = Vec::new();
        for token in x.chunks_exact(channels) {
            let sum = |of: &dyn Fn(f64) -> f64| {
                token.iter().map(|&x| of(x.into())).sum::<f64>() / channels as f64
            };
            let mean = sum(&|x| x);
            let deviation = (sum(&|x| (x - mean) * (x - mean)) + f64::from(epsilon)).sqrt();
            for (at, &x) in token.iter().enumerate() {
                let x = (f64::from(x) - mean) / deviation;
                reference.push(x * f64::from(scale[at]) + f64::from(shift[at]));
            }
        }
        check(&format!("norm of {channels} about {mean}"), &reference, |isa| {
            let mut to = pack(&vec![7.0; x.len()], channels);
            let norm = Norm { scale: &scale, shift: &shift, epsilon };
            tokens::norm(isa, norm, &pack(&x, channels), &mut to);
            rows(&to, count)
        });
    }
}

/// Attention in f64 of the heads of images, `[tokens,3·heads·HEAD]` to `[tokens,heads·HEAD]`.
fn attention(qkv: &[f32], per_image: usize, heads: usize) -> Vec<f64> {
    let width = heads * HEAD;
    let tokens = qkv.len() / (3 * width);
    let part = |token: usize, which: usize, head: usize| {
        &qkv[token * 3 * width + which * width + head * HEAD..][..HEAD]
    };
    let mut result = vec![0.0; tokens * width];
    for (query, head) in (0..tokens).flat_map(|token| (0..heads).map(move |head| (token, head))) {
        let first = query / per_image * per_image;
        let score = |key| {
            let pairs = part(query, 0, head).iter().zip(part(key, 1, head));
            pairs.map(|(&q, &k)| f64::from(q) * f64::from(k)).sum::<f64>() / 8.0
        };
        let scores: Vec<f64> = (first..first + per_image).map(score).collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
        for (at, score) in scores.iter().enumerate() {
            let share = (score - largest).exp() / sum;
            let to = &mut result[query * width + head * HEAD..][..HEAD];
            let values = part(first + at, 2, head);
            to.iter_mut().zip(values).for_each(|(to, &value)| *to += share * f64::from(value));
        }
    }
    result
}

fn attend(isa: Isa, qkv: &[f32], per_image: usize, heads: usize) -> Vec<f32> {
    let tokens = qkv.len() / (3 * heads * HEAD);
    let mut to = pack(&vec![7.0; tokens * heads * HEAD], heads * HEAD);
    let images = tokens / per_image;
    let mut memory = HeadMemory::default();
    tokens::attention(isa, per_image, images, &pack(qkv, 3 * heads * HEAD), &mut to, &mut memory);
    rows(&to, tokens)
}

#[test]
fn attention_matches_the_definition() {
    for (per_image, images, heads) in [(1, 3, 1), (5, 4, 2), (17, 3, 1), (50, 2, 3), (257, 2, 1)] {
        let mut qkv = noise(per_image * images * 3 * heads * HEAD, 9);
        // Queries and keys that choose among the others.
        for (at, value) in qkv.iter_mut().enumerate() {
            if at % (3 * heads * HEAD) < 2 * heads * HEAD {
                *value *= 3.0;
            }
        }
        let reference = attention(&qkv, per_image, heads);
        let name = format!("attention of {per_image}, {images} images, {heads} heads");
        check(&name, &reference, |isa| attend(isa, &qkv, per_image, heads));
    }
}

#[test]
fn attention_stays_finite_where_powers_overflow() {
    // Scores of 3000 and more: one key gets all. Equal ones share.
    let mut qkv: Vec<f32> = noise(20 * 3 * HEAD, 10).iter().map(|x| 100.0 * x).collect();
    let (from, to) = qkv.split_at_mut(3 * HEAD);
    to[..3 * HEAD].copy_from_slice(from);
    let reference = attention(&qkv, 20, 1);
    for isa in Isa::available() {
        // Scores of this size have rounding errors of 1e-3.
        compare(&attend(isa, &qkv, 20, 1), &reference, 1e-2).unwrap();
    }
}

#[test]
fn a_value_that_is_not_finite_stays_in_its_image() {
    let heads = 2;
    let clean = noise(3 * 21 * 3 * heads * HEAD, 11);
    let mut qkv = clean.clone();
    // A value of a token of the second image.
    qkv[(21 + 4) * 3 * heads * HEAD + 2 * heads * HEAD + 7] = f32::NAN;
    for isa in Isa::available() {
        let (before, after) = (attend(isa, &clean, 21, heads), attend(isa, &qkv, 21, heads));
        let image = 21 * heads * HEAD;
        assert!(after[image..2 * image].iter().any(|value| value.is_nan()));
        assert!(after[..image] == before[..image] && after[2 * image..] == before[2 * image..]);
    }
}

#[test]
fn the_comparison_rejects_spoiled_results() {
    let reference: Vec<f64> = noise(4096, 12).into_iter().map(f64::from).collect();
    let good: Vec<f32> = reference.iter().map(|&x| x as f32).collect();
    compare(&good, &reference, TOKENS).unwrap();
    let rejected = |what: &str, change: &dyn Fn(&mut Vec<f32>)| {
        let mut values = good.clone();
        change(&mut values);
        assert!(compare(&values, &reference, TOKENS).is_err(), "{what} passes");
    };
    rejected("one value", &|values| values[1000] += 1e-3);
    rejected("NaN", &|values| values[1000] = f32::NAN);
    rejected("bf16", &|values| {
        values.iter_mut().for_each(|x| *x = f32::from_bits(x.to_bits() & 0xFFFF_0000));
    });
    rejected("shifted", &|values| values.rotate_right(1));
    rejected("one value less", &|values| values.truncate(4095));
}

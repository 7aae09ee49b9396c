//! Generated images and numbers. `scripts/fixtures/splitmix.py` and `scripts/fixtures/inputs.py`
//! generate the same ones for the original programs.

use fid_core::Image8;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The random stream of a name and a seed.
fn stream(name: &str, seed: u64) -> impl Iterator<Item = u64> {
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    let key = mix(fnv ^ mix(seed));
    (1..).map(move |i: u64| mix(key.wrapping_add(i.wrapping_mul(GOLDEN))))
}

/// Numbers in [0, 1).
pub fn uniforms(name: &str, seed: u64, count: usize) -> Vec<f64> {
    stream(name, seed).take(count).map(|z| (z >> 11) as f64 / (1u64 << 53) as f64).collect()
}

/// Numbers in [-1, 1) with 24 bits.
pub fn signed(name: &str, count: usize) -> Vec<f64> {
    let centred = |z: u64| (z >> 40) as f64 - f64::from(1 << 23);
    stream(name, 0).take(count).map(|z| centred(z) / f64::from(1 << 23)).collect()
}

/// Random bytes: the top byte of each element of the stream.
pub fn bytes(name: &str, count: usize) -> Vec<u8> {
    stream(name, 0).take(count).map(|z| (z >> 56) as u8).collect()
}

/// The content of a generated image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Squares of one pixel, which expose the sampling grid.
    Checker,
    /// Slopes, which expose the scale; their difference along the axes exposes swapped axes.
    Ramp,
    /// Random bytes.
    Noise,
}

impl Pattern {
    /// All patterns with their names in fixtures.
    pub const ALL: [(Self, &str); 3] =
        [(Self::Checker, "checker"), (Self::Ramp, "ramp"), (Self::Noise, "noise")];
}

/// An image of a pattern, with 1 or 3 channels.
///
/// # Panics
///
/// If a side is 0.
pub fn image(pattern: Pattern, height: usize, width: usize, channels: usize) -> Image8 {
    let count = height * width * channels;
    let noise = match pattern {
        Pattern::Noise => bytes(&format!("resize/{height}x{width}"), count),
        _ => Vec::new(),
    };
    let value = |at: usize| {
        let (y, x, c) = (at / (width * channels), at / channels % width, at % channels);
        match pattern {
            Pattern::Checker => ((y + x + c) % 2 * 255) as u8,
            Pattern::Ramp => ((2 * x + 3 * y + 85 * c) % 256) as u8,
            Pattern::Noise => noise[at],
        }
    };
    Image8::new(height, width, channels, (0..count).map(value).collect()).unwrap()
}

/// Side of the network's input.
const SIDE: usize = 299;

/// Image `k` of the network fixtures, u8 `[3,299,299]`.
pub fn network_source(k: usize) -> Vec<u8> {
    let noise = bytes(&format!("network/{k}"), 3 * SIDE * SIDE);
    let value = |at: usize| {
        let (c, y, x) = (at / (SIDE * SIDE), at / SIDE % SIDE, at % SIDE);
        let slope = (2 + c) * (k + 1) * x + (3 - c) * (k + 1) * y;
        let smooth = (slope % 512).abs_diff(256).min(255);
        ((smooth * (4 - k) + usize::from(noise[at]) * k) / 4) as u8
    };
    (0..3 * SIDE * SIDE).map(value).collect()
}

/// Image `k` of the network fixtures, scaled to the network's range: `2·(v/255) − 1` in f32.
pub fn network_input(k: usize) -> Vec<f32> {
    network_source(k).into_iter().map(|v| 2.0 * (f32::from(v) / 255.0) - 1.0).collect()
}

/// Features of the Fréchet fixtures, `[n,d]`.
pub fn frechet_features(name: &str, n: usize, d: usize, shift: f64) -> Vec<f64> {
    let u = signed(&format!("frechet/{name}"), n * d);
    let value = |at: usize| {
        let (row, column) = (at / d, at % d);
        (u[at] + 0.75 * u[row * d + (column + 1) % d] + shift).max(0.0)
    };
    (0..n * d).map(value).collect()
}

/// Reproducible noise in [-1, 1).
pub fn noise(count: usize, seed: u64) -> Vec<f32> {
    signed(&format!("noise/{seed}"), count).into_iter().map(|value| value as f32).collect()
}

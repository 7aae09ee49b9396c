//! The inverse cosine transform, in the integers of libjpeg's accurate method.
//!
//! Two passes of the eight-point transform with eleven multiplications by Loeffler, Ligtenberg and
//! Moschytz (ICASSP 1989), on constants of 13 fractional bits. The first pass keeps two bits more
//! than the samples have. Sums are exact, so only these numbers and the two roundings matter.
//!
//! Damaged files hold coefficients that overflow. The results then equal those of libjpeg-turbo's
//! vector code for x86: inputs and their first sums wrap in 16 bits, results saturate.

use super::tables::{Block, Steps};

const BITS: u32 = 13;
/// Fractional bits between the passes.
const KEPT: u32 = 2;
/// Bits that the second pass drops: all fractional bits, and the factor 8 of two passes.
const LAST: u32 = BITS + KEPT + 3;

/// `x` with [`BITS`] fractional bits, rounded.
const fn fixed(x: f64) -> i32 {
    (x * (1 << BITS) as f64 + 0.5) as i32
}

// Products of √2 and of sines and cosines of multiples of π/16, by the paper's Figure 1.
const F0_298: i32 = fixed(0.298_631_336);
const F0_390: i32 = fixed(0.390_180_644);
const F0_541: i32 = fixed(0.541_196_100);
const F0_765: i32 = fixed(0.765_366_865);
const F0_899: i32 = fixed(0.899_976_223);
const F1_175: i32 = fixed(1.175_875_602);
const F1_501: i32 = fixed(1.501_321_110);
const F1_847: i32 = fixed(1.847_759_065);
const F1_961: i32 = fixed(1.961_570_560);
const F2_053: i32 = fixed(2.053_119_869);
const F2_562: i32 = fixed(2.562_915_447);
const F3_072: i32 = fixed(3.072_711_026);

/// Eight values in each of eight lanes.
type Lanes = [[i16; 8]; 8];

/// Transforms the eight values of every lane; the results are rounded, shifted right by `SHIFT` and
/// saturated.
#[inline(always)]
fn eight<const SHIFT: u32>(values: &Lanes) -> Lanes {
    let mut out = [[0; 8]; 8];
    for lane in 0..8 {
        let v: [i16; 8] = std::array::from_fn(|i| values[i][lane]);
        // A sum of two products of 16-bit numbers: one instruction for vectors.
        let two = |a: i16, f: i32, b: i16, g: i32| {
            (i32::from(a) * i32::from(f as i16)).wrapping_add(i32::from(b) * i32::from(g as i16))
        };
        let low = two(v[2], F0_541, v[6], F0_541 - F1_847);
        let high = two(v[2], F0_541 + F0_765, v[6], F0_541);
        let sum = i32::from(v[0].wrapping_add(v[4])) << BITS;
        let difference = i32::from(v[0].wrapping_sub(v[4])) << BITS;
        let even = [
            sum.wrapping_add(high),
            difference.wrapping_add(low),
            difference.wrapping_sub(low),
            sum.wrapping_sub(high),
        ];

        let (a, b) = (v[7].wrapping_add(v[3]), v[5].wrapping_add(v[1]));
        let third = two(a, F1_175 - F1_961, b, F1_175);
        let fourth = two(a, F1_175, b, F1_175 - F0_390);
        let odd = [
            two(v[1], F1_501 - F0_899, v[7], -F0_899).wrapping_add(fourth),
            two(v[3], F3_072 - F2_562, v[5], -F2_562).wrapping_add(third),
            two(v[5], F2_053 - F2_562, v[3], -F2_562).wrapping_add(fourth),
            two(v[7], F0_298 - F0_899, v[1], -F0_899).wrapping_add(third),
        ];

        let scale = |v: i32| {
            let scaled = v.wrapping_add(1 << (SHIFT - 1)) >> SHIFT;
            scaled.clamp(i16::MIN.into(), i16::MAX.into()) as i16
        };
        for i in 0..4 {
            out[i][lane] = scale(even[i].wrapping_add(odd[i]));
            out[7 - i][lane] = scale(even[i].wrapping_sub(odd[i]));
        }
    }
    out
}

#[inline(always)]
fn transposed(values: &Lanes) -> Lanes {
    std::array::from_fn(|i| std::array::from_fn(|k| values[k][i]))
}

/// The 8×8 samples of a block, written into `out`, whose rows are `stride` apart.
pub(super) fn inverse(block: &Block, steps: &Steps, out: &mut [u8], stride: usize) {
    let value = |at: usize| block[at].wrapping_mul(steps[at] as i16);
    let sample = |v: i16| (v.saturating_add(128)).clamp(0, 255) as u8;
    let rows = out.chunks_mut(stride).take(8);

    if block[8..].iter().all(|&v| v == 0) {
        // The columns are constant, and all rows the same.
        let level = i32::from(value(0) << KEPT);
        let mut samples = [sample(((level + (1 << (KEPT + 2))) >> (KEPT + 3)) as i16); 8];
        if block[1..8].iter().any(|&v| v != 0) {
            let row = std::array::from_fn(|x| [value(x) << KEPT; 8]);
            samples = eight::<LAST>(&row).map(|lanes| sample(lanes[0]));
        }
        for row in rows {
            row[..8].copy_from_slice(&samples);
        }
        return;
    }
    let values = std::array::from_fn(|y| std::array::from_fn(|x| value(y * 8 + x)));
    let columns = eight::<{ BITS - KEPT }>(&values);
    let done = transposed(&eight::<LAST>(&transposed(&columns)));
    for (row, values) in rows.zip(done) {
        row[..8].copy_from_slice(&values.map(sample));
    }
}

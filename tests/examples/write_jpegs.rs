//! Writes JPEG files for timings: `write_jpegs FOLDER COUNT [SIDE] [SEED]`.
//!
//! The values of the blocks are random, with amplitudes that fall with the frequency, in 4:2:0: as
//! many bytes to decode as in a photo, without a picture.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use rayon::prelude::*;

/// Lengths of codes: all symbols of a table have codes of one length, which a JPEG may have.
const DC_BITS: u32 = 4;
const AC_BITS: u32 = 8;

/// An entropy-coded segment.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    buffer: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, bits: u32) {
        self.buffer = self.buffer << bits | u64::from(value);
        self.count += bits;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.buffer >> self.count) as u8;
            self.bytes.push(byte);
            if byte == 0xFF {
                self.bytes.push(0);
            }
        }
    }

    /// A code for `symbol` (its high bits, and the size of `value`), and the value.
    fn coefficient(&mut self, symbol: u32, code_bits: u32, value: i32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.put(symbol << 4 | size, code_bits);
        let bits = if value < 0 { value - 1 } else { value } as u32;
        self.put(bits & ((1 << size) - 1), size);
    }
}

/// Numbers by a linear congruence.
struct Random(u64);

impl Random {
    /// About normal, with deviation 1.
    fn normal(&mut self) -> f64 {
        let mut next = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 40) as f64 / f64::from(1 << 24)
        };
        2.0 * (next() + next() + next() - 1.5)
    }
}

/// A block: `average` is its DC coefficient, `before` the one before it.
fn block(bits: &mut Bits, random: &mut Random, average: i32, before: &mut i32, detail: f64) {
    bits.coefficient(0, DC_BITS, average - *before);
    *before = average;
    let mut zeros = 0;
    for k in 1..64 {
        let value = (detail * random.normal() / f64::from(k)).round() as i32;
        if value == 0 {
            zeros += 1;
            continue;
        }
        while zeros > 15 {
            bits.put(0xF0, AC_BITS);
            zeros -= 16;
        }
        bits.coefficient(zeros, AC_BITS, value);
        zeros = 0;
    }
    if zeros > 0 {
        bits.put(0, AC_BITS);
    }
}

fn jpeg(side: u16, seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut out = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, content: &[u8]| {
        out.extend([0xFF, marker]);
        out.extend((content.len() as u16 + 2).to_be_bytes());
        out.extend(content);
    };
    segment(0xDB, &[&[0][..], &[8; 64]].concat());
    let [high, low] = side.to_be_bytes();
    let frame = [8, high, low, high, low, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0];
    segment(0xC0, &frame);
    // Tables: class, number of codes of each length, symbols. Symbols are their own codes.
    let table = |class: u8, bits: u32, symbols: u8| {
        let mut table = vec![class];
        table.extend((1..=16).map(|length| if length == bits { symbols } else { 0 }));
        table.extend(0..symbols);
        table
    };
    segment(0xC4, &table(0, DC_BITS, 12));
    segment(0xC4, &table(0x10, AC_BITS, 250));
    segment(0xDA, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);

    let mut bits = Bits::default();
    let mut before = [0; 3];
    let mut light = 0.0;
    let units = u32::from(side.div_ceil(16)).pow(2);
    for _ in 0..units {
        light = 0.9 * light + 30.0 * random.normal();
        for _ in 0..4 {
            let average = (light + 8.0 * random.normal()).clamp(-100.0, 100.0) as i32;
            block(&mut bits, &mut random, average, &mut before[0], 25.0);
        }
        for before in &mut before[1..] {
            let average = (20.0 * random.normal()) as i32;
            block(&mut bits, &mut random, average, before, 6.0);
        }
    }
    bits.put(0x7F, 7);
    out.extend(bits.bytes);
    out.extend([0xFF, 0xD9]);
    out
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().expect("FOLDER COUNT [SIDE] [SEED]"));
    let number = |at: usize, or: u64| arguments.get(at).map_or(or, |text| text.parse().unwrap());
    let (count, side, seed) = (number(1, 1000), number(2, 256) as u16, number(3, 0));
    std::fs::create_dir_all(folder).unwrap();
    (0..count).into_par_iter().for_each(|index| {
        let file = folder.join(format!("{index:06}.jpg"));
        std::fs::write(file, jpeg(side, seed << 32 | (index + 1))).unwrap();
    });
}

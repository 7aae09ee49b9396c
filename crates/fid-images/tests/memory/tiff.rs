//! TIFF: what is unpacked, turned and kept beside it.

use std::fs;
use std::path::Path;

use fid_images::decode::decode_data;

use super::{FIXED, SIDE, assert_announced, fixture, jpeg, peak};

/// An uncompressed TIFF with one strip.
fn tiff(bits: u16, samples: u16, photometric: u16, orientation: u16) -> Vec<u8> {
    let length = SIDE * SIDE * usize::from(bits / 8 * samples);
    stored_tiff(bits, samples, photometric, orientation, 1, &vec![3; length])
}

/// A TIFF whose strip is given.
fn stored_tiff(
    bits: u16,
    samples: u16,
    photometric: u16,
    orientation: u16,
    compression: u32,
    strip: &[u8],
) -> Vec<u8> {
    let mut file = b"II\x2a\0\x08\0\0\0".to_vec();
    let mut tags = vec![
        (256u16, 3u16, 1u32, SIDE as u32),
        (257, 3, 1, SIDE as u32),
        (258, 3, 1, bits.into()),
        (259, 3, 1, compression),
        (262, 3, 1, photometric.into()),
        (273, 4, 1, 0),
        (274, 3, 1, orientation.into()),
        (277, 3, 1, samples.into()),
        (278, 3, 1, SIDE as u32),
        (279, 4, 1, strip.len() as u32),
    ];
    if photometric == 3 {
        tags.push((320, 3, 768, 0));
    }
    let end = 8 + 2 + tags.len() * 12 + 4;
    // Bits of several samples, then the palette, then the pixels.
    let (depths, palette) = (end, end + 8);
    let data = palette + if photometric == 3 { 1536 } else { 0 };
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, kind, mut count, mut value) in tags {
        match tag {
            258 if samples > 2 => (count, value) = (samples.into(), depths as u32),
            273 => value = data as u32,
            320 => value = palette as u32,
            _ => {}
        }
        file.extend([tag, kind].map(u16::to_le_bytes).concat());
        file.extend([count, value].map(u32::to_le_bytes).concat());
    }
    file.extend([0; 4]);
    file.extend([bits; 4].map(u16::to_le_bytes).concat());
    file.resize(data, 3);
    file.extend(strip);
    file
}

#[test]
fn tiff_counts_what_a_strip_unpacks_to() {
    let packed: Vec<u8> = [0x81, 7].repeat(SIDE * SIDE * 3 / 128); // 128 times the byte 7
    assert_announced("packbits.tif", &stored_tiff(8, 3, 2, 1, 32773, &packed), 6.0);
    let halved = &packed[..packed.len() / 3];
    assert_announced("palette.tif", &stored_tiff(8, 1, 3, 1, 32773, halved), 4.0);
    // Group 4: every row as the one above, white.
    let fax = vec![0xFF; SIDE / 8];
    assert_announced("fax.tif", &stored_tiff(1, 1, 0, 1, 4, &fax), 1.0);
    let jpeg = stored_tiff(8, 3, 2, 1, 7, &jpeg("444_q90.jpg"));
    assert_announced("jpeg.tif", &jpeg, 9.0);
}

#[test]
fn tiff_counts_the_windows_of_decompressors() {
    for name in ["lzma.tif", "zstd.tif"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/memory");
        assert_announced(name, &fs::read(folder.join(name)).unwrap(), 9.0);
    }
}

#[test]
fn tiff_counts_stored_samples_and_turning() {
    for (name, bits, samples, photometric, orientation, bytes) in [
        ("gray.tif", 8, 1, 1, 1, 1.0),
        ("gray16.tif", 16, 1, 1, 1, 1.0),
        ("rgb.tif", 8, 3, 2, 1, 3.0),
        ("rgb16.tif", 16, 3, 2, 1, 3.0),
        ("turned.tif", 8, 3, 2, 6, 6.0),
        ("cmyk16.tif", 16, 4, 5, 1, 4.0),
        ("palette.tif", 8, 1, 3, 1, 4.0),
    ] {
        assert_announced(name, &tiff(bits, samples, photometric, orientation), bytes);
    }
}

/// The frame of the last strip claims 12,000 x 12,000 pixels, and is refused before it gets any memory.
#[test]
fn tiff_refuses_a_frame_that_is_larger_than_its_strip() {
    let mut data = fixture("jpeg_strips.tif");
    let frame = data.windows(2).rposition(|two| two == [0xFF, 0xC0]).unwrap();
    data[frame + 5..frame + 9].copy_from_slice(&[12_000u16.to_be_bytes(); 2].concat());
    let mut error = None;
    let peak = peak(|| error = decode_data(Path::new("a.tif"), &data).err());
    let error = error.unwrap().to_string();
    assert!(error.contains("larger than their strip or tile"), "{error}");
    assert!(peak < FIXED, "{peak} bytes");
}

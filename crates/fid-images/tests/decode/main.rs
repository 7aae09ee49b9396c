//! Files to pixels, against Pillow's own answers.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod ends;
mod jpeg;
mod pngsuite;
mod tiff;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use fid_images::decode::{
    ConversionCounts, Conversions, DecodeError, Decoded, Format, Limits, decode, decode_data,
    decode_data_with, probe_data,
};
use safetensors::SafeTensors;

/// `[height, width, 3]` u8.
#[derive(Clone, PartialEq)]
struct Rgb {
    height: usize,
    width: usize,
    pixels: Vec<u8>,
}

impl Rgb {
    fn of(decoded: &Decoded) -> Self {
        let image = &decoded.image;
        let pixels = match image.channels() {
            3 => image.pixels().to_vec(),
            _ => image.pixels().iter().flat_map(|&gray| [gray; 3]).collect(),
        };
        Self { height: image.height(), width: image.width(), pixels }
    }

    /// Describes the first difference from `expected`.
    fn check(&self, expected: &Self) -> Result<(), String> {
        if (self.height, self.width) != (expected.height, expected.width) {
            return Err(format!(
                "{}x{} instead of {}x{} (height x width)",
                self.height, self.width, expected.height, expected.width
            ));
        }
        let mut pairs = self.pixels.iter().zip(&expected.pixels).enumerate();
        let Some((at, (got, want))) = pairs.find(|(_, (got, want))| got != want) else {
            return Ok(());
        };
        let (y, x, channel) = (at / 3 / self.width, at / 3 % self.width, at % 3);
        Err(format!("y {y}, x {x}, channel {channel}: {got} instead of {want}"))
    }
}

/// A folder of the repository's fixtures.
fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

fn folder() -> PathBuf {
    fixtures("images")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn expected() -> BTreeMap<String, Rgb> {
    let stored = fixture("expected.safetensors");
    let tensors = SafeTensors::deserialize(&stored).unwrap();
    let rgb = |name: &str| {
        let tensor = tensors.tensor(name).unwrap();
        let &[height, width, 3] = tensor.shape() else { panic!("{name} is not RGB") };
        Rgb { height, width, pixels: tensor.data().to_vec() }
    };
    tensors.names().into_iter().map(|name| (name.to_owned(), rgb(name))).collect()
}

fn decode_bytes(name: &str, data: &[u8]) -> Result<Decoded, DecodeError> {
    decode_data(Path::new(name), data)
}

/// Writes `data` to a file of its own and decodes it.
fn decode_file(name: &str, data: &[u8]) -> Result<Decoded, DecodeError> {
    let place = temp_dir::TempDir::new().unwrap();
    let path = place.path().join(name);
    fs::write(&path, data).unwrap();
    decode(path)
}

#[test]
fn every_fixture_decodes_as_pillow_does() {
    let (mut wrong, mut kinds, mut jpegs) = (Vec::new(), HashSet::new(), 0);
    let all = expected();
    for (name, want) in &all {
        let result = decode(folder().join(name)).map_err(|error| error.to_string());
        let verdict = result.and_then(|got| {
            kinds.extend(got.format);
            jpegs += usize::from(got.format == Some(Format::Jpeg));
            Rgb::of(&got).check(want)
        });
        if let Err(what) = verdict {
            wrong.push(format!("{name}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() > 440 && jpegs > 95 && kinds.len() == 7, "only {} fixtures", all.len());
}

#[test]
fn every_file_has_an_expectation() {
    let all = expected();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "expected.safetensors" || all.contains_key(&name), "{name}");
    }
}

#[test]
fn the_comparison_rejects_spoiled_images() {
    let want = &expected()["rgb8.png"];
    let check = |spoil: &dyn Fn(&mut Rgb)| {
        let mut image = want.clone();
        spoil(&mut image);
        image.check(want)
    };
    assert!(check(&|_| ()).is_ok());
    assert!(check(&|i| i.pixels[100] ^= 1).is_err(), "one value");
    assert!(
        check(&|i| i.pixels.chunks_exact_mut(3).for_each(|p| p.swap(0, 2))).is_err(),
        "channels"
    );
    assert!(check(&|i| std::mem::swap(&mut i.height, &mut i.width)).is_err(), "axes");
    assert!(check(&|i| i.pixels.rotate_left(3)).is_err(), "shift");
}

#[test]
fn conversions_are_reported() {
    let conversions = |name: &str| decode(folder().join(name)).unwrap().conversions;
    assert_eq!(conversions("rgb8.png"), Conversions::default());
    assert_eq!(conversions("420_q90.jpg"), Conversions::default());
    for name in [
        "rgba8.png",
        "palette8_trns.png",
        "transparent.gif",
        "lossy_rgba.webp",
        "rgba_lzw.tif",
        "rgb32_bgra.bmp",
    ] {
        assert!(conversions(name).alpha_dropped, "{name}");
    }
    for name in ["f32_zstd.tif", "i32.tif", "u32.tif", "float_le.pfm"] {
        let Conversions { clipped_wide, clipped_16bit, .. } = conversions(name);
        assert!(clipped_wide && !clipped_16bit, "{name}");
    }
    for name in ["gray16.png", "gray16_trns.png", "raw_65535.pgm", "gray16_be.tif", "gray12.tif"] {
        assert!(conversions(name).clipped_16bit && !conversions(name).shortened_16bit, "{name}");
    }
    for name in ["gray_alpha16.png", "rgb16.png", "raw_1000.ppm", "rgb16_le.tif"] {
        assert!(conversions(name).shortened_16bit && !conversions(name).clipped_16bit, "{name}");
    }
    for name in ["rgb8_exif6.png", "420_exif6.jpg", "lossless_exif6.webp"] {
        assert!(conversions(name).orientation_ignored, "{name}");
    }
    assert!(!conversions("rgb_orientation6.tif").orientation_ignored, "a TIFF is turned");
    for name in [
        "animated.gif",
        "rgb8_animated.png",
        "lossless_animated.webp",
        "rgb_two_pages.tif",
        "two_pictures.jpg",
    ] {
        assert!(conversions(name).further_frames, "{name}");
    }
}

#[test]
fn gray_files_have_one_channel() {
    let channels = |name: &str| decode(folder().join(name)).unwrap().image.channels();
    for name in
        ["gray1.png", "gray_alpha8.png", "gray.jpeg", "raw_255.pgm", "gray_lzw.tif", "gray.gif"]
    {
        assert_eq!(channels(name), 1, "{name}");
    }
    for name in ["rgb8.png", "palette8.png", "cmyk.jpg", "raw_255.ppm"] {
        assert_eq!(channels(name), 3, "{name}");
    }
}

#[test]
fn the_format_is_found_by_content() {
    let got = decode_file("picture.jpg", &fixture("rgb8.png")).unwrap();
    assert_eq!(got.format, Some(Format::Png));
    assert!(Rgb::of(&got) == expected()["rgb8.png"]);
}

#[test]
fn cut_files_are_errors() {
    // Pillow refuses each of these, too.
    for (name, want) in expected() {
        let whole = fixture(&name);
        for keep in [whole.len() / 3, whole.len() / 2, whole.len() * 3 / 4] {
            let result = decode_bytes(&name, &whole[..keep]);
            match result {
                Err(DecodeError::Damaged { .. } | DecodeError::UnknownFormat { .. }) => {}
                Err(other) => panic!("{name} cut to {keep}: {other}"),
                // The cut part holds later frames, or bytes that mean nothing in a TIFF or bitmap.
                Ok(got) => {
                    let verdict = Rgb::of(&got).check(&want);
                    assert!(verdict.is_ok(), "{name} cut to {keep}: {verdict:?}");
                }
            }
        }
    }
    let jpeg = fixture("420_q90.jpg");
    let error = decode_bytes("cut.jpg", &jpeg[..jpeg.len() - 40]).unwrap_err();
    assert!(matches!(error, DecodeError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("cut.jpg"), "{error}");
}

#[test]
fn bytes_out_of_place_never_panic() {
    let mut state = 1u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for name in expected().into_keys() {
        for _ in 0..8 {
            let mut data = fixture(&name);
            let reach = if random(2) == 0 { data.len() } else { data.len().min(64) };
            for _ in 0..=random(3) {
                data[random(reach)] = random(256) as u8;
            }
            let _ = decode_bytes(&name, &data);
        }
    }
}

#[test]
fn files_that_are_no_images_are_named() {
    let empty = decode_file("empty.png", b"").unwrap_err();
    assert!(matches!(empty, DecodeError::Empty { .. }), "{empty}");
    let text = decode_file("text.png", b"no image at all").unwrap_err();
    assert!(matches!(text, DecodeError::UnknownFormat { .. }), "{text}");
    assert!(
        text.to_string().contains("text.png") && text.to_string().contains("no image"),
        "{text}"
    );
    let begin = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
    let avif = decode_file("a.avif", begin).unwrap_err();
    assert!(matches!(avif, DecodeError::NotRead { look: "AVIF", .. }), "{avif}");
    let text = avif.to_string();
    assert!(text.ends_with(
        "a.avif is an AVIF image, which is not read: convert it to PNG, for example with Pillow, or \
         remove it"
    ));
    assert_eq!(avif.reason(), "an AVIF image, which is not read");
    let missing = decode("does/not/exist.png").unwrap_err();
    assert!(matches!(missing, DecodeError::Read { .. }), "{missing}");
    let folder = decode(folder()).unwrap_err();
    assert!(matches!(folder, DecodeError::NotAFile { is_folder: true, .. }), "{folder}");
    // Width 65535 and height 65535, in a file of a few bytes.
    let mut bomb = fixture("rgb24.bmp");
    bomb[18..26].copy_from_slice(&[0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0]);
    let bomb = decode_bytes("bomb.bmp", &bomb).unwrap_err();
    assert!(matches!(bomb, DecodeError::TooLarge { width: 65_535, .. }), "{bomb}");
}

#[test]
fn conversions_are_counted_over_a_set() {
    let mut counts = ConversionCounts::default();
    assert_eq!(counts.lines().count(), 0);
    for name in ["rgb8.png", "rgba8.png", "rgba16.png", "gray16.png", "animated.gif"] {
        let facts = decode(folder().join(name)).unwrap().facts();
        counts.add(facts.size, facts.conversions);
    }
    let lines: Vec<String> = counts.lines().collect();
    assert_eq!((counts.images, counts.gray, counts.alpha_dropped), (5, 1, 2));
    assert_eq!((counts.clipped_16bit, counts.shortened_16bit, counts.further_frames), (1, 1, 1));
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[1].starts_with("2 of 5 images transparent"), "{lines:?}");
}

#[test]
fn formats_and_loss_are_among_the_facts() {
    let mut seen = [0; 2];
    for name in expected().into_keys() {
        let decoded = decode(folder().join(&name)).unwrap();
        let jpeg = decoded.format == Some(Format::Jpeg);
        let (facts, lossy) = (decoded.facts(), jpeg || name.starts_with("lossy_"));
        assert_eq!(facts.lossy, lossy, "{name}");
        assert_eq!((facts.format, facts.size), (decoded.format, (&decoded.image).into()));
        let format = facts.format.unwrap();
        assert_eq!(Format::from_byte(format.to_byte()), Some(format), "{name}");
        seen[usize::from(lossy)] += usize::from(name.ends_with(".webp"));
    }
    assert!(seen[0] >= 5 && seen[1] >= 5, "lossless and lossy WebP: {seen:?}");
    assert_eq!((Format::from_byte(0), Format::from_byte(99)), (None, None));
}

#[test]
fn probes_give_the_size_of_the_decoded_image() {
    for name in expected().into_keys() {
        let data = fixture(&name);
        let path = Path::new(&name);
        let image = decode_data_with(path, &data, &Limits::default()).unwrap().image;
        let probe = probe_data(path, &data, &Limits::default()).unwrap();
        let (mut height, mut width) = (image.height() as u64, image.width() as u64);
        // A probe gives the stored size of a TIFF.
        if name.contains("orientation") && probe.width != width {
            (height, width) = (width, height);
        }
        assert_eq!((probe.height, probe.width), (height, width), "{name}");
        assert!(probe.memory >= image.pixels().len() as u64, "{name}: {probe:?}");
    }
}

/// A GIF of one frame, 2x3, on a logical screen.
fn gif(screen: [u16; 2], corner: [u16; 2]) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(screen.map(u16::to_le_bytes).concat());
    file.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    file.push(b',');
    file.extend([corner[0], corner[1], 2, 3].map(u16::to_le_bytes).concat());
    // Codes of 3 bits: clear, six pixels of index 1, end.
    file.extend([0, 2, 4, 0x4c, 0x92, 0x24, 0x0a, 0, b';']);
    file
}

#[test]
fn a_probe_gives_the_canvas_of_a_gif_and_not_its_frame() {
    for (screen, corner, canvas) in [
        ([200, 100], [0, 0], (100, 200)),
        ([200, 100], [199, 99], (102, 201)), // enlarged for the frame, as Pillow does
        ([2, 3], [0, 0], (3, 2)),
        ([0, 0], [0, 0], (3, 2)),
    ] {
        let data = gif(screen, corner);
        let probe = probe_data(Path::new("a.gif"), &data, &Limits::default()).unwrap();
        assert_eq!((probe.height, probe.width), canvas, "{screen:?}");
        if let Ok(decoded) = decode_data_with(Path::new("a.gif"), &data, &Limits::default()) {
            let image = decoded.image;
            assert_eq!((image.height() as u64, image.width() as u64), canvas, "{screen:?}");
        }
    }
}

#[test]
fn limits_hold_for_every_format() {
    for name in expected().into_keys() {
        let data = fixture(&name);
        let path = Path::new(&name);
        let limits = Limits { max_pixels: 3, ..Limits::default() };
        let decoded = decode_data_with(path, &data, &limits);
        let large = match decoded {
            Ok(decoded) => decoded.image.height() * decoded.image.width() > 3,
            Err(DecodeError::TooLarge { max_pixels: 3, .. }) => false,
            Err(other) => panic!("{name}: {other}"),
        };
        assert!(!large, "{name} passes the limit");
        let probe = probe_data(path, &data, &limits);
        let small = probe.is_ok_and(|probe| probe.width * probe.height > 3);
        assert!(!small, "{name}: the probe passes the limit");
    }
}

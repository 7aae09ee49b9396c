//! Runs the binary on sets that differ in what moves a distance, whatever their images show.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use temp_dir::TempDir;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Standard output and the notes of a command that succeeds.
fn run(args: &[&str], paths: &[&Path]) -> (String, Vec<String>) {
    let output = Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .args(args)
        .args(paths)
        .args(["--weights", "seeded", "--device", "cpu"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let notes = errors.lines().filter_map(|line| line.strip_prefix("note: ").map(str::to_owned));
    (String::from_utf8(output.stdout).unwrap(), notes.collect())
}

fn json(args: &[&str], paths: &[&Path]) -> Value {
    serde_json::from_str(&run(&[args, &["--json"]].concat(), paths).0).unwrap()
}

/// A folder of colour images without regularity, as PPM; `change` may change a pixel.
fn folder(
    seeds: std::ops::Range<usize>,
    side: usize,
    change: impl Fn([u8; 3]) -> [u8; 3],
) -> TempDir {
    let folder = TempDir::new().unwrap();
    for seed in seeds {
        write(folder.path(), &format!("{seed:03}.ppm"), seed, side, &change);
    }
    folder
}

fn write(folder: &Path, name: &str, seed: usize, side: usize, change: impl Fn([u8; 3]) -> [u8; 3]) {
    let mut file = format!("P6 {side} {side} 255\n").into_bytes();
    for at in 0..side * side {
        let noise = (seed * 1_000_003 + at).wrapping_mul(0x9E37_79B9_7F4A_7C15_usize) >> 56;
        let light = noise as u8 / 2;
        file.extend(change([light + 90, light + 60, light / 2 + (seed % 3) as u8]));
    }
    fs::write(folder.join(name), file).unwrap();
}

fn same(pixel: [u8; 3]) -> [u8; 3] {
    pixel
}

/// The notes that are of a census: all but those on random weights and on few images.
fn told(real: &Path, fake: &Path) -> Vec<String> {
    let (_, notes) = run(&["fid"], &[real, fake]);
    let known = ["random", "fewer than"];
    notes.into_iter().filter(|note| !known.iter().any(|part| note.contains(part))).collect()
}

#[test]
fn ordinary_sets_need_no_sentence() {
    let (real, fake) = (folder(0..5, 40, same), folder(10..15, 40, same));
    assert_eq!(told(real.path(), fake.path()), [""; 0]);
    // Two sets of the same kinds of files.
    let notes = told(&repository("samples/real"), &repository("samples/fake"));
    let of_decoders = |note: &&String| note.starts_with("real: ") || note.starts_with("fake: ");
    assert_eq!(notes.iter().find(|note| !of_decoders(note)), None);
}

#[test]
fn each_difference_has_its_sentence() {
    let plain = folder(0..5, 40, same);
    let expect = |fake: &TempDir, expected: &[&str]| {
        let got = told(plain.path(), fake.path());
        assert_eq!(got.len(), expected.len(), "{got:#?}");
        for (got, expected) in got.iter().zip(expected) {
            assert!(got.contains(expected), "`{expected}` is not in `{got}`");
        }
    };
    expect(&folder(10..15, 40, |[r, g, b]| [b, g, r]), &["likely in the generated images:"]);
    expect(
        &folder(10..15, 80, same),
        &["the real images are 40x40 and the generated images 80x80"],
    );
    expect(
        &folder(10..15, 40, |[r, ..]| [r; 3]),
        &["0 of 5 real images are gray, and 5 of 5 generated images"],
    );
    expect(
        &folder(10..15, 40, |pixel| pixel.map(|value| value / 200)),
        &["5 of 5 generated images have no sample above 1"],
    );

    let twice = folder(10..13, 40, same);
    for seed in 10..13 {
        write(twice.path(), &format!("copy_{seed}.ppm"), seed, 40, same);
    }
    expect(&twice, &["all 6 generated images occur 2 times"]);

    let copied = folder(4..8, 40, same);
    let got = told(plain.path(), copied.path());
    let [sentence] = &got[..] else { panic!("{got:#?}") };
    assert!(sentence.starts_with("1 of 4 generated images equal a real image in every pixel ("));
    assert!(sentence.matches("004.ppm").count() == 2 && sentence.contains(" is "), "{sentence}");

    let blank = folder(10..13, 40, same);
    fs::write(blank.child("blank.pgm"), [&b"P5 40 40 255\n"[..], &[7; 1600]].concat()).unwrap();
    expect(&blank, &["fake: 1 of 4 images gray", "1 of 4 generated images are of a single colour"]);
}

#[test]
fn compression_of_one_side_has_its_sentence() {
    let fixtures = repository("tests/fixtures/images");
    let (lossy, lossless) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for name in ["420_q90.jpg", "lossy_q80.webp"] {
        fs::copy(fixtures.join(name), lossy.child(name)).unwrap();
    }
    for name in ["lossless_rgb.webp", "rgb8.png"] {
        fs::copy(fixtures.join(name), lossless.child(name)).unwrap();
    }
    let expected = "2 of 2 real images are JPEG or lossy WebP, and 0 of 2 generated images";
    let notes = told(lossy.path(), lossless.path());
    assert!(notes.iter().any(|note| note.starts_with(expected)), "{notes:#?}");
    assert!(!told(lossy.path(), lossy.path()).iter().any(|note| note.contains("JPEG")));
}

#[test]
fn reports_hold_the_census_of_both_sides() {
    let (real, fake) = (repository("samples/real"), folder(0..5, 40, same));
    let report = json(&["fid", "--explain"], &[&real, fake.path()]);
    let census = &report["real"]["census"];
    assert_eq!((&census["images"], &census["lossy"]), (&24.into(), &4.into()));
    let formats = census["formats"].as_array().unwrap();
    let total: u64 = formats.iter().map(|it| it["images"].as_u64().unwrap()).sum();
    assert_eq!((total, formats[0]["format"].as_str()), (24, Some("PNG")));
    assert!(
        census["width"]["min"].as_u64() >= Some(32) && census["width"]["max"].as_u64() <= Some(200)
    );
    assert_eq!(report["fake"]["census"]["equal_to_real"], 0);

    let (text, _) = run(&["fid", "--explain"], &[&real, fake.path()]);
    let lines = |side: &str| text.lines().filter(|line| line.starts_with(side)).count();
    // One of the spectrum, two of the census.
    assert_eq!((lines("real: "), lines("fake: ")), (3, 3), "{text}");
    assert!(text.contains("fake: 5 images: 5 PNM; 40x40 pixels\n"), "{text}");
}

#[test]
fn statistics_files_keep_the_census_without_names() {
    let (small, large) = (folder(0..5, 40, same), folder(10..15, 80, same));
    let files = TempDir::new().unwrap();
    let target = |name: &str| files.child(name);
    let mut parts = Vec::new();
    for shard in ["1/2", "2/2"] {
        let path = target(&format!("{}.npz", &shard[..1]));
        run(&["stats", "--shard", shard, "-o", path.to_str().unwrap()], &[small.path()]);
        parts.push(path);
    }
    let merged = target("all.npz");
    let status = Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .args(["merge", "-o"])
        .args([&merged, &parts[0], &parts[1]])
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));

    let of_images = json(&["fid"], &[small.path(), large.path()]);
    let of_file = json(&["fid"], &[&merged, large.path()]);
    let merged = &of_file["real"]["census"];
    assert_eq!(merged, &of_images["real"]["census"]);
    assert_eq!(of_file["real"]["statistics"]["census"], *merged);
    assert_eq!(of_file["fake"]["census"].get("equal_to_real"), None, "files hold no hashes");
    let sizes = |report: &Value| report["notes"].to_string().contains("40x40");
    assert!(sizes(&of_images) && sizes(&of_file), "{of_file:#}");

    // `stats` reports the faults of its set.
    fs::copy(small.child("000.ppm"), small.child("zzz.ppm")).unwrap();
    let (_, notes) = run(&["stats", "-o", target("b.npz").to_str().unwrap()], &[small.path()]);
    assert!(
        notes.iter().any(|note| note.starts_with("1 of 6 images equal an earlier one")),
        "{notes:?}"
    );
    let made = fs::read(target("b.npz")).unwrap();
    assert!(!made.windows(7).any(|bytes| bytes == b"zzz.ppm"));
}

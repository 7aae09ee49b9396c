//! Conversions that lose information are counted, and noted once for each folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use temp_dir::TempDir;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Files whose conversion to 8-bit RGB loses information.
const LOSING: [&str; 6] = [
    "rgba8.png",     // transparent
    "gray16.png",    // 16-bit gray
    "rgb16.png",     // 16-bit colour
    "420_exif6.jpg", // turned by EXIF
    "animated.gif",  // several frames
    "raw_65535.pgm", // 16-bit gray, another format
];

/// A folder with every file of [`LOSING`] twice.
fn losing() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in LOSING {
        let file = repository("tests/fixtures/images").join(name);
        for copy in ["a", "b"] {
            std::fs::copy(&file, folder.path().join(format!("{copy}_{name}"))).unwrap();
        }
    }
    folder
}

fn run(extra: &[&str]) -> Output {
    let (real, fake) = (losing(), TempDir::new().unwrap());
    for name in ["rgb8.png", "420_q90.jpg", "rgb24.bmp"] {
        let file = repository("tests/fixtures/images").join(name);
        std::fs::copy(file, fake.path().join(name)).unwrap();
    }
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .arg("--real")
        .arg(real.path())
        .arg("--fake")
        .arg(fake.path())
        .args(["--weights", "seeded", "--device", "cpu", "--workers", "3", "--batch-size", "5"])
        .args(extra)
        .output()
        .unwrap()
}

const EXPECTED: [&str; 6] = [
    "real: 4 of 12 images gray",
    "real: 2 of 12 images transparent: transparency was dropped",
    "real: 4 of 12 images 16-bit gray: clipped to 0..255",
    "real: 2 of 12 images 16-bit: shortened to 8 bits",
    "real: 2 of 12 images turned by EXIF: read as stored",
    "real: 2 of 12 images of several frames: only the first was read",
];

#[test]
fn each_conversion_is_noted_once_with_its_count() {
    let output = run(&[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let notes: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("note: ")).collect();
    for expected in EXPECTED {
        let count = notes.iter().filter(|note| note.starts_with(expected)).count();
        assert_eq!(count, 1, "`{expected}` in {told}");
    }
    let real = notes.iter().filter(|note| note.starts_with("real: ")).count();
    assert_eq!(real, EXPECTED.len(), "{told}");
    assert!(!notes.iter().any(|note| note.starts_with("fake: ")), "{told}");
}

#[test]
fn quiet_reports_contain_the_notes() {
    let output = run(&["--json", "--quiet"]);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let notes = report["notes"].as_array().unwrap();
    for expected in EXPECTED {
        let told = notes.iter().filter(|note| note.as_str().unwrap().starts_with(expected));
        assert_eq!(told.count(), 1, "`{expected}` in {notes:?}");
    }
}

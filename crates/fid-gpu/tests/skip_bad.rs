//! Runs the binary with `--skip-bad`: the value is that of the folder without the bad files.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fid_core::FEATURE_DIM;
use fid_gpu::stats_file::StatsFile;
use serde_json::Value;
use temp_dir::TempDir;

use bad_images as bad;

const NETWORK: [&str; 4] = ["--weights", "seeded", "--device", "cpu"];

fn run(first: &str, paths: &[&Path], extra: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    command.arg(first).args(paths).args(extra).args(NETWORK).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Three valid images and, if `with_bad`, one file of every kind that can be skipped.
fn folder(parent: &TempDir, name: &str, with_bad: bool) -> PathBuf {
    let folder = parent.child(name);
    fs::create_dir(&folder).unwrap();
    for seed in [5, 60, 200] {
        bad::write(&folder, &format!("{seed:03}.png"), &bad::good_png(seed));
    }
    if with_bad {
        bad::write(&folder, "000.png", b"");
        bad::write(&folder, "061.jpg", b"<html>");
        bad::write(&folder, "999.png", &bad::png(50_000, 50_000));
        fs::write(folder.join(OsStr::from_bytes(b"100\xff.png")), "no image").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("link.png")).unwrap();
        std::os::unix::net::UnixListener::bind(folder.join("socket.png")).unwrap();
        let made = Command::new("mkfifo").arg(folder.join("pipe.png")).status().unwrap();
        assert!(made.success());
        fs::create_dir(folder.join("folder.png")).unwrap();
    }
    folder
}

#[test]
fn the_fid_is_that_of_the_folder_without_bad_files() {
    let parent = TempDir::new().unwrap();
    let (clean, dirty) = (folder(&parent, "clean", false), folder(&parent, "dirty", true));

    let output = run("fid", &[&clean, &dirty], &["--json", "--skip-bad"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The sets are equal: the traces to the bit, the distance 0 up to rounding.
    assert_eq!(report["real"]["trace"], report["fake"]["trace"]);
    assert_eq!(report["fake"]["images"], 3);
    assert_eq!(report["real"]["skipped"], Value::Array(Vec::new()));
    let skipped = report["fake"]["skipped"].as_array().unwrap();
    let names = skipped.iter().map(|file| {
        let path = Path::new(file["path"].as_str().unwrap());
        assert!(file["reason"].as_str().unwrap().len() > 4, "{file}");
        path.file_name().unwrap().to_str().unwrap().to_owned()
    });
    let expected =
        ["000.png", "061.jpg", "100\u{fffd}.png", "999.png", "link.png", "pipe.png", "socket.png"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    let said = text(&output.stderr);
    assert!(said.contains("fake: 7 of 10 files were left out"), "{said}");
    assert!(said.contains("000.png (empty)") && said.contains("and 4 more"), "{said}");

    // Statistics files have the same values, and record the images that were used.
    let [a, b] = ["a.npz", "b.npz"].map(|name| parent.child(name));
    assert!(run("stats", &[&clean, Path::new("-o"), &a], &[]).status.success());
    let output = run("stats", &[&dirty, Path::new("-o"), &b], &["--skip-bad", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["skipped"].as_array().unwrap().len(), 7);
    let [a, b] = [a, b].map(|path| StatsFile::read(&path, FEATURE_DIM).unwrap());
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(a.stats.mu()), bits(b.stats.mu()));
    assert_eq!(bits(a.stats.sigma()), bits(b.stats.sigma()));
    let (a, b) = (a.meta.unwrap(), b.meta.unwrap());
    assert_eq!((a.images, b.images), (3, 3));
    let (a, b) = (&a.files[0], &b.files[0]);
    assert_eq!((b.of, b.first, b.count, b.skipped), (7, 0, 7, 4));
    assert_eq!(b.taken_sha256.as_ref(), Some(&a.sha256));
    assert_eq!(a.taken_sha256, None);

    // Both files are of the same images, which must not count twice.
    let both = ["a.npz", "b.npz"].map(|name| parent.child(name));
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    let output = command.arg("merge").args(both).arg("-o").arg(parent.child("c.npz")).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("count twice"), "{}", text(&output.stderr));
}

#[test]
fn shards_count_used_images() {
    let parent = TempDir::new().unwrap();
    let dirty = folder(&parent, "dirty", true);
    let part = |index: &str| {
        let target = parent.child(format!("{index}.npz"));
        let shard = format!("{index}/2");
        let extra = ["--skip-bad", "--shard", &shard];
        let output = run("stats", &[&dirty, Path::new("-o"), &target], &extra);
        assert!(output.status.success(), "{}", text(&output.stderr));
        target
    };
    // Seven files, 000 005 060 | 061 100 200 999: the second part has a single image.
    let target = parent.child("2.npz");
    let output =
        run("stats", &[&dirty, Path::new("-o"), &target], &["--skip-bad", "--shard", "2/2"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("only 1 of 4") && said.contains("061.jpg (of no known"), "{said}");
    assert!(!target.exists());

    bad::write(&dirty, "062.png", &bad::good_png(62));
    let parts = [part("1"), part("2")];
    let [one, two] = parts.each_ref().map(|path| StatsFile::read(path, FEATURE_DIM).unwrap());
    let [one, two] = [one, two].map(|file| file.meta.unwrap());
    // Eight files, 000 005 060 061 | 062 100 200 999.
    assert_eq!((one.images, two.images), (2, 2));
    assert_eq!(one.files[0].sha256, two.files[0].sha256);
    assert_ne!(one.files[0].taken_sha256, two.files[0].taken_sha256);
    let merged = StatsFile::merge(&parts, FEATURE_DIM).unwrap();
    assert_eq!(merged.stats.num_images(), Some(4));
}

#[test]
fn without_skip_bad_the_first_bad_file_is_named() {
    let parent = TempDir::new().unwrap();
    let dirty = folder(&parent, "dirty", true);
    let good = folder(&parent, "good", false);
    let fail = |paths: &[&Path], extra: &[&str]| {
        let output = run("fid", paths, &[&["--quiet"], extra].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
        text(&output.stderr)
    };
    // Entries that are not files are found before the network is loaded, damaged images when they
    // are decoded.
    let said = fail(&[&good, &dirty], &[]);
    assert!(said.contains("fake") && said.contains("--skip-bad"), "{said}");
    for name in ["link.png", "socket.png", "pipe.png"] {
        fs::remove_file(dirty.join(name)).unwrap();
    }
    let said = fail(&[&dirty, &good], &[]);
    assert!(said.contains("000.png") && said.contains("--skip-bad"), "{said}");

    for name in ["005.png", "060.png", "200.png"] {
        fs::remove_file(dirty.join(name)).unwrap();
    }
    let said = fail(&[&dirty, &good], &["--skip-bad"]);
    assert!(said.contains("real") && said.contains("only 0 of 4"), "{said}");
    assert!(said.contains("000.png (empty)"), "{said}");
}

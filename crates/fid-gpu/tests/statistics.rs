//! Runs the binary on statistics files: written, compared, merged, refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fid_core::FEATURE_DIM;
use fid_gpu::stats_file::StatsFile;
use serde_json::Value;
use temp_dir::TempDir;

/// Options that name a network. Without them no weights are found, so that a run which succeeds
/// did not need the network.
const NETWORK: [&str; 4] = ["--weights", "seeded:1", "--device", "cpu"];

fn run(args: &[&str]) -> Output {
    let nowhere = TempDir::new().unwrap();
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .args(args)
        .env("XDG_CACHE_HOME", nowhere.path())
        .env("HOME", nowhere.path())
        .env_remove("TORCH_HOME")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn succeed(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The error message of a run that must fail.
#[track_caller]
fn fail(args: &[&str], status: i32) -> String {
    let output = run(args);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert_eq!(text(&output.stdout), "", "an error prints nothing on standard output");
    message
}

#[track_caller]
fn json(args: &[&str]) -> Value {
    serde_json::from_str(&succeed(&[args, &["--json"]].concat())).unwrap()
}

/// A folder with the first images of the samples.
fn images(folder: &TempDir, side: &str, count: usize) -> String {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side);
    let mut files =
        fs::read_dir(samples).unwrap().map(|f| f.unwrap().path()).collect::<Vec<PathBuf>>();
    files.sort();
    let to = folder.child(side);
    fs::create_dir(&to).unwrap();
    for file in &files[..count] {
        fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
    }
    to.to_str().unwrap().to_owned()
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.child(name).to_str().unwrap().to_owned()
}

fn number(report: &Value, pointer: &str) -> f64 {
    report.pointer(pointer).and_then(Value::as_f64).unwrap()
}

#[test]
fn statistics_files_give_the_fid_of_their_folders() {
    let folder = TempDir::new().unwrap();
    let (real, fake) = (images(&folder, "real", 4), images(&folder, "fake", 4));
    let (a, b) = (path(&folder, "a.npz"), path(&folder, "b.npz"));
    let direct = json(&[&["--real", &real, "--fake", &fake], &NETWORK[..]].concat());
    assert!(succeed(&[&["stats", &real, "-o", &a], &NETWORK[..]].concat()).contains("4 images"));
    let mut meta = json(&[&["stats", &fake, "-o", &b], &NETWORK[..]].concat());
    // Facts about the run that the file does not record.
    for told in ["stages", "weights_seconds"] {
        assert!(meta.as_object_mut().unwrap().remove(told).is_some(), "{told}");
    }
    assert_eq!((&meta["images"], &meta["preset"]), (&4.into(), &"pytorch-fid".into()));

    // Two files need neither weights nor a device.
    let files = json(&["fid", &a, &b]);
    let mixed = json(&[&["fid", &a, &fake], &NETWORK[..]].concat());
    for report in [&files, &mixed] {
        let (got, want) = (number(report, "/fid"), number(&direct, "/fid"));
        assert!((got - want).abs() <= 1e-9 * want, "{got} for {want}");
        assert_eq!(report["comparable"], false);
        assert_eq!(report["weights"], direct["weights"]);
        assert_eq!(number(report, "/real/images"), 4.0);
    }
    assert_eq!(files["device"], Value::Null);
    assert_eq!(files["fake"]["statistics"], meta);
    assert!(succeed(&["--real", &a, "--fake", &b]).contains("seeded:1 weights"));

    // Other weights are refused before the network runs.
    let other = ["--weights", "seeded:2", "--device", "cpu"];
    let message = fail(&[&["fid", &a, &fake], &other[..]].concat(), 3);
    for part in ["a.npz", &fake, "seeded:1", "seeded:2"] {
        assert!(message.contains(part), "no {part} in: {message}");
    }
    assert!(!message.contains("4 images in"), "{message}");
}

#[test]
fn merged_parts_equal_the_whole() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 5);
    let whole = path(&folder, "whole.npz");
    succeed(&[&["stats", &real, "-o", &whole], &NETWORK[..]].concat());
    let parts = ["1/2", "2/2"].map(|part| {
        let to = path(&folder, &format!("{}.npz", &part[..1]));
        succeed(&[&["stats", &real, "-o", &to, "--shard", part], &NETWORK[..]].concat());
        to
    });
    let merged = path(&folder, "merged.npz");
    let said = succeed(&["merge", &parts[1], &parts[0], "-o", &merged]);
    assert!(said.contains("5 images"), "{said}");

    let [got, want] =
        [&merged, &whole].map(|path| StatsFile::read(path.as_ref(), FEATURE_DIM).unwrap());
    assert_eq!(got.meta, want.meta);
    for (got, want) in [(got.stats.mu(), want.stats.mu()), (got.stats.sigma(), want.stats.sigma())]
    {
        let largest = want.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let errors = got.iter().zip(want).map(|(got, want)| (got - want).abs() / largest);
        assert!(errors.fold(0.0, f64::max) <= 1e-12);
    }

    let message = fail(&["merge", &parts[0], &parts[0], "-o", &merged], 2);
    assert!(message.contains("count twice"), "{message}");
    let few = [&["stats", &real, "-o", &merged, "--shard", "1/5"], &NETWORK[..]].concat();
    assert!(fail(&few, 2).contains("fewer parts"));
}

#[test]
fn files_of_other_programs_need_a_preset() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 2);
    let (own, foreign) = (path(&folder, "own.npz"), path(&folder, "foreign.npz"));
    succeed(&[&["stats", &real, "-o", &own], &NETWORK[..]].concat());
    let mut file = StatsFile::read(own.as_ref(), FEATURE_DIM).unwrap();
    file.meta = None;
    file.save(foreign.as_ref()).unwrap();

    let message = fail(&["fid", &own, &foreign], 2);
    assert!(message.contains("foreign.npz") && message.contains("--assume-preset"), "{message}");
    let output = run(&["fid", &own, &foreign, "--assume-preset", "pytorch-fid"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("is assumed"), "{}", text(&output.stderr));
    let message = fail(&["merge", &own, &foreign, "-o", &own], 2);
    assert!(message.contains("foreign.npz"), "{message}");
}

#[test]
fn impossible_runs_fail_before_the_network() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 2);
    let hostile = path(&folder, "hostile.npz");
    fs::write(&hostile, b"PK\x03\x04 this is no archive").unwrap();
    // No weights are available, so that these errors come before the network is loaded.
    for (args, hint) in [
        (&["stats", &real, "-o", "stats.pt"][..], ".npz"),
        (&["stats", &real, "-o", "no/such/folder/stats.npz"], "no/such/folder"),
        (&["stats", &real], "--output"),
        (&["stats", &real, "-o", &hostile, "--shard", "3/2"], "2/8"),
        (&["stats", "no/such/images", "-o", &hostile], "no/such/images"),
        (&["fid", &real], "<FAKE>"),
        (&["fid", &real, "no-such.npz"], "no-such.npz"),
        (&["fid", &real, &hostile], "hostile.npz is no .npz file"),
        (&["merge", "-o", &hostile], "<NPZ>"),
        (&["merge", &hostile, "-o", &hostile], "hostile.npz is no .npz file"),
    ] {
        let message = fail(args, 2);
        assert!(message.contains(hint), "no {hint} in: {message}");
    }
}

#[test]
fn save_stats_writes_the_statistics_of_the_real_side() {
    let folder = TempDir::new().unwrap();
    let (real, fake) = (images(&folder, "real", 3), images(&folder, "fake", 3));
    let (kept, made) = (path(&folder, "kept.npz"), path(&folder, "made.npz"));
    let comparison =
        [&["fid", &real, &fake, "--save-stats", &kept, "--json"], &NETWORK[..]].concat();
    let report: Value = serde_json::from_str(&succeed(&comparison)).unwrap();
    assert_eq!(report["not_saved"], Value::Null);
    succeed(&[&["stats", &real, "-o", &made], &NETWORK[..]].concat());
    assert_eq!(fs::read(&kept).unwrap(), fs::read(&made).unwrap(), "not what `stats` writes");
    let again = json(&[&["fid", &kept, &fake], &NETWORK[..]].concat());
    assert_eq!(number(&again, "/fid"), number(&report, "/fid"));
    // The error comes before anything is computed.
    let nowhere = path(&folder, "nowhere/kept.npz");
    let message =
        fail(&[&["fid", &real, &fake, "--save-stats", &nowhere], &NETWORK[..]].concat(), 2);
    assert!(message.contains("does not exist"), "{message}");
}

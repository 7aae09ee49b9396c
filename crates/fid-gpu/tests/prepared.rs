//! Runs the binary on images that are prepared before the preset, and on random subsets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fid_core::FEATURE_DIM;
use fid_gpu::source::ImageSet;
use fid_gpu::stats_file::StatsFile;
use fid_gpu::{DeviceChoice, Error, Evaluator, Image8, ImageBatch, Side, WeightsSource};
use serde_json::Value;
use temp_dir::TempDir;

const NETWORK: [&str; 4] = ["--weights", "seeded:1", "--device", "cpu"];

/// The preparation of `tests/fixtures/prepared`, which Pillow and torchvision made of six samples.
const REAL: [&str; 6] =
    ["--real-resize", "48", "--real-center-crop", "40x44", "--real-filter", "bicubic"];
const INPUT: [&str; 6] = ["--resize", "48", "--center-crop", "40x44", "--filter", "bicubic"];
const TEXT: &str = "resize 48 bicubic, center-crop 40x44";

fn run(folder: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .current_dir(folder.path())
        .args(args)
        .env("XDG_CACHE_HOME", folder.path())
        .env("HOME", folder.path())
        .env("FID_GPU_OFFLINE", "1")
        .env_remove("TORCH_HOME")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The object that a run with the network prints.
#[track_caller]
fn json(folder: &TempDir, args: &[&[&str]]) -> Value {
    let output = run(folder, &[&args.concat()[..], &NETWORK, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The message of a run that must fail. Without a network, as all of these are found before it.
#[track_caller]
fn fail(folder: &TempDir, args: &[&[&str]], status: i32) -> String {
    let output = run(folder, &args.concat());
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    message
}

/// Copies the first `count` files of a folder of the repository to `to`.
fn copy(folder: &TempDir, from: &str, to: &str, count: usize) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(from);
    let mut files: Vec<PathBuf> =
        fs::read_dir(from).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    fs::create_dir(folder.child(to)).unwrap();
    for file in &files[..count] {
        fs::copy(file, folder.child(to).join(file.file_name().unwrap())).unwrap();
    }
}

fn folders(count: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    copy(&folder, "samples/real", "real", count);
    copy(&folder, "samples/fake", "fake", count);
    folder
}

fn number(report: &Value, pointer: &str) -> f64 {
    report.pointer(pointer).and_then(Value::as_f64).unwrap()
}

#[track_caller]
fn assert_has(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part} in: {message}");
    }
}

#[test]
fn a_prepared_side_equals_files_that_pillow_prepared() {
    let folder = folders(6);
    copy(&folder, "tests/fixtures/prepared", "pillow", 6);
    let ours = json(&folder, &[&["fid", "real", "fake"], &REAL]);
    let pillow = json(&folder, &[&["fid", "pillow", "fake"]]);
    assert_eq!(number(&ours, "/fid"), number(&pillow, "/fid"));
    assert_eq!(number(&ours, "/real/trace"), number(&pillow, "/real/trace"));
    assert_eq!(
        (&ours["real"]["preparation"], &ours["fake"]["preparation"]),
        (&TEXT.into(), &Value::Null)
    );
    assert!(ours["notes"].to_string().contains(TEXT), "{}", ours["notes"]);
    assert_ne!(number(&ours, "/fid"), number(&json(&folder, &[&["fid", "real", "fake"]]), "/fid"));
    // The generated side, and both.
    let turned = json(&folder, &[&["fid", "fake", "real"], &REAL.map(to_fake)[..]]);
    assert!((number(&turned, "/fid") - number(&ours, "/fid")).abs() < 1e-9 * number(&ours, "/fid"));
    let both = json(&folder, &[&["--real", "real", "--fake", "real"], &INPUT]);
    assert_eq!(both["fake"]["preparation"], TEXT);
    assert!(number(&both, "/fid") < 1e-9, "{both}");
}

fn to_fake(option: &'static str) -> &'static str {
    match option {
        "--real-resize" => "--fake-resize",
        "--real-center-crop" => "--fake-center-crop",
        "--real-filter" => "--fake-filter",
        value => value,
    }
}

#[test]
fn statistics_files_record_the_preparation_and_the_command_must_name_it() {
    let folder = folders(3);
    let made = json(&folder, &[&["stats", "real", "-o", "prepared.npz"], &INPUT]);
    assert_eq!((&made["preparation"], &made["format"]), (&TEXT.into(), &2.into()));
    let plain = json(&folder, &[&["stats", "real", "-o", "plain.npz"]]);
    assert_eq!((plain.get("preparation"), &plain["format"]), (None, &1.into()));

    let direct = json(&folder, &[&["fid", "real", "fake"], &REAL]);
    let filed = json(&folder, &[&["fid", "prepared.npz", "fake"], &REAL]);
    assert_eq!(number(&filed, "/fid"), number(&direct, "/fid"));
    assert_eq!(filed["real"]["preparation"], TEXT);

    // All of these are refused before the network is loaded.
    let message = fail(&folder, &[&["fid", "prepared.npz", "fake"]], 3);
    assert_has(
        &message,
        &[
            "prepared.npz",
            TEXT,
            "left as they are",
            &REAL.join(" ").replace(
                " --real-center-crop 40x44 --real-filter bicubic",
                " --real-filter bicubic --real-center-crop 40x44",
            ),
        ],
    );
    let message = fail(&folder, &[&["fid", "plain.npz", "fake", "--resize", "48"]], 3);
    assert_has(
        &message,
        &["plain.npz", "'resize 48 lanczos'", "--fake-resize", "stats` with --resize 48"],
    );
    let message = fail(&folder, &[&["fid", "fake", "plain.npz", "--resize", "48"]], 3);
    assert_has(&message, &["the fake images", "--real-resize"]);
    let message = fail(&folder, &[&["fid", "prepared.npz", "fake", "--real-resize", "48"]], 3);
    assert_has(&message, &[TEXT, "'resize 48 lanczos'"]);
    let message = fail(&folder, &[&["merge", "prepared.npz", "plain.npz", "-o", "m.npz"]], 3);
    assert_has(&message, &[TEXT, "preparation 'none'", "--center-crop must be the same"]);

    // The other side alone may be prepared.
    let one = json(&folder, &[&["fid", "plain.npz", "fake", "--fake-resize", "48"]]);
    assert_eq!(one["fake"]["preparation"], "resize 48 lanczos");
    assert_eq!(one["real"].get("preparation"), None);

    // A file without provenance is taken for what the command names.
    let mut file = StatsFile::read(&folder.child("prepared.npz"), FEATURE_DIM).unwrap();
    file.meta = None;
    file.save(&folder.child("foreign.npz")).unwrap();
    let assumed = ["fid", "foreign.npz", "fake", "--assume-preset", "pytorch-fid"];
    let foreign = json(&folder, &[&assumed, &REAL]);
    assert!(foreign["notes"].to_string().contains("preparation 'resize 48 bicubic"), "{foreign}");
}

/// Images that a statistics file keeps are as they were prepared: a second time would cut from them.
#[test]
fn kept_images_are_not_prepared_again() {
    let folder = folders(3);
    let square = ["--resize", "64", "--center-crop", "32"];
    json(&folder, &[&["stats", "real", "-o", "real.npz", "--with-images"], &square]);
    let report = json(&folder, &[&["fid", "real.npz", "real", "--metrics", "fid-64"], &square]);
    let fid = number(&report, "/metrics/fid_64");
    assert!(fid.abs() < 1e-12, "{fid}");
}

#[test]
fn kept_statistics_are_those_that_stats_makes() {
    let folder = folders(3);
    json(&folder, &[&["stats", "real", "-o", "made.npz", "--samples", "2"], &INPUT]);
    let keep = ["fid", "real", "fake", "--samples", "2", "--save-stats", "kept.npz"];
    json(&folder, &[&keep, &REAL]);
    let [made, kept] = ["made.npz", "kept.npz"].map(|name| fs::read(folder.child(name)).unwrap());
    assert_eq!(made, kept);
}

#[test]
fn a_subset_is_numpys_and_the_same_on_every_machine() {
    let folder = folders(6);
    // np.sort(np.random.RandomState(3).permutation(6)[:4])
    let chosen = [1, 3, 4, 5];
    for side in ["real", "fake"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder.child(side)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        fs::create_dir(folder.child(format!("{side}-4"))).unwrap();
        for index in chosen {
            let name = files[index].file_name().unwrap();
            fs::copy(&files[index], folder.child(format!("{side}-4")).join(name)).unwrap();
        }
    }
    let draw = ["--samples", "4", "--seed", "3"];
    let drawn = json(&folder, &[&["fid", "real", "fake", "--save-features", "out"], &draw]);
    let copied = json(&folder, &[&["fid", "real-4", "fake-4"]]);
    assert_eq!(number(&drawn, "/fid"), number(&copied, "/fid"));
    let record: Value = serde_json::from_str(r#"{"count":4,"seed":3,"of":6}"#).unwrap();
    assert_eq!((&drawn["real"]["samples"], &drawn["fake"]["samples"]), (&record, &record));
    assert!(drawn["notes"].to_string().contains("4 of 6 images, drawn at random with the seed 3"));
    let list = fs::read_to_string(folder.child("out/real-images.txt")).unwrap();
    let names: Vec<_> = list.lines().map(|line| Path::new(line).file_stem().unwrap()).collect();
    assert_eq!(names, ["0001", "0003", "0004", "0005"], "{list}");

    // Parts of the subset are merged to the whole of it.
    let whole = json(&folder, &[&["stats", "real", "-o", "whole.npz"], &draw]);
    assert_eq!(whole["samples"], record);
    for part in ["1", "2"] {
        let (file, shard) = (format!("{part}.npz"), format!("{part}/2"));
        json(&folder, &[&["stats", "real", "-o", &file, "--shard", &shard], &draw]);
    }
    let output = run(&folder, &["merge", "1.npz", "2.npz", "-o", "merged.npz"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let [merged, whole] = ["merged.npz", "whole.npz"]
        .map(|name| StatsFile::read(&folder.child(name), FEATURE_DIM).unwrap().meta);
    assert_eq!(merged, whole);

    // Other draws, and the whole set, may have images in common.
    json(&folder, &[&["stats", "real", "-o", "other.npz", "--samples", "4"]]);
    json(&folder, &[&["stats", "real", "-o", "all.npz"]]);
    for other in ["other.npz", "all.npz"] {
        let message = fail(&folder, &[&["merge", "whole.npz", other, "-o", "m.npz"]], 2);
        assert_has(&message, &["whole.npz", other, "drawn from one set in different ways"]);
    }
    // A folder with the same files is the same images.
    json(&folder, &[&["stats", "real-4", "-o", "copied.npz"]]);
    let message = fail(&folder, &[&["merge", "whole.npz", "copied.npz", "-o", "m.npz"]], 2);
    assert_has(&message, &["the same 4 files"]);

    // A statistics file must have as many images.
    json(&folder, &[&["fid", "whole.npz", "fake"], &draw]);
    let message = fail(&folder, &[&["fid", "all.npz", "fake"], &draw], 2);
    assert_has(&message, &["no 4 images", "all.npz", "6 images", "stats DIR --samples 4"]);
    let message = fail(&folder, &[&["fid", "whole.npz", "fake", "--samples", "3"]], 2);
    assert_has(&message, &["no 3 images", "4 of 6 images", "seed 3"]);
}

#[test]
fn impossible_preparations_are_named() {
    let folder = folders(2);
    for (args, parts) in [
        (&["--samples", "3"][..], &["the real images", "real has 2", "the 3", "--samples"][..]),
        (&["--samples", "1"], &["'1'", "from 2"]),
        (&["--resize", "0"], &["'0'", "256x128"]),
        (&["--resize", "1x"], &["'1x'", "256x128"]),
        (&["--center-crop", "70000"], &["'70000'", "65535"]),
        (&["--filter", "box"], &["--resize", "--real-resize"]),
        (&["--resize", "8", "--filter", "cubic"], &["'cubic'", "lanczos"]),
    ] {
        let message = fail(&folder, &[&["fid", "real", "fake"], args], 2);
        assert_has(&message, parts);
    }
    let crop = ["fid", "real", "fake", "--center-crop", "71x76"];
    let message = fail(&folder, &[&crop, &NETWORK], 2);
    assert_has(&message, &["0000.png", "70x76 pixels", "71x76", "--resize N", "--skip-bad"]);
    assert_eq!(message.matches("71x76").count(), 1, "{message}");

    // Of the first three, one is too small.
    copy(&folder, "samples/real", "three", 3);
    let skip = ["fid", "three", "fake", "--real-center-crop", "36", "--skip-bad"];
    let left = json(&folder, &[&skip]);
    assert_eq!(number(&left, "/real/images"), 2.0);
    let skipped = left["real"]["skipped"][0].to_string();
    assert_has(&skipped, &["0002.bmp", "39x35", "36x36"]);
}

#[test]
fn cached_features_are_kept_apart_by_preparation() {
    let folder = folders(2);
    let cached = ["fid", "real", "fake", "--cache", "cache", "--real-resize", "40"];
    let counts = |report: &Value| {
        ["real", "fake"].map(|side| {
            let cache = &report[side]["cache"];
            (cache["hits"].as_u64().unwrap(), cache["misses"].as_u64().unwrap())
        })
    };
    let first = json(&folder, &[&cached]);
    assert_eq!(counts(&first), [(0, 2), (0, 2)]);
    let again = json(&folder, &[&cached]);
    assert_eq!(counts(&again), [(2, 0), (2, 0)]);
    assert_eq!(number(&again, "/fid"), number(&first, "/fid"));
    // Neither other preparations nor none take these for theirs.
    let plain = json(&folder, &[&["fid", "real", "fake", "--cache", "cache"]]);
    assert_eq!(counts(&plain), [(0, 2), (2, 0)]);
    let other = json(&folder, &[&cached[..5], &["--real-resize", "40x40"]]);
    assert_eq!(counts(&other), [(0, 2), (2, 0)]);
    let uncached = json(&folder, &[&["fid", "real", "fake"]]);
    assert_eq!(number(&plain, "/fid"), number(&uncached, "/fid"));
}

#[test]
fn earlier_runs_and_watched_folders_are_known_by_their_preparation() {
    let folder = folders(2);
    fs::create_dir(folder.child("runs")).unwrap();
    fs::rename(folder.child("fake"), folder.child("runs/1")).unwrap();
    let watch = ["watch", "runs", "--real", "real", "--once", "--jsonl", "log", "--quiet"];
    let prepared = ["--fake-resize", "40"];
    let lines = |args: &[&str]| {
        let output = run(&folder, &[&watch, args, &NETWORK].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).lines().count()
    };
    assert_eq!([lines(&prepared), lines(&prepared), lines(&[]), lines(&[])], [1, 0, 1, 0]);
    assert_eq!([lines(&["--samples", "2"]), lines(&["--samples", "2"])], [1, 0]);
    let log = fs::read_to_string(folder.child("log")).unwrap();
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(first["watched"]["fake_preparation"], "resize 40 lanczos");
    fs::write(folder.child("base.json"), log.lines().next().unwrap()).unwrap();

    let limit = ["fid", "real", "runs/1", "--fail-if-worse-than", "base.json"];
    let output = run(&folder, &[&limit[..], &prepared, &NETWORK].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = run(&folder, &[&limit[..], &NETWORK].concat());
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert_has(
        &said,
        &["preparation of fake images 'resize 40 lanczos' then, 'none' now", "--resize"],
    );
}

#[test]
fn an_evaluator_prepares_images_in_memory() {
    let folder = folders(3);
    let images = |side: &str| -> Vec<Image8> {
        let set = ImageSet::open(folder.child(side), false).unwrap();
        (0..3).map(|index| set.decode(index).unwrap().image).collect()
    };
    let (real, fake) = (images("real"), images("fake"));
    let build = |text: &str| {
        Evaluator::builder()
            .weights("seeded:1".parse::<WeightsSource>().unwrap())
            .device("cpu".parse::<DeviceChoice>().unwrap())
            .real_preparation(text.parse().unwrap())
            .build()
            .unwrap()
    };
    let mut evaluator = build(TEXT);
    evaluator.update(Side::Real, &ImageBatch::images(&real)).unwrap();
    evaluator.update(Side::Fake, &ImageBatch::images(&fake)).unwrap();
    let report = evaluator.compute().unwrap();
    assert_eq!(report.fid, number(&json(&folder, &[&["fid", "real", "fake"], &REAL]), "/fid"));
    assert_eq!(report.real.preparation.to_string(), TEXT);
    // The census is of the images before they are prepared, as that of files is.
    let of_files = json(&folder, &[&["fid", "real", "fake"], &REAL]);
    let census = serde_json::to_value(&report.real.census).unwrap();
    assert_eq!(census["width"], of_files["real"]["census"]["width"]);

    // Statistics and other evaluators must have the same preparation.
    let file = evaluator.statistics(Side::Real).unwrap();
    assert_eq!(file.meta.as_ref().unwrap().recipe.preparation.to_string(), TEXT);
    evaluator.reset(Side::Real).unwrap();
    evaluator.set_statistics(Side::Real, file.clone()).unwrap();
    assert_eq!(evaluator.compute().unwrap().fid, report.fid);
    let mut other = build("center-crop 30");
    let error = other.set_statistics(Side::Real, file).unwrap_err();
    assert!(matches!(error, Error::OtherPreparation { .. }), "{error}");
    other.update(Side::Real, &ImageBatch::images(&real)).unwrap();
    let error = build(TEXT).merge(&other).unwrap_err();
    assert!(error.is_not_comparable(), "{error}");
    assert_has(&error.to_string(), &[TEXT, "center-crop 30", "real images"]);
    let bytes = other.to_bytes().unwrap();
    build("center-crop 30").merge_bytes(&bytes).unwrap();

    let mut cropped = build("center-crop 200");
    let named = ImageBatch::images(&real).named(["x", "y", "z"]).unwrap();
    let error = cropped.update(Side::Real, &named).unwrap_err().chain();
    assert_has(&error, &["x cannot be prepared", "70x76", "200x200"]);
}

#[test]
#[cfg(feature = "html")]
fn the_page_says_how_each_side_was_prepared() {
    let folder = folders(3);
    let report = ["report", "real", "fake", "-o", "page.html", "--samples", "2", "--quiet"];
    let output = run(&folder, &[&report[..], &REAL, &NETWORK].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = fs::read_to_string(folder.child("page.html")).unwrap();
    assert_has(&page, &["real: preparation", "real: drawn", "generated: drawn"]);
    assert!(page.contains("2 of 3 images, drawn at random with the seed 0") && page.contains(TEXT));
    assert!(!page.contains("generated: preparation"));
}

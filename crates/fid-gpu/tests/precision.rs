//! `--precision` by the whole binary: told, recorded, and never mixed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use temp_dir::TempDir;

fn run(args: &[&str], precision: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .args(args)
        .args(["--weights", "seeded:1", "--device", "cpu", "--precision", precision])
        .env("FID_GPU_OFFLINE", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn succeed(args: &[&str], precision: &str) -> (String, String) {
    let Output { status, stdout, stderr } = run(args, precision);
    assert!(status.success(), "{}", text(&stderr));
    (text(&stdout), text(&stderr))
}

#[track_caller]
fn json(args: &[&str], precision: &str) -> Value {
    serde_json::from_str(&succeed(&[args, &["--json"]].concat(), precision).0).unwrap()
}

/// The message of a run that must end with `status`.
#[track_caller]
fn fail(args: &[&str], precision: &str, status: i32) -> String {
    let output = run(args, precision);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    message
}

/// Folders of three images a side.
fn images(folder: &TempDir) -> [String; 2] {
    ["real", "fake"].map(|side| {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side);
        let mut files: Vec<_> = fs::read_dir(samples).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        let to = folder.child(side);
        fs::create_dir(&to).unwrap();
        for file in &files[..3] {
            fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
        }
        path(folder, side)
    })
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.child(name).to_str().unwrap().to_owned()
}

#[test]
fn a_report_says_it_and_a_limit_of_another_precision_is_refused() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = images(&folder);
    let compare = ["fid", &real, &fake];
    let reports = ["f32", "bf16", "f16"].map(|precision| {
        let report = json(&compare, precision);
        assert_eq!(report["precision"], precision);
        assert_eq!(report["comparable"], false, "seeded weights");
        let notes = report["notes"].to_string();
        assert_eq!(notes.contains("computed in"), precision != "f32", "{notes}");
        report
    });
    let fid = reports.each_ref().map(|report| report["fid"].as_f64().unwrap());
    assert!(fid[0] != fid[1] && fid[1] != fid[2] && fid[0] != fid[2], "{fid:?}");
    let (line, _) = succeed(&compare, "bf16");
    assert!(
        line.ends_with("(seeded:1 weights, bf16: not comparable with published FID)\n"),
        "{line}"
    );
    assert!(!succeed(&compare, "f32").0.contains("f32"));

    let base = path(&folder, "base.json");
    let limit = ["fid", &real, &fake, "--fail-if-worse-than", &base, "--by", "99%"];
    let mut earlier = reports[0].clone();
    for told in [true, false] {
        fs::write(&base, earlier.to_string()).unwrap();
        succeed(&limit, "f32");
        let message = fail(&limit, "bf16", 3);
        assert!(message.contains("--precision f32 then, --precision bf16 now"), "{message}");
        // As reports were before there was a choice.
        let removed = earlier.as_object_mut().unwrap().remove("precision");
        assert_eq!(removed.is_some(), told);
    }
}

#[test]
fn statistics_of_another_precision_are_refused() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = images(&folder);
    let [f32s, bf16s, rest] = ["f32.npz", "bf16.npz", "rest.npz"].map(|name| path(&folder, name));
    assert_eq!(json(&["stats", &real, "-o", &f32s], "f32")["precision"], "f32");
    assert_eq!(json(&["stats", &real, "-o", &bf16s], "bf16")["precision"], "bf16");

    // Noticed without a network, and the way out is named.
    let mut compare = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    let output = compare.args(["fid", &f32s, &bf16s]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let mut messages = vec![text(&output.stderr)];
    messages.push(fail(&["fid", &f32s, &fake], "bf16", 3));
    messages.push(fail(&["fid", &bf16s, &fake], "f32", 3));
    for message in messages {
        for part in ["--precision f32", "--precision bf16", ".npz", "Make one of them again"] {
            assert!(message.contains(part), "no {part} in: {message}");
        }
    }

    // What is alike compares, and says it.
    let direct = json(&["fid", &real, &fake], "bf16");
    let filed = json(&["fid", &bf16s, &fake], "bf16");
    assert_eq!(filed["precision"], "bf16");
    let [a, b] = [&direct, &filed].map(|report| report["fid"].as_f64().unwrap());
    assert!((a - b).abs() <= 1e-9 * a, "{a} and {b}");

    // Parts of one whole must be alike, too.
    succeed(&["stats", &fake, "-o", &rest], "f32");
    let mut merge = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    let output = merge.args(["merge", &rest, &bf16s, "-o", &path(&folder, "all.npz")]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
}

#[test]
fn kept_features_are_those_of_their_precision() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = images(&folder);
    let cache = path(&folder, "cache");
    let compare = ["fid", &real, &fake, "--cache", &cache];
    let hits = |precision: &str| json(&compare, precision)["real"]["cache"]["hits"].clone();
    for precision in ["f32", "bf16", "f16"] {
        assert_eq!(hits(precision), 0, "{precision}");
    }
    assert_eq!(hits("bf16"), 3);
}

#[test]
fn an_unknown_precision_lists_the_known() {
    let message = fail(&["fid", "a", "b"], "fp16", 2);
    assert!(message.contains("'fp16'") && message.contains("f32, bf16, f16"), "{message}");
}

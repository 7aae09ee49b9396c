//! Runs the binary with `--suite adm`: output, sufficient inputs, refused inputs.
//! `tests/tests/adm.rs` has the values.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use temp_dir::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const NETWORK: [&str; 4] = ["--weights", "seeded:1", "--device", "cpu"];

fn run(folder: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .current_dir(folder.path())
        .args(args)
        // No weights are found, so that runs which succeed without the network are recognized.
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

#[track_caller]
fn succeed(folder: &TempDir, args: &[&str]) -> String {
    let output = run(folder, args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The error message of a run that must fail.
#[track_caller]
fn fail(folder: &TempDir, args: &[&str], status: i32) -> String {
    let output = run(folder, args);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert_eq!(text(&output.stdout), "", "an error prints nothing on standard output");
    message
}

#[track_caller]
fn json(folder: &TempDir, args: &[&str]) -> Value {
    serde_json::from_str(&succeed(folder, &[args, &["--json"]].concat())).unwrap()
}

/// `count` images of 8 x 8 pixels.
fn array(descr: &str, count: usize, first: usize, bytes_each: usize) -> Vec<u8> {
    let shape = format!("({count}, 8, 8, 3)");
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    let sample = |at: usize| ((at / 192 + first + 3) * (at % 192 * 7 + 13) % 251) as u8;
    let samples: Vec<u8> = (0..count * 192 * bytes_each).map(sample).collect();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &samples].concat()
}

fn write(path: &Path, members: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    fs::write(path, zip.finish().unwrap().into_inner()).unwrap();
}

/// A copy of a statistics file without its record of origin, with an additional member `arr_0`.
fn foreign(folder: &TempDir, from: &str, name: &str, arr_0: Option<&[u8]>) {
    let bytes = fs::read(folder.child(from)).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut members = Vec::new();
    for member in ["mu", "sigma", "mu_s", "sigma_s"] {
        let name = format!("{member}.npy");
        let Ok(mut file) = archive.by_name(&name) else { continue };
        let mut content = Vec::new();
        std::io::copy(&mut file, &mut content).unwrap();
        members.push((name, content));
    }
    members.extend(arr_0.map(|content| ("arr_0.npy".into(), content.to_vec())));
    let members: Vec<_> =
        members.iter().map(|(name, content)| (name.as_str(), &content[..])).collect();
    write(&folder.child(name), &members);
}

/// Sets `a.npz` and `b.npz`, and their statistics under the suite, `sa.npz` and `sb.npz`.
fn sets() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, first) in [("a", 0), ("b", 40)] {
        let images = array("|u1", 6, first, 1);
        write(&folder.child(format!("{name}.npz")), &[("arr_0.npy", &images)]);
        let (from, to) = (format!("{name}.npz"), format!("s{name}.npz"));
        let args = [&["stats", &from, "-o", &to, "--suite", "adm"], &NETWORK[..]].concat();
        succeed(&folder, &args);
    }
    folder
}

fn number(report: &Value, pointer: &str) -> f64 {
    report.pointer(pointer).and_then(Value::as_f64).unwrap()
}

fn names(lines: &str) -> Vec<&str> {
    lines.lines().filter_map(|line| line.split(": ").next()).collect()
}

const FIVE: [&str; 5] = ["Inception Score", "FID", "sFID", "Precision", "Recall"];

#[test]
fn files_folders_and_batches_agree() {
    let folder = sets();
    let adm = [&["--suite", "adm"], &NETWORK[..]].concat();
    assert_eq!(names(&succeed(&folder, &[&["fid", "a.npz", "b.npz"], &adm[..]].concat())), FIVE);
    let direct = json(&folder, &[&["--real", "a.npz", "--fake", "b.npz"], &adm[..]].concat());
    assert_eq!((&direct["suite"], &direct["preset"]), (&"adm".into(), &"torch-fidelity".into()));

    // Two statistics files need no network; one statistics file needs it for the other side.
    let distances = ["--metrics", "fid,sfid"];
    let files = json(&folder, &[&["fid", "sa.npz", "sb.npz"], &distances[..]].concat());
    assert_eq!(files["device"], Value::Null);
    assert_eq!(files["real"]["statistics"]["tap_s"], "spatial");
    let more = [&["--preset", "adm"], &distances[..], &NETWORK[..]].concat();
    let left = json(&folder, &[&["fid", "sa.npz", "b.npz"], &more[..]].concat());
    let right = json(&folder, &[&["fid", "a.npz", "sb.npz"], &more[..]].concat());
    // Like ADM's reference batches: statistics and images in one file, without a record of origin.
    let images = array("|u1", 6, 0, 1);
    foreign(&folder, "sa.npz", "batch.npz", Some(&images));
    let batch = json(&folder, &[&["fid", "batch.npz", "b.npz"], &adm[..]].concat());
    for report in [&files, &left, &right, &batch] {
        for pointer in ["/fid", "/metrics/sfid"] {
            let (got, want) = (number(report, pointer), number(&direct, pointer));
            // A covariance without its features loses digits: half of them if it is singular.
            let bound = if report == &batch { 1e-6 } else { 1e-9 };
            assert!((got - want).abs() <= bound * want, "{pointer}: {got} for {want}");
        }
    }
    for value in ["is", "prdc"] {
        assert_eq!(batch["metrics"][value], direct["metrics"][value], "{value}");
    }
    let notes = batch["notes"].to_string();
    assert!(notes.contains("preset torch-fidelity is assumed"), "{notes}");
    assert!(notes.contains("of the 6 images in it"), "{notes}");

    // Metrics that read only the generated images accept a statistics file on the real side.
    let args = [&["fid", "sa.npz", "b.npz", "--metrics", "is"], &NETWORK[..]].concat();
    let args = [&args[..], &["--is", "adm", "--preset", "adm"]].concat();
    assert_eq!(names(&succeed(&folder, &args)), ["IS"]);

    // A run that computes the statistics of sFID saves them.
    let args = [&["fid", "a.npz", "b.npz", "--save-stats", "kept.npz"], &adm[..]].concat();
    succeed(&folder, &args);
    let [kept, made] = ["kept.npz", "sa.npz"].map(|name| fs::read(folder.child(name)).unwrap());
    assert_eq!(kept, made, "not what `stats` writes");
}

#[test]
fn conflicts_are_errors_before_the_run() {
    let folder = sets();
    let plain = [&["stats", "b.npz", "-o", "plain.npz", "--preset", "adm"], &NETWORK[..]].concat();
    succeed(&folder, &plain);
    foreign(&folder, "sa.npz", "foreign.npz", None);
    let float = array("<f4", 6, 0, 4);
    foreign(&folder, "sa.npz", "float.npz", Some(&float));
    let cut = array("|u1", 6, 0, 1);
    foreign(&folder, "sa.npz", "cut.npz", Some(&cut[..cut.len() - 1]));
    foreign(&folder, "plain.npz", "no-spatial.npz", None);
    for (args, parts) in [
        (
            &["fid", "a.npz", "b.npz", "--suite", "adm", "--preset", "clean"][..],
            &["--suite adm", "torch-fidelity", "--preset says clean"][..],
        ),
        (
            &["stats", "a.npz", "-o", "x.npz", "--suite", "adm", "--preset", "clean"],
            &["--preset says clean"],
        ),
        (&["fid", "a.npz", "b.npz", "--suite", "amd"], &["unknown suite 'amd'"]),
        (&["fid", "sa.npz", "plain.npz", "--metrics", "sfid"], &["plain.npz", "--spatial"]),
        (&["fid", "sa.npz", "no-spatial.npz", "--suite", "adm", "--metrics", "fid"], &["images"]),
        // Of the suite, no option is named that was not given.
        (
            &["fid", "sa.npz", "sb.npz", "--suite", "adm"],
            &["is needs the logits", "sb.npz", "--metrics fid,sfid,prdc"],
        ),
        (
            &["fid", "foreign.npz", "b.npz", "--suite", "adm"],
            &["prdc needs", "foreign.npz", "stats --suite adm", "--metrics fid,sfid,is"],
        ),
        (
            &["fid", "b.npz", "foreign.npz", "--suite", "adm"],
            &["foreign.npz", "Are the two sides swapped?"],
        ),
        (&["fid", "foreign.npz", "b.npz", "--metrics", "sfid"], &["--assume-preset"]),
        (
            &["fid", "float.npz", "b.npz", "--suite", "adm"],
            &["float.npz", "'arr_0'", "<f4", "uint8"],
        ),
        (&["fid", "cut.npz", "b.npz", "--suite", "adm"], &["cut.npz", "shorter"]),
        (&["merge", "sa.npz", "plain.npz", "-o", "x.npz"], &["plain.npz", "--spatial"]),
    ] {
        let message = fail(&folder, args, 2);
        for part in parts {
            assert!(message.contains(part), "no {part} in: {message}");
        }
    }
    // Metrics that need no images do not read them.
    let files = ["--metrics", "fid,sfid", "--assume-preset", "adm"];
    succeed(&folder, &[&["fid", "float.npz", "sb.npz"], &files[..]].concat());
    // An assumed preset other than the suite's.
    foreign(&folder, "sa.npz", "batch.npz", Some(&cut));
    let args = ["fid", "batch.npz", "b.npz", "--suite", "adm", "--assume-preset", "clean"];
    let message = fail(&folder, &[&args, &NETWORK[..]].concat(), 3);
    assert!(message.contains("preset clean and preset torch-fidelity"), "{message}");
}

/// The issue's own case: a file of `stats --suite adm` is a reference, with its features, and with
/// its images as guided-diffusion's evaluator.py reads it.
#[test]
fn a_file_of_the_suite_is_a_reference() {
    let folder = sets();
    let adm = [&["--suite", "adm"], &NETWORK[..]].concat();
    let direct = json(&folder, &[&["fid", "a.npz", "b.npz"], &adm[..]].concat());
    let report = json(&folder, &[&["fid", "sa.npz", "b.npz"], &adm[..]].concat());
    let made = ["stats", "a.npz", "-o", "ref.npz", "--with-images"];
    succeed(&folder, &[&made, &adm[..]].concat());
    // Without what only fid-gpu writes: evaluator.py reads these five members.
    let images = array("|u1", 6, 0, 1);
    let mut kept = zip::ZipArchive::new(fs::File::open(folder.child("ref.npz")).unwrap()).unwrap();
    let mut content = Vec::new();
    std::io::copy(&mut kept.by_name("arr_0.npy").unwrap(), &mut content).unwrap();
    assert_eq!(content[content.len() - 6 * 192..], images[images.len() - 6 * 192..]);
    foreign(&folder, "ref.npz", "batch.npz", Some(&content));
    let batch = json(&folder, &[&["fid", "batch.npz", "b.npz"], &adm[..]].concat());
    for report in [&report, &batch] {
        for value in ["is", "prdc"] {
            assert_eq!(report["metrics"][value], direct["metrics"][value], "{value}");
        }
        for pointer in ["/fid", "/metrics/sfid"] {
            let (got, want) = (number(report, pointer), number(&direct, pointer));
            assert!((got - want).abs() <= 1e-6 * want, "{pointer}: {got} for {want}");
        }
    }
    // Sides that may be swapped are computed, with a remark.
    let output = run(&folder, &[&["fid", "b.npz", "batch.npz"], &adm[..]].concat());
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    assert!(said.contains("batch.npz has statistics") && said.contains("swapped?"), "{said}");
}

/// Merged parts of a set have the statistics of the whole, including those of sFID.
#[test]
fn merged_parts_equal_the_whole() {
    let folder = sets();
    for part in ["1/2", "2/2"] {
        let to = format!("{}.npz", &part[..1]);
        let args = ["stats", "a.npz", "-o", &to, "--shard", part, "--preset", "adm", "--spatial"];
        succeed(&folder, &[&args, &NETWORK[..]].concat());
    }
    succeed(&folder, &["merge", "2.npz", "1.npz", "-o", "m.npz"]);
    let report = json(&folder, &["fid", "m.npz", "sa.npz", "--metrics", "sfid"]);
    let (sfid, trace) = (number(&report, "/metrics/sfid"), number(&report, "/real/trace"));
    assert!(sfid.abs() <= 1e-9 * trace, "{sfid}");
}

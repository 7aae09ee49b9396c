//! Runs the binary with `--precision`: recorded in reports, and never compared across precisions.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use temp_dir::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

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

/// The error message of a run that must end with `status`.
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

/// Copies a statistics file with its recorded precision changed to f16.
fn in_f16(from: &str, to: &str) {
    let mut archive = ZipArchive::new(fs::File::open(from).unwrap()).unwrap();
    let mut copy = ZipWriter::new(fs::File::create(to).unwrap());
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let name = member.name().unwrap().into_owned();
        let mut content = Vec::new();
        member.read_to_end(&mut content).unwrap();
        if name == "fidgpu_meta.npy" {
            let (f32, f16) = (br#""precision":"f32""#, br#""precision":"f16""#);
            let at = content.windows(f32.len()).position(|part| part == f32).unwrap();
            content[at..at + f16.len()].copy_from_slice(f16);
        }
        copy.start_file(name, SimpleFileOptions::default()).unwrap();
        copy.write_all(&content).unwrap();
    }
    copy.finish().unwrap();
}

#[test]
fn the_cpu_refuses_f16() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = images(&folder);
    let target = path(&folder, "x.npz");
    for args in [&["fid", &real, &fake][..], &["stats", &real, "-o", &target]] {
        let message = fail(args, "f16", 2);
        assert!(message.contains("cpu does not compute in f16"), "{message}");
        assert!(message.contains("--precision f32"), "{message}");
    }
    assert!(!Path::new(&target).exists());
}

#[test]
fn reports_have_it_and_limits_of_another_precision_are_refused() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = images(&folder);
    let mut earlier = json(&["fid", &real, &fake], "f32");
    assert_eq!(earlier["precision"], "f32");
    assert!(!earlier["notes"].to_string().contains("computed in"));

    let base = path(&folder, "base.json");
    let limit = ["fid", &real, &fake, "--fail-if-worse-than", &base, "--by", "99%"];
    earlier["precision"] = "f16".into();
    fs::write(&base, earlier.to_string()).unwrap();
    let message = fail(&limit, "f32", 3);
    assert!(message.contains("precision f16 then, f32 now"), "{message}");
    assert!(message.contains("--precision"), "{message}");
    // Like reports written before the option existed.
    earlier.as_object_mut().unwrap().remove("precision");
    fs::write(&base, earlier.to_string()).unwrap();
    assert!(!succeed(&limit, "f32").0.contains("f32"));
}

#[test]
fn statistics_of_another_precision_are_refused() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = images(&folder);
    let names = ["real.npz", "fake.npz", "real16.npz", "fake16.npz", "all.npz"];
    let [of_real, of_fake, real_16, fake_16, all] = names.map(|name| path(&folder, name));
    for (images, file, half) in [(&real, &of_real, &real_16), (&fake, &of_fake, &fake_16)] {
        assert_eq!(json(&["stats", images, "-o", file], "f32")["precision"], "f32");
        in_f16(file, half);
    }
    for args in [
        &["fid", &of_real, &fake_16][..],
        &["fid", &real_16, &fake],
        &["merge", &of_real, &fake_16, "-o", &all],
    ] {
        let network = ["--weights", "seeded:1", "--device", "cpu"];
        let network = if args[0] == "merge" { &[] } else { &network[..] };
        let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
        let output = command.args(args).args(network).output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{message}");
        for part in ["precision f32", "precision f16", "Make one of them again", "--precision"] {
            assert!(message.contains(part), "no {part} in: {message}");
        }
    }
    // Files of one precision compare, and the report has it.
    let compare = |real, fake, extra: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
        text(&command.args(["fid", real, fake]).args(extra).output().unwrap().stdout)
    };
    let report: Value = serde_json::from_str(&compare(&real_16, &fake_16, &["--json"])).unwrap();
    assert_eq!((&report["precision"], &report["comparable"]), (&"f16".into(), &false.into()));
    assert!(report["notes"].to_string().contains("computed in f16"), "{report}");
    let line = compare(&real_16, &fake_16, &[]);
    assert!(
        line.ends_with("(seeded:1 weights, f16: not comparable with published values)\n"),
        "{line}"
    );
    let same: Value = serde_json::from_str(&compare(&of_real, &of_fake, &["--json"])).unwrap();
    assert_eq!(same["fid"], report["fid"]);
}

#[test]
fn an_unknown_precision_lists_the_known() {
    let message = fail(&["fid", "a", "b"], "bf16", 2);
    assert!(message.contains("'bf16'") && message.contains("f32, f16"), "{message}");
}

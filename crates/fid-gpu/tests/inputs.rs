//! Runs the binary on archives, arrays and lists: values equal those of the folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fid_core::FEATURE_DIM;
use fid_gpu::decode::decode;
use fid_gpu::stats_file::StatsFile;
use serde_json::Value;
use temp_dir::TempDir;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use bad_images as bad;

const NETWORK: [&str; 4] = ["--weights", "seeded", "--device", "cpu"];
const NAMES: [&str; 3] = ["a.png", "b/c.png", "d.png"];

fn run(folder: &TempDir, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    command.current_dir(folder.path()).args(args);
    if matches!(args[0], "fid" | "stats" | "--real") {
        command.args(NETWORK);
    }
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    // A refused run does not read standard input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn zip_of(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A folder of three images, and the same images as an archive, an array and a list.
fn sources() -> TempDir {
    let parent = TempDir::new().unwrap();
    let folder = parent.child("folder");
    fs::create_dir_all(folder.join("b")).unwrap();
    let mut members = Vec::new();
    let mut samples = Vec::new();
    let mut shape = String::new();
    for (name, seed) in NAMES.into_iter().zip([5, 60, 200]) {
        bad::write(&folder, name, &bad::good_png(seed));
        let image = decode(folder.join(name)).unwrap().image;
        shape = format!("(3, {}, {}, {})", image.height(), image.width(), image.channels());
        samples.extend_from_slice(image.pixels());
        members.push((name, bad::good_png(seed)));
    }
    fs::write(parent.child("images.zip"), zip_of(&members)).unwrap();
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    let array = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &samples].concat();
    fs::write(parent.child("images.npz"), zip_of(&[("arr_0.npy", array)])).unwrap();
    members.insert(1, ("b/bad.png", b"no image".to_vec()));
    fs::write(parent.child("bad.zip"), zip_of(&members)).unwrap();
    parent
}

fn statistics(folder: &TempDir, input: &str, stdin: &str) -> StatsFile {
    let output = run(folder, &["stats", input, "-o", "out.npz"], stdin);
    assert!(output.status.success(), "{input}: {}", text(&output.stderr));
    StatsFile::read(&folder.child("out.npz"), FEATURE_DIM).unwrap()
}

#[test]
fn every_kind_of_input_gives_the_statistics_of_the_folder() {
    let parent = sources();
    let list = NAMES.map(|name| format!("folder/{name}\n")).concat();
    let expected = statistics(&parent, "folder", "");
    for (input, stdin) in [("images.zip", ""), ("images.npz", ""), ("-", &*list)] {
        let found = statistics(&parent, input, stdin);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(found.stats.mu()), bits(expected.stats.mu()), "{input}");
        assert_eq!(bits(found.stats.sigma()), bits(expected.stats.sigma()), "{input}");
        let (found, expected) = (found.meta.unwrap(), expected.meta.clone().unwrap());
        assert_eq!(found.images, 3);
        let zipped = input == "images.zip";
        assert_eq!(found.files[0].sha256 == expected.files[0].sha256, zipped, "{input}");
    }

    let args = ["fid", "images.npz", "bad.zip", "--skip-bad", "--json"];
    let output = run(&parent, &args, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["real"]["trace"], report["fake"]["trace"]);
    assert_eq!(report["fake"]["skipped"][0]["path"], "bad.zip/b/bad.png");
    assert_eq!(report["fake"]["images"], 3);
}

/// Errors come before the network is loaded, and name the input.
#[test]
fn unreadable_inputs_are_errors_before_the_run() {
    let parent = sources();
    fs::write(parent.child("list.txt"), "folder/a.png\n\nfolder/gone.png\n").unwrap();
    fs::write(parent.child("set.tar.gz"), "").unwrap();
    let zip = fs::read(parent.child("images.zip")).unwrap();
    fs::write(parent.child("cut.zip"), &zip[..zip.len() / 2]).unwrap();
    for (fake, expected) in [
        ("list.txt", "folder/gone.png, which line 3 of list.txt names, does not exist"),
        ("set.tar.gz", "unpack it first (gzip -d)"),
        ("cut.zip", "damaged or incomplete"),
        ("s-{00..02}.tar", "s-00.tar does not exist"),
        ("s-{00..}.tar", "a range"),
        ("folder/a.png", "one image"),
        ("-", "line 1 of - holds a zero byte"),
    ] {
        let output = run(&parent, &["fid", "folder", fake], "a\0b");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("the fake images cannot be used: ") && said.contains(expected),
            "{said}"
        );
    }
    let output = run(&parent, &["--real", "-", "--fake", "-"], "folder/a.png\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("only one side"), "{}", text(&output.stderr));
    // An image that cannot be decoded is found when the network runs.
    let output = run(&parent, &["fid", "images.npz", "bad.zip", "--quiet"], "");
    let said = text(&output.stderr);
    assert!(said.contains(Path::new("bad.zip/b/bad.png").to_str().unwrap()), "{said}");
}

#[test]
fn the_help_has_a_table_of_inputs() {
    let parent = TempDir::new().unwrap();
    for command in ["fid", "stats"] {
        let output = run(&parent, &["help", command], "");
        let said = text(&output.stdout);
        for kind in [
            ".zip",
            ".tar",
            ".parquet",
            ".arrow",
            ".npy",
            "idx3-ubyte",
            "data_batch_1.bin",
            ".txt",
            "{000..009}",
        ] {
            assert!(said.contains(kind), "{command}: {said}");
        }
    }
}

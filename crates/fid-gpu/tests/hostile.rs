//! Malicious weight and statistics files: the program refuses each with its name and a cause, in
//! little memory.
//!
//! The system enforces the bound with `ulimit -d`, which counts memory that a process writes to,
//! not the files that it maps.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "hostile/files.rs"]
mod files;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use fid_weights::WeightsSource;
use temp_dir::TempDir;

/// The most memory of the program, in kilobytes: the network's weights (96 MB) twice, as a file and
/// parsed, and room for the program itself.
const LIMIT: u32 = 300_000;

fn run(args: &[&str], limit: u32) -> Output {
    let mut command = Command::new("sh");
    let script = format!("ulimit -d {limit} && exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_fid-gpu")).args(args);
    command.env("FID_GPU_OFFLINE", "1").output().unwrap()
}

fn verify(file: &Path, limit: u32) -> Output {
    run(&["weights", "verify", file.to_str().unwrap()], limit)
}

/// The error message for a file, which the program must refuse.
fn refused(output: &Output, name: &str) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{name}: {error}");
    assert!(error.contains(name), "{name}: {error}");
    // The message is short and contains no control characters.
    assert!(error.len() < 1500, "{name}: {} bytes", error.len());
    assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{name}: {error:?}");
    error
}

#[test]
fn hostile_weights_are_refused_in_little_memory() {
    let folder = TempDir::new().unwrap();
    for (name, content, expected) in files::weights() {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let error = refused(&verify(&path, LIMIT), name);
        assert!(error.contains(expected), "{name}: {error}");
        fs::remove_file(path).unwrap();
    }
    assert!(!Path::new("/tmp/fid-gpu-was-here").exists());
}

#[test]
fn long_files_are_refused_unread() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("long.pth");
    // A sparse file, which takes no space on disk.
    let file = fs::File::create(&path).unwrap();
    file.set_len(1 << 34).unwrap();
    let error = refused(&verify(&path, LIMIT), "long.pth");
    assert!(error.contains("another network's file"), "{error}");
}

#[test]
fn hostile_statistics_are_refused_in_little_memory() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("many.npz");
    fs::write(&path, files::long_directory()).unwrap();
    let file = path.to_str().unwrap();
    let error = refused(&run(&["fid", file, file], LIMIT), "many.npz");
    assert!(error.contains("directory"), "{error}");
}

#[test]
fn the_memory_limit_suits_good_files_only() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("good.safetensors");
    let good = fid_weights::load(&WeightsSource::Seeded(0)).unwrap();
    fs::write(&path, good.to_safetensors().unwrap()).unwrap();
    let error = refused(&verify(&path, LIMIT), "good.safetensors");
    assert!(error.contains("is not the published"), "{error}");
    // The system does enforce the limit: a lower one fails even for a valid file.
    assert_ne!(verify(&path, LIMIT / 4).status.code(), Some(2));
}

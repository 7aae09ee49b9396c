//! Peak memory of a run on malicious images, measured in a child process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use temp_dir::TempDir;

use bad_images as bad;

/// Peak memory of a run, in bytes. The kernel records the maximum, which is polled every few
/// milliseconds because it is gone when the process ends.
fn peak(folder: &Path) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .arg("stats")
        .arg(folder)
        .arg("-o")
        .arg(folder.join("out.npz"))
        .args(["--skip-bad", "--workers", "8", "--batch-size", "2"])
        .args(["--weights", "seeded", "--device", "cpu"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = kilobytes.unwrap_or(peak >> 10) << 10;
        sleep(Duration::from_millis(3));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    peak
}

#[test]
fn a_folder_of_bombs_takes_little_memory() {
    let (plain, hostile) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for folder in [&plain, &hostile] {
        for seed in 0..4 {
            bad::write(folder.path(), &format!("good{seed}.png"), &bad::good_png(seed * 50));
        }
    }
    let mut count = 0;
    for copy in 0..8 {
        for (ending, bytes) in bad::bombs().into_iter().chain(bad::hollow()) {
            bad::write(hostile.path(), &format!("bad{copy}_{count:03}.{ending}"), &bytes);
            count += 1;
        }
    }
    // Valid images with 256 MiB each of metadata, which the decoder skips.
    bad::write(hostile.path(), "text.png", &bad::png_text(256 << 20));
    bad::write(hostile.path(), "profile.png", &bad::png_profile(256 << 20));
    // A file without an image's signature is not read to its end.
    fs::File::create(hostile.child("sparse.png")).unwrap().set_len(2 << 30).unwrap();

    let (plain, hostile) = (peak(plain.path()), peak(hostile.path()));
    let more = hostile.saturating_sub(plain) >> 20;
    println!("{} MiB, with {count} bombs {} MiB", plain >> 20, hostile >> 20);
    assert!(more <= 200, "{more} MiB more than without the bombs");
}

//! Memory of a folder of 100,000 files. A separate test, since it measures its process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::time::Instant;

use fid_gpu::source::ImageFolder;
use temp_dir::TempDir;

/// Peak memory of this process, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn listing_is_quick_and_small() {
    let folder = TempDir::new().unwrap();
    for index in 0..100_000 {
        fs::write(folder.child(format!("image_{index:06}.png")), "").unwrap();
    }
    let (before, start) = (peak(), Instant::now());
    let list = ImageFolder::open(folder.path(), true).unwrap();
    let (took, grown) = (start.elapsed(), peak() - before);
    assert_eq!(list.len(), 100_000);
    println!("100,000 files: {took:?}, {:.1} MB", grown as f64 / 1e6);
    // Measured: 0.15 s and 11 MB. Ten seconds allow for busy machines.
    assert!(took.as_secs() < 10 && grown < 64 << 20, "{took:?}, {grown} bytes");
}

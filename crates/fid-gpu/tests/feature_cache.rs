//! Runs the binary with `--cache`: values do not change, and only new images run.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use temp_dir::TempDir;

use bad_images as bad;

/// Size of a file of pool3 features with `records` records, in bytes.
fn pool3_bytes(records: u64) -> u64 {
    64 + records * (96 + 4 * 2048)
}

fn folder(parent: &TempDir, name: &str, seeds: impl IntoIterator<Item = u8>) -> PathBuf {
    let folder = parent.child(name);
    fs::create_dir(&folder).unwrap();
    for seed in seeds {
        bad::write(&folder, &format!("{seed:03}.png"), &bad::good_png(seed));
    }
    folder
}

fn command(args: &[&str], paths: &[&Path], cache: Option<&Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    command.args(args).args(paths).args(["--device", "cpu"]);
    if !args.contains(&"--weights") {
        command.args(["--weights", "seeded"]);
    }
    cache.into_iter().for_each(|cache| {
        command.arg("--cache").arg(cache);
    });
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The JSON that a run prints, and its standard error.
fn json(args: &[&str], paths: &[&Path], cache: Option<&Path>) -> (Value, String) {
    let output: Output = command(args, paths, cache).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (serde_json::from_slice(&output.stdout).unwrap(), text(&output.stderr))
}

/// A report without times and dates.
fn numbers(report: &Value) -> Value {
    let mut report = report.clone();
    let object = report.as_object_mut().unwrap();
    for name in ["seconds", "timestamp"] {
        object.remove(name);
    }
    for side in ["real", "fake"] {
        let side = object[side].as_object_mut().unwrap();
        for name in ["cache", "stages", "decode_thread_seconds"] {
            side.remove(name);
        }
    }
    report
}

fn counts(report: &Value) -> [(u64, u64); 2] {
    ["real", "fake"].map(|side| {
        let cache = &report[side]["cache"];
        (cache["hits"].as_u64().unwrap(), cache["misses"].as_u64().unwrap())
    })
}

/// The record files, with their sizes.
fn files(cache: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for recipe in fs::read_dir(cache).into_iter().flatten().flatten() {
        // A run writes a probe file when it starts.
        for file in fs::read_dir(recipe.path()).into_iter().flatten().flatten() {
            if file.path().extension().is_some_and(|ending| ending == "features") {
                files.push((file.path(), file.metadata().unwrap().len()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn later_runs_pass_only_new_images_through_the_network() {
    let parent = TempDir::new().unwrap();
    let cache = parent.child("cache");
    let real = folder(&parent, "real", [5, 60, 200]);
    // A gray image of another size: its note and its position equal those of the first run.
    let fake = folder(&parent, "fake", [7, 60]);
    bad::write(&fake, "gray.pgm", b"P5 3 2 255\nabcdef");
    let sides: &[&Path] = &[&real, &fake];

    let (plain, _) = json(&["fid"], sides, None);
    assert_eq!(plain["real"].get("cache"), None);
    let (first, said) = json(&["fid"], sides, Some(&cache));
    assert_eq!(counts(&first), [(0, 3), (1, 2)]);
    assert!(said.contains("fake: 1 images were in the cache, 2 were not"), "{said}");
    assert_eq!(numbers(&first), numbers(&plain));
    let (second, _) = json(&["fid"], sides, Some(&cache));
    assert_eq!(counts(&second), [(3, 0), (3, 0)]);
    assert_eq!(numbers(&second), numbers(&plain));
    let notes = second["notes"].to_string();
    assert!(notes.contains("fake: 1 of 3 images gray"), "{notes}");
    assert_eq!(files(&cache).iter().map(|file| file.1).sum::<u64>(), pool3_bytes(5));

    // Pool3 only; logits are computed from it. One more image, which is new.
    bad::write(&fake, "more.png", &bad::good_png(90));
    let metrics =
        ["fid", "--metrics", "fid,kid,is,mind", "--kid-subset-size", "3", "--is-splits", "2"];
    let (plain, _) = json(&metrics, sides, None);
    let (cached, _) = json(&metrics, sides, Some(&cache));
    assert_eq!(counts(&cached), [(3, 0), (3, 1)]);
    assert_eq!(numbers(&cached), numbers(&plain));

    // Another tap, which is added to the cache.
    let metrics = ["fid", "--metrics", "fid,sfid,fid-64"];
    let (plain, _) = json(&metrics, sides, None);
    for expected in [[(0, 3), (1, 3)], [(3, 0), (4, 0)]] {
        let (cached, _) = json(&metrics, sides, Some(&cache));
        assert_eq!(counts(&cached), expected);
        assert_eq!(numbers(&cached), numbers(&plain));
    }
    assert_eq!(files(&cache).len(), 3);

    // Another preset and other weights do not hit.
    for other in [["--preset", "clean"], ["--weights", "seeded:1"]] {
        let (cached, _) = json(&[&["fid"], &other[..]].concat(), sides, Some(&cache));
        assert_eq!(counts(&cached), [(0, 3), (1, 3)]);
    }
    // Several presets hit if each one is cached.
    let presets = ["fid", "--preset", "clean,pytorch-fid"];
    let (plain, _) = json(&presets, sides, None);
    let (cached, _) = json(&presets, sides, Some(&cache));
    assert_eq!(counts(&cached), [(3, 0), (4, 0)]);
    assert_eq!(numbers(&cached), numbers(&plain));
}

#[test]
fn a_killed_run_is_continued() {
    let parent = TempDir::new().unwrap();
    let images = folder(&parent, "images", 0..30);
    let [sound, target, cache] = ["a.npz", "b.npz", "cache"].map(|name| parent.child(name));
    let stats = |target: &Path, cache| {
        let mut command = command(&["stats", "--batch-size", "2"], &[&images], cache);
        command.arg("-o").arg(target);
        command
    };
    assert!(stats(&sound, None).output().unwrap().status.success());
    let mut kept = 0;
    for more in [2, 9, 16] {
        let mut child = stats(&target, Some(&cache))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while files(&cache).first().is_none_or(|file| file.1 < pool3_bytes(more)) {
            assert!(start.elapsed() < Duration::from_secs(120), "nothing is kept");
            assert_eq!(child.try_wait().unwrap(), None, "it ended before it was killed");
            sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let [(_, size)] = files(&cache)[..] else { panic!("{:?}", files(&cache)) };
        kept = (size - 64) / (pool3_bytes(1) - 64);
        assert!((more..30).contains(&kept), "{kept}");
    }
    let output = stats(&target, Some(&cache)).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["cache"]["hits"], kept);
    assert_eq!(report["cache"]["misses"], 30 - kept);
    assert_eq!(fs::read(&target).unwrap(), fs::read(&sound).unwrap());
    assert_eq!(files(&cache)[..].iter().map(|file| file.1).sum::<u64>(), pool3_bytes(30));
}

#[test]
fn two_runs_at_once_share_a_cache() {
    let parent = TempDir::new().unwrap();
    let (a, b) = (folder(&parent, "a", 0..12), folder(&parent, "b", 6..18));
    let cache = parent.child("cache");
    let stats = |images: &Path, name: &str, cache| {
        let mut command = command(&["stats", "--batch-size", "2"], &[images], cache);
        command.arg("-o").arg(parent.child(name));
        command
    };
    let two = [(&a, "a.npz"), (&b, "b.npz")].map(|(images, name)| {
        stats(images, name, Some(&cache))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    });
    for mut child in two {
        assert!(child.wait().unwrap().success());
    }
    for (images, name) in [(&a, "a"), (&b, "b")] {
        let plain = format!("{name}-plain.npz");
        assert!(stats(images, &plain, None).output().unwrap().status.success());
        let again = format!("{name}-again.npz");
        let output = stats(images, &again, Some(&cache)).arg("--json").output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["cache"]["hits"], &report["cache"]["misses"]), (&12.into(), &0.into()));
        let plain = fs::read(parent.child(plain)).unwrap();
        assert_eq!(fs::read(parent.child(format!("{name}.npz"))).unwrap(), plain);
        assert_eq!(fs::read(parent.child(again)).unwrap(), plain);
    }
}

#[test]
fn images_of_arrays_are_cached_one_by_one() {
    let parent = TempDir::new().unwrap();
    let cache = parent.child("cache");
    let array = |name: &str, images: std::ops::Range<u8>| {
        let header = format!(
            "{{'descr': '|u1', 'fortran_order': False, 'shape': ({}, 2, 2, 3), }}",
            images.len()
        );
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{header:117}\n").bytes());
        bytes.extend(images.flat_map(|image| (0..12).map(move |at| image * 12 + at)));
        fs::write(parent.child(name), bytes).unwrap();
        parent.child(name)
    };
    let (a, b) = (array("a.npy", 0..4), array("b.npy", 2..7));
    let (plain, _) = json(&["fid"], &[&a, &b], None);
    for expected in [[(0, 4), (2, 3)], [(4, 0), (5, 0)]] {
        let (cached, _) = json(&["fid"], &[&a, &b], Some(&cache));
        assert_eq!(counts(&cached), expected);
        assert_eq!(numbers(&cached), numbers(&plain));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_the_run() {
    let parent = TempDir::new().unwrap();
    let images = folder(&parent, "images", [1, 2]);
    let sides: &[&Path] = &[&images, &images];
    let file = parent.child("file");
    fs::write(&file, "no folder").unwrap();
    let locked = folder(&parent, "locked", []);
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    let mut refused = vec![file.clone(), file.join("below")];
    // Root can write to it anyway.
    if fs::write(locked.join("probe"), "").is_err() {
        refused.push(locked);
    }
    if cfg!(target_os = "linux") {
        refused.push("/proc/fid-gpu".into());
    }
    for cache in refused {
        let output = command(&["fid"], sides, Some(&cache)).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = text(&output.stderr);
        let named = said.contains("--cache") && said.contains(&*cache.to_string_lossy());
        assert!(named && !said.contains("loading weights"), "{said}");
    }
}

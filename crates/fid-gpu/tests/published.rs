//! Runs `scripts/compare/published.sh` on tables of known values.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use temp_dir::TempDir;

/// Status and output of the script with the repository's samples as data.
fn published(table: &str, cache: &TempDir) -> (i32, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new("bash")
        .arg(root.join("scripts/compare/published.sh"))
        .args(["--fid-gpu", env!("CARGO_BIN_EXE_fid-gpu"), "--table", table, "--data"])
        .arg(root.join("samples"))
        .args(["--", "--device", "cpu"])
        .env("FID_GPU_CACHE", cache.path())
        .env("FID_GPU_OFFLINE", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
}

/// A table of rows.
fn table(folder: &TempDir, rows: &[&str]) -> String {
    let path = folder.child("table.tsv");
    fs::write(&path, rows.join("\n").replace('|', "\t") + "\n").unwrap();
    path.to_str().unwrap().into()
}

#[test]
fn rows_agree_differ_fail_or_are_skipped_and_say_so() {
    let folder = TempDir::new().unwrap();
    let same = "real|fid {data}/real {data}/real --weights seeded:0";
    let good = format!("same|{same}|fid|0|0.001|a test");
    let rows = [
        "# a comment",
        &good,
        "no reference|@cifar10-test@clean|fid cifar10-test@clean {data}/real|fid|1|0.1|a test",
        "no folder|nowhere|fid {data}/nowhere {data}/real|fid|1|0.1|a test",
    ];
    let (status, text) = published(&table(&folder, &rows), &folder);
    assert_eq!(status, 0, "{text}");
    for part in [
        "agrees (within 0.001; a test)",
        "skipped: needs cifar10-test@clean (fid-gpu refs fetch cifar10-test@clean)",
        "samples/nowhere",
    ] {
        assert!(text.contains(part), "no {part} in: {text}");
    }

    for (row, part) in [
        (format!("far|{same}|fid|3.5|0.01|a test"), "-3.5  DIFFERS (within 0.01; a test)"),
        (format!("no field|{same}|metrics.kid.mean|1|0.1|a test"), "FAILED: the report has no"),
        ("bad|real|fid {data}/real {data}/no|fid|1|0.1|a test".into(), "FAILED: the fake images"),
    ] {
        let (status, text) = published(&table(&folder, &[&good, &row]), &folder);
        assert!(status == 1 && text.contains(part), "no {part} in: {text}");
        assert!(text.contains("agrees"), "{text}");
    }
}

/// Every name in the table is a reference, and every row has its seven columns.
#[test]
fn the_table_is_complete() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/compare/published.tsv");
    let names: Vec<_> = fid_gpu::references::all().iter().map(|it| it.full_name()).collect();
    let text = fs::read_to_string(path).unwrap();
    for row in text.lines().filter(|row| !row.starts_with('#')) {
        let columns: Vec<_> = row.split('\t').collect();
        let &[_, needs, arguments, _, value, bound, _] = &columns[..] else { panic!("{row}") };
        assert!(value.parse::<f64>().is_ok() && bound.parse::<f64>().unwrap() > 0.0, "{row}");
        for name in needs.split(' ').filter_map(|word| word.strip_prefix('@')) {
            assert!(names.iter().any(|it| it == name), "{name}");
            assert!(arguments.split(' ').any(|word| word == name), "{row}");
        }
    }
}

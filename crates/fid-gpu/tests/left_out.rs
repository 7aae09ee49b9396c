//! Files that look like images and are not read: noted, in the report, and refused by `--strict`.
//! Names with control characters: one line each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bad_images as bad;
use serde_json::{Value, json};
use temp_dir::TempDir;

const HEIC: &[u8] = b"\0\0\0\x1cftypheic\0\0\0\0heicmif1miaf";

fn write(folder: &Path, name: &str, content: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), content).unwrap();
}

/// A folder `ok` of two images, and `half` of the same two with files that are not read.
fn folders() -> TempDir {
    let parent = TempDir::new().unwrap();
    for (folder, second) in [("ok", "b.png"), ("half", "b.jfif")] {
        write(&parent.child(folder), "a.png", &bad::good_png(1));
        write(&parent.child(folder), second, &bad::good_png(60));
    }
    for name in ["half/1.heic", "half/0.heic"] {
        fs::write(parent.child(name), HEIC).unwrap();
    }
    fs::write(parent.child("half/0001"), bad::good_png(2)).unwrap();
    fs::create_dir(parent.child("half/@eaDir")).unwrap();
    fs::write(parent.child("half/@eaDir/thumb.png"), bad::good_png(2)).unwrap();
    parent
}

fn run(folder: &TempDir, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    command.args(args).args(["--weights", "seeded", "--device", "cpu"]);
    command.current_dir(folder.path()).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

const NOTE: &str = "half: 3 files look like images and are not read: 2 HEIC (first: half/0.heic), \
                    1 PNG without the ending (first: half/0001)";
const PASSED: &str = "1 entry passed over as thumbnails, bins or hidden folders: @eaDir";

/// The note behind a side's name.
fn note(side: &str) -> String {
    NOTE.replace("half: ", &format!("note: {side}: "))
}

#[test]
fn a_comparison_notes_what_is_not_read() {
    let parent = folders();
    let output = run(&parent, &["fid", "ok", "half", "--json", "--explain"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for line in [note("fake"), format!("note: fake: {PASSED}")] {
        assert_eq!(said.lines().filter(|it| **it == line).count(), 1, "no `{line}` in {said}");
    }
    assert!(!said.contains("real: 3 files") && !said.contains("real: 1 entry"), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!([
        {"kind": "HEIC", "count": 2, "example": "half/0.heic"},
        {"kind": "PNG without the ending", "count": 1, "example": "half/0001"},
    ]);
    assert_eq!(report["fake"]["unread"], expected);
    assert_eq!(report["fake"]["passed_over"], json!(["@eaDir"]));
    assert_eq!(
        (&report["fake"]["images"], &report["fake"]["ignored_files"]),
        (&json!(2), &json!(1))
    );
    assert!(report["real"].get("unread").is_none() && report["real"].get("passed_over").is_none());
    assert_eq!(report["fid"], 0.0);
    let remarks = report["explanation"]["remarks"].to_string();
    assert!(remarks.contains("Of the generated set, 3 files look like images"), "{remarks}");
    let _: fid_gpu::FidReport = serde_json::from_value(report).unwrap();
}

#[test]
fn strict_runs_stop_before_the_network() {
    let parent = folders();
    for (args, side) in [
        (&["fid", "ok", "half"][..], "fake"),
        (&["fid", "half", "ok"], "real"),
        (&["--real", "half", "--fake", "ok"], "real"),
        (&["stats", "half", "-o", "a.npz"], "input"),
        #[cfg(feature = "html")]
        (&["report", "ok", "half", "-o", "a.html"], "fake"),
    ] {
        let output = run(&parent, &[args, &["--strict"]].concat());
        let said = text(&output.stderr);
        let expected = format!(
            "fid-gpu: the {side} images: of half, 3 files look like images and are not read: 2 HEIC \
             (first: half/0.heic), 1 PNG without the ending (first: half/0001); convert them, for \
             example to PNG, give images the ending of their format, or take them out of the set\n\
             Without --strict they are left out, with a note.\n"
        );
        assert_eq!((output.status.code(), said), (Some(2), &*expected));
    }
    // Thumbnails alone are no error.
    for name in ["half/0.heic", "half/1.heic", "half/0001"] {
        fs::remove_file(parent.child(name)).unwrap();
    }
    let output = run(&parent, &["stats", "half", "-o", "a.npz", "--strict"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn statistics_note_it_too() {
    let parent = folders();
    let output = run(&parent, &["stats", "half", "-o", "a.npz", "--json"]);
    let said = text(&output.stderr);
    let line = NOTE.replace("half: ", "note: ");
    assert!(said.lines().any(|it| it == line), "no `{line}` in {said}");
    assert!(said.contains(PASSED), "{said}");
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(made["unread"][0]["kind"], "HEIC");
    assert_eq!(made["passed_over"], json!(["@eaDir"]));
}

#[test]
fn watch_notes_it_once() {
    let parent = folders();
    fs::create_dir(parent.child("run")).unwrap();
    for step in ["run/step-1", "run/step-2"] {
        write(&parent.child(step), "a.png", &bad::good_png(1));
        write(&parent.child(step), "b.png", &bad::good_png(2));
    }
    fs::create_dir(parent.child("run/@eaDir")).unwrap();
    fs::write(parent.child("run/@eaDir/a.png"), "").unwrap();
    let output = run(&parent, &["watch", "run", "--real", "half", "--once"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let line = note("real");
    assert_eq!(said.lines().filter(|it| **it == line).count(), 1, "{said}");
    assert!(!said.contains("@eaDir: ") && !said.contains("fake images"), "{said}");
    let output = run(&parent, &["watch", "run", "--real", "half", "--once", "--quiet"]);
    assert_eq!(text(&output.stderr), "");
    fs::write(parent.child("run/step-2/c.heic"), "").unwrap();
    let output = run(&parent, &["watch", "run", "--real", "ok", "--once", "--strict"]);
    let said = text(&output.stderr);
    assert!(said.contains("1 file looks like an image and is not read: 1 HEIC"), "{said}");
    assert_eq!(text(&output.stdout).lines().count(), 1, "{said}");
}

#[cfg(feature = "html")]
#[test]
fn the_page_shows_it() {
    let parent = folders();
    let output = run(&parent, &["report", "ok", "half", "-o", "a.html", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let page = fs::read_to_string(parent.child("a.html")).unwrap();
    for part in [
        "generated: look like images, not read",
        "2 HEIC (first: half/0.heic)",
        "generated: thumbnails, bins, hidden folders",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("real: look like images"));
}

#[test]
fn a_set_without_images_names_what_it_has() {
    let parent = folders();
    for name in ["a.png", "b.jfif", "0001"] {
        fs::remove_file(parent.child("half").join(name)).unwrap();
    }
    let output = run(&parent, &["fid", "ok", "half"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    let expected = "no images in half: 2 files look like images and are not read: 2 HEIC (first: \
                    half/0.heic); convert them, for example to PNG\n";
    assert!(said.ends_with(expected), "{said}");
}

/// A line for each row, whatever the names are.
#[cfg(unix)]
#[test]
fn lists_have_a_line_for_each_image() {
    let parent = folders();
    write(&parent.child("odd"), "a\nb.png", &bad::good_png(1));
    write(&parent.child("odd"), "c\r\u{85}\u{2028}\x1b[31m.png", &bad::good_png(60));
    write(&parent.child("odd"), "d\ne.png", b"no image");
    let args = ["fid", "odd", "ok", "--skip-bad", "--save-features", "out", "--outliers", "2"];
    let output = run(&parent, &args);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let names = fs::read_to_string(parent.child("out/real-images.txt")).unwrap();
    assert_eq!(names, "odd/a\\nb.png\nodd/c\\r\\u{85}\\u{2028}\\u{1b}[31m.png\n");
    assert!(said.lines().any(|line| line.contains("odd/d\\ne.png (")), "{said}");
    // The value, and two images of each side.
    assert_eq!(text(&output.stdout).lines().count(), 5, "{}", text(&output.stdout));
    assert!(!text(&output.stdout).contains('\x1b'));
}

#[test]
fn lists_in_utf_16_are_read() {
    let parent = folders();
    let list = "ok/a.png\r\nok/b.png\r\n".encode_utf16();
    let units = [0xFEFF].into_iter().chain(list);
    fs::write(parent.child("list.txt"), units.flat_map(u16::to_le_bytes).collect::<Vec<_>>())
        .unwrap();
    let output = run(&parent, &["fid", "list.txt", "ok", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["fid"], &report["real"]["images"]), (&json!(0.0), &json!(2)));
}

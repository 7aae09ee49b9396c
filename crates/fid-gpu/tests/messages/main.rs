//! What the program says about inputs that it cannot use: message and exit status of each, compared
//! with the table in `docs/PRECISION.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../bad_images/mod.rs"]
mod bad_images;
mod case;
mod features;
mod images;
mod sets;
mod statistics;
mod usage;

use std::fs;
use std::path::Path;

use case::Case;

/// The document that contains the table.
const PAGE: &str = "../../docs/PRECISION.md";
const BEGIN: &str = "<!-- messages: cargo test --test messages prints them -->";
const END: &str = "<!-- end of messages -->";

fn cases() -> Vec<Case> {
    [images::cases(), sets::cases(), statistics::cases(), features::cases(), usage::cases()]
        .concat()
}

fn table() -> String {
    let mut table = String::from("| Input | Message | Exit |\n|---|---|---|\n");
    for case in cases() {
        let (said, status) = case.run();
        table += &format!("| {} | {} | {status} |\n", case.what, said.replace('|', "\\|"));
    }
    table
}

/// Other systems word their errors differently.
#[cfg(target_os = "linux")]
#[test]
fn the_documented_messages_are_the_real_ones() {
    let table = table();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let text = fs::read_to_string(page).unwrap();
    let found = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
    let found = found.map(|(table, _)| table.trim());
    assert!(
        found == Some(table.trim()),
        "docs/PRECISION.md should have:\n{BEGIN}\n\n{table}\n{END}"
    );
}

/// Each message is written for people: it names a file or a flag, says everything once, and has no
/// text that a library wrote for programmers.
#[test]
fn messages_are_plain_and_say_everything_once() {
    for case in cases() {
        let (said, status) = case.run();
        let what = case.what;
        assert_eq!(status, case.status, "{what}: {said}");
        assert!(case.names.iter().all(|name| said.contains(name)), "{what}: {said}");
        for debug in
            ["{ ", "::", "Some(", "Error", "Insufficient", "Unexpected", "EOCD", "panicked"]
        {
            assert!(!said.contains(debug), "{what} has '{debug}': {said}");
        }
        // A part of a sentence that is long enough to be no coincidence.
        let parts: Vec<_> = said.split([':', ';']).map(str::trim).collect();
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.len() > 20) {
            assert!(!parts[at + 1..].contains(part), "{what} says '{part}' twice: {said}");
        }
    }
}

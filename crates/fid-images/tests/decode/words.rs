//! The texts of errors: one plain sentence, of no decoder's making.

use std::collections::HashSet;
use std::path::Path;

use fid_images::decode::{DecodeError, Limits, decode_data, probe_data};
use fid_images::with_causes;

use super::{expected, fixture};

/// Parts of texts that a program writes for programmers.
const FOREIGN: [&str; 16] = [
    "{",
    "}",
    "::",
    "Error",
    "error",
    "Insufficient",
    "ChunkType",
    "Eof",
    "EOF",
    "Some(",
    "None",
    "Ok(",
    " 0x",
    "Invalid",
    "Unexpected",
    "panicked",
];

/// What is wrong with a text, if anything.
fn fault_of(text: &str) -> Option<String> {
    // The first bytes of a file may be anything.
    let shown: String = text.split('`').step_by(2).collect();
    if let Some(foreign) = FOREIGN.iter().find(|part| shown.contains(**part)) {
        return Some(format!("{foreign:?} in: {text}"));
    }
    let mut parts = HashSet::new();
    let long = shown.split([':', ';', ',']).map(str::trim).filter(|part| part.len() > 12);
    let twice = long.into_iter().find(|part| !parts.insert(*part))?;
    Some(format!("{twice:?} twice in: {text}"))
}

/// The errors of decoding and of probing.
fn errors(name: &str, data: &[u8]) -> Vec<DecodeError> {
    let decoded = decode_data(Path::new(name), data).err();
    decoded.into_iter().chain(probe_data(Path::new(name), data, &Limits::default()).err()).collect()
}

#[test]
fn damage_is_told_in_plain_words_and_once() {
    let mut state = 7u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut texts = HashSet::new();
    for name in expected().into_keys() {
        let whole = fixture(&name);
        for round in 0..24 {
            let mut data = whole.clone();
            match round % 4 {
                0 => data.truncate(random(whole.len()).max(1)),
                1 => data.truncate(random(whole.len().min(96)).max(1)),
                way => {
                    let reach = if way == 2 { data.len() } else { data.len().min(96) };
                    for _ in 0..=random(3) {
                        data[random(reach)] = random(256) as u8;
                    }
                }
            }
            for error in errors("a.file", &data) {
                let text = with_causes(&error);
                assert!(!text.contains(&error.reason()) || text.len() > error.reason().len());
                assert!(text.starts_with("a.file "), "{name}: {text}");
                if let Some(fault) = fault_of(&text) {
                    panic!("{name}: {fault}");
                }
                texts.insert(error.reason());
            }
        }
    }
    assert!(texts.len() > 60, "only {} texts", texts.len());
}

#[test]
fn the_check_finds_foreign_and_repeated_words() {
    assert_eq!(fault_of("a.png is damaged: the file ends within the pixels"), None);
    for text in [
        "a.png: CRC error while decoding ChunkType { type: IDAT }",
        "a.png is damaged: Corrupt deflate stream. InsufficientInput",
        "a.png is damaged: the file ends early; write it again: the file ends early",
    ] {
        assert!(fault_of(text).is_some(), "{text}");
    }
}

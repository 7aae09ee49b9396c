//! Rules for crates: their dependencies, the use of GPU libraries, and forbidden source code.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer::{Token, tokens};

/// The crates of the workspace that each crate may use.
const MAY_USE: [(&str, &[&str]); 7] = [
    ("fid-core", &[]),
    ("fid-images", &["fid-core"]),
    ("fid-weights", &["fid-core"]),
    ("fid-cpu", &["fid-core", "fid-weights"]),
    ("fid-onnx", &["fid-core"]),
    ("fid-wgpu", &["fid-core", "fid-weights"]),
    ("fid-gpu", &["fid-core", "fid-images", "fid-weights", "fid-cpu", "fid-onnx", "fid-wgpu"]),
];

/// The crate that may name the libraries of `GPU`.
const GPU_CRATE: &str = "fid-wgpu";

/// Prefixes of the names of GPU libraries.
const GPU: [&str; 4] = ["burn", "cubecl", "cubek", "wgpu"];

/// Violations of the rules in a crate's manifest.
pub fn manifest_faults(name: &str, manifest: &str) -> Vec<String> {
    let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
        return vec![format!("{name} is not listed in tests/structure/crates.rs")];
    };
    let mut faults = Vec::new();
    for dependency in dependencies(manifest) {
        if dependency.starts_with("fid-") && !allowed.contains(&dependency.as_str()) {
            faults.push(format!("{name} must not use {dependency}"));
        }
        if name != GPU_CRATE && is_gpu(&dependency.replace('-', "_")) {
            faults.push(format!("{name} must not use {dependency}: only {GPU_CRATE} may"));
        }
    }
    faults
}

/// Names of all dependencies except those of tests.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut listing = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default();
            let is_list = |list: &str| list == "dependencies" || list == "build-dependencies";
            listing = is_list(section.rsplit('.').next().unwrap_or_default());
            if let Some((list, name)) = section.rsplit_once('.') {
                names.extend(is_list(list).then(|| name.to_owned()));
            }
        } else if listing && !line.starts_with('#') {
            let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.extend((!key.is_empty()).then(|| key.trim_matches('"').to_owned()));
        }
    }
    names
}

/// Whether a name is a GPU library or one of its parts.
fn is_gpu(name: &str) -> bool {
    GPU.iter().any(|library| {
        name == *library || name.strip_prefix(library).is_some_and(|rest| rest.starts_with('_'))
    })
}

/// Violations of the rules in a crate's sources, which are given by their path below `src`.
pub fn source_faults(name: &str, files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    for (file, source) in files {
        let tokens = tokens(source);
        for (at, token) in tokens.iter().enumerate() {
            let Some(word) = token.word() else { continue };
            let begins_path = at == 0 || tokens[at - 1] != Token::Colons;
            let is_path = tokens.get(at + 1) == Some(&Token::Colons)
                || at > 0 && tokens[at - 1].is_word("use");
            if name != GPU_CRATE && is_gpu(word) && begins_path && is_path {
                faults.insert(format!("{name}/src/{file} names {word}: only {GPU_CRATE} may"));
            }
            if word == "fuzzing" {
                faults.insert(format!("{name}/src/{file} has cfg(fuzzing)"));
            }
            if ["include_str", "include_bytes"].contains(&word)
                && includes_outside(file, &tokens[at..])
            {
                faults.insert(format!("{name}/src/{file} includes a file outside its crate"));
            }
        }
    }
    faults
}

/// Whether the `include_str!` or `include_bytes!` at the start of `tokens` leads out of the crate.
fn includes_outside(file: &str, tokens: &[Token]) -> bool {
    let end = tokens.iter().position(|token| *token == Token::Mark(';')).unwrap_or(tokens.len());
    let texts = tokens[..end].iter().filter_map(|token| match token {
        Token::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let mut depth = 1 + file.matches('/').count();
    for part in texts.flat_map(|text| text.split('/')) {
        match part {
            "CARGO_MANIFEST_DIR" => depth = 0,
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            "." | "" => {}
            _ => depth += 1,
        }
    }
    false
}

//! The structure of the workspace: crates depend on each other one way, and files form no circle.
//!
//! Uses only the standard library, so it runs before anything is built:
//!
//! ```sh
//! CARGO_MANIFEST_DIR=$PWD/tests rustc --edition 2024 --test -o target/structure \
//!   tests/tests/structure/main.rs && target/structure
//! ```

mod circles;
mod crates;
mod lexer;
mod modules;
mod paths;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use circles::circles;

/// Each crate's name and folder.
fn crate_folders() -> Vec<(String, PathBuf)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(crates)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .collect();
    found.sort();
    assert!(found.len() > 3, "found too few crates: {found:?}");
    found
}

/// The Rust files in `folder`, by their path below it.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    texts(folder, &["rs"])
}

/// The files in `folder` with one of `extensions`, by their path below it. Skips build results and
/// files of the fuzzer.
fn texts(folder: &Path, extensions: &[&str]) -> BTreeMap<String, String> {
    let skipped = ["target", "corpus", "artifacts", "__pycache__"];
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                let name = path.file_name().and_then(|name| name.to_str());
                waiting.extend((!name.is_some_and(|name| skipped.contains(&name))).then_some(path));
            } else if ending.is_some_and(|ending| extensions.contains(&ending)) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn no_circle_of_files() {
    let mut found = Vec::new();
    for (name, folder) in crate_folders() {
        found.extend(
            circles(&sources(&folder.join("src")))
                .into_iter()
                .map(|circle| format!("{name}: {circle}")),
        );
    }
    assert!(found.is_empty(), "{} circles:\n{}", found.len(), found.join("\n"));
}

#[test]
fn crates_use_each_other_one_way() {
    let mut faults = Vec::new();
    for (name, folder) in crate_folders() {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        faults.extend(crates::manifest_faults(&name, &manifest));
        faults.extend(crates::source_faults(&name, &sources(&folder.join("src"))));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn scripts_that_are_named_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut named = BTreeMap::new();
    for folder in ["crates", "docs", "fuzz", "samples", "scripts", "tests", "weights"] {
        for (file, text) in texts(&root.join(folder), &["rs", "md", "py", "sh", "toml", "json"]) {
            named.insert(format!("{folder}/{file}"), paths::named_scripts(&text));
        }
    }
    for file in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", ".ci/run"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        named.insert(file.to_owned(), paths::named_scripts(&text));
    }
    // These tests contain invented names.
    named.retain(|file, _| !file.starts_with("tests/tests/structure/"));
    let mut faults = Vec::new();
    for (file, scripts) in &named {
        let missing = scripts.iter().filter(|script| !root.join(script).exists());
        faults.extend(missing.map(|script| format!("{file} names {script}, which does not exist")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn names_of_scripts_are_found() {
    let text = "see `scripts/a.py`. Run ./scripts/test.sh, or python -m scripts.fixtures.x --help";
    let found = paths::named_scripts(text);
    assert_eq!(found, ["scripts/a.py", "scripts/test.sh", "scripts/fixtures/x.py"]);
    assert!(paths::named_scripts("scripts/fixtures and descripts/a.py").is_empty());
}

/// The circles among the files of an invented crate.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    circles(&files.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect())
}

#[test]
fn a_circle_is_found() {
    let found = circles_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f() { crate::c::run() }"),
        ("c.rs", "use super::{a::A, b as _}; pub fn run() {}"),
    ]);
    assert_eq!(
        found,
        ["a circle of 3 files\n    a.rs -> b.rs: B\n    b.rs -> c.rs: run\n    c.rs -> a.rs: A"]
    );
}

#[test]
fn a_circle_through_a_reexport_is_found() {
    let parent = "mod a; mod b; mod c; pub(crate) use {a::A as First, b::*};";
    let found = circles_of(&[
        ("lib.rs", "mod m;"),
        ("m/mod.rs", parent),
        ("m/a.rs", "use super::B; pub struct A(B);"),
        ("m/b.rs", "use super::First; pub struct B(Option<First>);"),
        ("m/c.rs", "use crate::m::First;"),
    ]);
    assert_eq!(
        found,
        ["a circle of 2 files\n    m/a.rs -> m/b.rs: B\n    m/b.rs -> m/a.rs: First"]
    );
}

#[test]
fn a_circle_of_parent_and_child_is_found() {
    let child = "pub fn f() -> super::Shape { todo!() }";
    let parent = "mod child; pub use child::f; pub struct Shape; fn g() { child::f(); }";
    let found = circles_of(&[("lib.rs", parent), ("child.rs", child)]);
    assert_eq!(
        found,
        ["a circle of 2 files\n    child.rs -> lib.rs: Shape\n    lib.rs -> child.rs: f"]
    );
    // A function with the name of its module.
    let parent = "mod kid; pub use kid::kid; pub fn g() { kid(); }";
    assert_eq!(
        circles_of(&[("lib.rs", parent), ("kid.rs", "pub fn kid() { crate::g() }")]).len(),
        1
    );
}

#[test]
fn reexports_and_tests_are_not_dependencies() {
    let found = circles_of(&[
        (
            "lib.rs",
            "//! [`a::A`]\nmod a; mod b; mod c; pub use a::A; pub use b::B; pub struct Shape;",
        ),
        (
            "a.rs",
            "use crate::Shape; pub struct A(Shape); // crate::b::B\nconst T: &str = \"crate::b::B\";",
        ),
        ("b.rs", "use crate::A; pub struct B(A); #[cfg(not(test))] use crate::c::C;"),
        (
            "c.rs",
            "#[cfg(test)] use crate::b::B; #[cfg(test)] mod tests { use crate::B; } pub struct C;
             #[cfg(test)] #[test] fn f(b: [u8; 2]) -> crate::B { todo!() }
             #[cfg(test)] const D: [fn() -> crate::B; 1] = { [f] }; pub struct E;",
        ),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn forbidden_dependencies_are_found() {
    let manifest = "[dependencies]\nfid-gpu.workspace = true\nburn-cubecl = '1'\n\
        [dev-dependencies]\nwgpu = '1'";
    let faults = crates::manifest_faults("fid-cpu", manifest);
    assert_eq!(faults.len(), 2, "{faults:?}");
    let manifest = "[target.'cfg(unix)'.dependencies]\nfid-core = { path = '' }\n\
        [dependencies.wgpu]\nversion = '1'";
    assert_eq!(crates::manifest_faults("fid-images", manifest).len(), 1);
    assert_eq!(crates::manifest_faults("fid-new", "").len(), 1);
}

/// Faults of a file two folders below `src`.
fn faults_of(source: &str) -> Vec<String> {
    let files = BTreeMap::from([("deep/er/file.rs".to_owned(), source.to_owned())]);
    crates::source_faults("fid-images", &files).into_iter().collect()
}

#[test]
fn forbidden_words_in_sources_are_found() {
    for source in [
        "use burn::tensor::Tensor;",
        "fn f() { cubecl_runtime::go() }",
        "fn f() { if cfg!(fuzzing) { g() } }",
        r#"const A: &str = include_str!("../../../../README.md");"#,
        r#"const B: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/a/../../x"));"#,
    ] {
        assert_eq!(faults_of(source).len(), 1, "{source}");
    }
}

#[test]
fn allowed_words_in_sources_pass() {
    let source = r##"
        //! burn::Tensor
        struct Versions { burn: String }
        const A: &str = r#"wgpu::"#;
        const B: &str = include_str!("../../../style.css");
        const C: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/a/../x"));
    "##;
    assert!(faults_of(source).is_empty(), "{:?}", faults_of(source));
}

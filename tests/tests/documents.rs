//! What the documents say must be what the files say.

use fid_tests::fixtures::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap()
}

/// The bounds of `tolerance.rs`, as written there.
fn bounds() -> Vec<(String, String)> {
    let text = read("crates/fid-core/src/tolerance.rs");
    let constant = |line: &str| {
        let (name, value) = line.strip_prefix("pub const ")?.split_once(": f64 = ")?;
        Some((name.to_owned(), value.trim_end_matches(';').to_owned()))
    };
    text.lines().filter_map(constant).collect()
}

#[test]
fn the_error_budget_has_every_bound() {
    let page = read("docs/PRECISION.md");
    let bounds = bounds();
    assert!(bounds.len() > 5, "the constants are not found: {bounds:?}");
    for (name, value) in bounds {
        let cell = format!("`{name}` {value} ");
        assert!(page.contains(&cell), "docs/PRECISION.md does not say {cell}");
    }
}

#[test]
fn the_report_names_the_burn_that_is_pinned() {
    let pin =
        format!("burn = {{ package = \"burn-core\", version = \"={}\"", fid_gpu::BURN_VERSION);
    assert!(read("Cargo.toml").contains(&pin), "Cargo.toml does not say {pin}");
}

#[test]
fn the_architecture_lists_every_crate() {
    let page = read("ARCHITECTURE.md");
    for entry in std::fs::read_dir(repository("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&format!("| `{name}` |")), "ARCHITECTURE.md does not list {name}");
    }
}

#[test]
fn the_test_command_is_the_readmes() {
    let command = "./scripts/test.sh";
    assert!(read("README.md").contains(command));
    assert!(read(".ci/run").contains("scripts/test.sh"));
}

//! Documents agree with the sources.

use fid_tests::fixtures::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap()
}

/// Names and values of the bounds in `tolerance.rs`.
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
    assert!(bounds.len() > 5, "found too few constants: {bounds:?}");
    for (name, value) in bounds {
        let cell = format!("`{name}` {value} ");
        assert!(page.contains(&cell), "docs/PRECISION.md does not contain {cell}");
    }
}

#[test]
fn the_report_names_the_pinned_version_of_burn() {
    let pin =
        format!("burn = {{ package = \"burn-core\", version = \"={}\"", fid_gpu::BURN_VERSION);
    assert!(read("Cargo.toml").contains(&pin), "Cargo.toml does not contain {pin}");
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
fn the_readme_names_the_test_command() {
    let command = "./scripts/test.sh";
    assert!(read("README.md").contains(command));
    assert!(read(".ci/run").contains("scripts/test.sh"));
}

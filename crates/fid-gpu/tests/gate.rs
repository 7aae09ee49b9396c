//! Runs the steps of the GitHub action fid-gate, `scripts/release/gate.sh`, as `action.yml` does.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use temp_dir::TempDir;

/// What a step of the action leaves.
struct Step {
    status: Option<i32>,
    stdout: String,
    stderr: String,
    /// The file of outputs, `name=value` a line.
    outputs: String,
    summary: String,
}

impl Step {
    /// The value of an output, which must be written once.
    #[track_caller]
    fn output(&self, name: &str) -> &str {
        let prefix = format!("{name}=");
        let mut values = self.outputs.lines().filter_map(|line| line.strip_prefix(&prefix));
        let value = values.next().unwrap_or_else(|| panic!("no {name} in {:?}", self.outputs));
        assert_eq!(values.next(), None, "two outputs {name}");
        value
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn samples(side: &str) -> String {
    root().join("samples").join(side).to_str().unwrap().to_owned()
}

/// Runs a step with variables, in a folder with a blank in its name.
fn step(name: &str, variables: &[(&str, &str)]) -> Step {
    let folder = TempDir::new().unwrap();
    let files = folder.child("a b");
    fs::create_dir(&files).unwrap();
    let (outputs, summary) = (files.join("outputs"), files.join("summary"));
    let Output { status, stdout, stderr } = Command::new("bash")
        .arg(root().join("scripts/release/gate.sh"))
        .arg(name)
        .env("GITHUB_OUTPUT", &outputs)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("RUNNER_TEMP", &files)
        .env("FID_GPU_OFFLINE", "1")
        .env("XDG_CACHE_HOME", "/nonexistent")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Step {
        status: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
        outputs: fs::read_to_string(outputs).unwrap_or_default(),
        summary: fs::read_to_string(summary).unwrap_or_default(),
    }
}

/// Compares the samples, on the CPU under random weights.
fn compare(fake: &str, limits: &[(&str, &str)]) -> Step {
    let real = samples("real");
    let mut variables = vec![
        ("GATE_PROGRAM", env!("CARGO_BIN_EXE_fid-gpu")),
        ("GATE_REAL", &real),
        ("GATE_FAKE", fake),
        ("GATE_ARGS", "--device  cpu\n--weights seeded"),
    ];
    variables.extend(limits);
    step("compare", &variables)
}

#[test]
fn a_value_below_the_limit_passes_with_outputs_and_a_summary() {
    let step = compare(&samples("fake"), &[("GATE_FAIL_ABOVE", "1000")]);
    assert_eq!(step.status, Some(0), "{}", step.stderr);
    let report: serde_json::Value = serde_json::from_str(step.output("json")).unwrap();
    let value: f64 = step.output("value").parse().unwrap();
    assert_eq!(Some(value), report["fid"].as_f64());
    assert_eq!(report["device"], "cpu");
    assert!(step.stdout.starts_with(&format!("FID: {value:.4}")), "{}", step.stdout);
    assert!(step.summary.contains("fid-gate: passed"), "{}", step.summary);
    assert!(step.summary.contains(&format!("FID: {value:.4}")), "{}", step.summary);
}

#[test]
fn a_value_above_the_limit_fails_with_the_value() {
    let step = compare(&samples("fake"), &[("GATE_FAIL_ABOVE", "0.5")]);
    assert_eq!(step.status, Some(1), "{}", step.stderr);
    assert!(step.output("value").parse::<f64>().unwrap() > 0.5);
    assert!(step.summary.contains("fid-gate: failed: the FID is above"), "{}", step.summary);
    assert!(step.summary.contains("above the limit 0.5"), "{}", step.summary);
}

#[test]
fn the_output_of_one_run_is_the_baseline_of_another() {
    let folder = TempDir::new().unwrap();
    let base = folder.child("an earlier run.json");
    let first = compare(&samples("fake"), &[]);
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    let mut report: serde_json::Value = serde_json::from_str(first.output("json")).unwrap();
    report["fid"] = (first.output("value").parse::<f64>().unwrap() / 1.05).into();
    fs::write(&base, report.to_string()).unwrap();

    for (by, status) in [("4%", 1), ("6%", 0)] {
        let limits = [("GATE_FAIL_IF_WORSE_THAN", base.to_str().unwrap()), ("GATE_BY", by)];
        let later = compare(&samples("fake"), &limits);
        assert_eq!(later.status, Some(status), "{by}: {}", later.stderr);
    }
}

#[test]
fn an_error_is_its_exit_status_and_is_in_the_summary() {
    let step = compare("/nonexistent/images", &[]);
    assert_eq!(step.status, Some(2), "{}", step.stderr);
    assert_eq!((step.output("value"), step.output("json")), ("", ""));
    assert!(step.summary.contains("error: exit status 2"), "{}", step.summary);
    assert!(step.summary.contains("/nonexistent/images does not exist"), "{}", step.summary);

    let step = compare(&samples("fake"), &[("GATE_BY", "2%")]);
    assert_eq!(step.status, Some(2), "{}", step.stderr);
}

#[test]
fn an_installed_program_is_found_on_the_path() {
    let program = Path::new(env!("CARGO_BIN_EXE_fid-gpu"));
    let path = format!("{}:{}", program.parent().unwrap().display(), env!("PATH"));
    let found = step("install", &[("GATE_VERSION", "installed"), ("PATH", &path)]);
    assert_eq!(found.status, Some(0), "{}", found.stderr);
    assert_eq!(Path::new(found.output("program")), program);
}

//! Runs the binary as a user does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn samples(side: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side)
}

/// Runs the binary in an environment without weights.
fn run(args: &[&str]) -> Output {
    let nowhere = temp_dir::TempDir::new().unwrap();
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .args(args)
        .env("XDG_CACHE_HOME", nowhere.path())
        .env("HOME", nowhere.path())
        .env_remove("TORCH_HOME")
        .env_remove("FID_GPU_CACHE")
        .env_remove("FID_GPU_WEIGHTS_URL")
        // No test downloads 96 MB by mistake.
        .env("FID_GPU_OFFLINE", "1")
        .output()
        .unwrap()
}

fn compare(extra: &[&str]) -> Output {
    let (real, fake) = (samples("real"), samples("fake"));
    let paths = ["--real", real.to_str().unwrap(), "--fake", fake.to_str().unwrap()];
    run(&[&paths, extra].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The error message of a run that must fail.
fn failure(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", stderr(output));
    assert_eq!(stdout(output), "", "an error prints nothing on standard output");
    stderr(output)
}

#[test]
fn the_line_is_the_only_thing_on_standard_output() {
    let output = compare(&["--weights", "seeded", "--device", "cpu"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let line = stdout(&output);
    assert!(line.starts_with("FID: ") && line.lines().count() == 1, "{line}");
    assert!(line.contains("not comparable"), "{line}");
    assert!(stderr(&output).contains("real: 24 images"), "{}", stderr(&output));
}

#[test]
fn json_has_the_fid_and_its_recipe_and_quiet_prints_nothing_else() {
    let output = compare(&["--weights", "seeded:7", "--device", "cpu", "--json", "--quiet"]);
    assert_eq!(stderr(&output), "");
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let number = |path: &str| report.pointer(path).and_then(Value::as_f64).unwrap();
    let parts = number("/mean_term") + number("/trace_term");
    assert!((number("/fid") - parts).abs() < 1e-9 * parts, "{report}");
    assert!(number("/fid") > 0.0);
    assert_eq!(number("/real/images"), 24.0);
    assert_eq!(report["comparable"], false);
    assert_eq!(report["preset"], "pytorch-fid");
    assert_eq!(report["device"], "cpu");
    assert_eq!(report["weights"]["name"], "seeded:7");
    assert_eq!(report["weights"]["sha256"].as_str().unwrap().len(), 64);
    assert!(number("/seconds/total") >= number("/seconds/real"));
    for side in ["real", "fake"] {
        let stage = |name: &str| number(&format!("/{side}/stages/{name}"));
        let parts = ["wait", "preprocess", "network", "moments"].map(stage);
        let (sum, total) = (parts.iter().sum::<f64>(), stage("total"));
        assert!(parts.iter().all(|&seconds| seconds > 0.0), "{report}");
        assert!(sum <= total && total <= number(&format!("/seconds/{side}")), "{report}");
        assert!((stage("images_per_second") * total - 24.0).abs() < 1e-9, "{report}");
        assert!(stage("decode_threads") > 0.0);
    }
}

#[test]
fn quiet_runs_print_timings() {
    let args = ["--weights", "seeded:7", "--device", "cpu", "--timings", "--quiet"];
    let table = stderr(&compare(&args));
    let names: Vec<_> = table.lines().map(|line| line[..22].trim()).collect();
    let first = ["seconds", "decoding, all threads", "waiting for images", "preprocessing"];
    assert_eq!(names[..4], first, "{table}");
    let once = ["weights and device", "distance", "other metrics", "the whole run"];
    assert_eq!(names[8..], once, "{table}");
}

#[test]
fn without_weights_the_error_says_what_to_do() {
    let message = failure(&compare(&["--device", "cpu"]));
    for hint in [
        "pt_inception-2015-12-05-6726825d.pth",
        "https://",
        "--weights",
        "seeded",
        "put it at",
        "6726825d0af5f729",
        "fid-gpu weights fetch",
    ] {
        assert!(message.contains(hint), "no {hint} in: {message}");
    }
}

#[test]
fn weights_that_do_not_exist_are_named() {
    let message = failure(&compare(&["--weights", "no-such.pth", "--device", "cpu"]));
    assert!(message.contains("no-such.pth"), "{message}");
}

#[test]
fn folders_that_cannot_be_used_are_named() {
    let empty = temp_dir::TempDir::new().unwrap();
    let real = samples("real");
    for (path, hint) in
        [("no/such/folder", "no/such/folder"), (empty.path().to_str().unwrap(), "no image")]
    {
        let args = ["--real", real.to_str().unwrap(), "--fake", path, "--weights", "seeded"];
        let message = failure(&run(&args));
        assert!(message.contains("fake") && message.contains(hint), "{message}");
    }
}

#[test]
fn one_image_is_too_few() {
    let folder = temp_dir::TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.pgm"), b"P5 2 2 255\n0123").unwrap();
    let path = folder.path().to_str().unwrap();
    let message = failure(&run(&["--real", path, "--fake", path, "--weights", "seeded"]));
    assert!(message.contains("at least two"), "{message}");
}

#[test]
fn an_unreadable_image_stops_the_run_and_is_named() {
    let folder = temp_dir::TempDir::new().unwrap();
    for name in ["a.pgm", "b.pgm", "d.pgm"] {
        std::fs::write(folder.path().join(name), b"P5 2 2 255\n0123").unwrap();
    }
    std::fs::write(folder.path().join("c.png"), b"this is no image").unwrap();
    let path = folder.path().to_str().unwrap();
    let args = ["--real", path, "--fake", path, "--weights", "seeded", "--device", "cpu"];
    let message = failure(&run(&args));
    assert!(message.contains("c.png"), "{message}");
}

#[test]
fn usage_errors_name_the_way_out() {
    for (args, hint) in [
        (&["--real", "a"][..], "--fake"),
        (&["--real", "a", "--fake", "b", "--device", "toaster"], "vulkan"),
        (&["--real", "a", "--fake", "b", "--preset", "clean-ish"], "pytorch-fid"),
        (&["--real", "a", "--fake", "b", "--batch-size", "0"], "--batch-size"),
        (&[], "fid-gpu photos samples"),
        (&["--fake", "b"], "--real is missing"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(hint), "no {hint} in: {}", stderr(&output));
    }
}

#[test]
fn devices_lists_the_cpu() {
    let output = run(&["devices"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).lines().any(|line| line.starts_with("cpu ")), "{}", stdout(&output));
}

#[test]
fn help_shows_examples_and_exit_status() {
    let help = stdout(&run(&["--help"]));
    for part in ["--real", "--fake", "--weights", "Examples:", "Exit status", "devices"] {
        assert!(help.contains(part), "no {part} in: {help}");
    }
}

#[test]
fn doctor_tries_every_stage() {
    let output = run(&["doctor", "--device", "cpu", "--json", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = found["checks"].as_array().unwrap();
    assert!(checks.len() >= 8);
    for check in checks {
        assert!(check["drift"].as_f64().unwrap() <= check["bound"].as_f64().unwrap(), "{check}");
    }
    assert_eq!(found["device"], "cpu");
    let text = stdout(&run(&["doctor", "--device", "cpu"]));
    for part in ["Devices", "Weights", "fid-gpu weights fetch", "pool3", "All is well"] {
        assert!(text.contains(part), "no {part} in: {text}");
    }
}

#[test]
fn explain_takes_the_value_apart() {
    let extra = ["--device", "cpu", "--weights", "seeded", "--explain", "--json", "--quiet"];
    let output = compare(&extra);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap();
    let parts = number("/explanation/mean_term") + number("/explanation/trace_term");
    assert!((parts - number("/fid")).abs() < 1e-9 * number("/fid"));
    // The covariance of 24 images has rank 23 at most.
    assert!(number("/explanation/real/effective_dimensions") < 23.0);
    let largest = number("/explanation/real/largest_eigenvalues/0");
    assert!(largest > 0.0 && largest < number("/real/trace"));
    let remarks = report["explanation"]["remarks"].to_string();
    assert!(remarks.contains("fewer than the 2048 features"), "{remarks}");
}

#[test]
fn completions_and_man_pages_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&run(&["completions", shell]));
        assert!(script.contains("doctor") && script.contains("preset"), "{shell}: {script}");
    }
    assert!(stdout(&run(&["man"])).contains("fid\\-gpu"));
    let folder = temp_dir::TempDir::new().unwrap();
    let pages = folder.child("man");
    assert!(run(&["man", "--dir", pages.to_str().unwrap()]).status.success());
    for page in ["fid-gpu.1", "fid-gpu-fid.1", "fid-gpu-weights-fetch.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".SH OPTIONS"), "{page}");
    }
    // A file at the path of the folder.
    let blocked = folder.child("blocked");
    std::fs::write(&blocked, "").unwrap();
    assert!(failure(&run(&["man", "--dir", blocked.to_str().unwrap()])).contains("blocked"));
}

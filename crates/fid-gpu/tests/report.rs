//! Runs `fid-gpu report`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fid_core::{FEATURE_DIM, FeatureStats};
use fid_gpu::stats_file::StatsFile;
use serde_json::Value;
use temp_dir::TempDir;

fn samples(side: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side)
}

fn run(args: &[&Path], extra: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .arg(args[0])
        .args(&args[1..])
        .args(["--weights", "seeded", "--device", "cpu", "--offline"])
        .args(extra)
        .output()
        .unwrap()
}

fn report(real: &Path, fake: &Path, page: &Path, extra: &[&str]) -> Output {
    run(&[Path::new("report"), real, fake, Path::new("-o"), page], extra)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The text between `before` and `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap() + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

/// Place, whole value and shown text of each number on a page.
fn numbers(page: &str) -> Vec<(&str, f64, &str)> {
    let found = page.match_indices("<data data-at=\"").map(|(at, _)| {
        let tag = &page[at..];
        let value = between(tag, "value=\"", "\"").parse().unwrap();
        (between(tag, "data-at=\"", "\""), value, between(tag, ">", "</data>"))
    });
    found.collect()
}

/// Checks that each number on a page equals the report's, and that its text shows that number.
fn assert_numbers(page: &str, json: &Value) -> usize {
    let numbers = numbers(page);
    for &(at, value, text) in &numbers {
        // serde_json may read a number with an error of one unit in the last place.
        let told = json.pointer(at).and_then(Value::as_f64).unwrap();
        assert!(
            (told - value).abs() <= 2.0 * f64::EPSILON * told.abs(),
            "{at}: {value}, not {told}"
        );
        let digits = text.split_once('.').map_or(0, |(_, digits)| digits.len()) as i32;
        let shown: f64 = text.parse().unwrap();
        assert!((shown - value).abs() <= 0.5001 * 10f64.powi(-digits), "{at}: {text} for {value}");
    }
    numbers.len()
}

#[test]
fn the_html_report_has_the_numbers_of_the_json_report() {
    let folder = TempDir::new().unwrap();
    let page = folder.child("page.html");
    std::fs::write(&page, "old").unwrap();
    let extra = ["--json", "--quiet", "--kid-subset-size", "10", "--preset", "pytorch-fid,clean"];
    let output = report(&samples("real"), &samples("fake"), &page, &extra);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(assert_numbers(&html, &json) > 50);
    for at in [
        "/fid",
        "/fid_interval/low",
        "/metrics/kid/mean",
        "/metrics/prdc/recall",
        "/metrics/is/mean",
        "/metrics/fid_infinity/value",
        "/presets/1/fid",
        "/mean_term",
        "/outliers/fake/7/nearest_real/distance",
        "/outliers/real/0/influence",
        "/real/images",
    ] {
        assert!(numbers(&html).iter().any(|number| number.0 == at), "{at} is not on the page");
    }
    // The page contains the complete JSON report.
    let whole = between(&html, "<pre id=\"report\">", "</pre>");
    let whole = whole.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    let whole: Value = serde_json::from_str(&whole.replace("&amp;", "&")).unwrap();
    assert_eq!(whole, json);
    assert_eq!(html.matches("<img ").count(), 8 + 8 + 8);
    assert_eq!(html.matches("<svg ").count(), 3);
    for text in [json["weights"]["sha256"].as_str().unwrap(), "report", "not comparable", "UTC"] {
        assert!(html.contains(text), "{text}");
    }
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "{files:?}");
    // The check detects a changed number.
    let spoiled = html.replacen("value=\"24\"", "value=\"25\"", 1);
    assert!(std::panic::catch_unwind(|| assert_numbers(&spoiled, &json)).is_err());
}

#[test]
fn html_reports_of_statistics_files_have_no_images() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = ["real", "fake"].map(|side| {
        let file = folder.child(format!("{side}.npz"));
        let made = run(&[Path::new("stats"), &samples(side), Path::new("-o"), &file], &["-q"]);
        assert!(made.status.success(), "{}", stderr(&made));
        file
    });
    let page = folder.child("page.html");
    // Files of few images have their features.
    let output = report(&real, &fake, &page, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("All 24 real images are shown.") && !html.contains("<img "));

    for path in [&real, &fake] {
        let mut file = StatsFile::read(path, FEATURE_DIM).unwrap();
        let (mu, sigma) = (file.stats.mu().to_vec(), file.stats.sigma().to_vec());
        file.stats = FeatureStats::from_mu_sigma(mu, sigma, Some(24)).unwrap();
        file.save(path).unwrap();
    }
    let output = report(&real, &samples("fake"), &page, &["--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let html = std::fs::read_to_string(&page).unwrap();
    assert_numbers(&html, &serde_json::from_slice(&output.stdout).unwrap());
    for text in [
        "The real images are not available",
        "kid is left out: ",
        "does not contain what it needs",
        "only their mean is shown",
        "/metrics/fid_infinity/value",
        "/fid_interval/low",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert_eq!((html.matches("<img ").count(), html.matches("<svg ").count()), (8, 3));

    // A comparison of two files still has the value and the spectra.
    let output = report(&real, &fake, &page, &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("No confidence interval") && html.contains("Neither side"));
    assert_eq!((html.matches("<img ").count(), html.matches("<svg ").count()), (0, 1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.starts_with("FID: ") && stdout.contains("page.html: "), "{stdout}");
}

#[test]
fn an_unwritable_html_report_is_an_error_before_the_run() {
    let folder = TempDir::new().unwrap();
    for target in [folder.child("no/such/page.html"), folder.path().to_path_buf()] {
        let output = report(&samples("real"), &samples("fake"), &target, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).starts_with("fid-gpu: cannot write "), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}

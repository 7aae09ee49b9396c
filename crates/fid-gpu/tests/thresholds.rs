//! Runs the binary with thresholds, `--jsonl` and `watch`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use temp_dir::TempDir;

const NETWORK: [&str; 5] = ["--weights", "seeded:1", "--device", "cpu", "--quiet"];

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    command.args(args).env("FID_GPU_OFFLINE", "1").env("XDG_CACHE_HOME", "/nonexistent");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Standard output and standard error of a run that must end with `status`.
#[track_caller]
fn run(args: &[&str], status: i32) -> (String, String) {
    let Output { status: ended, stdout, stderr } = command(args).output().unwrap();
    assert_eq!(ended.code(), Some(status), "{}", text(&stderr));
    (text(&stdout), text(&stderr))
}

/// Copies `count` of the samples into a folder.
fn images(folder: &Path, side: &str, count: usize) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side);
    let mut files: Vec<_> = fs::read_dir(samples).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    fs::create_dir_all(folder).unwrap();
    for file in &files[..count] {
        fs::copy(file, folder.join(file.file_name().unwrap())).unwrap();
    }
}

/// Statistics of three images of each side.
fn statistics(folder: &TempDir) -> [String; 2] {
    ["real", "fake"].map(|side| {
        images(&folder.child(side), side, 3);
        let (path, file) = (folder.child(side), folder.child(format!("{side}.npz")));
        let [path, file] = [path, file].map(|path| path.to_str().unwrap().to_owned());
        run(&[&["stats", &path, "-o", &file][..], &NETWORK].concat(), 0);
        file
    })
}

#[test]
fn an_exceeded_limit_is_exit_status_1_and_the_value_is_printed() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = statistics(&folder);
    let base = folder.child("base.json").to_str().unwrap().to_owned();
    let compare = |extra: &[&str], status| {
        let args = [&["fid", &real, &fake, "--quiet"][..], extra].concat();
        run(&args, status)
    };
    let (line, _) = compare(&["--fail-above", "1e9"], 0);
    let (same, said) = compare(&["--fail-above", "0.5"], 1);
    assert_eq!(line, same);
    assert!(said.contains("above the limit 0.5"), "{said}");

    let (json, _) = compare(&["--json"], 0);
    fs::write(&base, &json).unwrap();
    // An equal value is not worse.
    compare(&["--fail-if-worse-than", &base], 0);
    let mut better: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(better["schema"], 2);
    assert!(better["timestamp"].as_u64().unwrap() > 1_600_000_000);
    let change = |report: &Value| fs::write(&base, report.to_string()).unwrap();
    better["fid"] = (better["fid"].as_f64().unwrap() / 1.05).into();
    change(&better);
    let (_, said) = compare(&["--fail-if-worse-than", &base], 1);
    assert!(said.contains("5.00% worse"), "{said}");
    compare(&["--fail-if-worse-than", &base, "--by", "4.9%"], 1);
    compare(&["--fail-if-worse-than", &base, "--by", "5.1%"], 0);

    // Of several lines, the last counts.
    let worse = json.replace("\"fid\"", "\"before\"");
    fs::write(&base, format!("{json}\n{json}")).unwrap();
    compare(&["--fail-if-worse-than", &base], 0);
    fs::write(&base, format!("{json}\n{worse}")).unwrap();
    assert!(compare(&["--fail-if-worse-than", &base], 2).1.contains("not a report of fid-gpu"));

    // Schema 1 has the same fields; a later one is refused by name.
    let mut old: Value = serde_json::from_str(&json).unwrap();
    old["schema"] = 1.into();
    change(&old);
    compare(&["--fail-if-worse-than", &base], 0);
    old["schema"] = 99.into();
    change(&old);
    let (_, said) = compare(&["--fail-if-worse-than", &base], 2);
    assert!(said.contains("schema 99") && said.contains("--json"), "{said}");

    // Above an earlier value of 0 the message gives no percentage.
    old["schema"] = 2.into();
    old["fid"] = 0.0.into();
    change(&old);
    let (_, said) = compare(&["--fail-if-worse-than", &base, "--by", "50%"], 1);
    assert!(said.contains("worse than the 0 of") && !said.contains("inf"), "{said}");

    // A report made differently.
    let mut other: Value = serde_json::from_str(&json).unwrap();
    other["fake"]["images"] = 4.into();
    other["preset"] = "clean".into();
    other["weights"]["sha256"] = "00".into();
    change(&other);
    let (line, said) = compare(&["--fail-if-worse-than", &base], 3);
    assert!(line.starts_with("FID: "), "the value is not lost");
    for words in ["preset clean then", "4 fake images then, 3 now", "weights 00", "--preset"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn wrong_limits_are_errors_before_the_run() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("x.json").to_str().unwrap().to_owned();
    let nowhere = folder.child("no/x.jsonl").to_str().unwrap().to_owned();
    // Neither side exists: a run that starts fails with another error.
    for (extra, words) in [
        (vec!["--fail-above", "low"], "no FID"),
        (vec!["--fail-above", "NaN"], "no FID"),
        (vec!["--by", "2%"], "--fail-if-worse-than"),
        (vec!["--fail-if-worse-than", path.as_str()], "cannot read"),
        (vec!["--jsonl", nowhere.as_str()], "cannot append"),
    ] {
        let (_, said) = run(&[&["fid", "a", "b"][..], &extra].concat(), 2);
        assert!(said.contains(words), "{said}");
    }
    for text in ["", "{}", "[1, 2", "{\"schema\": 99}"] {
        fs::write(&path, text).unwrap();
        let (_, said) = run(&["fid", "a", "b", "--fail-if-worse-than", &path], 2);
        assert!(said.contains("not a report of fid-gpu"), "{said}");
    }
}

#[test]
fn results_are_appended() {
    let folder = TempDir::new().unwrap();
    let [real, fake] = statistics(&folder);
    let journal = folder.child("log.jsonl").to_str().unwrap().to_owned();
    for _ in 0..2 {
        // A result above the limit is appended too.
        run(&["fid", &real, &fake, "--jsonl", &journal, "--fail-above", "0", "--quiet"], 1);
    }
    let lines = fs::read_to_string(&journal).unwrap();
    let lines: Vec<Value> = lines.lines().map(|x| serde_json::from_str(x).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["fid"], lines[1]["fid"]);
}

#[test]
fn watch_compares_each_folder_once() {
    let folder = TempDir::new().unwrap();
    let [real, _] = statistics(&folder);
    let run_folder = folder.child("samples");
    images(&run_folder.join("step-900"), "fake", 2);
    images(&run_folder.join("step-1000"), "fake", 3);
    fs::create_dir(run_folder.join("empty")).unwrap();
    fs::create_dir(run_folder.join("bad")).unwrap();
    fs::write(run_folder.join("bad/x.png"), "no image").unwrap();
    fs::write(run_folder.join("bad/y.png"), "no image").unwrap();
    let journal = folder.child("log.jsonl").to_str().unwrap().to_owned();
    let watched = run_folder.to_str().unwrap().to_owned();
    let watch = |extra: &[&str], status| {
        let fixed = ["watch", &watched, "--real", &real, "--once", "--jsonl", &journal];
        run(&[&fixed[..], &NETWORK, extra].concat(), status)
    };
    let (lines, said) = watch(&[], 0);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("step-900: FID: ") && lines[1].contains("step-1000: FID: "));
    assert!(said.contains("bad") && said.contains("x.png"), "{said}");

    images(&run_folder.join("step-1100"), "fake", 3);
    let (lines, _) = watch(&["--fail-above", "0.5"], 1);
    assert!(lines.contains("step-1100") && lines.lines().count() == 1, "{lines}");
    assert_eq!(watch(&[], 0).0, "");
    assert_eq!(fs::read_to_string(&journal).unwrap().lines().count(), 3);
}

#[test]
fn watch_knows_a_comparison_by_its_content() {
    let folder = TempDir::new().unwrap();
    let [real, _] = statistics(&folder);
    let step = folder.child("samples/step-1");
    images(&step, "fake", 2);
    let watch = |path: &str, real: &str, extra: &[&str]| {
        let fixed = ["watch", path, "--real", real, "--once", "--jsonl", "log.jsonl"];
        let network = ["--device", "cpu", "--quiet"];
        let mut command = command(&[&fixed[..], &network, extra].concat());
        let output = command.current_dir(folder.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout).lines().count()
    };
    let seed_1 = ["--weights", "seeded:1"];
    assert_eq!(watch("samples", &real, &seed_1), 1);
    // The same folder under other spellings of its path.
    assert_eq!(watch("./samples", &real, &seed_1), 0);
    assert_eq!(watch(folder.child("samples").to_str().unwrap(), &real, &seed_1), 0);

    // Another real side, preset or weights make a new comparison.
    let again = folder.child("again.npz").to_str().unwrap().to_owned();
    fs::copy(&real, &again).unwrap();
    assert_eq!(watch("samples", &again, &seed_1), 1, "another real side");
    assert_eq!(watch("samples", "real", &seed_1), 1, "another real side");
    let clean = ["--weights", "seeded:1", "--preset", "clean"];
    assert_eq!(watch("samples", "real", &clean), 1, "another preset");
    assert_eq!(watch("samples", "real", &["--weights", "seeded:2"]), 1, "other weights");
    assert_eq!(watch("samples", "real", &clean), 0);

    // A file rewritten with equal size.
    let image = fs::read_dir(&step).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&image).unwrap();
    fs::write(&image, bytes).unwrap();
    assert_eq!(watch("samples", &real, &seed_1), 1);
    assert_eq!(watch("samples", &real, &seed_1), 0);
}

#[test]
fn watch_waits_until_a_folder_is_complete() {
    let folder = TempDir::new().unwrap();
    let [real, _] = statistics(&folder);
    let watched = folder.child("samples");
    images(&watched.join("a"), "fake", 2);
    let path = folder.child("log.jsonl");
    let watching = command(
        &[
            &["watch", watched.to_str().unwrap(), "--real", &real, "--every", "0.4"][..],
            &["--jsonl", path.to_str().unwrap()],
            &NETWORK,
        ]
        .concat(),
    );
    let watching = { watching }.stdout(Stdio::null()).spawn().unwrap();
    let _killed = Killed(watching);
    let results = |count: usize| -> Vec<Value> {
        let begin = Instant::now();
        loop {
            let text = fs::read_to_string(&path).unwrap_or_default();
            if text.lines().count() >= count {
                return text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            }
            assert!(begin.elapsed() < Duration::from_secs(120), "{text}");
            sleep(Duration::from_millis(50));
        }
    };
    // The watcher now polls every 0.4 s, and the next folder grows faster than that.
    results(1);
    for count in 2..=12 {
        images(&watched.join("b"), "fake", count);
        sleep(Duration::from_millis(150));
    }
    assert_eq!(results(2)[1]["fake"]["images"], 12);
}

/// A process that is killed when the test ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

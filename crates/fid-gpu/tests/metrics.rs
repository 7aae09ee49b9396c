//! Runs the binary with metrics other than FID: from images, from feature files, and refused
//! inputs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use temp_dir::TempDir;

const NETWORK: [&str; 5] = ["--weights", "seeded:1", "--device", "cpu", "--quiet"];

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Standard output and standard error of a run that must end with `status`.
#[track_caller]
fn run(args: &[&str], status: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    let Output { status: ended, stdout, stderr } =
        command.args(args).env("FID_GPU_OFFLINE", "1").output().unwrap();
    assert_eq!(ended.code(), Some(status), "{}", text(&stderr));
    (text(&stdout), text(&stderr))
}

#[track_caller]
fn json(args: &[&str]) -> Value {
    serde_json::from_str(&run(&[args, &["--json"]].concat(), 0).0).unwrap()
}

/// Some of the samples, in folders that are classes.
struct Sets(TempDir);

impl Sets {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for side in ["real", "fake"] {
            let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side);
            let mut files: Vec<_> =
                fs::read_dir(samples).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            for (at, file) in files[..9].iter().enumerate() {
                let class = folder.child(side).join(if at < 5 { "cat" } else { "dog" });
                fs::create_dir_all(&class).unwrap();
                fs::copy(file, class.join(file.file_name().unwrap())).unwrap();
            }
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.child(name).to_str().unwrap().to_owned()
    }

    fn compare(&self, extra: &[&str]) -> Value {
        let (real, fake) = (self.path("real"), self.path("fake"));
        json(&[&["fid", &real, &fake][..], &NETWORK, extra].concat())
    }
}

fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer}: {value}"))
}

fn assert_near(a: f64, b: f64, bound: f64) {
    assert!((a - b).abs() <= bound * b.abs().max(f64::MIN_POSITIVE), "{a} and {b}");
}

const SMALL: [&str; 2] = ["--kid-subset-size", "8"];

const SPLITS: [&str; 2] = ["--is-splits", "3"];

#[test]
fn one_pass_computes_every_metric_and_saved_features_agree() {
    let sets = Sets::new();
    let saved = sets.path("saved");
    let asked = ["--metrics", "all", "--save-features", &saved, "--save-logits", &saved];
    let report = sets
        .compare(&[&asked[..], &SMALL, &SPLITS, &["--interval=0.9", "--outliers", "2"]].concat());
    let metrics = report["metrics"].as_object().unwrap();
    let names = [
        "fid_64",
        "fid_192",
        "fid_768",
        "sfid",
        "fid_infinity",
        "kid",
        "kid_blocks",
        "is",
        "prdc",
        "mind",
        "mifid",
    ];
    for name in names {
        assert!(metrics.contains_key(name), "{name} is not in {metrics:?}");
    }
    assert_eq!(metrics["products_on"], "cpu");
    assert_eq!(metrics.len(), names.len() + 1, "{metrics:?}");

    let alone = sets.compare(&[]);
    assert_eq!(alone["fid"], report["fid"], "other metrics must not move FID");
    assert!(alone["metrics"].as_object().unwrap().is_empty());

    let file = |name: &str| format!("{saved}/{name}");
    let (real, fake) = (file("real-pool3.npy"), file("fake-pool3.npy"));
    // CMMD is CLIP's, so all does not have it for Inception; by name it is there.
    let named = sets.compare(&["--metrics", "fid,cmmd"]);
    assert_eq!(named["fid"], report["fid"]);
    let cmmd = json(&["cmmd", &real, &fake]);
    assert_near(number(&cmmd, "/value"), number(&named, "/metrics/cmmd/value"), 1e-9);
    assert!(number(&cmmd, "/value") > 1e-3);
    let frechet = json(&["frechet", &real, &fake]);
    assert_near(number(&frechet, "/frechet"), number(&report, "/fid"), 1e-9);
    assert_eq!(frechet["dim"], 2048);
    let kid = json(&[&["kid", &real, &fake][..], &SMALL].concat());
    assert_eq!(kid, report["metrics"]["kid"]);
    assert_eq!(json(&["prdc", &real, &fake]), report["metrics"]["prdc"]);
    let names = fs::read_to_string(file("fake-images.txt")).unwrap();
    assert_eq!(names.lines().count(), 9);
    assert!(names.lines().next().unwrap().ends_with(".png"), "{names}");
    let logits = fs::metadata(file("fake-logits.npy")).unwrap().len();
    assert_eq!(logits, 128 + 9 * 1008 * 4);

    // With the sides swapped, precision is recall.
    let swapped = json(&["prdc", &fake, &real]);
    assert_eq!(swapped["precision"], report["metrics"]["prdc"]["recall"]);
    assert_eq!(swapped["recall"], report["metrics"]["prdc"]["precision"]);
    assert_ne!(swapped["precision"], report["metrics"]["prdc"]["precision"], "the test is blind");

    // Another seed draws other subsets.
    let other = json(&[&["kid", &real, &fake, "--seed", "7"][..], &SMALL].concat());
    assert_ne!(other["mean"], kid["mean"]);

    assert_near(number(&report, "/fid_interval/value"), number(&report, "/fid"), 1e-6);
    assert!(number(&report, "/fid_interval/low") < number(&report, "/fid_interval/high"));
    assert_eq!(number(&report, "/fid_interval/level"), 0.9);
    assert!(report["kid_interval"].is_object());
    let outliers = report["outliers"]["fake"].as_array().unwrap();
    assert_eq!(outliers.len(), 2);
    let nearest = outliers[0]["nearest_real"]["path"].as_str().unwrap();
    assert!(nearest.contains("real") && Path::new(nearest).exists(), "{nearest}");
}

#[test]
fn lines_name_each_metric() {
    let sets = Sets::new();
    let (real, fake) = (sets.path("real"), sets.path("fake"));
    let args =
        ["fid", &real, &fake, "--metrics", "is,prdc,fid-64", "--per-class", "--class-min", "5"];
    let (lines, _) = run(&[&args[..], &NETWORK, &SPLITS].concat(), 0);
    let begins: Vec<&str> = lines.lines().map(|line| line.split(':').next().unwrap()).collect();
    let expected = [
        "FID at 64 features",
        "IS",
        "Precision",
        "Recall",
        "F-score",
        "Density",
        "Coverage",
        "FID of cat",
        "FID of dog",
    ];
    assert_eq!(begins, expected);
    assert!(lines.contains("FID of dog: too few images  (4 real, 4 fake)"), "{lines}");
    assert!(!lines.contains("FID: "), "it was not asked for");
}

#[test]
fn several_presets_give_the_values_of_separate_runs() {
    let sets = Sets::new();
    let both = sets.compare(&["--preset", "clean,torch-fidelity"]);
    assert_eq!(both["preset"], "clean");
    for (at, name) in ["clean", "torch-fidelity"].into_iter().enumerate() {
        let alone = sets.compare(&["--preset", name]);
        assert_eq!(both["presets"][at]["preset"], name);
        assert_eq!(both["presets"][at]["fid"], alone["fid"]);
    }
    assert_ne!(both["presets"][0]["fid"], both["presets"][1]["fid"]);
    assert_eq!(both["presets"].as_array().unwrap().len(), 2);
}

#[test]
fn impossible_requests_are_errors_before_the_run() {
    let sets = Sets::new();
    let (real, fake) = (sets.path("real"), sets.path("fake"));
    // No weights are available: a run that starts the network fails with another error.
    let refused = |extra: &[&str], words: &str| {
        let args = [&["fid", &real, &fake, "--weights", "/none.pth"][..], extra].concat();
        let (out, said) = run(&args, 2);
        assert!(said.contains(words) && out.is_empty(), "{said}");
    };
    refused(&["--metrics", "kid"], "--kid-subset-size 9 or less");
    refused(&["--metrics", "is,fid"], "--is-splits 9 or less");
    refused(&["--metrics", "prdc", "--neighbours", "9"], "--neighbours 8 or less");
    refused(&["--metrics", "kid", "--kid-subset-size", "1"], "larger --kid-subset-size");
    refused(&["--metrics", "kid", "--kid-subsets", "0"], "larger --kid-subsets");
    refused(&["--metrics", "prdc", "--neighbours", "0"], "larger --neighbours");
    refused(&["--metrics", "is", "--is-splits", "0"], "larger --is-splits");
    refused(&["--metrics", "fid,kidd"], "fid-infinity, kid, is");
    refused(&["--interval=1.5"], "no level");
    refused(&["--class-min", "5"], "--per-class");
    refused(&["--preset", "clean,cleaner"], "unknown preset 'cleaner'");
    refused(&["--save-features", "/proc/none/x"], "cannot be written");
}

/// The Inception Score is that of a comparison, and nothing that compares sets is left out.
#[test]
fn one_set_is_enough_for_the_inception_score() {
    let sets = Sets::new();
    let fake = sets.path("fake");
    let both = sets.compare(&[&["--metrics", "is"][..], &SPLITS].concat());
    for named in [&["--fake", &fake][..], &[&fake]] {
        let alone = json(&[named, &["--metrics", "is"], &NETWORK, &SPLITS].concat());
        assert_eq!(alone["metrics"]["is"], both["metrics"]["is"]);
        assert_eq!((&alone["fake"]["images"], &alone["fid"]), (&9.into(), &Value::Null));
    }
    let line = run(&[&["--fake", &fake, "--metrics", "is"][..], &NETWORK, &SPLITS].concat(), 0).0;
    assert!(line.starts_with("IS: ") && line.lines().count() == 1, "{line}");
    for more in [&["--explain"][..], &["--outliers", "1"], &["--interval"], &["--fail-above", "3"]]
    {
        let (_, said) = run(&[&["--fake", &fake, "--metrics", "is"][..], more].concat(), 2);
        assert!(said.contains("--real is missing"), "{said}");
    }
    // The faults of the set are noted, as in a comparison.
    let twice = sets.path("twice");
    for class in ["cat", "dog"] {
        let (from, to) = (Path::new(&fake).join(class), Path::new(&twice).join(class));
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(from).unwrap().map(|file| file.unwrap()) {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
            fs::copy(file.path(), to.join(format!("again-{}", file.file_name().display())))
                .unwrap();
        }
    }
    let network = &NETWORK[..4]; // without --quiet
    let (_, said) =
        run(&[&["--fake", &twice, "--metrics", "is"][..], network, &SPLITS].concat(), 0);
    assert!(said.contains("all 18 generated images occur 2 times"), "{said}");
    let (_, said) = run(&["--fake", &fake, "--metrics", "is,kid"], 2);
    assert!(said.contains("kid compares two sets"), "{said}");
}

#[test]
fn two_bare_paths_are_compared() {
    let sets = Sets::new();
    let (real, fake) = (sets.path("real"), sets.path("fake"));
    let bare = json(&[&[&*real, &*fake][..], &NETWORK].concat());
    assert_eq!(bare["fid"], sets.compare(&[])["fid"]);
    assert_eq!(bare["real"]["path"], real);
    let (_, said) = run(&["stat"], 2);
    assert!(said.contains("'stat' is neither a command nor a file"), "{said}");
    let (_, said) = run(&[&real], 2);
    assert!(said.contains("second path is missing"), "{said}");
}

#[test]
fn statistics_files_lack_single_images() {
    let sets = Sets::new();
    let (real, file) = (sets.path("real"), sets.path("real.npz"));
    run(&[&["stats", &real, "-o", &file][..], &NETWORK].concat(), 0);
    for (extra, words) in [
        (["--metrics", "fid-192,fid"], "fid-192 needs the statistics of 192 features"),
        (["--save-features", "x"], "saving features needs the images themselves"),
        (["--preset", "all"], "another preset needs the images themselves"),
    ] {
        let (_, said) = run(&[&["fid", &file, &real][..], &NETWORK, &extra].concat(), 2);
        assert!(said.contains(words) && said.contains("real.npz"), "{said}");
        assert!(said.contains(extra[0]), "{said}");
    }
    // A file of few images has their features, which serve intervals and outliers.
    let fake = sets.path("fake");
    let args = [&["fid", &file, &fake, "--interval", "--outliers", "1"][..], &NETWORK].concat();
    let report = json(&args);
    assert!(report["fid_interval"].is_object() && report["kid_interval"].is_object());
    assert_eq!(report["outliers"]["real"].as_array().unwrap().len(), 1);
    assert_eq!(report["outliers"]["fake"].as_array().unwrap().len(), 1);
}

#[test]
fn unusable_features_are_refused() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, shape: &str, values: &[f32]| {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        values.iter().for_each(|value| file.extend(value.to_le_bytes()));
        let path = folder.child(name).to_str().unwrap().to_owned();
        fs::write(&path, file).unwrap();
        path
    };
    let a = write("a.npy", "(3, 2)", &[1.0, 2.0, 0.5, 1.5, 3.0, 0.0]);
    let b = write("b.npy", "(2, 3)", &[1.0, 2.0, 0.5, 1.5, 3.0, 0.0]);
    let c = write("c.npy", "(3, 2)", &[1.0, 2.0, f32::NAN, 1.5, 3.0, 0.0]);
    let refused = |args: &[&str], words: &[&str]| {
        let (_, said) = run(args, 2);
        words.iter().for_each(|word| assert!(said.contains(word), "{word}: {said}"));
    };
    refused(&["frechet", &a, &b], &["vectors of 2 values", "of 3", "different networks"]);
    refused(&["frechet", &a, &c], &["c.npy", "row 1, column 0"]);
    refused(&["kid", &a, &c, "--kid-subset-size", "3"], &["c.npy", "row 1, column 0"]);
    refused(&["kid", &a, &a], &["a.npy", "needs 1000 images"]);
    refused(&["prdc", &a, &a], &["a.npy"]);
    refused(&["frechet", &a, folder.path().to_str().unwrap()], &["cannot be read"]);
    let same = json(&["frechet", &a, &a]);
    assert!(number(&same, "/frechet").abs() < 1e-12, "{same}");
}

#[test]
fn docs_json_lists_every_field() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/JSON.md");
    let page = fs::read_to_string(page).unwrap();
    let sets = Sets::new();
    let all = ["--metrics", "all", "--interval", "--outliers", "1", "--per-class", "--explain"];
    let report = sets.compare(&[&all[..], &["--preset", "pytorch-fid,clean"]].concat());
    let told =
        |name: &str| assert!(page.contains(&format!("`{name}`")), "{name} is not on the page");
    report.as_object().unwrap().keys().for_each(|name| told(name));
    report["metrics"].as_object().unwrap().keys().for_each(|name| told(name));
    report["real"].as_object().unwrap().keys().for_each(|name| told(name));
    report["real"]["stages"].as_object().unwrap().keys().for_each(|name| told(name));
    assert!(report["metrics"]["not_computed"][0]["metric"].is_string(), "KID has too few images");
}

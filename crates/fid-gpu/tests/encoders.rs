//! Runs the binary and the library with other encoders than Inception, under random weights.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fid_gpu::stats_file::StatsFile;
use fid_gpu::{DeviceChoice, Encoder, Error, EvalConfig, Metric, Preset, RunConfig, WeightsSource};
use serde_json::Value;
use temp_dir::TempDir;

/// The smallest network for images of 224 pixels.
const NETWORK: [&str; 6] = ["--encoder", "clip-b32", "--weights", "seeded:1", "--device", "cpu"];

fn run(folder: &TempDir, args: &[&[&str]]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .current_dir(folder.path())
        .args(args.concat())
        .env("XDG_CACHE_HOME", folder.path())
        .env("HOME", folder.path())
        .env("FID_GPU_OFFLINE", "1")
        .env_remove("TORCH_HOME")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Standard output of a run that must succeed.
#[track_caller]
fn stdout(folder: &TempDir, args: &[&[&str]]) -> String {
    let output = run(folder, args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn json(folder: &TempDir, args: &[&[&str]]) -> Value {
    serde_json::from_str(&stdout(folder, &[&args.concat()[..], &["--json"]])).unwrap()
}

/// The message of a run that must fail.
#[track_caller]
fn fail(folder: &TempDir, args: &[&[&str]], status: i32) -> String {
    let output = run(folder, args);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    message
}

/// Folders `real` and `fake` with the first samples of this repository.
fn folders(count: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    for side in ["real", "fake"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side);
        let mut files: Vec<PathBuf> =
            fs::read_dir(from).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        fs::create_dir(folder.child(side)).unwrap();
        for file in &files[..count] {
            fs::copy(file, folder.child(side).join(file.file_name().unwrap())).unwrap();
        }
    }
    folder
}

fn fid(report: &Value) -> f64 {
    report["fid"].as_f64().unwrap()
}

#[test]
fn a_report_names_encoder_preset_and_weights() {
    let folder = folders(6);
    let report = json(&folder, &[&["real", "fake"], &NETWORK]);
    assert!(fid(&report) > 1.0, "{report}");
    assert_eq!((&report["encoder"], &report["preset"]), (&"clip-b32".into(), &"clean-clip".into()));
    assert_eq!(report["weights"]["name"], "seeded:1");
    assert_eq!(report["weights"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(report["tap"], Value::Null, "layers are Inception's");
    let line = stdout(&folder, &[&["real", "fake"], &NETWORK]);
    assert!(line.starts_with("FD clip-b32 (clean-clip): "), "{line}");
    // Of the same images, of the sides exchanged, and of other batches.
    let same = fid(&json(&folder, &[&["real", "real"], &NETWORK]));
    assert!(same < 1e-9 * fid(&report), "{same}");
    let swapped = fid(&json(&folder, &[&["fake", "real"], &NETWORK]));
    assert!((swapped / fid(&report) - 1.0).abs() < 1e-12);
    let single = json(&folder, &[&["real", "fake", "--batch-size", "1"], &NETWORK]);
    assert_eq!(fid(&single), fid(&report));
}

#[test]
fn every_metric_of_features_and_every_preset_from_one_run() {
    let folder = folders(8);
    let few = ["--metrics", "all", "--kid-subset-size", "8", "--neighbours", "2"];
    let report = json(&folder, &[&["real", "fake", "--preset", "all"], &few, &NETWORK]);
    let metrics = report["metrics"].as_object().unwrap();
    for name in ["fid_infinity", "kid", "prdc", "mind", "mifid"] {
        assert!(metrics[name].is_object() || metrics[name].is_number(), "{name}: {report}");
    }
    assert!(metrics.get("inception_score").is_none_or(Value::is_null), "{report}");
    let presets = report["presets"].as_array().unwrap();
    let names: Vec<_> = presets.iter().map(|under| under["preset"].as_str().unwrap()).collect();
    assert_eq!(names, ["clean-clip", "torch-fidelity"]);
    assert_ne!(presets[0]["fid"], presets[1]["fid"]);
    let alone = ["real", "fake", "--preset", "torch-fidelity"];
    assert_eq!(json(&folder, &[&alone, &NETWORK])["fid"], presets[1]["fid"]);
    let rows = ["real", "fake", "--interval=0.9", "--outliers=2"];
    let report = json(&folder, &[&rows, &NETWORK]);
    assert_eq!(report["outliers"]["fake"].as_array().map(Vec::len), Some(2), "{report}");
}

#[test]
fn statistics_and_cached_features_keep_their_encoder() {
    let folder = folders(6);
    let direct = json(&folder, &[&["real", "fake"], &NETWORK]);
    for side in ["real", "fake"] {
        stdout(&folder, &[&["stats", side, "-o", &format!("{side}.npz")], &NETWORK]);
    }
    let meta = StatsFile::read(&folder.child("real.npz"), 512).unwrap().meta.unwrap();
    assert_eq!(meta.recipe.encoder.as_deref(), Some("clip-b32"));
    assert_eq!(meta.format, 2, "earlier versions must not take it for Inception's");
    // Without the encoder: the files say it.
    let files = json(&folder, &[&["real.npz", "fake.npz"]]);
    assert!((fid(&files) / fid(&direct) - 1.0).abs() < 1e-9);
    assert_eq!(files["encoder"], "clip-b32");
    let mixed = json(&folder, &[&["real.npz", "fake"], &NETWORK]);
    assert!((fid(&mixed) / fid(&direct) - 1.0).abs() < 1e-9);

    let cache = ["real", "fake", "--cache", "kept"];
    let fresh = json(&folder, &[&cache, &NETWORK]);
    let again = json(&folder, &[&cache, &NETWORK]);
    assert_eq!((&fresh["fid"], &again["fid"]), (&direct["fid"], &direct["fid"]));
    assert_eq!(again["real"]["cache"]["misses"], 0, "{again}");
}

#[test]
fn unlike_encoders_are_not_compared() {
    let folder = folders(4);
    stdout(&folder, &[&["stats", "real", "-o", "clip.npz"], &NETWORK]);
    let inception = ["--weights", "seeded:1", "--device", "cpu"];
    let message = fail(&folder, &[&["clip.npz", "fake"], &inception], 3);
    assert!(message.contains("encoder clip-b32 and encoder inception"), "{message}");
    let preset = ["clip.npz", "fake", "--preset", "torch-fidelity"];
    let message = fail(&folder, &[&preset, &NETWORK], 3);
    assert!(message.contains("preset clean-clip and preset torch-fidelity"), "{message}");
    // Nor by way of a report.
    let before = stdout(&folder, &[&["real", "fake", "--json"], &inception]);
    fs::write(folder.child("before.json"), before).unwrap();
    let limit = ["real", "fake", "--fail-if-worse-than", "before.json"];
    let message = fail(&folder, &[&limit, &NETWORK], 3);
    assert!(message.contains("encoder inception then, clip-b32 now"), "{message}");
}

#[test]
fn what_an_encoder_does_not_have_is_refused_before_the_network_runs() {
    let folder = folders(4);
    for (args, expected) in [
        (&["--metrics", "is"][..], "is is defined by other layers of Inception-v3"),
        (&["--metrics", "fid,fid-64"], "fid-64 is defined by other layers"),
        (&["--preset", "pytorch-fid"], "unknown preset 'pytorch-fid'; known: clean-clip"),
        (&["--assume-preset", "clean"], "unknown preset 'clean'"),
    ] {
        let message = fail(&folder, &[&["real", "fake"], args, &NETWORK], 2);
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("loading weights"), "{message}");
    }
    let layer = ["stats", "real", "-o", "a.npz", "--dims", "64"];
    let message = fail(&folder, &[&layer, &NETWORK], 2);
    assert!(message.contains("clip-b32 has no layer pool64"), "{message}");
    let unknown = fail(&folder, &[&["real", "fake", "--encoder", "dino"]], 2);
    assert!(unknown.contains("there is no encoder dino: name one of inception, dinov2-s14"));
}

#[test]
fn features_are_saved_under_their_own_name() {
    let folder = folders(3);
    stdout(&folder, &[&["real", "fake", "--save-features", "out"], &NETWORK]);
    let bytes = fs::read(folder.child("out/real-features.npy")).unwrap();
    assert_eq!(bytes.len(), 128 + 3 * 512 * 4);
}

#[test]
fn the_library_chooses_the_default_preset_of_an_encoder() {
    let folder = folders(2);
    let encoder: Encoder = "clip-b32".parse().unwrap();
    let config = EvalConfig::new(folder.child("real"), folder.child("fake"))
        .encoder(encoder.clone())
        .weights(WeightsSource::Seeded(1))
        .device(DeviceChoice::Cpu);
    assert_eq!(fid_gpu::evaluate(&config).unwrap().preset, "clean-clip");
    let other = RunConfig::default().encoder(encoder).preset(Preset::CLEAN);
    let error = fid_gpu::evaluate(&config.clone().run(other)).unwrap_err();
    assert!(matches!(error, Error::OtherEncodersPreset { .. }), "{error}");
    let error = fid_gpu::evaluate(&config.select([Metric::Sfid])).unwrap_err();
    assert!(matches!(error, Error::NeedsInception { .. }), "{error}");
}

/// A model of the fixtures of fid-onnx, which scripts/fixtures/own_encoder.py writes.
fn model(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/onnx_encoder");
    folder.join(name).to_str().unwrap().to_owned()
}

/// From files to a value: digits, and a classifier of them from either of PyTorch's exporters.
#[test]
fn a_model_of_ones_own_gives_the_distance_of_its_features() {
    let folder = TempDir::new().unwrap();
    let sides = [model("real.npy"), model("fake.npy")];
    let sides = sides.each_ref().map(String::as_str);
    let input = ["--input-mean", "0.25", "--input-std", "0.5", "--output-node", "features"];
    // Of the script: the features in f64, and pytorch-fid's distance.
    let expected = 1.080_655_455_066_359_8;
    for name in ["legacy.onnx", "dynamo.onnx"] {
        let report = json(&folder, &[&sides, &["--encoder", &model(name)], &input]);
        assert!((fid(&report) / expected - 1.0).abs() < 1e-5, "{report}");
        let encoder = report["encoder"].as_str().unwrap();
        assert!(encoder.contains("mean 0.25") && encoder.contains("output features"), "{encoder}");
        assert_eq!(report["weights"]["name"], name);
    }
    // The settings are in this one's metadata.
    let report = json(&folder, &[&sides, &["--encoder", &model("colour.onnx")]]);
    assert!((fid(&report) / expected - 1.0).abs() < 0.1, "{report}");
    // Statistics of another input are not compared.
    let encoder = model("legacy.onnx");
    stdout(&folder, &[&["stats", sides[0], "-o", "real.npz", "--encoder", &encoder], &input]);
    let other = ["--input-mean", "0.5", "--input-std", "0.5", "--output-node", "features"];
    let message = fail(&folder, &[&["real.npz", sides[1], "--encoder", &encoder], &other], 3);
    assert!(message.contains("mean 0.25") && message.contains("mean 0.5"), "{message}");
}

#[test]
fn models_and_settings_that_do_not_fit_are_one_error() {
    let folder = folders(2);
    let sides = ["real", "fake"];
    for (args, expected) in [
        (&["--encoder", &*model("legacy.onnx")][..], "--output-node names one"),
        (&["--encoder", &model("any_size.onnx")], "--input-size gives it"),
        (&["--encoder", &model("colour.onnx"), "--device", "vulkan"], "a model runs on the CPU"),
        (&["--encoder", &model("colour.onnx"), "--weights", "seeded"], "a model has its own"),
        (&["--encoder", "none.onnx"], "none.onnx"),
        (
            &["--encoder", "clip-b32", "--input-size", "28"],
            "input_size is a setting of ONNX models",
        ),
    ] {
        let message = fail(&folder, &[&sides, args], 2);
        assert!(message.contains(expected), "{message}");
        assert_eq!(message.matches("fid-gpu: ").count(), 1, "{message}");
    }
}

/// A graph of the FID network runs on the program's own engines.
#[test]
fn a_graph_of_the_fid_network_is_inception() {
    let folder = folders(2);
    let export = ["weights", "export", "fid.onnx", "--weights", "seeded:3"];
    stdout(&folder, &[&export]);
    let sides = ["real", "fake", "--device", "cpu"];
    let by_graph = json(&folder, &[&sides, &["--encoder", "fid.onnx"]]);
    let by_seed = json(&folder, &[&sides, &["--weights", "seeded:3"]]);
    assert_eq!((&by_graph["fid"], &by_graph["encoder"]), (&by_seed["fid"], &Value::Null));
}

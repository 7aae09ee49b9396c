//! Runs the binary on statistics files: written, compared, merged, refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fid_core::FEATURE_DIM;
use fid_gpu::source::ImageSet;
use fid_gpu::stats_file::StatsFile;
use fid_gpu::{EvalConfig, Metric, MetricsConfig, Preset, evaluate};
use fid_images::npy::{Dtype, write_header, write_values};
use serde_json::Value;
use temp_dir::TempDir;

/// Options that name a network. Without them no weights are found, so that a run which succeeds
/// did not need the network.
const NETWORK: [&str; 4] = ["--weights", "seeded:1", "--device", "cpu"];

fn run(args: &[&str]) -> Output {
    let nowhere = TempDir::new().unwrap();
    Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
        .args(args)
        .env("XDG_CACHE_HOME", nowhere.path())
        .env("HOME", nowhere.path())
        .env_remove("TORCH_HOME")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn succeed(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The error message of a run that must fail.
#[track_caller]
fn fail(args: &[&str], status: i32) -> String {
    let output = run(args);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert_eq!(text(&output.stdout), "", "an error prints nothing on standard output");
    message
}

#[track_caller]
fn json(args: &[&str]) -> Value {
    serde_json::from_str(&succeed(&[args, &["--json"]].concat())).unwrap()
}

/// A folder with the first images of the samples.
fn images(folder: &TempDir, side: &str, count: usize) -> String {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(side);
    let mut files =
        fs::read_dir(samples).unwrap().map(|f| f.unwrap().path()).collect::<Vec<PathBuf>>();
    files.sort();
    let to = folder.child(side);
    fs::create_dir(&to).unwrap();
    for file in &files[..count] {
        fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
    }
    to.to_str().unwrap().to_owned()
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.child(name).to_str().unwrap().to_owned()
}

fn number(report: &Value, pointer: &str) -> f64 {
    report.pointer(pointer).and_then(Value::as_f64).unwrap()
}

#[test]
fn statistics_files_give_the_fid_of_their_folders() {
    let folder = TempDir::new().unwrap();
    let (real, fake) = (images(&folder, "real", 4), images(&folder, "fake", 4));
    let (a, b) = (path(&folder, "a.npz"), path(&folder, "b.npz"));
    let direct = json(&[&["--real", &real, "--fake", &fake], &NETWORK[..]].concat());
    assert!(succeed(&[&["stats", &real, "-o", &a], &NETWORK[..]].concat()).contains("4 images"));
    let mut meta = json(&[&["stats", &fake, "-o", &b], &NETWORK[..]].concat());
    // Facts about the run that the file does not record.
    for told in ["stages", "weights_seconds"] {
        assert!(meta.as_object_mut().unwrap().remove(told).is_some(), "{told}");
    }
    assert_eq!((&meta["images"], &meta["preset"]), (&4.into(), &"pytorch-fid".into()));

    // Two files need neither weights nor a device.
    let files = json(&["fid", &a, &b]);
    let mixed = json(&[&["fid", &a, &fake], &NETWORK[..]].concat());
    for report in [&files, &mixed] {
        let (got, want) = (number(report, "/fid"), number(&direct, "/fid"));
        assert!((got - want).abs() <= 1e-9 * want, "{got} for {want}");
        assert_eq!(report["comparable"], false);
        assert_eq!(report["weights"], direct["weights"]);
        assert_eq!(number(report, "/real/images"), 4.0);
    }
    assert_eq!(files["device"], Value::Null);
    assert_eq!(files["fake"]["statistics"], meta);
    assert!(succeed(&["--real", &a, "--fake", &b]).contains("seeded:1 weights"));

    // Other weights are refused before the network runs.
    let other = ["--weights", "seeded:2", "--device", "cpu"];
    let message = fail(&[&["fid", &a, &fake], &other[..]].concat(), 3);
    for part in ["a.npz", &fake, "seeded:1", "seeded:2"] {
        assert!(message.contains(part), "no {part} in: {message}");
    }
    assert!(!message.contains("4 images in"), "{message}");
}

#[test]
fn merged_parts_equal_the_whole() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 5);
    let whole = path(&folder, "whole.npz");
    succeed(&[&["stats", &real, "-o", &whole], &NETWORK[..]].concat());
    let parts = ["1/2", "2/2"].map(|part| {
        let to = path(&folder, &format!("{}.npz", &part[..1]));
        succeed(&[&["stats", &real, "-o", &to, "--shard", part], &NETWORK[..]].concat());
        to
    });
    let merged = path(&folder, "merged.npz");
    let said = succeed(&["merge", &parts[1], &parts[0], "-o", &merged]);
    assert!(said.contains("5 images"), "{said}");

    let [got, want] =
        [&merged, &whole].map(|path| StatsFile::read(path.as_ref(), FEATURE_DIM).unwrap());
    assert_eq!(got.meta, want.meta);
    for (got, want) in [(got.stats.mu(), want.stats.mu()), (got.stats.sigma(), want.stats.sigma())]
    {
        let largest = want.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let errors = got.iter().zip(want).map(|(got, want)| (got - want).abs() / largest);
        assert!(errors.fold(0.0, f64::max) <= 1e-12);
    }

    let message = fail(&["merge", &parts[0], &parts[0], "-o", &merged], 2);
    assert!(message.contains("count twice"), "{message}");
    let few = [&["stats", &real, "-o", &merged, "--shard", "1/5"], &NETWORK[..]].concat();
    assert!(fail(&few, 2).contains("fewer parts"));
}

#[test]
fn files_of_other_programs_need_a_preset() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 2);
    let (own, foreign) = (path(&folder, "own.npz"), path(&folder, "foreign.npz"));
    succeed(&[&["stats", &real, "-o", &own], &NETWORK[..]].concat());
    let mut file = StatsFile::read(own.as_ref(), FEATURE_DIM).unwrap();
    file.meta = None;
    file.save(foreign.as_ref()).unwrap();

    let message = fail(&["fid", &own, &foreign], 2);
    assert!(message.contains("foreign.npz") && message.contains("--assume-preset"), "{message}");
    let output = run(&["fid", &own, &foreign, "--assume-preset", "pytorch-fid"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("is assumed"), "{}", text(&output.stderr));
    let message = fail(&["merge", &own, &foreign, "-o", &own], 2);
    assert!(message.contains("foreign.npz"), "{message}");
}

#[test]
fn impossible_runs_fail_before_the_network() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 2);
    let hostile = path(&folder, "hostile.npz");
    fs::write(&hostile, b"PK\x03\x04 this is no archive").unwrap();
    // No weights are available, so that these errors come before the network is loaded.
    for (args, hint) in [
        (&["stats", &real, "-o", "stats.pt"][..], ".npz"),
        (&["stats", &real, "-o", "no/such/folder/stats.npz"], "no/such/folder"),
        (&["stats", &real], "--output"),
        (&["stats", &real, "-o", &hostile, "--shard", "3/2"], "2/8"),
        (&["stats", "no/such/images", "-o", &hostile], "no/such/images"),
        (&["fid", &real], "<FAKE>"),
        (&["fid", &real, "no-such.npz"], "no-such.npz"),
        (&["fid", &real, &hostile], "hostile.npz is no .npz file"),
        (&["merge", "-o", &hostile], "<NPZ>"),
        (&["merge", &hostile, "-o", &hostile], "hostile.npz is no .npz file"),
    ] {
        let message = fail(args, 2);
        assert!(message.contains(hint), "no {hint} in: {message}");
    }
}

#[test]
fn save_stats_writes_the_statistics_of_the_real_side() {
    let folder = TempDir::new().unwrap();
    let (real, fake) = (images(&folder, "real", 3), images(&folder, "fake", 3));
    let (kept, made) = (path(&folder, "kept.npz"), path(&folder, "made.npz"));
    let comparison =
        [&["fid", &real, &fake, "--save-stats", &kept, "--json"], &NETWORK[..]].concat();
    let report: Value = serde_json::from_str(&succeed(&comparison)).unwrap();
    assert_eq!(report["not_saved"], Value::Null);
    succeed(&[&["stats", &real, "-o", &made], &NETWORK[..]].concat());
    assert_eq!(fs::read(&kept).unwrap(), fs::read(&made).unwrap(), "not what `stats` writes");
    let again = json(&[&["fid", &kept, &fake], &NETWORK[..]].concat());
    assert_eq!(number(&again, "/fid"), number(&report, "/fid"));
    // The error comes before anything is computed.
    let nowhere = path(&folder, "nowhere/kept.npz");
    let message =
        fail(&[&["fid", &real, &fake, "--save-stats", &nowhere], &NETWORK[..]].concat(), 2);
    assert!(message.contains("does not exist"), "{message}");
}

/// Writes arrays as np.savez does, in f64.
fn savez(path: &str, arrays: &[(&str, &[usize], &[f64])]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, shape, values) in arrays {
        zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        write_header(&mut zip, Dtype::F64, shape).unwrap();
        write_values(&mut zip, values, f64::to_le_bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// The covariance `scale · I`.
fn diagonal(dim: usize, scale: f64) -> Vec<f64> {
    (0..dim * dim).map(|at| if at % (dim + 1) == 0 { scale } else { 0.0 }).collect()
}

/// Statistics whose distance has a closed form: means 1 apart in each of `dim` dimensions, and
/// covariances I and 4·I.
fn pair(folder: &TempDir, dim: usize) -> [String; 2] {
    let (a, b) = (path(folder, &format!("a{dim}.npz")), path(folder, &format!("b{dim}.npz")));
    let (zero, one) = (vec![0.0; dim], vec![1.0; dim]);
    let square = &[dim, dim][..];
    savez(&a, &[("mu", &[dim], &zero), ("sigma", square, &diagonal(dim, 1.0))]);
    savez(&b, &[("mean", &[1, dim], &one), ("cov", square, &diagonal(dim, 4.0))]);
    [a, b]
}

#[test]
fn other_names_and_a_leading_1_give_the_value() {
    let folder = TempDir::new().unwrap();
    let [a, b] = pair(&folder, 2048);
    let report = json(&["fid", &a, &b, "--assume-preset", "pytorch-fid"]);
    // |1|² + tr(I + 4I − 2·2I) in each dimension.
    assert!((number(&report, "/fid") - 2.0 * 2048.0).abs() < 1e-6, "{report}");
    assert_eq!(report["tap"], "pool3");
    assert!(fail(&["fid", &a, &b], 2).contains("--assume-preset"));

    // The error for unknown names contains the conversion.
    let unknown = path(&folder, "unknown.npz");
    savez(&unknown, &[("x", &[4], &[0.0; 4]), ("y", &[1, 4, 4], &diagonal(4, 1.0))]);
    let message = fail(&["fid", &unknown, &b, "--assume-preset", "pytorch-fid"], 2);
    for part in ["unknown.npz", "the arrays x, y", "mu=f['x'], sigma=f['y']"] {
        assert!(message.contains(part), "no {part} in: {message}");
    }
    let features = path(&folder, "features.npz");
    savez(&features, &[("feats", &[3, 2], &[0.0; 6]), ("labels", &[3], &[0.0; 3])]);
    let message = fail(&["fid", &features, &b, "--assume-preset", "pytorch-fid"], 2);
    assert!(message.contains("'feats' of 3 rows") && message.contains("fid-gpu kid"), "{message}");
}

#[test]
fn pickles_are_refused_with_the_cure() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 2);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/stats");
    for name in ["pickled.npy", "pickled.npz"] {
        let file = fixtures.join(name);
        let file = file.to_str().unwrap();
        for args in [
            &["fid", file, &real, "--assume-preset", "clean"][..],
            &["fid", &real, file],
            &["stats", file, "-o", "x.npz"],
            &["frechet", file, file],
            &["kid", file, file],
        ] {
            let message = fail(args, 2);
            for part in [name, "run code", "allow_pickle=True", "asarray(s['mu'], float)"] {
                assert!(message.contains(part), "no {part} in: {message}");
            }
        }
    }
}

#[test]
fn a_plain_pickle_is_read_as_the_archive_of_the_same_numbers() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/stats");
    let [pickle, archive] = ["pickled.pkl", "savez.npz"].map(|name| fixtures.join(name));
    let read = |path: &Path| StatsFile::read(path, StatsFile::dim_of(path).unwrap()).unwrap().stats;
    let [a, b] = [read(&pickle), read(&archive)];
    assert!(a.mu() == b.mu() && a.trace() == b.trace());
    let value = json(&["frechet", pickle.to_str().unwrap(), archive.to_str().unwrap()]);
    assert!(number(&value, "/frechet") < 1e-9);
    let message = fail(&["stats", pickle.to_str().unwrap(), "-o", "x.npz"], 2);
    assert!(message.contains("pickle.load"), "{message}");
}

/// The option that makes both sides equal is named, and works.
#[test]
fn the_preset_of_the_other_side_is_named() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 2);
    let [a, _] = pair(&folder, 2048);
    let file = path(&folder, "cifar10_clean_custom_na.npz");
    fs::rename(a, &file).unwrap();
    let message = fail(&["fid", &file, &real], 2);
    assert!(
        message.contains("clean-fid") && message.contains("--assume-preset clean"),
        "{message}"
    );
    let assumed = ["--assume-preset", "clean"];
    for sides in [[&file, &real], [&real, &file]] {
        let args = [&["fid", sides[0], sides[1]], &assumed[..], &NETWORK].concat();
        let message = fail(&args, 3);
        assert!(message.contains("preset pytorch-fid"), "{message}");
        assert!(message.contains("--preset clean does that"), "{message}");
    }
    succeed(&[&["fid", &file, &real, "--preset", "clean"], &assumed[..], &NETWORK].concat());
    // A name that contradicts the preset is remarked on.
    let output =
        run(&[&["fid", &file, &real, "--assume-preset", "pytorch-fid"], &NETWORK[..]].concat());
    let said = text(&output.stderr);
    assert!(said.contains("though its name is one of clean-fid's, of the preset clean"), "{said}");
}

#[test]
fn statistics_of_earlier_layers_are_compared_there() {
    let folder = TempDir::new().unwrap();
    let (real, fake) = (images(&folder, "real", 3), images(&folder, "fake", 3));
    let (a, b) = (path(&folder, "a.npz"), path(&folder, "b.npz"));
    let metrics = ["--metrics", "fid,fid-64,fid-192"];
    let direct = json(&[&["fid", &real, &fake], &metrics[..], &NETWORK].concat());
    let want = number(&direct, "/metrics/fid_64");
    for (images, file) in [(&real, &a), (&fake, &b)] {
        let made = json(&[&["stats", images, "-o", file, "--dims", "64"], &NETWORK[..]].concat());
        assert_eq!(made["tap"], "pool64");
    }
    let files = json(&["fid", &a, &b]);
    let left = json(&[&["fid", &a, &fake], &NETWORK[..]].concat());
    let right = json(&[&["fid", &real, &b, "--metrics", "fid,fid-64"], &NETWORK[..]].concat());
    assert!((number(&right, "/metrics/fid_64") - want).abs() <= 1e-9 * want);
    // Files of pytorch-fid --dims 64 record nothing.
    let foreign = path(&folder, "foreign.npz");
    let mut file = StatsFile::read(a.as_ref(), 64).unwrap();
    file.meta = None;
    file.save(foreign.as_ref()).unwrap();
    let assume = ["--assume-preset", "pytorch-fid"];
    let assumed = json(&[&["fid", &foreign, &fake], &assume[..], &NETWORK].concat());
    for report in [&files, &left, &right, &assumed] {
        let got = number(report, "/fid");
        assert!((got - want).abs() <= 1e-6 * want, "{got} for {want}");
        assert_eq!((&report["tap"], &report["comparable"]), (&"pool64".into(), &false.into()));
        let notes = report["notes"].to_string();
        assert!(notes.contains("pool64, not pool3"), "{notes}");
    }
    assert!(succeed(&["fid", &a, &b]).starts_with("FID at 64 features: "));

    let whole = path(&folder, "whole.npz");
    succeed(&[&["stats", &fake, "-o", &whole], &NETWORK[..]].concat());
    let message = fail(&["fid", &a, &whole], 3);
    assert!(message.contains("features of pool64 and features of pool3"), "{message}");
    for metric in ["kid", "fid-infinity", "mifid", "fid-192"] {
        let args = [&["fid", &a, &fake, "--metrics", metric], &NETWORK[..]].concat();
        let message = fail(&args, 2);
        assert!(message.contains("a.npz does not contain"), "{metric}: {message}");
    }
    let message = fail(&["stats", &real, "-o", &a, "--dims", "100"], 2);
    assert!(message.contains("64, 192, 768 or 2048"), "{message}");
    // Merged at their layer.
    let merged = path(&folder, "merged.npz");
    assert!(succeed(&["merge", &a, &b, "-o", &merged]).contains("6 images"));
    assert_eq!(StatsFile::read(merged.as_ref(), 64).unwrap().stats.dim(), 64);
}

#[test]
fn statistics_of_other_networks_have_a_frechet_distance() {
    let folder = TempDir::new().unwrap();
    let [a, b] = pair(&folder, 5);
    let message = fail(&["fid", &a, &b, "--assume-preset", "clean"], 2);
    assert!(message.contains("5 features") && message.contains("fid-gpu frechet"), "{message}");
    let report = json(&["frechet", &a, &b]);
    assert!((number(&report, "/frechet") - 10.0).abs() < 1e-9, "{report}");
    assert_eq!((&report["real"], &report["dim"]), (&Value::Null, &5.into()));
    let message = fail(&["kid", &a, &b], 2);
    assert!(message.contains("no features of single images"), "{message}");
    // Statistics on one side, features on the other: of these rows, mean 0 and covariance I / 2.
    let rows = path(&folder, "rows.npz");
    let values: Vec<f64> = (0..25).map(|at| if at % 6 == 0 { 1.0 } else { 0.0 }).collect();
    savez(&rows, &[("features", &[5, 5], &values)]);
    let report = json(&["frechet", &rows, &a]);
    assert_eq!((&report["real"], &report["fake"]), (&5.into(), &Value::Null));
    // The mean is 1/5, and the covariance has the eigenvalue 1/4 four times.
    let want = 5.0 * 0.04 + 4.0 * 0.25 + 5.0 - 2.0 * 4.0 * 0.5;
    assert!((number(&report, "/frechet") - want).abs() < 1e-9, "{report}");
    let [c, _] = pair(&folder, 4);
    assert!(fail(&["frechet", &a, &c], 2).contains("different networks"));
}

/// A file with the features of its images serves every metric that the images serve, but the
/// Inception Score.
#[test]
fn features_in_a_file_serve_the_other_metrics() {
    let folder = TempDir::new().unwrap();
    let (real, fake) = (images(&folder, "real", 4), images(&folder, "fake", 5));
    let (a, b) = (path(&folder, "a.npz"), path(&folder, "b.npz"));
    succeed(&[&["stats", &real, "-o", &a, "--with-features"], &NETWORK[..]].concat());
    succeed(&[&["stats", &fake, "-o", &b], &NETWORK[..]].concat());
    let metrics =
        ["--metrics", "kid,prdc,mind,mifid,fid-infinity", "--kid-subset-size", "3", "--interval"];
    let metrics = [&metrics[..], &["--outliers", "1"]].concat();
    let direct = json(&[&["fid", &real, &fake], &metrics[..], &NETWORK].concat());
    let files = json(&[&["fid", &a, &b], &metrics[..]].concat());
    let mixed = json(&[&["fid", &a, &fake], &metrics[..], &NETWORK].concat());
    assert_eq!(files["device"], Value::Null);
    for report in [&files, &mixed] {
        for metric in ["kid", "prdc", "mind", "mifid", "fid_infinity"] {
            assert!(!direct["metrics"][metric].is_null(), "{metric}");
            assert_eq!(report["metrics"][metric], direct["metrics"][metric], "{metric}");
        }
        assert_eq!(report["fid_interval"], direct["fid_interval"]);
        assert_eq!(report["kid_interval"], direct["kid_interval"]);
        let outlier = &report["outliers"]["real"][0];
        assert_eq!(outlier["influence"], direct["outliers"]["real"][0]["influence"]);
        assert!(outlier["path"].as_str().unwrap().contains("a.npz["), "{outlier}");
    }
    // Without a pair of them, the feature commands take the same files.
    let kid = json(&["kid", &a, &b, "--kid-subset-size", "3"]);
    assert_eq!(kid["mean"], direct["metrics"]["kid"]["mean"]);

    let message = fail(&["fid", &a, &b, "--metrics", "is"], 2);
    assert!(message.contains("is needs the logits") && message.contains("b.npz"), "{message}");
    // Without the features.
    let bare = path(&folder, "bare.npz");
    let full = StatsFile::read(a.as_ref(), FEATURE_DIM).unwrap();
    let square = [FEATURE_DIM, FEATURE_DIM];
    savez(&bare, &[("mu", &square[..1], full.stats.mu()), ("sigma", &square, full.stats.sigma())]);
    let args = ["fid", &bare, &b, "--assume-preset", "pytorch-fid", "--metrics", "kid"];
    let message = fail(&args, 2);
    assert!(message.contains("kid needs the 2048 features of every image"), "{message}");
    assert!(message.contains("--with-features") && message.contains("--metrics"), "{message}");
    // The file that lacks them is named, on either side.
    for [real, fake] in [[&bare, &b], [&b, &bare]] {
        let kid = MetricsConfig::default().select([Metric::Kid]).leave_out(true);
        let config = EvalConfig::new(real, fake).assume_preset(Preset::PYTORCH_FID).metrics(kid);
        let missing = evaluate(&config).unwrap().metrics.not_computed;
        assert!(missing[0].reason.contains("bare.npz"), "{missing:?}");
    }
    // A file says that it keeps features only if it was asked to.
    let again = path(&folder, "again.npz");
    succeed(&["fid", &a, &b, "--save-stats", &again]);
    let asked =
        |path: &String| StatsFile::read(path.as_ref(), FEATURE_DIM).unwrap().meta.unwrap().features;
    assert_eq!([asked(&a), asked(&again)], [true, false]);
}

#[test]
fn images_are_kept_in_the_file() {
    let folder = TempDir::new().unwrap();
    let real = images(&folder, "real", 3);
    let array = path(&folder, "array.npy");
    let mut bytes = Vec::new();
    write_header(&mut bytes, Dtype::U8, &[4, 5, 6]).unwrap();
    let gray: Vec<u8> = (0..120).map(|at| (at * at % 251) as u8).collect();
    bytes.extend(&gray);
    fs::write(&array, bytes).unwrap();
    let kept = path(&folder, "kept.npz");
    succeed(&[&["stats", &array, "-o", &kept, "--with-images"], &NETWORK[..]].concat());
    let set = ImageSet::open(&kept, false).unwrap();
    let pixels: Vec<u8> =
        (0..set.len()).flat_map(|index| set.decode(index).unwrap().image.into_pixels()).collect();
    let rgb: Vec<u8> = gray.iter().flat_map(|&gray| [gray; 3]).collect();
    assert_eq!(pixels, rgb);
    let made = path(&folder, "made.npz");
    succeed(&[&["stats", &array, "-o", &made], &NETWORK[..]].concat());
    let [kept, made] = [&kept, &made].map(|file| StatsFile::read(file.as_ref(), 2048).unwrap());
    assert_eq!((kept.stats.rows(), kept.meta), (made.stats.rows(), made.meta));

    // The samples differ in size: known before the network runs, and nothing is left behind.
    let message = fail(&["stats", &real, "-o", &array.replace("npy", "npz"), "--with-images"], 2);
    assert!(message.contains("an array holds images of one size"), "{message}");
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("array")).collect();
    assert_eq!(left, ["array.npy"]);
}

//! The ADM suite against evaluator.py of guided-diffusion, which `scripts/fixtures/adm.py` ran with
//! seeded weights.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use clap::Parser;
use fid_gpu::cli::{Cli, Command};
use fid_gpu::stats_file::StatsFile;
use fid_gpu::{FidReport, evaluate, statistics};
use fid_tests::close::{Bound, compare};
use fid_tests::images::bytes;
use fid_tests::{fixtures, tolerance};
use serde_json::Value;
use temp_dir::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SIDE: usize = 64;
const NETWORK: [&str; 6] = ["--weights", "seeded:0", "--device", "cpu", "--suite", "adm"];

/// An image `[SIDE,SIDE,3]`, generated as in the script.
fn image(set: &str, index: u64, least: i64) -> Vec<u8> {
    let b: Vec<i64> = bytes(&format!("adm/{set}/{index}"), 4).into_iter().map(i64::from).collect();
    let noise = bytes(&format!("adm/{set}/{index}/noise"), SIDE * SIDE * 3);
    let mixed = least + b[2] % 3;
    let value = |(at, noise): (usize, &u8)| {
        let [y, x, c] = [at / 3 / SIDE, at / 3 % SIDE, at % 3].map(|place| place as i64);
        let ramp = (2 + c) * (1 + b[0] % 12) * x + (3 - c) * (1 + b[1] % 12) * y + b[3];
        let smooth = (ramp % 512 - 256).abs().min(255);
        ((smooth * (4 - mixed) + i64::from(*noise) * mixed) / 4) as u8
    };
    noise.iter().enumerate().map(value).collect()
}

/// The bytes of a .npy file.
fn npy(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|size| format!("{size},")).collect();
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn write(path: &Path, members: &[(&str, Vec<u8>)]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, content) in members {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
}

fn f32s(values: &[f64]) -> Vec<u8> {
    npy(
        "<f4",
        &[values.len()],
        &values.iter().flat_map(|&x| (x as f32).to_le_bytes()).collect::<Vec<_>>(),
    )
}

fn square(values: &[f64]) -> Vec<u8> {
    let dim = values.len().isqrt();
    npy("<f8", &[dim, dim], &values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
}

/// The input files of evaluator.py and its results.
struct Batches {
    folder: TempDir,
    fixture: Value,
    /// Statistics of the images of the reference batch.
    statistics: StatsFile,
}

impl Batches {
    fn new() -> Self {
        let fixture = fs::read(fixtures::path("adm.json")).unwrap();
        let fixture: Value = serde_json::from_slice(&fixture).unwrap();
        let folder = TempDir::new().unwrap();
        let images = |set: &str| {
            let [count, least] = [0, 1].map(|at| fixture["sets"][set][at].as_u64().unwrap());
            let pixels: Vec<u8> =
                (0..count).flat_map(|index| image(set, index, least as i64)).collect();
            let sum: u64 = pixels.iter().map(|&value| u64::from(value)).sum();
            assert_eq!(sum, fixture["sums"][set], "{set}: images differ from the script's");
            npy("|u1", &[count as usize, SIDE, SIDE, 3], &pixels)
        };
        for set in ["statistics", "batch", "samples"] {
            let labels = npy("<i8", &[1], &[0; 8]);
            write(
                &folder.child(format!("{set}.npz")),
                &[("arr_0", images(set)), ("arr_1", labels)],
            );
        }
        let [from, to] = ["statistics.npz", "none.npz"].map(|name| text(&folder.child(name)));
        let args = [&["fid-gpu", "stats", &from, "-o", &to], &NETWORK[..]].concat();
        let Some(Command::Stats(stats)) = Cli::parse_from(args).command else { panic!("stats") };
        let statistics =
            statistics(&stats.config().unwrap(), &fid_gpu::observer::Silent).unwrap().file;
        let batches = Self { folder, fixture, statistics };
        let spatial = batches.statistics.spatial.as_ref().unwrap();
        batches.reference("reference.npz", spatial.mu(), spatial.sigma());
        batches
    }

    /// Writes a reference batch with these statistics of sFID.
    fn reference(&self, name: &str, mu_s: &[f64], sigma_s: &[f64]) {
        let of_batch = fs::read(self.folder.child("batch.npz")).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(of_batch)).unwrap();
        let mut images = Vec::new();
        std::io::copy(&mut archive.by_name("arr_0.npy").unwrap(), &mut images).unwrap();
        let stats = &self.statistics.stats;
        let members = [
            ("arr_0", images),
            ("mu", f32s(stats.mu())),
            ("sigma", square(stats.sigma())),
            ("mu_s", f32s(mu_s)),
            ("sigma_s", square(sigma_s)),
        ];
        write(&self.folder.child(name), &members);
    }

    fn evaluate(&self, reference: &str, more: &[&str]) -> FidReport {
        let [real, fake] = [reference, "samples.npz"].map(|name| text(&self.folder.child(name)));
        let args = [&["fid-gpu", "fid", &real, &fake], &NETWORK[..], more].concat();
        let Some(Command::Fid(fid)) = Cli::parse_from(args).command else { panic!("fid") };
        evaluate(&fid.how.config(&fid.real, &fid.fake).unwrap()).unwrap()
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn close(name: &str, got: f64, want: &Value, bound: f64) -> Result<f64, String> {
    let want = [want.as_f64().unwrap()];
    let off = compare(name, &[1], &[got], &want, Bound::RelativeL2(bound));
    off.inspect(|off| println!("{name}: {got} against {}, off by {off:.1e}", want[0]))
        .map_err(|error| error.to_string())
}

#[test]
fn all_five_values_match_evaluator_py() {
    let batches = Batches::new();
    let fixture = &batches.fixture;
    let spatial = batches.statistics.spatial.as_ref().unwrap();
    let start: Vec<f64> =
        fixture["mu_s"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    let off = compare(
        "mu_s",
        &[3, 7],
        &spatial.mu()[..21],
        &start,
        Bound::RelativeL2(tolerance::FEATURES),
    );
    println!("mu_s, its start: off by {:.1e}", off.unwrap());

    for case in ["reference", "images"] {
        let file = if case == "images" { "batch.npz" } else { "reference.npz" };
        let report = batches.evaluate(file, &[]);
        let want = &fixture["cases"][case];
        assert_eq!(report.weights.as_ref().unwrap().sha256, fixture["weights_sha256"]);
        assert_eq!(report.preset, "torch-fidelity");
        let (score, prdc) = (
            report.metrics.inception_score.as_ref().unwrap(),
            report.metrics.prdc.as_ref().unwrap(),
        );
        let sfid = report.metrics.sfid.unwrap();
        for (name, got, bound) in [
            ("Inception Score", score.mean, tolerance::METRICS_OF_IMAGES),
            ("FID", report.fid, tolerance::PYTORCH_FID),
            ("sFID", sfid, tolerance::PYTORCH_FID),
        ] {
            close(&format!("{case}, {name}"), got, &want[name], bound).unwrap();
            assert!(close(name, got * (1.0 + 2.5 * bound), &want[name], bound).is_err(), "{name}");
        }
        // evaluator.py computes distances in f16, which we do not copy; the fixture has its counts
        // in f32.
        assert_eq!(Value::from(prdc.precision), want["Precision without f16"], "{case}");
        assert_eq!(Value::from(prdc.recall), want["Recall without f16"], "{case}");
        assert_eq!([prdc.num_real, prdc.num_fake], [18, 22]);

        let lines = report.lines();
        let names: Vec<&str> = lines.iter().filter_map(|line| line.split(": ").next()).collect();
        assert_eq!(names, ["Inception Score", "FID", "sFID", "Precision", "Recall"]);
        assert_eq!(report.real.images, (case == "images").then_some(18));
    }
}

/// sFID statistics in the order channel, height, width, which some ports of the evaluator use, give
/// another value.
#[test]
fn the_order_of_spatial_features_matters() {
    let batches = Batches::new();
    let spatial = batches.statistics.spatial.as_ref().unwrap();
    let dim = spatial.dim();
    let from: Vec<usize> = (0..dim).map(|at| at % (dim / 7) * 7 + at / (dim / 7)).collect();
    let mu: Vec<f64> = from.iter().map(|&at| spatial.mu()[at]).collect();
    let sigma: Vec<f64> = from
        .iter()
        .flat_map(|row| from.iter().map(move |at| (row, at)))
        .map(|(row, at)| spatial.sigma()[row * dim + at])
        .collect();
    batches.reference("planar.npz", &mu, &sigma);
    let report = batches.evaluate("planar.npz", &["--metrics", "kid", "--kid-subset-size", "10"]);
    let want = &batches.fixture["cases"]["reference"];
    close("FID", report.fid, &want["FID"], tolerance::PYTORCH_FID).unwrap();
    let sfid = report.metrics.sfid.unwrap();
    assert!(close("sFID", sfid, &want["sFID"], tolerance::PYTORCH_FID).is_err(), "{sfid}");
    // Further metrics follow those of the suite.
    assert!(report.lines()[5].starts_with("KID: "), "{:?}", report.lines());
}

//! Whole evaluations of the sample images: against pytorch-fid, across devices, and under changes
//! that must not change the value.

use std::num::NonZeroUsize;
use std::path::Path;

use fid_gpu::{EvalConfig, FidReport, ProductsOn, evaluate};
use fid_tests::close::{Bound, assert_close, compare};
use fid_tests::folders::{copies, folder, samples};
use fid_tests::{fixtures, tolerance};

fn config(real: &Path, fake: &Path) -> EvalConfig {
    let mut config = EvalConfig::new(real, fake);
    config.run.weights = Some("seeded:0".parse().unwrap());
    config.run.device = "cpu".parse().unwrap();
    config
}

/// A relative bound on one value as an absolute one.
fn relative(bound: f64, value: f64) -> Bound {
    Bound::Absolute(bound * value)
}

fn assert_same(what: &str, value: f64, expected: f64) {
    assert_close(what, &[1], &[value], &[expected], relative(tolerance::INVARIANCE, expected));
}

/// Six images on each side, in six formats and sizes.
fn small() -> (temp_dir::TempDir, temp_dir::TempDir) {
    let few = |side| samples(side, |name| name < "0006");
    (copies(&few("real")), copies(&few("fake")))
}

fn matches_pytorch_fid(device: &str) {
    let case = &fixtures::reference_of("end_to_end.json")["cases"]["samples"];
    let [real, fake] = ["real", "fake"].map(|side| samples(side, |_| true));
    assert_eq!(case["images"]["real"], real.len());
    let (real, fake) = (copies(&real), copies(&fake));
    let mut config = config(real.path(), fake.path());
    config.run.device = device.parse().unwrap();
    let report = evaluate(&config).unwrap();

    // pytorch-fid's own value loses digits in the root of a singular matrix; its features through
    // the exact formula do not.
    for truth in ["low_rank", "pytorch_fid"] {
        let theirs = case[truth].as_f64().unwrap();
        let bound = relative(tolerance::PYTORCH_FID, theirs);
        assert_close(&format!("FID against {truth}"), &[1], &[report.fid], &[theirs], bound);
    }
    for (side, trace) in [("real", report.real.trace), ("fake", report.fake.trace)] {
        let theirs = case["covariance_trace"][side].as_f64().unwrap();
        let bound = relative(tolerance::PYTORCH_FID, theirs);
        assert_close(&format!("trace of {side}"), &[1], &[trace], &[theirs], bound);
    }
}

#[test]
fn cpu_matches_pytorch_fid() {
    matches_pytorch_fid("cpu");
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_matches_the_cpu() {
    let (real, fake) = small();
    let mut config = config(real.path(), fake.path());
    config.metrics.select = "fid,prdc,mifid".parse().unwrap();
    config.metrics.products = ProductsOn::Device;
    let on_cpu = evaluate(&config).unwrap();
    config.run.device =
        std::env::var("FID_TEST_DEVICE").unwrap_or("vulkan".into()).parse().unwrap();
    let on_gpu = evaluate(&config).unwrap();
    println!("{:?} against {:?}", on_gpu.device, on_cpu.device);
    assert_ne!(on_gpu.device, on_cpu.device);
    assert_same("FID on the GPU against the CPU", on_gpu.fid, on_cpu.fid);
    // No threshold is as close as the difference of the features.
    let (ours, theirs) = (on_gpu.metrics, on_cpu.metrics);
    assert_eq!(ours.prdc.unwrap(), theirs.prdc.unwrap());
    let [ours_near, theirs_near] = [ours.mifid, theirs.mifid].map(|it| it.unwrap().cosine_distance);
    // 1 − cosine is about 50 times smaller than the cosines.
    let bound = relative(50.0 * tolerance::FEATURES, theirs_near);
    assert_close("nearest features", &[1], &[ours_near], &[theirs_near], bound);
    assert_eq!(theirs.products_on.as_deref(), Some("cpu"));
    assert_eq!(ours.products_on, on_gpu.device);
}

#[test]
fn equal_folders_give_zero() {
    let (real, _) = small();
    let report = evaluate(&config(real.path(), real.path())).unwrap();
    assert!(report.fid <= 1e-9 * report.real.trace, "{report:?}");
}

#[test]
fn batch_size_workers_and_swapped_sides_keep_the_value() {
    let (real, fake) = small();
    let run = |change: &dyn Fn(&mut EvalConfig)| -> FidReport {
        let mut config = config(real.path(), fake.path());
        change(&mut config);
        evaluate(&config).unwrap()
    };
    let value = run(&|_| ()).fid;
    assert!(value > 1.0);
    // Batches of one image, and a short last batch.
    for size in [1, 4] {
        let report = run(&|config| config.run.batch_size = NonZeroUsize::new(size));
        assert_eq!(report.batch_size, Some(size));
        assert_same("batch size", report.fid, value);
    }
    for workers in [1, 5] {
        let report = run(&|config| config.run.workers = NonZeroUsize::new(workers));
        assert_same("workers", report.fid, value);
    }
    let swapped = evaluate(&config(fake.path(), real.path())).unwrap();
    assert_same("real and fake swapped", swapped.fid, value);
}

#[test]
fn order_and_folders_of_the_files_keep_the_value() {
    let files = samples("real", |name| name < "0006");
    let (_, fake) = small();
    let value = |real: &Path| evaluate(&config(real, fake.path())).unwrap().fid;
    let expected = value(copies(&files).path());
    // Reverses the order and moves every other file into a subfolder.
    let moved = folder(&files, |at, name| {
        let below = if at % 2 == 0 { "below/" } else { "" };
        format!("{below}{}-{name}", 9 - at)
    });
    assert_same("order of files", value(moved.path()), expected);

    let other = copies(&files[1..]);
    let verdict = compare(
        "without one image",
        &[1],
        &[value(other.path())],
        &[expected],
        relative(tolerance::INVARIANCE, expected),
    );
    assert!(verdict.is_err(), "dropping an image keeps the value");
}

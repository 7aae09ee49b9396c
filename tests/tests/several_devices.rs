//! Several devices that share the batches of a run.

use std::num::NonZeroUsize;
use std::path::Path;

use fid_gpu::observer::Silent;
use fid_gpu::{EvalConfig, RunConfig, StatsConfig, evaluate, statistics};
use fid_tests::close::{Bound, assert_close};
use fid_tests::folders::{copies, samples};
use fid_tests::tolerance;

/// Images in a batch.
const BATCH: usize = 2;

fn run(devices: &str) -> RunConfig {
    RunConfig::default()
        .weights("seeded:0".parse::<fid_weights::WeightsSource>().unwrap())
        .device(devices.parse::<fid_gpu::Devices>().unwrap())
        .batch_size(NonZeroUsize::new(BATCH))
}

/// The features of each image, and the devices by name.
fn features(images: &Path, devices: &str) -> (Vec<Vec<f32>>, String) {
    let made = statistics(&StatsConfig::new(images).run(run(devices)), &Silent).unwrap();
    let rows = made.file.stats.rows().unwrap().chunks_exact(fid_core::FEATURE_DIM);
    (rows.map(<[f32]>::to_vec).collect(), made.file.meta.unwrap().device)
}

fn gpu() -> String {
    std::env::var("FID_TEST_DEVICE").unwrap_or("vulkan".into())
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn the_place_of_an_image_decides_its_device() {
    let images = copies(&samples("real", |name| name < "0007"));
    let gpu = gpu();
    let (on_cpu, cpu_name) = features(images.path(), "cpu");
    let (on_gpu, gpu_name) = features(images.path(), &gpu);
    assert_ne!(on_cpu, on_gpu);

    // Two shares of one device: the same bits.
    let (twice, name) = features(images.path(), &format!("{gpu},{gpu}"));
    assert_eq!(name, format!("{gpu_name}, {gpu_name}"));
    assert!(twice == on_gpu, "two engines on one adapter");

    // Two devices: each batch has the bits of its own.
    let (mixed, name) = features(images.path(), &format!("cpu,{gpu}"));
    assert_eq!(name, format!("{cpu_name}, {gpu_name}"));
    assert_eq!(mixed.len(), on_cpu.len());
    for (at, row) in mixed.iter().enumerate() {
        let own = if (at / BATCH).is_multiple_of(2) { &on_cpu } else { &on_gpu };
        assert!(*row == own[at], "image {at}");
    }

    // A set against itself: an image has the same device on both sides.
    let mut config = EvalConfig::new(images.path(), images.path()).run(run(&format!("cpu,{gpu}")));
    let report = evaluate(&config).unwrap();
    assert_eq!(report.device, Some(name));
    assert!(report.fid <= 1e-9 * report.real.trace, "{report:?}");
    // The FID of two sets moves as between the devices.
    let fake = copies(&samples("fake", |name| name < "0007"));
    let mut fid = |devices: &str| {
        (config.fake, config.run) = (fake.path().into(), run(devices));
        evaluate(&config).unwrap().fid
    };
    let expected = fid("cpu");
    let bound = Bound::Absolute(tolerance::INVARIANCE * expected);
    assert_close("FID on both", &[1], &[fid(&format!("cpu,{gpu}"))], &[expected], bound);
}

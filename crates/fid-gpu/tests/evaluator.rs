//! Tests of `Evaluator`, which compares images in memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fid_core::engine::{EngineError, EngineInfo, EngineOutput, Pending};
use fid_core::{Engine, FeatureStats, Image8, PackedBatch, Tap, tolerance};
use fid_gpu::observer::Progress;
use fid_gpu::stats_file::StatsFile;
use fid_gpu::{
    Error, EvalConfig, Evaluator, EvaluatorBuilder, FidReport, ImageBatch, ImagesConfig,
    InceptionScoreConfig, IntervalConfig, KidConfig, MergeError, Metric, MetricsConfig, Observer,
    Precision, Side, UpdateError, decode, evaluate,
};

const SIDES: [Side; 2] = [Side::Real, Side::Fake];

fn folder(side: Side) -> PathBuf {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    samples.join(side.to_string())
}

/// The sample images in the order of their names.
fn samples(side: Side) -> Vec<(PathBuf, Image8)> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder(side)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let decoded = |path: PathBuf| {
        let image = decode::decode(&path).unwrap().image;
        (path, image)
    };
    files.into_iter().map(decoded).collect()
}

fn seeded() -> EvaluatorBuilder {
    Evaluator::builder()
        .weights("seeded:1".parse::<fid_gpu::WeightsSource>().unwrap())
        .device("cpu".parse::<fid_gpu::DeviceChoice>().unwrap())
}

/// The parts of a report that must not depend on whether images come from files or memory.
fn values(report: &FidReport) -> serde_json::Value {
    let mut json = serde_json::to_value(report).unwrap();
    let object = json.as_object_mut().unwrap();
    for of_the_run in ["real", "fake", "seconds", "timestamp", "batch_size", "notes"] {
        object.remove(of_the_run);
    }
    object.get_mut("outliers").into_iter().for_each(|sides| {
        let sides = sides.as_object_mut().unwrap();
        for image in sides.values_mut().flat_map(|side| side.as_array_mut().unwrap()) {
            image.as_object_mut().unwrap().remove("path");
            if let Some(near) = image["nearest_real"].as_object_mut() {
                near.remove("path");
            }
        }
    });
    json
}

#[test]
fn images_in_memory_give_the_values_of_their_folder_to_the_bit() {
    let kid = KidConfig { subset_size: 10, ..KidConfig::default() };
    let score = InceptionScoreConfig { splits: 3, ..InceptionScoreConfig::default() };
    let config = EvalConfig::new(folder(Side::Real), folder(Side::Fake))
        .weights("seeded:1".parse::<fid_gpu::WeightsSource>().unwrap())
        .device("cpu".parse::<fid_gpu::DeviceChoice>().unwrap())
        .metrics(
            MetricsConfig::default()
                .select(Metric::ALL.iter().copied().collect::<fid_gpu::MetricSet>())
                .kid(kid.clone())
                .inception_score(score.clone())
                .images(ImagesConfig::default().interval(IntervalConfig::default()).outliers(2)),
        );
    let expected = evaluate(&config).unwrap();

    let mut evaluator = seeded()
        .metrics(Metric::ALL.iter().copied())
        .kid(kid)
        .inception_score(score)
        .interval(IntervalConfig::default())
        .outliers(2)
        .build()
        .unwrap();
    for side in SIDES {
        let (names, images): (Vec<_>, Vec<_>) = samples(side).into_iter().unzip();
        let batch = ImageBatch::images(&images).named(names).unwrap();
        evaluator.update(side, &batch).unwrap();
    }
    let report = evaluator.compute().unwrap();
    assert_eq!(report.fid.to_bits(), expected.fid.to_bits());
    assert_eq!(values(&report), values(&expected));
    assert_eq!(report.images, expected.images, "the names of outliers");
    assert_eq!(report.real.images, Some(24));
    let census = |report: &FidReport| {
        [&report.real, &report.fake].map(|side| {
            let mut census = serde_json::to_value(side.census.as_ref().unwrap()).unwrap();
            for of_files in ["formats", "lossy", "alpha"] {
                census.as_object_mut().unwrap().remove(of_files);
            }
            census
        })
    };
    assert_eq!(census(&report), census(&expected));
    let formats = report.real.census.as_ref().unwrap().formats.iter();
    assert_eq!(formats.map(|it| it.format.as_str()).collect::<Vec<_>>(), ["array"]);
    // A second call gives the same report.
    assert_eq!(values(&evaluator.compute().unwrap()), values(&report));
}

#[test]
fn the_division_into_updates_changes_nothing() {
    let mut whole = seeded().metrics([Metric::Fid, Metric::Mind]).build().unwrap();
    let mut single = seeded().metrics([Metric::Fid, Metric::Mind]).build().unwrap();
    for side in SIDES {
        let images: Vec<_> = samples(side).into_iter().map(|(_, image)| image).take(7).collect();
        whole.update(side, &ImageBatch::images(&images)).unwrap();
        for (at, image) in images.iter().enumerate() {
            single.update(side, &ImageBatch::images(std::slice::from_ref(image))).unwrap();
            if at > 0 && side == Side::Fake {
                // An intermediate value does not change the final one.
                single.compute().unwrap();
            }
        }
    }
    assert_eq!(values(&single.compute().unwrap()), values(&whole.compute().unwrap()));
}

/// A fake network whose features are samples from all over an image.
#[derive(Debug)]
struct SomeSamples(EngineInfo);

impl Engine for SomeSamples {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let presets = batch.presets().zip(taps);
        let rows = presets.flat_map(|(preset, taps)| {
            let input = self.preprocess(batch, preset).unwrap();
            let rows = input.chunks_exact(3 * 299 * 299).flat_map(|image| {
                image.iter().step_by(image.len() / DIM).take(DIM).copied().collect::<Vec<_>>()
            });
            vec![rows.collect::<Vec<_>>(); taps.len()]
        });
        Ok(Pending::ready(EngineOutput { rows: rows.collect(), preprocess: None }))
    }
}

/// Dimension of a row; the samples are from every channel.
const DIM: usize = 5;

fn fake_engine_info() -> EngineInfo {
    EngineInfo {
        device: "fake".into(),
        driver: None,
        kernels: String::new(),
        arithmetic: "fake".into(),
        precision: Precision::F32,
        features: DIM,
        batch_size: 4,
        max_batch_size: 4,
        max_buffer_bytes: 1 << 30,
        fast_products: false,
    }
}

fn fake_engine() -> EvaluatorBuilder {
    Evaluator::with_engine(Arc::new(SomeSamples(fake_engine_info())), "some samples", DIM)
}

/// Random samples, different for every image.
fn pixels(count: usize, seed: usize) -> Vec<u8> {
    (0..count).map(|at| ((at * 7919 + seed * 104_729 + at * at % 97) % 256) as u8).collect()
}

fn filled(builder: EvaluatorBuilder, counts: [usize; 2]) -> Evaluator {
    let mut evaluator = builder.build().unwrap();
    for ((side, count), seed) in SIDES.into_iter().zip(counts).zip([1, 2]) {
        let samples = pixels(count * 6 * 7 * 3, seed);
        evaluator.update(side, &ImageBatch::nhwc(&samples, [count, 6, 7, 3]).unwrap()).unwrap();
    }
    evaluator
}

#[test]
fn values_of_another_network_are_not_comparable() {
    let report = filled(fake_engine(), [9, 6]).compute().unwrap();
    assert!(report.fid > 0.0 && !report.comparable, "{report:?}");
    assert_eq!(report.device.as_deref(), Some("fake"));
    assert!(report.notes.iter().any(|note| note.contains("some samples")), "{:?}", report.notes);
    let mut others = Evaluator::of_features("others", DIM).build().unwrap();
    let wrong = others.merge(&filled(fake_engine(), [2, 2]));
    assert!(matches!(wrong, Err(Error::NotComparable { .. })), "{wrong:?}");
}

#[test]
fn the_layout_in_memory_changes_nothing() {
    let (n, h, w) = (3, 6, 7);
    let nhwc = pixels(n * h * w * 3, 3);
    let mut nchw = vec![0; nhwc.len()];
    let mut images = Vec::new();
    for image in 0..n {
        for (pixel, channel) in (0..h * w).flat_map(|pixel| (0..3).map(move |c| (pixel, c))) {
            let value = nhwc[(image * h * w + pixel) * 3 + channel];
            nchw[(image * 3 + channel) * h * w + pixel] = value;
        }
        let pixels = nhwc[image * h * w * 3..][..h * w * 3].to_vec();
        images.push(Image8::new(h, w, 3, pixels).unwrap());
    }
    let batches = [
        ImageBatch::nhwc(&nhwc, [n, h, w, 3]).unwrap(),
        ImageBatch::nchw(&nchw, [n, 3, h, w]).unwrap(),
        ImageBatch::images(&images),
    ];
    let rows = batches.map(|batch| {
        let mut evaluator = fake_engine().build().unwrap();
        evaluator.update(Side::Real, &batch).unwrap();
        evaluator.statistics(Side::Real).unwrap().stats.rows().unwrap().to_vec()
    });
    assert_eq!(rows[1], rows[0]);
    assert_eq!(rows[2], rows[0]);
    assert_ne!(rows[0][..DIM], rows[0][DIM..2 * DIM]);
}

#[test]
fn gray_is_three_equal_channels() {
    let gray = pixels(4 * 6 * 7, 4);
    let rgb: Vec<u8> = gray.iter().flat_map(|&sample| [sample; 3]).collect();
    let rows = |batch: ImageBatch<'_>| {
        let mut evaluator = fake_engine().build().unwrap();
        evaluator.update(Side::Real, &batch).unwrap();
        evaluator.statistics(Side::Real).unwrap().stats.rows().unwrap().to_vec()
    };
    let expected = rows(ImageBatch::nhwc(&rgb, [4, 6, 7, 3]).unwrap());
    assert_eq!(rows(ImageBatch::nhwc(&gray, [4, 6, 7, 1]).unwrap()), expected);
    assert_eq!(rows(ImageBatch::nchw(&gray, [4, 1, 6, 7]).unwrap()), expected);
}

#[test]
fn merged_sets_are_one_set() {
    let all = || fake_engine().metrics([Metric::Fid, Metric::Prdc]).outliers(2);
    let whole = filled(all(), [11, 8]);
    // The first images of the same sets, and the remaining ones.
    let (real, fake) = (pixels(11 * 126, 1), pixels(8 * 126, 2));
    let mut first = all().build().unwrap();
    let mut second = all().build().unwrap();
    for (side, samples, at) in [(Side::Real, &real, 4), (Side::Fake, &fake, 1)] {
        let (begin, end) = samples.split_at(at * 126);
        first.update(side, &ImageBatch::nhwc(begin, [at, 6, 7, 3]).unwrap()).unwrap();
        let count = end.len() / 126;
        let rest = ImageBatch::nhwc(end, [count, 6, 7, 3]).unwrap();
        let names = (at..at + count).map(|number| number.to_string());
        second.update(side, &rest.named(names).unwrap()).unwrap();
    }
    let mut by_bytes = all().build().unwrap();
    by_bytes.merge_bytes(&first.to_bytes().unwrap()).unwrap();
    by_bytes.merge_bytes(&second.to_bytes().unwrap()).unwrap();
    first.merge(&second).unwrap();
    let expected = whole.compute().unwrap();
    // With five features only five rows are kept, and later moments are summed in another order.
    for merged in [&first, &by_bytes] {
        let report = merged.compute().unwrap();
        let bound = tolerance::INVARIANCE * expected.fid;
        assert!((report.fid - expected.fid).abs() <= bound, "{} {}", report.fid, expected.fid);
        assert_eq!(report.metrics.prdc, expected.metrics.prdc);
        let names = |report: &FidReport| {
            let outliers = report.images.outliers.clone().unwrap();
            let images = outliers.real.into_iter().chain(outliers.fake);
            images.map(|image| image.path).collect::<Vec<_>>()
        };
        assert_eq!(names(&report), names(&expected));
        assert_eq!(report.real.census, expected.real.census);
        assert_eq!(report.fake.census, expected.fake.census);
    }
    assert_eq!(expected.real.census.as_ref().unwrap().images, 11);
}

#[test]
fn a_census_is_of_all_images_of_a_set_or_missing() {
    let mut evaluator = filled(fake_engine(), [3, 4]);
    let copy = pixels(2 * 126, 1);
    evaluator.update(Side::Fake, &ImageBatch::nhwc(&copy, [2, 6, 7, 3]).unwrap()).unwrap();
    let report = evaluator.compute().unwrap();
    let fake = report.fake.census.unwrap();
    assert_eq!((fake.images, fake.equal_to_real), (6, Some(2)));
    assert_eq!(fake.first_equal_to_real, Some(["4".into(), "0".into()]));
    assert!(report.notes.iter().any(|note| note.contains("(4 is 0)")), "{:?}", report.notes);
    // Nobody saw the images behind features.
    evaluator.update_features(Side::Fake, &[0.0; DIM]).unwrap();
    let report = evaluator.compute().unwrap();
    assert_eq!((report.fake.census, report.fake.images), (None, Some(7)));
    assert!(report.real.census.is_some());
}

#[test]
fn merged_sets_with_their_rows_are_the_same_to_the_bit() {
    let rows: Vec<f32> = pixels(6 * 40, 5).into_iter().map(f32::from).collect();
    let build = || Evaluator::of_features("test", 40).build().unwrap();
    let mut whole = build();
    whole.update_features(Side::Real, &rows).unwrap();
    whole.update_features(Side::Fake, &rows[40..]).unwrap();
    let parts = [(&rows[..40], &rows[40..80]), (&rows[40..], &rows[80..])];
    let parts = parts.map(|(real, fake)| {
        let mut part = build();
        part.update_features(Side::Real, real).unwrap();
        part.update_features(Side::Fake, fake).unwrap();
        part
    });
    let mut merged = build();
    let mut by_bytes = build();
    for part in &parts {
        merged.merge(part).unwrap();
        by_bytes.merge_bytes(&part.to_bytes().unwrap()).unwrap();
    }
    let expected = whole.compute().unwrap().fid;
    assert_eq!(merged.compute().unwrap().fid.to_bits(), expected.to_bits());
    assert_eq!(by_bytes.compute().unwrap().fid.to_bits(), expected.to_bits());
}

#[test]
fn evaluators_that_keep_different_features_do_not_merge() {
    let mut plain = fake_engine().build().unwrap();
    let other = filled(fake_engine().metrics([Metric::Kid]), [3, 3]);
    let error = plain.merge(&other).unwrap_err();
    assert!(matches!(error, Error::Merge(MergeError::Layout { side: Side::Real, .. })), "{error}");
    let error = plain.merge_bytes(&other.to_bytes().unwrap()).unwrap_err();
    assert!(matches!(error, Error::Merge(MergeError::Layout { .. })), "{error}");
    assert_eq!(plain.num_images(Side::Real).unwrap(), Some(0));
}

#[test]
fn damaged_states_are_refused() {
    let state = filled(fake_engine(), [3, 7]).to_bytes().unwrap();
    let merge = |bytes: &[u8]| fake_engine().build().unwrap().merge_bytes(bytes).unwrap_err();
    for length in 0..state.len() {
        merge(&state[..length]);
    }
    for at in 0..state.len() {
        let mut changed = state.clone();
        changed[at] ^= 0x10;
        merge(&changed);
    }
    assert!(matches!(merge(b"PK\x03\x04"), Error::Merge(MergeError::NotAState)));
    let longer = [&state[..], &[0]].concat();
    assert!(matches!(merge(&longer), Error::Merge(MergeError::Damaged { .. })));
}

#[test]
fn a_reset_side_is_empty() {
    let mut evaluator = filled(fake_engine(), [5, 6]);
    let before = evaluator.compute().unwrap().fid;
    evaluator.reset(Side::Fake).unwrap();
    assert_eq!(evaluator.num_images(Side::Fake).unwrap(), Some(0));
    assert_eq!(evaluator.num_images(Side::Real).unwrap(), Some(5));
    let samples = pixels(6 * 126, 2);
    let batch = ImageBatch::nhwc(&samples, [6, 6, 7, 3]).unwrap();
    evaluator.update(Side::Fake, &batch).unwrap();
    assert_eq!(evaluator.compute().unwrap().fid.to_bits(), before.to_bits());
}

#[test]
fn statistics_take_the_place_of_a_side() {
    let whole = filled(fake_engine(), [5, 6]);
    let file = whole.statistics(Side::Real).unwrap();
    let mut evaluator = filled(fake_engine(), [0, 6]);
    evaluator.set_statistics(Side::Real, file.clone()).unwrap();
    let expected = whole.compute().unwrap().fid;
    assert_eq!(evaluator.compute().unwrap().fid.to_bits(), expected.to_bits());
    let error = evaluator.update(Side::Real, &ImageBatch::images(&[])).unwrap_err();
    assert!(matches!(error, Error::Update(UpdateError::Fixed { side: Side::Real })), "{error}");

    let mut kid = fake_engine().metrics([Metric::Kid]).build().unwrap();
    // Few images: the statistics have their features.
    kid.set_statistics(Side::Real, file.clone()).unwrap();
    let mut bare = file.clone();
    let (mu, sigma) = (file.stats.mu().to_vec(), file.stats.sigma().to_vec());
    bare.stats = FeatureStats::from_mu_sigma(mu, sigma, Some(5)).unwrap();
    let error = kid.set_statistics(Side::Real, bare).unwrap_err();
    assert!(matches!(error, Error::Lacking { metric: Metric::Kid, .. }), "{error}");
    let mut other = Evaluator::of_features("others", DIM).build().unwrap();
    let error = other.set_statistics(Side::Real, file.clone()).unwrap_err();
    assert!(matches!(error, Error::NotComparable { .. }), "{error}");
    let unknown = StatsFile::new(file.stats);
    let error = evaluator.set_statistics(Side::Real, unknown.clone()).unwrap_err();
    assert!(matches!(error, Error::UnknownOrigin { .. }), "{error}");
    let mut assuming = fake_engine().assume_preset(fid_gpu::Preset::PYTORCH_FID).build().unwrap();
    assuming.set_statistics(Side::Real, unknown).unwrap();
}

#[test]
fn too_few_images_are_an_error() {
    for (counts, side) in [([0, 5], Side::Real), ([1, 5], Side::Real), ([5, 1], Side::Fake)] {
        let error = filled(fake_engine(), counts).compute().unwrap_err();
        assert!(matches!(error, Error::TooFew { side: of, .. } if of == side), "{error}");
    }
    let error = filled(fake_engine().metrics([Metric::Kid]), [5, 5]).compute().unwrap_err();
    assert!(matches!(error, Error::TooFewFor { metric: Metric::Kid, .. }), "{error}");
}

#[test]
fn wrong_shapes_and_names_are_errors() {
    let samples = [0; 24];
    for shape in [[1, 2, 4, 2], [2, 2, 2, 4], [1, 2, 2, 3], [1, 0, 8, 3], [usize::MAX, 2, 4, 3]] {
        let [n, h, w, c] = shape;
        assert!(ImageBatch::nhwc(&samples, shape).is_err(), "{shape:?}");
        assert!(ImageBatch::nchw(&samples, [n, c, h, w]).is_err(), "{shape:?}");
    }
    assert!(ImageBatch::nhwc(&[], [0, usize::MAX, usize::MAX, 3]).unwrap().is_empty());
    let batch = ImageBatch::nhwc(&samples, [2, 2, 2, 3]).unwrap();
    let error = batch.clone().named(["a"]).unwrap_err();
    assert_eq!(error, UpdateError::Names { names: 1, images: 2 });

    let mut features = Evaluator::of_features("test", 3).build().unwrap();
    let error = features.update_features(Side::Real, &[0.0; 4]).unwrap_err();
    assert!(matches!(error, Error::Update(UpdateError::Features { values: 4, dim: 3 })), "{error}");
    let error = features.update_features(Side::Real, &[0.0, 1.0, f32::NAN]).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    let error = features.update(Side::Real, &batch).unwrap_err();
    assert!(matches!(error, Error::Update(UpdateError::NeedsFeatures)), "{error}");
    let error = features.update_features(Side::Input, &[0.0; 3]).unwrap_err();
    assert!(matches!(error, Error::Update(UpdateError::Side { .. })), "{error}");
    assert_eq!(features.num_images(Side::Real).unwrap(), Some(0));
    for wrong in [
        Evaluator::of_features("test", 3).metrics([Metric::Sfid]).build(),
        Evaluator::of_features("test", 3).further_presets(vec![fid_gpu::Preset::CLEAN]).build(),
    ] {
        let error = wrong.unwrap_err();
        assert!(matches!(error, Error::Update(UpdateError::NeedsImages { .. })), "{error}");
    }
    assert!(matches!(Evaluator::of_features("none", 0).build(), Err(Error::Core(_))));
}

#[test]
fn features_of_another_size_than_promised_are_an_error() {
    let info = fake_engine_info();
    let mut evaluator =
        Evaluator::with_engine(Arc::new(SomeSamples(info)), "some samples", DIM + 1)
            .build()
            .unwrap();
    let samples = pixels(6 * 126, 2);
    let batch = ImageBatch::nhwc(&samples, [6, 6, 7, 3]).unwrap();
    let error = evaluator.update(Side::Fake, &batch).unwrap_err();
    assert!(matches!(error, Error::Core(fid_core::Error::Length { .. })), "{error}");
}

/// A device that fails when it sums rows, or returns this value for each sum.
#[derive(Debug)]
struct NoSums(EngineInfo, Option<f32>);

impl Engine for NoSums {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn start(&self, _: &PackedBatch, _: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        Err(EngineError::Unsupported { what: "images".into() })
    }

    fn gram(&self, _: Vec<f32>, dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        match self.1 {
            Some(value) => Ok(Some(Pending::ready(vec![value; dim * dim]))),
            None => Err(EngineError::Failed { message: "no room for sums".into() }),
        }
    }
}

/// Rows and moments of the batch would be of different images: there is no value until a reset.
#[test]
fn a_set_that_a_device_failed_on_has_no_value() {
    let engine = Arc::new(NoSums(fake_engine_info(), None));
    let builder = Evaluator::with_engine(engine, "rows", DIM).metrics([Metric::Fid, Metric::Mind]);
    let mut evaluator = builder.build().unwrap();
    let rows: Vec<f32> = (0..2000 * DIM).map(|at| (at * at % 251) as f32).collect();
    for side in SIDES {
        evaluator.update_features(side, &rows).unwrap();
    }
    evaluator.compute().unwrap();
    let is_failed = |error: &Error| error.to_string().contains("no room for sums");
    let error = evaluator.update_features(Side::Fake, &rows).unwrap_err();
    assert!(is_failed(&error), "{error}");
    assert!(is_failed(&evaluator.compute().unwrap_err()));
    assert!(is_failed(&evaluator.update_features(Side::Fake, &rows[..DIM]).unwrap_err()));
    assert!(is_failed(&evaluator.to_bytes().unwrap_err()));
    evaluator.reset(Side::Fake).unwrap();
    evaluator.update_features(Side::Fake, &rows).unwrap();
    evaluator.compute().unwrap();
}

#[test]
fn wrong_sums_are_a_failure_of_the_device() {
    for value in [f32::NAN, -1.0] {
        let engine = Arc::new(NoSums(fake_engine_info(), Some(value)));
        let mut evaluator = Evaluator::with_engine(engine, "rows", DIM).build().unwrap();
        let rows: Vec<f32> = (0..5000 * DIM).map(|at| (at * at % 251) as f32).collect();
        let error = evaluator.update_features(Side::Fake, &rows).unwrap_err().to_string();
        assert!(error.contains("wrong sums"), "{error}");
        assert!(evaluator.compute().is_err());
    }
}

/// Cancels after a number of calls.
struct Patience(AtomicUsize);

impl Progress for Patience {}

impl Observer for Patience {
    fn cancelled(&self) -> bool {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        left.is_err()
    }
}

#[test]
fn an_observer_cancels() {
    let mut evaluator = fake_engine().observer(Patience(AtomicUsize::new(2))).build().unwrap();
    let samples = pixels(10 * 126, 2);
    let batch = ImageBatch::nhwc(&samples, [10, 6, 7, 3]).unwrap();
    let error = evaluator.update(Side::Fake, &batch).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    // Three batches of four images; the first was finished.
    assert_eq!(evaluator.num_images(Side::Fake).unwrap(), Some(4));

    let config = EvalConfig::new(folder(Side::Real), folder(Side::Fake))
        .weights("seeded:1".parse::<fid_gpu::WeightsSource>().unwrap())
        .device("cpu".parse::<fid_gpu::DeviceChoice>().unwrap());
    let error = fid_gpu::evaluate_with(&config, &Patience(AtomicUsize::new(1))).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
}

#[test]
fn an_evaluator_goes_to_another_thread() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let evaluator = assert_send(filled(fake_engine(), [3, 3]));
    let there = std::thread::spawn(move || evaluator.compute().unwrap().fid);
    assert!(there.join().unwrap() > 0.0);
}

//! Sums by engines against the f64 accumulator.

use std::sync::Arc;

use fid_core::{Engine, FeatureSink, FeatureStats, MomentAccumulator};
use fid_tests::close::{Bound, assert_close};
use fid_tests::images::uniforms;
use fid_tests::{devices, tolerance};

/// Features like those after a ReLU: not negative, with a mean far from zero, correlated channels
/// and one constant channel. The width is not a multiple of the kernel's tile.
const DIM: usize = 37;

fn features(rows: usize) -> Vec<f32> {
    let common = uniforms("common", 1, rows);
    let own = uniforms("own", 2, rows * DIM);
    let value = |at: usize| {
        let (row, column) = (at / DIM, at % DIM);
        match column {
            5 => 3.0,
            _ => (20.0 + 2.0 * common[row] * column as f64 / 37.0 + own[at] - 0.5).max(0.0),
        }
    };
    (0..rows * DIM).map(|at| value(at) as f32).collect()
}

/// Adds batches of `batch` rows, the last one short.
fn reduce(engine: Arc<dyn Engine>, rows: &[f32], batch: usize, on_host: usize) -> FeatureStats {
    let mut sink = FeatureSink::with_max_on_host(DIM, engine, on_host).unwrap();
    rows.chunks(batch * DIM).for_each(|chunk| sink.add(chunk).unwrap());
    sink.into_statistics().unwrap()
}

fn matches_the_accumulator(engine: Arc<dyn Engine>) {
    // Several blocks of 1024 rows, and a remainder.
    let rows = features(5 * 1024 / 2);
    let mut exact = MomentAccumulator::new(DIM).unwrap();
    exact.update(&rows).unwrap();
    let exact = exact.finish().unwrap();
    let reduced = reduce(engine, &rows, 64, 64);
    let bound = Bound::RelativeL2(tolerance::MOMENTS);
    assert_eq!(reduced.num_images(), exact.num_images());
    assert_close("mu", &[DIM], reduced.mu(), exact.mu(), bound);
    assert_close("sigma", &[DIM, DIM], reduced.sigma(), exact.sigma(), bound);
}

#[test]
fn cpu_sums_match_the_accumulator() {
    matches_the_accumulator(devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_sums_match_the_accumulator() {
    matches_the_accumulator(devices::gpu());
}

#[test]
fn small_sets_stay_on_the_host_and_keep_their_rows() {
    let rows = features(20);
    let stats = reduce(devices::cpu(), &rows, 8, 2048);
    assert_eq!(stats.rows(), Some(rows.as_slice()));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn the_gpu_sums_in_f32() {
    // f32 can represent 1 + 2⁻¹²; TF32 (10 bits of mantissa), bf16 and f16 cannot. The square loses
    // only its last bit, 2⁻²⁴, in f32; in TF32 it would be exactly 1.
    let value = 1.0 + 1.0 / 4096.0;
    let mut sink = FeatureSink::with_max_on_host(1, devices::gpu(), 1).unwrap();
    for row in [0.0f32, value, -value, value, -value] {
        sink.add(&[row]).unwrap();
    }
    let expected = 4.0 * f64::from(value).powi(2) / 4.0;
    let sigma = sink.into_statistics().unwrap().sigma()[0];
    assert!((sigma - expected).abs() < 1e-6, "{sigma} against {expected}");
    assert!((sigma - 1.0).abs() > 1e-4, "the device rounded its input: {sigma}");
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn the_batch_size_changes_no_bit() {
    let rows = features(2500);
    let one = reduce(devices::gpu(), &rows, 1, 300);
    for batch in [7, 64, 1024, 2500] {
        let stats = reduce(devices::gpu(), &rows, batch, 300);
        assert!(stats.mu() == one.mu() && stats.sigma() == one.sigma(), "batches of {batch}");
    }
}

/// Reading statistics in the middle of a run does not change the result by a bit.
fn reading_changes_nothing(engine: &Arc<dyn Engine>) {
    let rows = features(1300);
    let bits = |stats: FeatureStats| {
        stats.mu().iter().chain(stats.sigma()).map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    let reduced = |read: bool| {
        let mut sink = FeatureSink::with_max_on_host(DIM, Arc::clone(engine), 100).unwrap();
        for batch in rows.chunks(64 * DIM) {
            sink.add(batch).unwrap();
            if read {
                let stats = sink.statistics().unwrap();
                assert_eq!(stats.num_images(), Some(sink.num_images()));
            }
        }
        assert_eq!(bits(sink.statistics().unwrap()), bits(sink.statistics().unwrap()));
        bits(sink.into_statistics().unwrap())
    };
    assert_eq!(reduced(true), reduced(false));
}

#[test]
fn reading_changes_nothing_on_the_cpu() {
    reading_changes_nothing(&devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn reading_changes_nothing_on_the_gpu() {
    reading_changes_nothing(&devices::gpu());
}

#[test]
fn merged_sinks_equal_one_sink() {
    let rows = features(2500);
    let whole = reduce(devices::cpu(), &rows, 64, 300);
    let (head, tail) = rows.split_at(1400 * DIM);
    let sink = |rows: &[f32]| {
        let mut sink = FeatureSink::with_max_on_host(DIM, devices::cpu(), 300).unwrap();
        rows.chunks(64 * DIM).for_each(|chunk| sink.add(chunk).unwrap());
        sink
    };
    let mut merged = sink(head);
    merged.merge(&sink(tail).moments().unwrap()).unwrap();
    assert_eq!(merged.num_images(), 2500);
    let merged = merged.into_statistics().unwrap();
    let bound = Bound::RelativeL2(tolerance::MOMENTS);
    assert_close("mu", &[DIM], merged.mu(), whole.mu(), bound);
    assert_close("sigma", &[DIM, DIM], merged.sigma(), whole.sigma(), bound);
}

/// The reason for the shift: the same f32 sums without it exceed the bound.
#[test]
fn without_the_shift_f32_exceeds_the_bound() {
    let rows = features(2048);
    let n = (rows.len() / DIM) as f64;
    let mut sum = [0f32; DIM];
    let mut gram = vec![0f32; DIM * DIM];
    for row in rows.chunks_exact(DIM) {
        for i in 0..DIM {
            sum[i] += row[i];
            (0..DIM).for_each(|j| gram[i * DIM + j] += row[i] * row[j]);
        }
    }
    let exact = FeatureStats::from_features(&rows, DIM).unwrap();
    let naive = |at: usize| {
        let product = f64::from(sum[at / DIM]) * f64::from(sum[at % DIM]) / n;
        (f64::from(gram[at]) - product) / (n - 1.0)
    };
    let naive: Vec<f64> = (0..DIM * DIM).map(naive).collect();
    let bound = Bound::RelativeL2(tolerance::MOMENTS);
    let verdict = fid_tests::close::compare("naive", &[DIM, DIM], &naive, exact.sigma(), bound);
    assert!(verdict.is_err(), "unshifted sums pass: {verdict:?}");
}

#[test]
fn a_nan_feature_is_reported_with_row_and_column() {
    for (row, on_host) in [(3, 2048), (13, 4)] {
        let mut rows = features(20);
        rows[row * DIM + 7] = f32::NAN;
        let mut sink = FeatureSink::with_max_on_host(DIM, devices::cpu(), on_host).unwrap();
        let added = rows.chunks(4 * DIM).try_for_each(|chunk| sink.add(chunk));
        let error = added.unwrap_err().to_string();
        assert!(error.contains(&format!("row {row}, column 7")), "{error}");
        // The sums do not include the failed batch.
        assert_eq!(sink.num_images() as usize, row / 4 * 4);
    }
}

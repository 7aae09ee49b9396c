//! The device reducer against the f64 accumulator.

use burn::prelude::*;
use fid_core::{FeatureStats, MomentAccumulator};
use fid_kernels::{Arrived, Arriving, ComputeDevice, FeatureSink};
use fid_tests::close::{Bound, assert_close};
use fid_tests::images::uniforms;
use fid_tests::{devices, tolerance};

/// Features as ReLU leaves them: not negative, a mean far from zero, channels that correlate, one
/// channel that never moves. The width is no multiple of the kernel's tile.
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

/// Pushes in batches of `batch`, the last one short.
fn reduce(device: &ComputeDevice, rows: &[f32], batch: usize, on_host: usize) -> FeatureStats {
    let mut sink = FeatureSink::with_max_on_host(DIM, &device.burn, on_host).unwrap();
    for chunk in rows.chunks(batch * DIM) {
        let n = chunk.len() / DIM;
        sink.push(Tensor::from_data(TensorData::new(chunk.to_vec(), [n, DIM]), &device.burn))
            .unwrap();
    }
    sink.finish().unwrap()
}

fn matches_the_accumulator(device: &ComputeDevice) {
    // Several flushes of 1024 rows, and a rest.
    let rows = features(5 * 1024 / 2);
    let mut exact = MomentAccumulator::new(DIM).unwrap();
    exact.update(&rows).unwrap();
    let exact = exact.finish().unwrap();
    let reduced = reduce(device, &rows, 64, 64);
    let bound = Bound::RelativeL2(tolerance::MOMENTS);
    assert_eq!(reduced.num_images(), exact.num_images());
    assert_close("mu", &[DIM], reduced.mu(), exact.mu(), bound);
    assert_close("sigma", &[DIM, DIM], reduced.sigma(), exact.sigma(), bound);
}

#[test]
fn cpu_reducer_matches_the_accumulator() {
    matches_the_accumulator(&devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_reducer_matches_the_accumulator() {
    matches_the_accumulator(&devices::gpu());
}

#[test]
fn small_sets_stay_on_the_host_and_keep_their_rows() {
    let rows = features(20);
    let stats = reduce(&devices::cpu(), &rows, 8, 2048);
    assert_eq!(stats.rows(), Some(rows.as_slice()));
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn the_gpu_sums_in_f32_and_no_less() {
    // 1 + 2⁻¹² is exact in f32, but not in TF32 (10 bits of mantissa), bf16 or f16. Its square
    // loses its last bit in f32, 2⁻²⁴; through TF32 the product would be exactly 1.
    let device = devices::gpu();
    let value = 1.0 + 1.0 / 4096.0;
    let mut sink = FeatureSink::with_max_on_host(1, &device.burn, 1).unwrap();
    for row in [[0.0f32], [value], [-value], [value], [-value]] {
        sink.push(Tensor::from_data([row], &device.burn)).unwrap();
    }
    let expected = 4.0 * f64::from(value).powi(2) / 4.0;
    let sigma = sink.finish().unwrap().sigma()[0];
    assert!((sigma - expected).abs() < 1e-6, "{sigma} against {expected}");
    assert!((sigma - 1.0).abs() > 1e-4, "the device rounded its input: {sigma}");
}

/// A batch that was run in pieces, as for want of memory, is to the sums what it would have been
/// whole: to the bit, on the host and past the rows that are kept there.
fn pieces_are_the_whole(device: &ComputeDevice) {
    let rows = features(1300);
    let arrive = |rows: &[f32]| {
        let data = TensorData::new(rows.to_vec(), [rows.len() / DIM, DIM]);
        Arriving::start(Tensor::from_data(data, &device.burn)).unwrap().wait().unwrap()
    };
    let in_pieces = |batch: &[f32], piece: usize| {
        let pieces = batch.chunks(piece * DIM).map(arrive).collect::<Vec<_>>();
        Arrived::join(pieces).unwrap()
    };
    let reduced = |cut: &dyn Fn(usize, &[f32]) -> Arrived| {
        let mut sink = FeatureSink::with_max_on_host(DIM, &device.burn, 100).unwrap();
        let batches = rows.chunks(64 * DIM).enumerate();
        batches.for_each(|(at, batch)| sink.add(cut(at, batch)).unwrap());
        let stats = sink.finish().unwrap();
        stats.mu().iter().chain(stats.sigma()).map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    let whole = reduced(&|_, batch| arrive(batch));
    // The first batch, one in the middle of a flush, and all that follow.
    let cut = |at: usize, batch: &[f32]| match at {
        0 => in_pieces(batch, 32),
        7 => in_pieces(batch, 1),
        15.. => in_pieces(batch, 16),
        _ => arrive(batch),
    };
    assert_eq!(reduced(&cut), whole);
}

#[test]
fn cpu_pieces_are_the_whole() {
    pieces_are_the_whole(&devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_pieces_are_the_whole() {
    pieces_are_the_whole(&devices::gpu());
}

/// Why the shift is there: the same sums without it, in the same f32.
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
    assert!(verdict.is_err(), "the specimen passes: {verdict:?}");
}

#[test]
fn a_feature_that_is_no_number_is_found() {
    let device = devices::cpu();
    for (row, on_host) in [(3, 2048), (13, 4)] {
        let mut rows = features(20);
        rows[row * DIM + 7] = f32::NAN;
        let mut sink = FeatureSink::with_max_on_host(DIM, &device.burn, on_host).unwrap();
        let mut push = || -> Result<(), fid_kernels::KernelError> {
            for chunk in rows.chunks(4 * DIM) {
                let data = TensorData::new(chunk.to_vec(), [chunk.len() / DIM, DIM]);
                sink.push(Tensor::from_data(data, &device.burn))?;
            }
            Ok(())
        };
        let error = push().unwrap_err().to_string();
        assert!(error.contains(&format!("row {row}, column 7")), "{error}");
    }
}

use crate::metrics::interval::normal_quantile;
use crate::metrics::{
    FidInfluence, FidSide, Interval, IntervalConfig, PolynomialKernel, fid_influence, fid_interval,
    kid_interval, mmd2_unbiased,
};
use crate::tests::data::{Lcg, features};
use crate::{Error, FeatureSlice, FeatureStats, frechet_distance};

const DIM: usize = 12;

/// Allowed coverage of 95 % intervals in 400 runs: the sampling error is 1.1 %, and FID's intervals
/// are too wide for few images.
const COVERAGE: std::ops::RangeInclusive<f64> = 0.915..=0.985;

fn slice(values: &[f32]) -> FeatureSlice<'_, f32> {
    FeatureSlice::new(values, DIM).unwrap()
}

fn sample(n: usize, seed: u64) -> (Vec<f32>, Vec<f32>) {
    let mut fake = features(n, DIM, 2 * seed + 1000);
    fake.iter_mut().enumerate().for_each(|(at, x)| *x *= 1.0 + 0.3 * (at % DIM % 3) as f32);
    (features(n, DIM, 2 * seed + 1001), fake)
}

fn fid(n: usize, seed: u64) -> Interval {
    let (real, fake) = sample(n, seed);
    let influence =
        fid_influence(FidSide::Rows(&slice(&real)), FidSide::Rows(&slice(&fake))).unwrap();
    fid_interval(&influence, &IntervalConfig::default()).unwrap()
}

fn kid(n: usize, seed: u64) -> Interval {
    let (real, fake) = sample(n, seed);
    kid_interval(&slice(&real), &slice(&fake), &IntervalConfig::default()).unwrap()
}

/// Share of intervals that contain the mean value of all runs, and the ratio of the estimated
/// standard error to the scatter of the values.
fn coverage(what: &str, runs: &[Interval]) -> (f64, f64) {
    let n = runs.len() as f64;
    let mean = runs.iter().map(|run| run.value).sum::<f64>() / n;
    let spread = (runs.iter().map(|run| (run.value - mean).powi(2)).sum::<f64>() / n).sqrt();
    let estimated = (runs.iter().map(|run| run.standard_error.powi(2)).sum::<f64>() / n).sqrt();
    let covered = runs.iter().filter(|run| (run.low..=run.high).contains(&mean)).count() as f64 / n;
    println!(
        "{what}: mean {mean:.5}, coverage {covered:.3}, estimated / true spread {:.3}",
        estimated / spread
    );
    (covered, estimated / spread)
}

#[test]
fn intervals_contain_the_mean_at_their_level() {
    for (n, ratios) in [(10 * DIM, 0.9..1.2), (25 * DIM, 0.9..1.15)] {
        let runs: Vec<_> = (0..400).map(|seed| fid(n, seed)).collect();
        let (covered, ratio) = coverage(&format!("FID, N = {n}"), &runs);
        assert!(COVERAGE.contains(&covered) && ratios.contains(&ratio), "{covered} {ratio}");
        // Intervals of half the width must fail the check.
        let narrow = |run: &Interval| {
            let reach = 0.25 * (run.high - run.low);
            Interval { low: run.value - reach, high: run.value + reach, ..run.clone() }
        };
        let narrow: Vec<_> = runs.iter().map(narrow).collect();
        assert!(!COVERAGE.contains(&coverage("half as wide", &narrow).0));
    }
    // Fewer images than dimensions: the intervals are wide, but cover.
    let runs: Vec<_> = (0..400).map(|seed| fid(DIM * 2 / 3, seed)).collect();
    let (covered, ratio) = coverage("FID, N = 8", &runs);
    assert!(covered > 0.9 && (0.9..2.0).contains(&ratio), "{covered} {ratio}");
    let runs: Vec<_> = (0..400).map(|seed| kid(8 * DIM, seed)).collect();
    let (covered, ratio) = coverage("KID", &runs);
    assert!(COVERAGE.contains(&covered) && (0.9..1.15).contains(&ratio), "{covered} {ratio}");
}

#[test]
fn bootstrap_replicates_of_fid_are_biased() {
    // 60 samples drawn with replacement: nearly all exceed the value of the original sample.
    let (real, fake) = sample(5 * DIM, 3);
    let value = |real: &[f32], fake: &[f32]| {
        let stats = |rows| FeatureStats::from_features(rows, DIM).unwrap();
        frechet_distance(&stats(real), &stats(fake)).unwrap().value
    };
    let mut lcg = Lcg(5);
    let mut draw = |rows: &[f32]| -> Vec<f32> {
        let n = rows.len() / DIM;
        let mut pick = || (lcg.uniform() * n as f64) as usize * DIM;
        (0..n)
            .flat_map(|_| {
                let at = pick();
                rows[at..at + DIM].to_vec()
            })
            .collect()
    };
    let whole = value(&real, &fake);
    let above = (0..60).filter(|_| value(&draw(&real), &draw(&fake)) > whole).count();
    println!("bootstrap replicates above the value: {above} of 60");
    assert!(above > 45);
    let interval = fid(5 * DIM, 3);
    assert!(interval.low < whole && whole < interval.high && interval.low >= 0.0);
}

#[test]
fn kid_interval_equals_its_definition_by_plain_loops() {
    let (real, fake) = sample(9, 1);
    let (real, fake) = (&real[..7 * DIM], &fake[..]);
    let kernel = |a: &[f32], b: &[f32]| {
        let product: f64 = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        (product / DIM as f64 + 1.0).powi(3)
    };
    let mean = |a: &[f32], b: &[f32], itself: bool| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (i, x) in a.chunks(DIM).enumerate() {
            for (j, y) in b.chunks(DIM).enumerate() {
                if !(itself && i == j) {
                    sum += kernel(x, y);
                    count += 1.0;
                }
            }
        }
        sum / count
    };
    let value =
        |a: &[f32], b: &[f32]| mean(a, a, true) + mean(b, b, true) - 2.0 * mean(a, b, false);
    let without =
        |rows: &[f32], row: usize| [&rows[..row * DIM], &rows[(row + 1) * DIM..]].concat();
    let variance = |values: Vec<f64>| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (n - 1.0) / n * values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let of_real = (0..7).map(|row| value(&without(real, row), fake)).collect();
    let of_fake = (0..9).map(|row| value(real, &without(fake, row))).collect();
    let want = (variance(of_real) + variance(of_fake)).sqrt();
    let got = kid_interval(&slice(real), &slice(fake), &IntervalConfig::default()).unwrap();
    assert!((got.value - value(real, fake)).abs() < 1e-12, "{got:?}");
    assert!((got.standard_error - want).abs() < 1e-10 * want, "{got:?}, {want}");
    let reach = 1.959963984540054 * want;
    assert!((got.high - got.value - reach).abs() < 1e-8 * reach);
    assert!((got.value - got.low - reach).abs() < 1e-8 * reach);
}

/// With more rows than a tile.
#[test]
fn kid_interval_does_not_depend_on_row_order() {
    let (real, fake) = sample(1100, 2);
    let turned: Vec<f32> = real.rchunks(DIM).flatten().copied().collect();
    let config = IntervalConfig::default();
    let of = |real: &[f32]| kid_interval(&slice(real), &slice(&fake), &config).unwrap();
    let (one, other) = (of(&real), of(&turned));
    let whole = mmd2_unbiased(&slice(&real), &slice(&fake), &PolynomialKernel::default()).unwrap();
    for (got, want) in
        [(other.value, one.value), (other.standard_error, one.standard_error), (one.value, whole)]
    {
        assert!((got - want).abs() < 1e-9 * want.abs(), "{got}, {want}");
    }
}

#[test]
fn normal_quantiles_equal_tabulated_values() {
    for (p, want) in [
        (0.5, 0.0),
        (0.25, -0.674489750196082),
        (0.05, -1.644853626951473),
        (0.025, -1.959963984540054),
        (0.005, -2.575829303548901),
        (0.0005, -3.290526731491926),
    ] {
        assert!((normal_quantile(p) - want).abs() < 5e-9, "{p}");
    }
}

#[test]
fn bad_levels_and_too_few_images_are_refused() {
    let (real, fake) = sample(9, 1);
    for level in [0.0, 1.0, -0.1, f64::NAN] {
        let error =
            kid_interval(&slice(&real), &slice(&fake), &IntervalConfig { level }).unwrap_err();
        assert!(matches!(error, Error::Level { .. }), "{error}");
    }
    let config = IntervalConfig::default();
    let error = kid_interval(&slice(&real[..2 * DIM]), &slice(&fake), &config).unwrap_err();
    assert_eq!(error, Error::TooFewForInterval { num_images: 2, least: 3 });
    let none = FidInfluence { fid: 1.0, real: None, fake: None };
    let error = fid_interval(&none, &config).unwrap_err();
    assert_eq!(error, Error::TooFewForInterval { num_images: 0, least: 2 });
    let mut bad = real.clone();
    bad[3] = f32::INFINITY;
    let error = kid_interval(&slice(&bad), &slice(&fake), &config).unwrap_err();
    assert!(matches!(error, Error::NotFinite { row: 0, column: 3, .. }), "{error}");
}

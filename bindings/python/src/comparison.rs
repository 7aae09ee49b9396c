//! Comparisons of files.

use std::path::PathBuf;
use std::sync::Arc;

use fid_core::Tap;
use fid_core::metrics::{
    Boundary, InceptionScoreConfig, IntervalConfig, KidConfig, MifidConfig, PolynomialKernel,
    PrdcConfig,
};
use fid_gpu::{
    Compared, EvalConfig, ImagesConfig, MetricSet, Preset, RunConfig, RunningStatistics, Samples,
    StatsConfig, Suite, compare, evaluate_one,
};
use pyo3::prelude::*;

use crate::errors::wrong;
use crate::interrupt;
use crate::options::{RunOptions, layer, parsed, preparation};
use crate::statistics::Statistics;

/// What to compute.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct MetricOptions {
    metrics: Vec<String>,
    suite: Option<String>,
    leave_out: bool,
    kid_subsets: usize,
    kid_subset_size: usize,
    kid_degree: u8,
    kid_gamma: Option<f64>,
    kid_coef0: f64,
    is_splits: usize,
    is_convention: Option<String>,
    is_shuffle: Option<bool>,
    nearest_k: Option<usize>,
    closed: Option<bool>,
    cosine_distance_eps: f64,
    interval: Option<f64>,
    outliers: usize,
    per_class: Option<usize>,
    explain: bool,
    whole_page: bool,
    seed: Option<u32>,
    samples: Option<usize>,
    real_preparation: Option<String>,
    fake_preparation: Option<String>,
    assume_preset: Option<String>,
    save_stats: Option<PathBuf>,
}

impl MetricOptions {
    fn config(self, real: PathBuf, fake: PathBuf, run: RunConfig) -> PyResult<EvalConfig> {
        let suite = self.suite.as_deref().map(parsed::<Suite>).transpose()?;
        let base = suite.map(Suite::config).unwrap_or_default();
        let asked: MetricSet = parsed(&self.metrics.join(","))?;
        let select = if suite.is_some() { base.select.and(&asked) } else { asked };
        let seed = self.seed.unwrap_or(KidConfig::default().seed);
        let variant = match self.is_convention {
            None => base.inception_score.variant,
            Some(name) => name.try_into().map_err(wrong)?,
        };
        let of_variant = InceptionScoreConfig::of(variant);
        let mut metrics = base;
        metrics.select = select.usual_for(run.encoder.name());
        metrics.leave_out = self.leave_out;
        metrics.kid = KidConfig {
            subsets: self.kid_subsets,
            subset_size: self.kid_subset_size,
            seed,
            kernel: PolynomialKernel {
                degree: self.kid_degree,
                gamma: self.kid_gamma,
                coef0: self.kid_coef0,
            },
        };
        metrics.inception_score = InceptionScoreConfig {
            splits: self.is_splits,
            seed,
            shuffle: self.is_shuffle.unwrap_or(of_variant.shuffle),
            ..of_variant
        };
        metrics.prdc = PrdcConfig {
            neighbours: self.nearest_k.unwrap_or(metrics.prdc.neighbours),
            boundary: match self.closed {
                None => metrics.prdc.boundary,
                Some(true) => Boundary::Closed,
                Some(false) => Boundary::Open,
            },
        };
        metrics.mifid = MifidConfig { cosine_distance_eps: self.cosine_distance_eps };
        metrics.images = ImagesConfig::default()
            .interval(self.interval.map(|level| IntervalConfig { level }))
            .outliers(self.outliers)
            .per_class(self.per_class);
        metrics.fid_infinity.seed = seed;
        metrics.mind.seed = seed.into();
        let named = |name: &str| Preset::named(name, run.encoder.presets()).map_err(wrong);
        let assume = self.assume_preset.as_deref().map(named).transpose()?;
        let config = EvalConfig::new(real, fake)
            .real_preparation(preparation(self.real_preparation.as_deref())?)
            .fake_preparation(preparation(self.fake_preparation.as_deref())?)
            .samples(self.samples.map(|count| Samples::new(count, self.seed.unwrap_or_default())))
            .assume_preset(assume.or(suite.map(Suite::preset)))
            .save_stats(self.save_stats)
            .explain(self.explain)
            .metrics(metrics)
            .run(run);
        Ok(if self.whole_page { fid_gpu::html::complete(&config) } else { config })
    }
}

/// The result of a comparison, with the data behind it.
#[pyclass(frozen, module = "fid_gpu._native")]
pub(crate) struct Comparison {
    json: String,
    /// `None` where only one set was measured.
    compared: Option<Arc<Compared>>,
}

/// Compares two sets, or measures `fake` alone if there is no `real`.
#[pyfunction]
#[pyo3(signature = (real, fake, run_options, metric_options, progress))]
pub(crate) fn evaluate(
    py: Python<'_>,
    real: Option<PathBuf>,
    fake: PathBuf,
    run_options: RunOptions,
    metric_options: MetricOptions,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Comparison> {
    let alone = real.is_none();
    let run = run_options.config()?;
    let config = metric_options.config(real.unwrap_or_default(), fake, run)?;
    let (json, compared) = interrupt::run(py, progress, move |watch| {
        if alone {
            return Ok((serde_json::to_string(&evaluate_one(&config, watch)?), None));
        }
        let compared = compare(&config, watch)?;
        Ok((serde_json::to_string(&compared.report), Some(Arc::new(compared))))
    })?;
    Ok(Comparison { json: json.map_err(wrong)?, compared })
}

#[pymethods]
impl Comparison {
    /// The report as JSON.
    #[getter]
    fn json(&self) -> &str {
        &self.json
    }

    /// The HTML page of two sets, with the plots of what was computed.
    fn page(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let Some(compared) = self.compared.clone() else { return Ok(None) };
        interrupt::run(py, None, move |_| Ok(Some(compared.page("fid_gpu.evaluate(...)").html)))
    }
}

/// The statistics of a set, or of a shard `(index, count)` of it, counted from 1.
#[pyfunction]
#[pyo3(signature = (path, run_options, layer_name, keep_features, shard, preparation_steps, progress))]
#[expect(clippy::too_many_arguments, reason = "each is an argument of Python")]
pub(crate) fn statistics_of(
    py: Python<'_>,
    path: PathBuf,
    run_options: RunOptions,
    layer_name: &str,
    keep_features: bool,
    shard: Option<(u32, u32)>,
    preparation_steps: Option<&str>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Statistics, Vec<String>)> {
    let shard = shard.map(|(index, count)| parsed(&format!("{index}/{count}"))).transpose()?;
    let layer = layer(layer_name)?;
    if matches!(layer, Tap::Logits | Tap::LogitsUnbiased) {
        return Err(wrong("logits have no statistics: name the layer 64, 192, 768 or 2048"));
    }
    let config = StatsConfig::new(path)
        .preparation(preparation(preparation_steps)?)
        .shard(shard)
        .layer(layer)
        .features(keep_features)
        .run(run_options.config()?);
    interrupt::run(py, progress, move |watch| {
        let made = fid_gpu::statistics(&config, watch)?;
        let skipped = made.skipped.iter().map(|it| format!("{}: {}", it.path.display(), it.reason));
        let skipped = skipped.collect();
        Ok((RunningStatistics::of_file(made.file)?, skipped))
    })
    .map(|(made, skipped)| (Statistics(made), skipped))
}

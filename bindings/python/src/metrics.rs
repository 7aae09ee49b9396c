//! Metrics of arrays.

use fid_core::FeatureRows;
use fid_core::metrics::{
    self, Boundary, InceptionScoreConfig, KidConfig, MifidConfig, PolynomialKernel, PrdcConfig,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::array::{Array, Rows};
use crate::errors::{exception, wrong};
use crate::interrupt;
use crate::statistics::moments;

/// The Fréchet distance of two means and covariances.
#[pyfunction]
pub(crate) fn frechet_distance(
    py: Python<'_>,
    mu1: &Bound<'_, PyAny>,
    sigma1: &Bound<'_, PyAny>,
    mu2: &Bound<'_, PyAny>,
    sigma2: &Bound<'_, PyAny>,
) -> PyResult<f64> {
    let a = moments([mu1, sigma1], ["mu1", "sigma1"], None)?;
    let b = moments([mu2, sigma2], ["mu2", "sigma2"], None)?;
    interrupt::run(py, None, move |_| Ok(fid_core::frechet_distance(&a, &b)?.display_value()))
}

/// KID over random subsets: `(mean, std)`.
#[pyfunction]
#[pyo3(signature = (real, fake, *, subsets, subset_size, seed, degree, gamma, coef0))]
#[expect(clippy::too_many_arguments, reason = "each is an argument of Python")]
pub(crate) fn kid(
    py: Python<'_>,
    real: &Bound<'_, PyAny>,
    fake: &Bound<'_, PyAny>,
    subsets: usize,
    subset_size: usize,
    seed: u32,
    degree: u8,
    gamma: Option<f64>,
    coef0: f64,
) -> PyResult<(f64, f64)> {
    let kernel = PolynomialKernel { degree, gamma, coef0 };
    let config = KidConfig { subsets, subset_size, seed, kernel };
    let kid = of_pairs(py, real, fake, move |real, fake| metrics::kid(real, fake, &config))?;
    Ok((kid.mean, kid.std))
}

/// The unbiased squared MMD of all features.
#[pyfunction]
#[pyo3(signature = (real, fake, *, degree, gamma, coef0))]
pub(crate) fn mmd2(
    py: Python<'_>,
    real: &Bound<'_, PyAny>,
    fake: &Bound<'_, PyAny>,
    degree: u8,
    gamma: Option<f64>,
    coef0: f64,
) -> PyResult<f64> {
    let kernel = PolynomialKernel { degree, gamma, coef0 };
    of_pairs(py, real, fake, move |real, fake| metrics::mmd2_unbiased(real, fake, &kernel))
}

/// Precision, recall, F-score, density and coverage, by name.
#[pyfunction]
#[pyo3(signature = (real, fake, *, neighbours, closed))]
pub(crate) fn prdc<'py>(
    py: Python<'py>,
    real: &Bound<'py, PyAny>,
    fake: &Bound<'py, PyAny>,
    neighbours: usize,
    closed: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let boundary = if closed { Boundary::Closed } else { Boundary::Open };
    let config = PrdcConfig { neighbours, boundary };
    let prdc = of_pairs(py, real, fake, move |real, fake| metrics::prdc(real, fake, &config))?;
    let values = PyDict::new(py);
    values.set_item("precision", prdc.precision)?;
    values.set_item("recall", prdc.recall)?;
    values.set_item("f_score", prdc.f_score)?;
    values.set_item("density", prdc.density)?;
    values.set_item("coverage", prdc.coverage)?;
    Ok(values)
}

/// MiFID.
#[pyfunction]
#[pyo3(signature = (real, fake, *, cosine_distance_eps))]
pub(crate) fn mifid(
    py: Python<'_>,
    real: &Bound<'_, PyAny>,
    fake: &Bound<'_, PyAny>,
    cosine_distance_eps: f64,
) -> PyResult<f64> {
    let config = MifidConfig { cosine_distance_eps };
    let (real, fake) = pair(real, fake)?;
    interrupt::run(py, None, move |_| {
        let fid = fid_core::frechet_distance(&real.stats()?, &fake.stats()?)?.display_value();
        let both = real.with(|a| fake.with(|b| metrics::mifid(fid, a, b, &config)));
        Ok(both???.value)
    })
}

/// The Inception Score of logits: `(mean, std)`, with no `std` where its divisor is 0.
#[pyfunction]
#[pyo3(signature = (logits, *, splits, convention, shuffle, seed))]
pub(crate) fn inception_score(
    py: Python<'_>,
    logits: &Bound<'_, PyAny>,
    splits: usize,
    convention: &str,
    shuffle: bool,
    seed: u32,
) -> PyResult<(f64, Option<f64>)> {
    let variant = convention.to_owned().try_into().map_err(wrong)?;
    let config =
        InceptionScoreConfig { splits, shuffle, seed, ..InceptionScoreConfig::of(variant) };
    let logits = Array::of(logits, "logits")?.rows("logits")?;
    let score = interrupt::run(py, None, move |_| {
        Ok(logits.with(|logits| metrics::inception_score(logits, &config))??)
    })?;
    Ok((score.mean, score.std))
}

/// Features, `(n, d)`, as the bytes of f32, and `d`.
#[pyfunction]
pub(crate) fn float_rows<'py>(
    py: Python<'py>,
    array: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyBytes>, usize)> {
    let rows = Array::of(array, "features")?.rows("features")?;
    Ok((PyBytes::new(py, bytemuck::cast_slice(&rows.exact()?)), rows.dim))
}

/// Computes a metric of two sets of features.
fn of_pairs<T: Send + 'static>(
    py: Python<'_>,
    real: &Bound<'_, PyAny>,
    fake: &Bound<'_, PyAny>,
    metric: impl FnOnce(&dyn FeatureRows, &dyn FeatureRows) -> Result<T, fid_core::Error>
    + Send
    + 'static,
) -> PyResult<T> {
    let (real, fake) = pair(real, fake)?;
    interrupt::run(py, None, move |_| Ok(real.with(|real| fake.with(|fake| metric(real, fake)))???))
}

/// Two sets of features of one length.
fn pair(real: &Bound<'_, PyAny>, fake: &Bound<'_, PyAny>) -> PyResult<(Rows, Rows)> {
    let real = Array::of(real, "real")?.rows("real")?;
    let fake = Array::of(fake, "fake")?.rows("fake")?;
    let (a, b) = (real.dim, fake.dim);
    if a != b {
        return Err(exception(fid_core::Error::DimMismatch { a, b }.into()));
    }
    Ok((real, fake))
}

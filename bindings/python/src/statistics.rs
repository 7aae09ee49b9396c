//! Mean and covariance of features.

use std::path::PathBuf;

use fid_core::FeatureStats;
use fid_gpu::RunningStatistics;
use fid_gpu::stats_file::StatsFile;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use crate::array::{Array, doubles};
use crate::errors::{exception, wrong};
use crate::interrupt::{self, require_unforked};

/// Number of images, mean and covariance of features, and on request the features.
#[pyclass(module = "fid_gpu._native")]
pub(crate) struct Statistics(pub(crate) RunningStatistics);

#[pymethods]
impl Statistics {
    /// An empty set of vectors of `dim` values; `recipe` is JSON.
    #[new]
    fn new(dim: usize, recipe: Option<&str>, keep_features: bool) -> PyResult<Self> {
        let recipe = recipe.map(serde_json::from_str).transpose().map_err(wrong)?;
        let empty = RunningStatistics::new(dim, recipe).map_err(exception)?;
        Ok(Self(if keep_features { empty.keeping_features() } else { empty }))
    }

    /// Statistics of a mean, `(d,)`, and a covariance, `(d, d)`.
    #[staticmethod]
    #[pyo3(signature = (mean, covariance, images))]
    fn of_moments(
        mean: &Bound<'_, PyAny>,
        covariance: &Bound<'_, PyAny>,
        images: Option<u64>,
    ) -> PyResult<Self> {
        require_unforked()?;
        let file = StatsFile::new(moments([mean, covariance], ["mean", "covariance"], images)?);
        Ok(Self(RunningStatistics::of_file(file).map_err(exception)?))
    }

    /// The statistics in a file of this or another program.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let read = interrupt::run(py, None, move |_| {
            let file = StatsFile::read_features(&path, StatsFile::dim_of(&path)?)?;
            RunningStatistics::of_file(file)
        })?;
        Ok(Self(read))
    }

    /// What `to_bytes` wrote.
    #[staticmethod]
    fn from_bytes(data: &[u8]) -> PyResult<Self> {
        require_unforked()?;
        RunningStatistics::from_bytes(data).map(Self).map_err(exception)
    }

    /// Length of a feature vector.
    #[getter]
    fn dim(&self) -> usize {
        self.0.dim()
    }

    /// Number of images, if known.
    #[getter]
    fn num_images(&self) -> Option<u64> {
        self.0.num_images()
    }

    /// How the features were made, as JSON, if known.
    #[getter]
    fn recipe(&self) -> PyResult<Option<String>> {
        self.0.recipe().map(serde_json::to_string).transpose().map_err(wrong)
    }

    /// Whether the features of every image are kept.
    #[getter]
    fn keeps_features(&self) -> bool {
        self.0.features().is_some()
    }

    /// Adds features, `(n, d)`.
    fn update(&mut self, py: Python<'_>, features: &Bound<'_, PyAny>) -> PyResult<()> {
        let rows = Array::of(features, "features")?.rows("features")?;
        if rows.dim != self.0.dim() {
            return Err(wrong(format!(
                "these features have {} values each, and the statistics are of {}",
                rows.dim,
                self.0.dim()
            )));
        }
        require_unforked()?;
        let (values, ours) = (rows.exact()?, &mut self.0);
        py.detach(|| ours.update(&values)).map_err(exception)
    }

    /// Adds the images of other statistics.
    fn merge(&mut self, py: Python<'_>, other: &Self) -> PyResult<()> {
        require_unforked()?;
        let ours = &mut self.0;
        py.detach(|| ours.merge(&other.0)).map_err(exception)
    }

    /// The mean, f64 `[d]`.
    fn mean<'py>(&self, py: Python<'py>) -> Bound<'py, PyByteArray> {
        PyByteArray::new(py, bytemuck::cast_slice(&self.0.mean()))
    }

    /// The covariance, f64 `[d, d]`.
    fn covariance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        let stats = self.stats(py)?;
        Ok(PyByteArray::new(py, bytemuck::cast_slice(stats.sigma())))
    }

    /// The features of every image, f32 `[n, d]`, if they are kept.
    fn features<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyByteArray>> {
        Some(PyByteArray::new(py, bytemuck::cast_slice(self.0.features()?)))
    }

    /// Writes a statistics file.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let ours = self.0.clone();
        interrupt::run(py, None, move |_| Ok(ours.file()?.save(&path)?))
    }

    /// Everything, for `from_bytes`.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        require_unforked()?;
        let bytes = py.detach(|| self.0.to_bytes()).map_err(exception)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// A copy.
    fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    /// The Fréchet distance to other statistics.
    fn frechet_distance(&self, py: Python<'_>, other: &Self) -> PyResult<f64> {
        let (a, b) = (self.0.clone(), other.0.clone());
        interrupt::run(py, None, move |_| a.frechet_distance(&b))
    }
}

impl Statistics {
    fn stats(&self, py: Python<'_>) -> PyResult<FeatureStats> {
        require_unforked()?;
        py.detach(|| self.0.stats()).map_err(exception)
    }
}

/// Mean and covariance of two arrays.
pub(crate) fn moments(
    arrays: [&Bound<'_, PyAny>; 2],
    names: [&str; 2],
    images: Option<u64>,
) -> PyResult<FeatureStats> {
    let (mu, of_mu) = doubles(arrays[0], names[0])?;
    let (sigma, of_sigma) = doubles(arrays[1], names[1])?;
    if of_mu.len() != 1 || of_sigma != [of_mu[0], of_mu[0]] {
        return Err(wrong(format!(
            "{} has the shape {} and {} the shape {}: (d,) and (d, d) are needed",
            names[0],
            crate::array::shape(&of_mu),
            names[1],
            crate::array::shape(&of_sigma)
        )));
    }
    FeatureStats::from_mu_sigma(mu, sigma, images).map_err(|error| exception(error.into()))
}

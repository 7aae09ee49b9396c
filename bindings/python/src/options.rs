//! Arguments of Python as configurations of the library.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use fid_core::Tap;
use fid_gpu::weights::DownloadOptions;
use fid_gpu::{Encoder, OwnInput, Preparation, Preset, RunConfig, WeightsSource};
use pyo3::prelude::*;

use crate::errors::{exception, wrong};

/// How images become features.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct RunOptions {
    encoder: String,
    /// Settings of an ONNX model's input, as names and values.
    encoder_input: Vec<(String, String)>,
    /// The encoder's default if `None`.
    preset: Option<String>,
    also: Vec<String>,
    weights: Option<PathBuf>,
    download: bool,
    device: String,
    precision: String,
    batch_size: Option<usize>,
    workers: Option<usize>,
    cache: Option<PathBuf>,
    skip_bad: bool,
    strict: bool,
}

impl RunOptions {
    /// The encoder of a name, or an ONNX model.
    fn encoder(&self) -> PyResult<Encoder> {
        if !self.encoder.to_ascii_lowercase().ends_with(".onnx") {
            if let Some((name, _)) = self.encoder_input.first() {
                return Err(wrong(format!(
                    "{name} is a setting of ONNX models, and the encoder is {}",
                    self.encoder
                )));
            }
            return parsed(&self.encoder);
        }
        let mut input = OwnInput::default();
        for (name, value) in &self.encoder_input {
            input.set(name, value, true).map_err(wrong)?;
        }
        Encoder::onnx(Path::new(&self.encoder), &input).map_err(exception)
    }

    /// The library's configuration.
    pub(crate) fn config(self) -> PyResult<RunConfig> {
        let download = DownloadOptions::from_env();
        let weights = match &self.weights {
            None => None,
            Some(path) => Some(match path.to_str() {
                Some(text) => parsed::<WeightsSource>(text)?,
                None => WeightsSource::File(path.clone()),
            }),
        };
        let encoder = self.encoder()?;
        let named = |name: &String| Preset::named(name, encoder.presets()).map_err(wrong);
        let also = self.also.iter().map(named).collect::<PyResult<Vec<_>>>()?;
        let preset = self.preset.as_ref().map_or(Ok(encoder.presets()[0]), named)?;
        Ok(RunConfig::default()
            .encoder(encoder)
            .weights(weights)
            .download((self.download && !download.offline).then_some(download))
            .features_cache(self.cache)
            .preset(preset)
            .also(also)
            .precision(parsed(&self.precision)?)
            .device(parsed::<fid_core::Devices>(&self.device)?)
            .batch_size(count("batch_size", self.batch_size)?)
            .workers(count("workers", self.workers)?)
            .skip_bad(self.skip_bad)
            .strict(self.strict))
    }
}

fn count(name: &str, value: Option<usize>) -> PyResult<Option<NonZeroUsize>> {
    let least = || wrong(format!("{name} must be at least 1"));
    value.map(|value| NonZeroUsize::new(value).ok_or_else(least)).transpose()
}

/// The value of a text.
pub(crate) fn parsed<T: FromStr<Err: Display>>(text: &str) -> PyResult<T> {
    text.parse().map_err(wrong)
}

/// Number of features of an encoder.
#[pyfunction]
pub(crate) fn encoder(name: &str) -> PyResult<usize> {
    Ok(parsed::<Encoder>(name)?.features())
}

/// The preparation of a text such as `resize 64 lanczos`; none if there is no text.
pub(crate) fn preparation(text: Option<&str>) -> PyResult<Preparation> {
    text.map_or(Ok(Preparation::default()), parsed)
}

/// The layer with a name.
pub(crate) fn layer(name: &str) -> PyResult<Tap> {
    Ok(match name {
        "64" => Tap::Pool64,
        "192" => Tap::Pool192,
        "768" => Tap::Pool768,
        "2048" => Tap::Pool3,
        "logits" => Tap::Logits,
        "logits_unbiased" => Tap::LogitsUnbiased,
        name => {
            return Err(wrong(format!(
                "unknown layer '{name}'; known: 64, 192, 768, 2048, logits, logits_unbiased"
            )));
        }
    })
}

//! Checks this machine: compares each stage on a device with built-in answers.
//!
//! The answers come from the original programs (`scripts/fixtures/doctor.py`), the bounds from
//! [`fid_core::tolerance`]. Weights are seeded, so that no file is needed.

mod answers;
mod stages;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use fid_core::Precision;
use fid_weights::WeightsSource;
use serde::Serialize;

use crate::device::Device;
use crate::network_weights::NetworkWeights;
use crate::observer::Observer;
use answers::Answers;

/// One stage, held to its bound.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// Name of the stage.
    pub stage: String,
    /// How far the result is from the answer, in the unit of the bound; `None` without a result.
    pub drift: Option<f64>,
    /// How far it may be; 0 means that every bit counts.
    pub bound: f64,
    /// Why there is no result.
    pub error: Option<String>,
    /// Wall-clock seconds, with what the device compiles on first use.
    pub seconds: f64,
}

impl Check {
    /// Whether the result is there and within its bound.
    pub fn passed(&self) -> bool {
        // Written so that a NaN fails.
        self.drift.is_some_and(|drift| drift <= self.bound)
    }
}

/// What was found about a device.
pub(crate) struct Examined {
    /// The kernels of the network; `None` if it was not loaded.
    pub(crate) kernels: Option<String>,
    pub(crate) checks: Vec<Check>,
}

/// Runs every stage on `device`. A stage that fails does not stop the next.
pub(crate) fn examine(device: &Device, observer: &dyn Observer) -> Examined {
    let failed = |stage, error| {
        let check = check(stage, 0.0, || Err(error));
        Examined { kernels: None, checks: vec![check] }
    };
    let answers = match Answers::built_in() {
        Ok(answers) => answers,
        Err(error) => return failed("the built-in answers", error),
    };
    let engine = fid_weights::load(&WeightsSource::Seeded(0))
        .map_err(anyhow::Error::from)
        .and_then(|loaded| {
            let weights = NetworkWeights::Inception(loaded.weights);
            Ok(device.engine(&weights, Precision::F32)?)
        });
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => return failed("loading the network", error),
    };
    let checks = stages::all()
        .into_iter()
        .map(|stage| {
            observer.phase(&format!("trying {}", stage.name));
            check(&stage.name, stage.bound, || (stage.run)(&engine, &answers))
        })
        .collect();
    Examined { kernels: Some(engine.info().kernels.clone()), checks }
}

/// Runs one stage; a panic below it, such as a driver's, is a failure like another.
fn check(stage: &str, bound: f64, run: impl FnOnce() -> anyhow::Result<f64>) -> Check {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(crate::Error::from_panic(&*panic).into()));
    let (drift, error) = match result {
        Ok(drift) => (Some(drift), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    Check { stage: stage.into(), drift, bound, error, seconds: start.elapsed().as_secs_f64() }
}

#[cfg(test)]
mod tests;

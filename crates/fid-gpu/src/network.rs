//! The encoder of a run, on its devices.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use fid_core::{DeviceError, Engine};
use fid_weights::{WeightsFormat, WeightsSource};

use crate::device::Device;
use crate::network_weights::LoadedWeights;
use crate::observer::Observer;
use crate::report::WeightsReport;
use crate::{Error, RunConfig, weights};

/// An encoder on the devices of a run.
pub(crate) struct OpenNetwork {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) weights: WeightsReport,
    /// A remark about the weights for the report.
    pub(crate) note: Option<String>,
    /// Wall-clock seconds for opening the devices and loading the weights, without the download.
    pub(crate) seconds: f64,
}

impl OpenNetwork {
    /// Opens the devices and loads the weights.
    pub(crate) fn open(config: &RunConfig, observer: &dyn Observer) -> Result<Self, Error> {
        observer.phase("loading weights");
        let encoder = &config.encoder;
        #[cfg(feature = "onnx")]
        if let crate::Encoder::Onnx(own) = encoder {
            let other_weights = config.weights.is_some();
            let (engine, weights) = own.engine(&config.device, config.precision, other_weights)?;
            return Ok(Self { engine, weights, note: None, seconds: 0.0 });
        }
        let load =
            |source: &_| LoadedWeights::load(encoder, source, config.cache.as_deref(), observer);
        let published = encoder.published()?;
        let here = || weights::find_entry(published).ok().map(WeightsSource::File);
        let here = config.weights.clone().or_else(here);
        // Devices open while weights load, unless those must be downloaded.
        let start = Instant::now();
        let (devices, loaded) = thread::scope(|scope| {
            let devices = scope.spawn(|| open_devices(config));
            let loaded = here.as_ref().map(load);
            (devices.join().unwrap_or_else(|panic| resume_unwind(panic)), loaded)
        });
        let devices = devices?;
        let opening = start.elapsed();
        let source = match here {
            Some(source) => source,
            None => {
                let options = config.download.as_ref();
                WeightsSource::File(weights::find_or_download(published, options, observer)?)
            }
        };
        let start = Instant::now();
        let loaded = loaded.unwrap_or_else(|| load(&source))?;
        let differs = |expected: &str| loaded.identity.sha256 != expected;
        let found = config.weights.is_none() && published.sha256.as_deref().is_some_and(differs);
        let note = format!("the weights found are not the published file: {source}");
        let engine = Device::engine_of(&devices, &loaded.weights, config.precision)?;
        let seconds = (opening + start.elapsed()).as_secs_f64();
        let weights = WeightsReport {
            random: loaded.identity.format == WeightsFormat::Seeded,
            name: loaded.identity.name,
            sha256: loaded.identity.sha256,
        };
        Ok(Self { engine, weights, note: found.then_some(note), seconds })
    }
}

/// Opens the devices of a run and checks that they support its precision.
fn open_devices(config: &RunConfig) -> Result<Vec<Device>, DeviceError> {
    let devices = Device::open_all(&config.device)?;
    devices.iter().try_for_each(|device| device.require(config.precision))?;
    devices.iter().for_each(|device| device.decide(config.precision, config.cache.as_deref()));
    Ok(devices)
}

//! Opens and lists devices.

use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;

use fid_core::{DeviceChoice, DeviceEntry, DeviceError, Devices, Engine, Precision};

use crate::engine_group::EngineGroup;
use crate::network_weights::NetworkWeights;

#[cfg(feature = "gpu")]
mod tiles;

/// An open device, on which a network can be loaded.
#[derive(Debug, Clone)]
pub(crate) enum Device {
    #[cfg(feature = "cpu")]
    Cpu(fid_cpu::Isa),
    #[cfg(feature = "gpu")]
    Gpu(fid_wgpu::GpuDevice),
}

impl Device {
    pub(crate) fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        match choice {
            DeviceChoice::Auto => match hardware_gpu()? {
                Some(gpu) => Ok(gpu),
                None => cpu(),
            },
            DeviceChoice::Gpu { api, index } => gpu(api, index),
            _ => cpu(),
        }
    }

    /// Opens every device of a list.
    pub(crate) fn open_all(devices: &Devices) -> Result<Vec<Self>, DeviceError> {
        let mut opened = Vec::new();
        for entry in devices.entries() {
            match *entry {
                DeviceEntry::One(choice) => opened.push(Self::open(choice)?),
                DeviceEntry::All(api) => opened.extend(all_gpus(api)?),
            }
        }
        Ok(opened)
    }

    /// Loads the network onto devices, of which there is at least one: one engine, or a group that
    /// shares the batches. A device that is there twice has the weights once.
    pub(crate) fn engine_of(
        devices: &[Self],
        weights: &NetworkWeights,
        precision: Precision,
    ) -> Result<Arc<dyn Engine>, DeviceError> {
        let mut engines: Vec<Arc<dyn Engine>> = Vec::new();
        for device in devices {
            let name = device.to_string();
            let same = engines.iter().find(|engine| engine.info().device == name).cloned();
            engines.push(same.map_or_else(|| device.engine(weights, precision), Ok)?);
        }
        match &*engines {
            [engine] => Ok(Arc::clone(engine)),
            _ => Ok(Arc::new(EngineGroup::new(engines))),
        }
    }

    /// Checks that the device supports a precision.
    pub(crate) fn require(&self, precision: Precision) -> Result<(), DeviceError> {
        match self {
            #[cfg(feature = "cpu")]
            Self::Cpu(_) if precision != Precision::F32 => {
                Err(DeviceError::Precision { precision, device: self.to_string() })
            }
            #[cfg(feature = "cpu")]
            Self::Cpu(_) => Ok(()),
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => gpu.require(precision),
            #[cfg(not(any(feature = "cpu", feature = "gpu")))]
            _ => unreachable!("no device can be opened in this build: {precision}"),
        }
    }

    /// Decides on the kernels of a GPU and begins to compile them; the decision is kept in the folder
    /// `cache`.
    pub(crate) fn decide(&self, precision: Precision, cache: Option<&Path>) {
        match self {
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => {
                tiles::decide(gpu, precision, cache);
                gpu.warm_up(precision);
            }
            #[allow(unreachable_patterns, reason = "without the feature `cpu` there is no other")]
            _ => {
                let _ = (precision, cache);
            }
        }
    }

    /// Loads the network with these weights onto the device.
    pub(crate) fn engine(
        &self,
        weights: &NetworkWeights,
        precision: Precision,
    ) -> Result<Arc<dyn Engine>, DeviceError> {
        self.require(precision)?;
        match self {
            #[cfg(feature = "cpu")]
            Self::Cpu(isa) => Ok(match weights {
                NetworkWeights::Inception(weights) => {
                    Arc::new(fid_cpu::CpuEngine::with_isa(weights, *isa))
                }
                NetworkWeights::Vit(weights) => Arc::new(fid_cpu::CpuVit::with_isa(weights, *isa)),
            }),
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => Ok(match weights {
                NetworkWeights::Inception(weights) => {
                    Arc::new(fid_wgpu::WgpuEngine::new(weights, gpu, precision)?)
                }
                NetworkWeights::Vit(weights) => {
                    Arc::new(fid_wgpu::WgpuVit::new(weights, gpu, precision)?)
                }
            }),
            #[cfg(not(any(feature = "cpu", feature = "gpu")))]
            _ => unreachable!("no device can be opened in this build: {weights:?}"),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => gpu.fmt(f),
            #[allow(unreachable_patterns, reason = "without the feature `cpu` there is no other")]
            _ => f.write_str("cpu"),
        }
    }
}

#[cfg(feature = "cpu")]
fn cpu() -> Result<Device, DeviceError> {
    fid_cpu::Isa::choose().map(Device::Cpu)
}

#[cfg(not(feature = "cpu"))]
fn cpu() -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt { what: "CPU engine", feature: "cpu" })
}

#[cfg(feature = "gpu")]
fn gpu(api: Option<fid_core::Api>, index: Option<usize>) -> Result<Device, DeviceError> {
    fid_wgpu::GpuDevice::open(api, index).map(Device::Gpu)
}

#[cfg(not(feature = "gpu"))]
fn gpu(_: Option<fid_core::Api>, _: Option<usize>) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt { what: "GPU engine", feature: "gpu" })
}

#[cfg(feature = "gpu")]
fn all_gpus(api: Option<fid_core::Api>) -> Result<Vec<Device>, DeviceError> {
    Ok(fid_wgpu::GpuDevice::open_all(api)?.into_iter().map(Device::Gpu).collect())
}

#[cfg(not(feature = "gpu"))]
fn all_gpus(api: Option<fid_core::Api>) -> Result<Vec<Device>, DeviceError> {
    gpu(api, None).map(|gpu| vec![gpu])
}

#[cfg(feature = "gpu")]
fn hardware_gpu() -> Result<Option<Device>, DeviceError> {
    Ok(fid_wgpu::GpuDevice::hardware()?.map(Device::Gpu))
}

#[cfg(not(feature = "gpu"))]
fn hardware_gpu() -> Result<Option<Device>, DeviceError> {
    Ok(None)
}

/// Lists the devices that a [`DeviceChoice`] can name, one on each line, and says which GPUs cannot
/// be listed.
pub fn list_devices() -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    #[cfg(feature = "gpu")]
    for api in fid_core::Api::ALL {
        let _ = match fid_wgpu::adapters(api) {
            Ok(adapters) => adapters.iter().try_for_each(|adapter| line(&mut text, adapter)),
            Err(error) => writeln!(text, "{api:10} {error}"),
        };
    }
    if cfg!(feature = "cpu") {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let _ = writeln!(text, "{:10} {cores} threads", "cpu");
    }
    text
}

#[cfg(feature = "gpu")]
fn line(text: &mut String, adapter: &fid_wgpu::Adapter) -> fmt::Result {
    use fid_wgpu::AdapterKind;

    let kind = match adapter.kind {
        AdapterKind::Discrete => "discrete GPU",
        AdapterKind::Integrated => "integrated GPU",
        AdapterKind::Virtual => "virtual GPU",
        AdapterKind::Software => "software, slow: for tests",
        _ => "unknown kind",
    };
    let device = format!("{}:{}", adapter.api, adapter.index);
    write!(text, "{device:10} {} ({kind}; {}", adapter.name, adapter.driver)?;
    if let Some(address) = &adapter.pci {
        write!(text, "; PCI {address}")?;
    }
    if let Some(bytes) = adapter.memory_bytes {
        write!(text, "; {} MiB", bytes >> 20)?;
    }
    writeln!(text, "; buffers to {} MiB)", adapter.max_binding_bytes >> 20)
}

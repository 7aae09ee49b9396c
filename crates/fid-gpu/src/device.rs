//! Opens and lists devices.

use std::fmt::{self, Write};
use std::sync::Arc;

use fid_core::{DeviceChoice, DeviceError, Engine, Precision};
use fid_weights::Weights;

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

    /// Loads the network with these weights onto the device.
    pub(crate) fn engine(
        &self,
        weights: &Weights,
        precision: Precision,
    ) -> Result<Arc<dyn Engine>, DeviceError> {
        self.require(precision)?;
        match self {
            #[cfg(feature = "cpu")]
            Self::Cpu(isa) => Ok(Arc::new(fid_cpu::CpuEngine::with_isa(weights, *isa))),
            #[cfg(feature = "gpu")]
            Self::Gpu(gpu) => Ok(Arc::new(fid_wgpu::WgpuEngine::new(weights, gpu, precision)?)),
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
fn hardware_gpu() -> Result<Option<Device>, DeviceError> {
    Ok(fid_wgpu::GpuDevice::hardware()?.map(Device::Gpu))
}

#[cfg(not(feature = "gpu"))]
fn hardware_gpu() -> Result<Option<Device>, DeviceError> {
    Ok(None)
}

/// Lists the devices that a [`DeviceChoice`] can name, one on each line.
pub fn list_devices() -> String {
    let mut text = String::new();
    #[cfg(feature = "gpu")]
    for adapter in fid_wgpu::adapters() {
        use fid_wgpu::AdapterKind;

        let kind = match adapter.kind {
            AdapterKind::Discrete => "discrete GPU",
            AdapterKind::Integrated => "integrated GPU",
            AdapterKind::Virtual => "virtual GPU",
            AdapterKind::Software => "software, slow: for tests",
            _ => "unknown kind",
        };
        let device = format!("{}:{}", adapter.api, adapter.index);
        let limit = adapter.max_binding_bytes >> 20;
        let pci = adapter.pci.map(|address| format!("; PCI {address}")).unwrap_or_default();
        let memory = adapter.memory_bytes.map(|bytes| format!("; {} MiB", bytes >> 20));
        // Writing to a `String` does not fail.
        let _ = writeln!(
            text,
            "{device:10} {} ({kind}; {}{pci}{}; buffers to {limit} MiB)",
            adapter.name,
            adapter.driver,
            memory.unwrap_or_default()
        );
    }
    if cfg!(feature = "cpu") {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let _ = writeln!(text, "{:10} {cores} threads", "cpu");
    }
    text
}

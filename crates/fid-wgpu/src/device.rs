//! Listing and opening graphics adapters.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use burn::prelude::*;
use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{DeviceKind, try_read_sync};
use fid_core::{Api, DeviceError, Precision};

use crate::kernels::conv::TileClass;
use crate::kernels::conv::matrix::{Factors, MatrixUnit};
use crate::matrix_unit::matrix_unit;
use crate::memory::memory_bytes;

fn backends(api: Api) -> (WgpuBackend, wgpu::Backend) {
    match api {
        Api::Metal => (WgpuBackend::Metal, wgpu::Backend::Metal),
        Api::Dx12 => (WgpuBackend::Dx12, wgpu::Backend::Dx12),
        _ => (WgpuBackend::Vulkan, wgpu::Backend::Vulkan),
    }
}

/// A kind of adapter, the most capable first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// A GPU of a virtual machine.
    Virtual,
    /// The driver does not report the kind.
    Other,
    /// A driver that computes on the CPU.
    Software,
}

/// A graphics adapter of this machine.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// The API that lists it.
    pub api: Api,
    /// Its position in that API's list: the INDEX of [`fid_core::DeviceChoice`].
    pub index: usize,
    /// The name that the driver reports.
    pub name: String,
    /// Name and version of the driver.
    pub driver: String,
    /// The kind of adapter.
    pub kind: AdapterKind,
    /// Its PCI address, such as `0000:01:00.0`; `None` if the driver does not report it.
    pub pci: Option<String>,
    /// Bytes of memory of its own, which software and integrated GPUs share with the CPU; `None` if
    /// the API does not report it.
    pub memory_bytes: Option<u64>,
    /// Bytes of the largest buffer that a kernel can read.
    pub max_binding_bytes: u64,
    /// Whether subgroups have eight units and integers may have 64 bits, as the kernels for
    /// software adapters require.
    pub(crate) planes_of_eight: bool,
    /// Whether a workgroup may have 256 units and 16 KiB of shared memory, the defaults of WebGPU.
    pub(crate) default_workgroups: bool,
    /// Whether kernels can compute with f16 and store it in buffers.
    pub(crate) f16: bool,
    /// The matrices that its matrix units multiply; `None` if it has none that the kernels can use.
    pub(crate) matrix: Option<MatrixUnit>,
    /// Burn's address of the adapter; `None` if Burn cannot open it.
    selector: Option<DeviceKind>,
}

/// Lists the adapters of this machine by API, in the order of each API's own list.
pub fn adapters() -> Vec<Adapter> {
    Api::ALL.into_iter().flat_map(adapters_of).collect()
}

fn adapters_of(api: Api) -> Vec<Adapter> {
    let (_, backend) = backends(api);
    if !wgpu::Instance::enabled_backend_features().contains(backend.into()) {
        return Vec::new();
    }
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backend.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    // Native systems answer at once.
    let found = try_read_sync(instance.enumerate_adapters(backend.into())).unwrap_or_default();
    // Burn addresses an adapter by its kind and its position among the adapters of that kind.
    let mut counts = [0; 3];
    let mut next = |kind: usize| {
        counts[kind] += 1;
        counts[kind] - 1
    };
    let describe = |(index, adapter): (usize, &wgpu::Adapter)| {
        let info = adapter.get_info();
        let limits = adapter.limits();
        let needed = wgpu::Features::SUBGROUP | wgpu::Features::SHADER_INT64;
        let planes = [info.subgroup_min_size, info.subgroup_max_size];
        let (kind, selector) = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => {
                (AdapterKind::Discrete, Some(DeviceKind::DiscreteGpu(next(0))))
            }
            wgpu::DeviceType::IntegratedGpu => {
                (AdapterKind::Integrated, Some(DeviceKind::IntegratedGpu(next(1))))
            }
            wgpu::DeviceType::VirtualGpu => {
                (AdapterKind::Virtual, Some(DeviceKind::VirtualGpu(next(2))))
            }
            wgpu::DeviceType::Cpu => (AdapterKind::Software, Some(DeviceKind::Cpu)),
            wgpu::DeviceType::Other => (AdapterKind::Other, None),
        };
        Adapter {
            api,
            index,
            name: info.name,
            driver: format!("{} {}", info.driver, info.driver_info).trim().into(),
            kind,
            // DX12 finds the address by the model alone, and confuses equal cards.
            pci: (api == Api::Vulkan && !info.device_pci_bus_id.is_empty())
                .then_some(info.device_pci_bus_id),
            memory_bytes: memory_bytes(adapter),
            planes_of_eight: planes == [8; 2] && adapter.features().contains(needed),
            default_workgroups: limits.max_compute_invocations_per_workgroup >= 256
                && limits.max_compute_workgroup_size_x >= 256
                && limits.max_compute_workgroup_storage_size >= 16 << 10,
            matrix: matrix_unit(adapter),
            f16: adapter.features().contains(wgpu::Features::SHADER_F16),
            max_binding_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            selector,
        }
    };
    found.iter().enumerate().map(describe).collect()
}

/// Devices by adapter: Burn opens an adapter once in a process, so later calls share it.
static OPEN: Mutex<Vec<(Adapter, Device)>> = Mutex::new(Vec::new());

/// An open GPU. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GpuDevice {
    burn: Device,
    /// `None` for a device that another Burn program opened.
    adapter: Option<Adapter>,
}

impl GpuDevice {
    /// Opens the most capable hardware GPU through any API; `None` if the machine has only software
    /// adapters or no adapter.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Open`] if the driver refuses to open it.
    pub fn hardware() -> Result<Option<Self>, DeviceError> {
        let hardware =
            |adapter: &Adapter| adapter.kind != AdapterKind::Software && adapter.selector.is_some();
        let best = adapters().into_iter().filter(hardware).min_by_key(|adapter| adapter.kind);
        best.map(Self::of_adapter).transpose()
    }

    /// Opens an adapter of `api`, by default of the first API that has one. `index` is its position
    /// in the API's list, by default that of the most capable.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] if there is no such adapter, or the driver refuses to open it.
    pub fn open(api: Option<Api>, index: Option<usize>) -> Result<Self, DeviceError> {
        let apis = api.map_or(Api::ALL.to_vec(), |api| vec![api]);
        let found: Vec<_> = apis
            .into_iter()
            .map(adapters_of)
            .find(|found| !found.is_empty())
            .ok_or(DeviceError::NoAdapter { api })?;
        let count = found.len();
        let mut found = found.into_iter();
        let chosen = match index {
            Some(index) => found.nth(index).ok_or(DeviceError::NoIndex { index, count })?,
            // The list is not empty.
            None => found.min_by_key(|a| a.kind).ok_or(DeviceError::NoAdapter { api })?,
        };
        Self::of_adapter(chosen)
    }

    /// Wraps a device that a Burn program opened. Its adapter is unknown, so it gets the kernels
    /// that run on every adapter.
    pub fn of_burn(device: Device) -> Self {
        Self { burn: device, adapter: None }
    }

    fn of_adapter(adapter: Adapter) -> Result<Self, DeviceError> {
        let name = || format!("{} ({}:{})", adapter.name, adapter.api, adapter.index);
        let Some(kind) = adapter.selector.clone() else {
            return Err(DeviceError::Unsupported { name: name() });
        };
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |seen: &Adapter| seen.api == adapter.api && seen.selector == adapter.selector;
        if let Some((_, device)) = open.iter().find(|(seen, _)| same(seen)) {
            return Ok(Self { burn: device.clone(), adapter: Some(adapter) });
        }
        let options = Device::wgpu_options().device_kind(kind);
        let device = options
            .graphics_api(backends(adapter.api).0)
            .init()
            .map_err(|error| DeviceError::Open { name: name(), message: error.to_string() })?;
        open.push((adapter.clone(), device.clone()));
        Ok(Self { burn: device, adapter: Some(adapter) })
    }

    /// Burn's handle of the device.
    pub fn burn(&self) -> &Device {
        &self.burn
    }

    /// The adapter; `None` for a device of [`Self::of_burn`].
    pub fn adapter(&self) -> Option<&Adapter> {
        self.adapter.as_ref()
    }

    /// Checks that the device supports a precision.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Precision`] if it does not.
    pub fn require(&self, precision: Precision) -> Result<(), DeviceError> {
        let has = match precision {
            Precision::F32 => true,
            Precision::F16 => self.adapter.as_ref().is_some_and(|adapter| adapter.f16),
            _ => false,
        };
        if has {
            return Ok(());
        }
        Err(DeviceError::Precision { precision, device: self.to_string() })
    }

    /// Bytes of the largest buffer that a kernel can read; under 4 GiB, because kernels index with
    /// `u32`.
    pub fn max_buffer_bytes(&self) -> u64 {
        // WebGPU's default, which every adapter has.
        let limit = self.adapter.as_ref().map_or(128 << 20, |a| a.max_binding_bytes);
        limit.min(u64::from(u32::MAX))
    }

    /// The class of tiles for a precision. The environment variable `FID_GPU_TILES` overrides it
    /// with any class that the device can run.
    pub fn tile_class(&self, precision: Precision) -> TileClass {
        let Some(adapter) = &self.adapter else { return TileClass::Plain };
        let possible = self.tile_classes(precision);
        let asked = std::env::var("FID_GPU_TILES").unwrap_or_default();
        let asked = possible.iter().find(|class| class.name() == asked);
        let own = match adapter.kind {
            AdapterKind::Software => TileClass::Software,
            // Every API and driver reports this name.
            _ if adapter.name.starts_with("Apple") => TileClass::Apple,
            AdapterKind::Integrated => TileClass::Integrated,
            AdapterKind::Discrete | AdapterKind::Virtual | AdapterKind::Other => {
                TileClass::Discrete
            }
        };
        let own = possible.iter().find(|&&class| class == own);
        asked.or(own).copied().unwrap_or(TileClass::Plain)
    }

    /// The classes of tiles that the device can run in a precision.
    pub fn tile_classes(&self, precision: Precision) -> Vec<TileClass> {
        let Some(adapter) = &self.adapter else { return vec![TileClass::Plain] };
        let can = |class: &TileClass| match class {
            TileClass::Software => adapter.planes_of_eight && precision == Precision::F32,
            TileClass::Plain => true,
            TileClass::Integrated | TileClass::Discrete | TileClass::Apple => {
                adapter.default_workgroups
            }
            TileClass::Matrix => adapter
                .matrix
                .is_some_and(|unit| precision == Precision::F32 || unit.factors == Factors::F16),
        };
        TileClass::ALL.into_iter().filter(can).collect()
    }
}

impl fmt::Display for GpuDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.adapter {
            None => write!(f, "{:?}", self.burn),
            Some(a) => write!(f, "{}:{} {}", a.api, a.index, a.name),
        }
    }
}

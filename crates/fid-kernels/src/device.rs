//! Which devices there are, and opening one. The only file that names a backend of Burn.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use burn::prelude::*;
use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{DeviceKind, try_read_sync};
use fid_core::Precision;

use crate::cpu::Isa;

/// A graphics API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Api {
    /// Vulkan: Linux, Windows, Android.
    Vulkan,
    /// Metal: macOS, iOS.
    Metal,
    /// Direct3D 12: Windows.
    Dx12,
}

impl Api {
    /// In the order in which they are preferred.
    pub const ALL: [Self; 3] = [Self::Vulkan, Self::Metal, Self::Dx12];

    fn backends(self) -> (WgpuBackend, wgpu::Backend) {
        match self {
            Self::Vulkan => (WgpuBackend::Vulkan, wgpu::Backend::Vulkan),
            Self::Metal => (WgpuBackend::Metal, wgpu::Backend::Metal),
            Self::Dx12 => (WgpuBackend::Dx12, wgpu::Backend::Dx12),
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
        })
    }
}

/// What the user asked for: `auto`, `cpu`, or a graphics API, with `:index` from
/// [`adapters`] where there is more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// A hardware GPU where there is one, else the CPU. Never a software adapter.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU through one API, or through the first API that has one (`webgpu`).
    Gpu {
        /// The API; any where not given.
        api: Option<Api>,
        /// The place in the API's list; the most capable where not given.
        index: Option<usize>,
    },
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown { choice: text.into() };
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, Some(index.parse().map_err(|_| unknown())?)),
            None => (text, None),
        };
        let gpu = |api| Ok(Self::Gpu { api, index });
        match (name, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None | Some(0)) => Ok(Self::Cpu),
            ("vulkan", _) => gpu(Some(Api::Vulkan)),
            ("metal", _) => gpu(Some(Api::Metal)),
            ("dx12", _) => gpu(Some(Api::Dx12)),
            ("webgpu", _) => gpu(None),
            _ => Err(unknown()),
        }
    }
}

/// A kind of adapter, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AdapterKind {
    /// A GPU with memory of its own.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// A GPU lent to a virtual machine.
    Virtual,
    /// The driver does not say.
    Other,
    /// The CPU, pretending.
    Software,
}

/// A graphics adapter of this machine.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// The API that lists it.
    pub api: Api,
    /// Its place in that API's list, as `--device API:INDEX` takes it.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The driver and its version, as the API tells it.
    pub driver: String,
    /// What it is.
    pub kind: AdapterKind,
    /// The largest buffer that a kernel can read, in bytes.
    pub max_binding_bytes: u64,
    /// Whether eight units run in step and can read each other's values, and words may have 64 bits:
    /// what the kernels for software adapters need.
    pub(crate) planes_of_eight: bool,
    /// Whether a workgroup may have 256 units and 16 KiB of shared memory, WebGPU's default limits.
    pub(crate) default_workgroups: bool,
    /// Whether kernels can compute with f16 and read and write it in buffers.
    pub(crate) f16: bool,
    /// How Burn addresses it; none for what it cannot.
    selector: Option<DeviceKind>,
}

/// Every adapter of every API of this machine, in the order of the APIs' own lists.
pub fn adapters() -> Vec<Adapter> {
    Api::ALL.into_iter().flat_map(adapters_of).collect()
}

fn adapters_of(api: Api) -> Vec<Adapter> {
    let (_, backend) = api.backends();
    if !wgpu::Instance::enabled_backend_features().contains(backend.into()) {
        return Vec::new();
    }
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backend.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    // On native systems the answer is there at once.
    let found = try_read_sync(instance.enumerate_adapters(backend.into())).unwrap_or_default();
    // Burn addresses an adapter by its kind and its place among those of that kind.
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
            planes_of_eight: planes == [8; 2] && adapter.features().contains(needed),
            default_workgroups: limits.max_compute_invocations_per_workgroup >= 256
                && limits.max_compute_workgroup_size_x >= 256
                && limits.max_compute_workgroup_storage_size >= 16 << 10,
            f16: adapter.features().contains(wgpu::Features::SHADER_F16),
            max_binding_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            selector,
        }
    };
    found.iter().enumerate().map(describe).collect()
}

/// Burn opens an adapter once in a process; later calls share it.
static OPEN: Mutex<Vec<(Adapter, Device)>> = Mutex::new(Vec::new());

/// The adapter behind Burn's handle; none for the CPU.
pub(crate) fn opened(device: &Device) -> Option<Adapter> {
    let open = OPEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    open.iter().find(|(_, seen)| seen == device).map(|(adapter, _)| adapter.clone())
}

/// A device that is open: where tensors go, and what the pipeline must know about it.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    /// Burn's handle.
    pub burn: Device,
    /// The adapter; none for the CPU.
    pub adapter: Option<Adapter>,
}

impl ComputeDevice {
    /// Opens what was asked for.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] where there is no such adapter, or it cannot be opened.
    pub fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        match choice {
            DeviceChoice::Cpu => Self::checked_cpu(),
            DeviceChoice::Auto => {
                let hardware = |adapter: &Adapter| {
                    adapter.kind != AdapterKind::Software && adapter.selector.is_some()
                };
                let best = adapters().into_iter().filter(hardware).min_by_key(|a| a.kind);
                best.map_or_else(Self::checked_cpu, Self::gpu)
            }
            DeviceChoice::Gpu { api, index } => {
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
                    // Not empty, as seen above.
                    None => found.min_by_key(|a| a.kind).ok_or(DeviceError::NoAdapter { api })?,
                };
                Self::gpu(chosen)
            }
        }
    }

    /// The CPU, through Burn's own backend for it.
    pub fn cpu() -> Self {
        Self { burn: Device::flex(), adapter: None }
    }

    /// The CPU, with instructions that it has.
    fn checked_cpu() -> Result<Self, DeviceError> {
        Isa::choose().map_err(|message| DeviceError::Instructions { message })?;
        Ok(Self::cpu())
    }

    fn gpu(adapter: Adapter) -> Result<Self, DeviceError> {
        let name = || format!("{} ({}:{})", adapter.name, adapter.api, adapter.index);
        let Some(kind) = adapter.selector.clone() else {
            return Err(DeviceError::Unsupported { name: name() });
        };
        let mut open = OPEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let same = |seen: &Adapter| seen.api == adapter.api && seen.selector == adapter.selector;
        if let Some((_, device)) = open.iter().find(|(seen, _)| same(seen)) {
            return Ok(Self { burn: device.clone(), adapter: Some(adapter) });
        }
        let options = Device::wgpu_options().device_kind(kind);
        let device = options
            .graphics_api(adapter.api.backends().0)
            .init()
            .map_err(|error| DeviceError::Open { name: name(), message: error.to_string() })?;
        open.push((adapter.clone(), device.clone()));
        Ok(Self { burn: device, adapter: Some(adapter) })
    }

    /// Whether the network can be computed in a precision here. A CPU rounds to any; it is not faster.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Precision`] where it cannot.
    pub fn require(&self, precision: Precision) -> Result<(), DeviceError> {
        let has = match (precision, &self.adapter) {
            (Precision::F32, _) | (_, None) => true,
            (Precision::F16, Some(adapter)) => adapter.f16,
            _ => false,
        };
        if has {
            return Ok(());
        }
        Err(DeviceError::Precision { precision, device: self.to_string() })
    }

    /// The largest buffer that a kernel can read, in bytes; under 4 GiB, since kernels count in
    /// `u32`.
    pub fn max_binding_bytes(&self) -> u64 {
        let limit = self.adapter.as_ref().map_or(u64::MAX, |a| a.max_binding_bytes);
        limit.min(u64::from(u32::MAX))
    }
}

impl fmt::Display for ComputeDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.adapter {
            None => f.write_str("cpu"),
            Some(a) => write!(f, "{}:{} {}", a.api, a.index, a.name),
        }
    }
}

/// Why a device was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The text names no device.
    #[error(
        "unknown device '{choice}': use auto, cpu, vulkan, metal, dx12 or webgpu, with :INDEX where there are several"
    )]
    Unknown {
        /// The text.
        choice: String,
    },
    /// The device does not compute in the precision.
    #[error(
        "{device} does not compute in {precision}: use --precision f32, or --device cpu, which is slower than in f32"
    )]
    Precision {
        /// The precision asked for.
        precision: Precision,
        /// The device.
        device: String,
    },
    /// The environment asks for instructions that the CPU does not have.
    #[error("{message}")]
    Instructions {
        /// What was asked for, and what there is.
        message: String,
    },
    /// No adapter for the API.
    #[error("no {} adapter on this machine: install its driver, or use --device cpu", api.map_or("GPU".into(), |a| a.to_string()))]
    NoAdapter {
        /// The API asked for, or any.
        api: Option<Api>,
    },
    /// Fewer adapters than the index needs.
    #[error("there is no adapter {index}: this API has {count}, see `fid-gpu devices`")]
    NoIndex {
        /// The index asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The driver tells too little about the adapter to open it.
    #[error(
        "{name} does not say what kind of adapter it is, and cannot be opened; use another, or --device cpu"
    )]
    Unsupported {
        /// The adapter.
        name: String,
    },
    /// The driver refused.
    #[error("cannot open {name}: {message}; use another, or --device cpu")]
    Open {
        /// The adapter.
        name: String,
        /// The driver's words.
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_adapter_has_not_is_refused_by_name() {
        let adapter = |f16| Adapter {
            api: Api::Vulkan,
            index: 1,
            name: "Old Card".into(),
            driver: String::new(),
            kind: AdapterKind::Discrete,
            max_binding_bytes: 1 << 27,
            planes_of_eight: false,
            default_workgroups: true,
            f16,
            selector: None,
        };
        let cpu = ComputeDevice::cpu();
        let gpu = |f16| ComputeDevice { adapter: Some(adapter(f16)), ..cpu.clone() };
        let refused = |device: &ComputeDevice| {
            let all = Precision::ALL.iter().copied();
            all.filter(|&precision| device.require(precision).is_err()).collect::<Vec<_>>()
        };
        assert_eq!(refused(&cpu), []);
        assert_eq!(refused(&gpu(true)), [Precision::Bf16]);
        assert_eq!(refused(&gpu(false)), [Precision::Bf16, Precision::F16]);
        let error = gpu(false).require(Precision::F16).unwrap_err().to_string();
        for part in ["vulkan:1 Old Card", "f16", "--precision f32", "--device cpu"] {
            assert!(error.contains(part), "no {part} in: {error}");
        }
    }
}

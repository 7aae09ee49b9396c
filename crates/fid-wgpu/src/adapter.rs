//! Listing graphics adapters.

use std::sync::{Mutex, PoisonError};

use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{DeviceKind, try_read_sync};
use fid_core::{Api, DeviceError};

use crate::kernels::conv::matrix::MatrixUnit;
use crate::matrix_unit::matrix_unit;
use crate::memory::memory_bytes;
use crate::visible::{Found, hiding, uuid, visible};

pub(crate) fn backends(api: Api) -> (WgpuBackend, wgpu::Backend) {
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
    /// Its position in [`adapters`] of that API: the INDEX of [`fid_core::DeviceChoice`].
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
    pub(crate) selector: Option<DeviceKind>,
}

/// Lists the adapters of an API in the order of their PCI addresses. Those that
/// `CUDA_VISIBLE_DEVICES`, `ROCR_VISIBLE_DEVICES` or `HIP_VISIBLE_DEVICES` hide are left out, as for
/// programs of CUDA and ROCm.
///
/// # Errors
///
/// [`DeviceError::Visible`] if it is unclear which GPUs such a variable means.
pub fn adapters(api: Api) -> Result<Vec<Adapter>, DeviceError> {
    Ok(Listed::of(api)?.adapters)
}

/// The adapters of an API.
pub(crate) struct Listed {
    api: Api,
    pub(crate) adapters: Vec<Adapter>,
    /// Number of adapters, with those that the environment hides.
    count: usize,
    /// The variables that hide adapters.
    environment: String,
}

impl Listed {
    fn of(api: Api) -> Result<Self, DeviceError> {
        let (mut all, found): (Vec<_>, Vec<_>) = found(api).into_iter().unzip();
        let variable = |name: &str| std::env::var(name).ok();
        let mut adapters = Vec::new();
        for (index, at) in visible(&found, &variable)?.into_iter().enumerate() {
            all[at].index = index;
            adapters.push(all[at].clone());
        }
        Ok(Self { api, adapters, count: all.len(), environment: hiding(&found, &variable) })
    }

    /// The adapters of `api`, or of the first API that has one. There is at least one.
    pub(crate) fn of_any(api: Option<Api>) -> Result<Self, DeviceError> {
        let mut hidden = None;
        for api in api.map_or(Api::ALL.to_vec(), |api| vec![api]) {
            let listed = Self::of(api)?;
            if !listed.adapters.is_empty() {
                return Ok(listed);
            }
            hidden = hidden.or(listed.hidden());
        }
        Err(hidden.unwrap_or(DeviceError::NoAdapter { api }))
    }

    /// The error for an adapter that is not listed, if the environment hides some.
    pub(crate) fn hidden(&self) -> Option<DeviceError> {
        let (api, visible, count) = (self.api, self.adapters.len(), self.count);
        let environment = self.environment.clone();
        (visible < count).then_some(DeviceError::Hidden { api, visible, count, environment })
    }
}

/// All adapters of an API, in its own order, and what variables can name them by. Asked once in a
/// process: an instance of a driver takes a part of a second to make.
fn found(api: Api) -> Vec<(Adapter, Found)> {
    static FOUND: Mutex<Vec<(Api, Vec<(Adapter, Found)>)>> = Mutex::new(Vec::new());

    let mut known = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = known.iter().find(|(seen, _)| *seen == api) {
        return found.clone();
    }
    let found = enumerate(api);
    known.push((api, found.clone()));
    found
}

fn enumerate(api: Api) -> Vec<(Adapter, Found)> {
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
    let describe = |adapter: &wgpu::Adapter| {
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
        // DX12 finds the address by the model alone, and confuses equal cards.
        let pci = Some(info.device_pci_bus_id).filter(|pci| api == Api::Vulkan && !pci.is_empty());
        let found = Found {
            vendor: info.vendor,
            name: info.name.clone(),
            uuid: pci.as_ref().and_then(|pci| uuid(info.vendor, pci)),
            pci: pci.clone(),
        };
        let adapter = Adapter {
            api,
            index: 0,
            name: info.name,
            driver: format!("{} {}", info.driver, info.driver_info).trim().into(),
            kind,
            pci,
            memory_bytes: memory_bytes(adapter),
            planes_of_eight: planes == [8; 2] && adapter.features().contains(needed),
            default_workgroups: limits.max_compute_invocations_per_workgroup >= 256
                && limits.max_compute_workgroup_size_x >= 256
                && limits.max_compute_workgroup_storage_size >= 16 << 10,
            matrix: matrix_unit(adapter),
            f16: adapter.features().contains(wgpu::Features::SHADER_F16),
            max_binding_bytes: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            selector,
        };
        (adapter, found)
    };
    found.iter().map(describe).collect()
}

/// The adapters of the most capable kind. A GPU that several drivers list is there once.
pub(crate) fn best(adapters: &[Adapter]) -> Vec<&Adapter> {
    let kind = adapters.iter().map(|adapter| adapter.kind).min();
    let mut best: Vec<&Adapter> = Vec::new();
    for adapter in adapters.iter().filter(|adapter| Some(adapter.kind) == kind) {
        if adapter.pci.is_none() || best.iter().all(|seen| seen.pci != adapter.pci) {
            best.push(adapter);
        }
    }
    best
}

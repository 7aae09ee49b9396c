//! Opening graphics adapters.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use burn::prelude::*;
use fid_core::{Api, DeviceError, Precision};

use crate::adapter::{Adapter, AdapterKind, Listed, adapters, backends, best};
use crate::kernels::conv::TileClass;
use crate::kernels::conv::matrix::Factors;

/// Devices by adapter: Burn opens an adapter once in a process, so later calls share it.
static OPEN: Mutex<Vec<GpuDevice>> = Mutex::new(Vec::new());

/// An open GPU. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GpuDevice {
    burn: Device,
    /// `None` for a device that another Burn program opened.
    adapter: Option<Arc<Adapter>>,
    /// The classes of tiles of [`GpuDevice::use_tiles`].
    used: UsedTiles,
}

/// A class of tiles by precision, shared by the handles of a device.
type UsedTiles = Arc<Mutex<Vec<(Precision, TileClass)>>>;

impl GpuDevice {
    /// Opens the most capable hardware GPU through any API; `None` if the machine has only software
    /// adapters or no adapter.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Visible`] as [`adapters`]; [`DeviceError::Open`] if the driver refuses to open
    /// it.
    pub fn hardware() -> Result<Option<Self>, DeviceError> {
        let hardware =
            |adapter: &Adapter| adapter.kind != AdapterKind::Software && adapter.selector.is_some();
        let lists = Api::ALL.map(adapters);
        let found = lists.iter().flatten().flatten().filter(|&adapter| hardware(adapter));
        match found.min_by_key(|adapter| adapter.kind) {
            Some(best) => Self::of_adapter(best.clone()).map(Some),
            // Not clear which GPUs are hidden, unless no API has one.
            None => lists.into_iter().find_map(Result::err).map_or(Ok(None), Err),
        }
    }

    /// Opens an adapter of `api`, by default of the first API that has one. `index` is its position
    /// in the API's list, by default that of the most capable.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] if there is no such adapter, or the driver refuses to open it.
    pub fn open(api: Option<Api>, index: Option<usize>) -> Result<Self, DeviceError> {
        let listed = Listed::of_any(api)?;
        let best = best(&listed.adapters);
        let chosen = index.map_or(best.first().copied(), |index| listed.adapters.get(index));
        let Some(chosen) = chosen else {
            let (index, count) = (index.unwrap_or_default(), listed.adapters.len());
            return Err(listed.hidden().unwrap_or(DeviceError::NoIndex { index, count }));
        };
        Self::of_adapter(chosen.clone())
    }

    /// Opens all adapters of the most capable kind that `api` has, by default of the first API that
    /// has one. A GPU that several drivers list is opened once.
    ///
    /// # Errors
    ///
    /// [`DeviceError`] if there is no adapter, or a driver refuses to open one.
    pub fn open_all(api: Option<Api>) -> Result<Vec<Self>, DeviceError> {
        let listed = Listed::of_any(api)?;
        best(&listed.adapters).into_iter().cloned().map(Self::of_adapter).collect()
    }

    /// Wraps a device that a Burn program opened. Its adapter is unknown, so it gets the kernels
    /// that run on every adapter.
    pub fn of_burn(device: Device) -> Self {
        Self { burn: device, adapter: None, used: UsedTiles::default() }
    }

    fn of_adapter(adapter: Adapter) -> Result<Self, DeviceError> {
        let name = || format!("{} ({}:{})", adapter.name, adapter.api, adapter.index);
        let Some(kind) = adapter.selector.clone() else {
            return Err(DeviceError::Unsupported { name: name() });
        };
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |seen: &&GpuDevice| {
            seen.adapter
                .as_ref()
                .is_some_and(|seen| seen.api == adapter.api && seen.selector == adapter.selector)
        };
        if let Some(open) = open.iter().find(same) {
            return Ok(Self { adapter: Some(Arc::new(adapter)), ..open.clone() });
        }
        let options = Device::wgpu_options().device_kind(kind);
        let burn = options
            .graphics_api(backends(adapter.api).0)
            .init()
            .map_err(|error| DeviceError::Open { name: name(), message: error.to_string() })?;
        let device = Self { burn, adapter: Some(Arc::new(adapter)), used: UsedTiles::default() };
        open.push(device.clone());
        Ok(device)
    }

    /// Burn's handle of the device.
    pub fn burn(&self) -> &Device {
        &self.burn
    }

    /// The adapter; `None` for a device of [`Self::of_burn`].
    pub fn adapter(&self) -> Option<&Adapter> {
        self.adapter.as_deref()
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

    /// The class of tiles for a precision: the one that the environment variable `FID_GPU_TILES`
    /// names, if the device can run it, otherwise the one of [`Self::use_tiles`], otherwise
    /// [`Self::other_tiles`].
    pub fn tile_class(&self, precision: Precision) -> TileClass {
        let decided = self.asked_tiles(precision).or_else(|| self.used_tiles(precision));
        decided.unwrap_or_else(|| self.other_tiles(precision))
    }

    fn used_tiles(&self, precision: Precision) -> Option<TileClass> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.iter().find(|(seen, _)| *seen == precision).map(|&(_, class)| class)
    }

    /// The class that `FID_GPU_TILES` names, if the device can run it.
    fn asked_tiles(&self, precision: Precision) -> Option<TileClass> {
        let name = std::env::var("FID_GPU_TILES").ok()?;
        self.tile_classes(precision).into_iter().find(|class| class.name() == name)
    }

    /// The class without matrix units, by the kind of adapter.
    pub fn other_tiles(&self, precision: Precision) -> TileClass {
        let Some(adapter) = &self.adapter else { return TileClass::Plain };
        let own = match adapter.kind {
            AdapterKind::Software => TileClass::Software,
            // Every API and driver reports this name.
            _ if adapter.name.starts_with("Apple") => TileClass::Apple,
            AdapterKind::Integrated => TileClass::Integrated,
            AdapterKind::Discrete | AdapterKind::Virtual | AdapterKind::Other => {
                TileClass::Discrete
            }
        };
        let can = self.tile_classes(precision).contains(&own);
        if can { own } else { TileClass::Plain }
    }

    /// Whether [`Self::try_matrices`] decides on the tiles: the device has matrix units, and nothing
    /// has decided yet. Software adapters have none that are fast, and other APIs than Vulkan have
    /// not been tried.
    pub fn undecided(&self, precision: Precision) -> bool {
        let hardware =
            |adapter: &Adapter| adapter.kind != AdapterKind::Software && adapter.api == Api::Vulkan;
        self.adapter.as_ref().is_some_and(hardware)
            && self.tile_classes(precision).contains(&TileClass::Matrix)
            && self.asked_tiles(precision).is_none()
            && self.used_tiles(precision).is_none()
    }

    /// Makes `class` the class of a precision, for all handles of this device.
    ///
    /// # Panics
    ///
    /// If the device cannot run the class.
    pub fn use_tiles(&self, precision: Precision, class: TileClass) {
        assert!(self.tile_classes(precision).contains(&class), "{self} cannot run {class:?}");
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|(seen, _)| *seen != precision);
        used.push((precision, class));
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

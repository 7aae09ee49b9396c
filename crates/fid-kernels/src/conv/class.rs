//! Classes of devices.

use burn::prelude::*;
use fid_core::Precision;

use crate::device::{AdapterKind, opened};

/// A class of devices that wants its own tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TileClass {
    /// Software adapters that run eight units as the lanes of one vector: Mesa's lavapipe.
    Software,
    /// Other software adapters, and GPUs with less than what [`TileClass::Integrated`] needs.
    Plain,
    /// GPUs that share the CPU's memory.
    Integrated,
    /// GPUs with memory of their own.
    Discrete,
    /// GPUs by Apple.
    Apple,
}

impl TileClass {
    const ALL: [Self; 5] =
        [Self::Software, Self::Plain, Self::Integrated, Self::Discrete, Self::Apple];

    /// The name, as `FID_GPU_TILES` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::Plain => "plain",
            Self::Integrated => "integrated",
            Self::Discrete => "discrete",
            Self::Apple => "apple",
        }
    }

    /// The class of an open device for a precision; none for the CPU. `FID_GPU_TILES` in the environment names
    /// another, which is taken where the device can run it.
    pub fn of(device: &Device, precision: Precision) -> Option<Self> {
        let adapter = opened(device)?;
        let possible = Self::of_device(device, precision);
        let asked = std::env::var("FID_GPU_TILES").unwrap_or_default();
        let asked = possible.iter().find(|class| class.name() == asked);
        let own = match adapter.kind {
            AdapterKind::Software => Self::Software,
            // The name is the same by every API and driver.
            _ if adapter.name.starts_with("Apple") => Self::Apple,
            AdapterKind::Integrated => Self::Integrated,
            AdapterKind::Discrete | AdapterKind::Virtual | AdapterKind::Other => Self::Discrete,
        };
        let own = possible.iter().find(|&&class| class == own);
        Some(asked.or(own).copied().unwrap_or(Self::Plain))
    }

    /// Pixels and filters of the tiles by which the class computes a result.
    pub fn tile_size(self, pixels: usize, filters: usize) -> [usize; 2] {
        let tile = self.table().for_filters(filters).tile(pixels, filters);
        [tile.all_pixels(), tile.filters()]
    }

    /// Every class that a device can run in a precision; all of them for the CPU, which has no tiles.
    pub fn of_device(device: &Device, precision: Precision) -> Vec<Self> {
        let Some(adapter) = opened(device) else { return Self::ALL.to_vec() };
        let can = |class: &Self| match class {
            Self::Software => adapter.planes_of_eight && precision == Precision::F32,
            Self::Plain => true,
            Self::Integrated | Self::Discrete | Self::Apple => adapter.default_workgroups,
        };
        Self::ALL.into_iter().filter(can).collect()
    }
}

//! How much of a result one unit computes, by the class of the device: the only table of tiles.

use burn::prelude::*;

use crate::device::{AdapterKind, opened};

/// The shape of a kernel's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Tile {
    /// Which kernel.
    pub(crate) class: TileClass,
    /// Units of a workgroup that share pixels, side by side along the filters.
    pub(crate) units: usize,
    /// Groups of such units, one after the other along the pixels.
    pub(crate) groups: usize,
    /// Pixels of a unit.
    pub(crate) pixels: usize,
    /// Filters of a unit, in fours.
    pub(crate) fours: usize,
}

impl Tile {
    /// Filters of a workgroup.
    pub(crate) fn filters(self) -> usize {
        4 * self.units * self.fours
    }

    /// Pixels of a workgroup.
    pub(crate) fn all_pixels(self) -> usize {
        self.pixels * self.groups
    }
}

/// A class of devices that wants its own tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TileClass {
    /// Software adapters: Mesa's lavapipe runs eight units as the lanes of one vector.
    Software,
    /// Everything else.
    Gpu,
}

impl TileClass {
    /// The class of an open device; none for the CPU. `FID_GPU_TILES=software` or `=gpu` in the
    /// environment forces one, where the device has it.
    pub fn of(device: &Device) -> Option<Self> {
        let kind = opened(device)?.kind;
        let asked = match std::env::var("FID_GPU_TILES").as_deref() {
            Ok("software") => Self::Software,
            Ok("gpu") => Self::Gpu,
            _ if kind == AdapterKind::Software => Self::Software,
            _ => Self::Gpu,
        };
        Self::of_device(device).into_iter().find(|&class| class == asked).or(Some(Self::Gpu))
    }

    /// Every class that a device can run; all of them for the CPU, which has no tiles.
    pub fn of_device(device: &Device) -> Vec<Self> {
        match opened(device) {
            Some(adapter) if !adapter.planes_of_eight => vec![Self::Gpu],
            _ => vec![Self::Software, Self::Gpu],
        }
    }

    /// The tile for a number of filters.
    pub(crate) fn tile(self, filters: usize) -> Tile {
        match self {
            // On lavapipe a load costs tens of multiply-adds, so tiles are as large as compile in
            // a second or two; a half empty one costs more than a narrow one.
            Self::Software => {
                let fours = if filters.next_multiple_of(64) * 5 > filters * 6 { 1 } else { 2 };
                Tile { class: self, units: 8, groups: 1, pixels: 32, fours }
            }
            Self::Gpu => Tile { class: self, units: 16, groups: 4, pixels: 8, fours: 1 },
        }
    }
}

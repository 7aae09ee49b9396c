//! Engines and devices for tests, with seeded weights.

use std::sync::{Arc, OnceLock};

use fid_core::{DeviceChoice, Engine, Precision};
use fid_cpu::CpuEngine;
use fid_weights::{Weights, WeightsSource};
use fid_wgpu::{GpuDevice, TileClass, WgpuEngine};

/// The weights of seed 0, which the fixtures use.
pub fn weights() -> &'static Weights {
    static WEIGHTS: OnceLock<Weights> = OnceLock::new();
    WEIGHTS.get_or_init(|| fid_weights::load(&WeightsSource::Seeded(0)).unwrap().weights)
}

/// The network on the CPU.
pub fn cpu() -> Arc<dyn Engine> {
    static ENGINE: OnceLock<Arc<CpuEngine>> = OnceLock::new();
    ENGINE.get_or_init(|| Arc::new(CpuEngine::new(weights()).unwrap())).clone()
}

/// The GPU under test: `FID_TEST_DEVICE`, by default Vulkan, which on a machine without a GPU is
/// Mesa's software driver. Tests that call this are ignored unless `FID_TEST_GPU=yes`.
///
/// # Panics
///
/// If the machine has no such GPU.
pub fn gpu_device() -> GpuDevice {
    let choice = std::env::var("FID_TEST_DEVICE").unwrap_or_else(|_| "vulkan".into());
    let DeviceChoice::Gpu { api, index } = choice.parse().unwrap() else {
        panic!("FID_TEST_DEVICE={choice} is not a GPU");
    };
    let device = GpuDevice::open(api, index).unwrap();
    println!("GPU under test: {device}, {:?}", device.adapter());
    device
}

/// The classes of tiles to test on a GPU: those that it can run, or the one that `FID_TEST_TILES`
/// names.
///
/// # Panics
///
/// If the GPU cannot run that one.
pub fn tile_classes(gpu: &GpuDevice, precision: Precision) -> Vec<TileClass> {
    let possible = gpu.tile_classes(precision);
    let Ok(name) = std::env::var("FID_TEST_TILES") else { return possible };
    let asked: Vec<_> = possible.into_iter().filter(|class| class.name() == name).collect();
    assert!(!asked.is_empty(), "{gpu} cannot run FID_TEST_TILES={name}");
    asked
}

/// The network on the GPU under test, in f32.
pub fn gpu() -> Arc<dyn Engine> {
    static ENGINE: OnceLock<Arc<WgpuEngine>> = OnceLock::new();
    let engine = || WgpuEngine::new(weights(), &gpu_device(), Precision::F32).unwrap();
    ENGINE.get_or_init(|| Arc::new(engine())).clone()
}

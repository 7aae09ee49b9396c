//! The devices that tests run on.

use fid_kernels::ComputeDevice;

/// The CPU.
pub fn cpu() -> ComputeDevice {
    ComputeDevice::cpu()
}

/// The GPU under test: `FID_TEST_DEVICE`, or Vulkan, which on a machine without a GPU is Mesa's
/// software driver. Tests that call this are ignored unless `FID_TEST_GPU=yes`.
///
/// # Panics
///
/// Where there is none: the variable promised one.
pub fn gpu() -> ComputeDevice {
    let choice = std::env::var("FID_TEST_DEVICE").unwrap_or_else(|_| "vulkan".into());
    let device = ComputeDevice::open(choice.parse().unwrap()).unwrap();
    println!("GPU under test: {device}, {:?}", device.adapter);
    device
}

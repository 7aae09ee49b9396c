//! The memory of an adapter, which wgpu does not report.

use burn::tensor::wgpu::wgpu;

/// Bytes of the largest heap that is the adapter's own; `None` if the API does not say.
#[cfg(not(target_vendor = "apple"))]
#[allow(unsafe_code)]
pub(crate) fn memory_bytes(adapter: &wgpu::Adapter) -> Option<u64> {
    /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`.
    const DEVICE_LOCAL: u32 = 1;

    // SAFETY: nothing is created or destroyed. The handles live as long as the guard `adapter`, and
    // Vulkan reads the memory properties of any physical device of a living instance.
    let properties = unsafe {
        let adapter = adapter.as_hal::<wgpu::hal::api::Vulkan>()?;
        let instance = adapter.shared_instance().raw_instance();
        instance.get_physical_device_memory_properties(adapter.raw_physical_device())
    };
    let heaps = properties.memory_heaps_as_slice().iter();
    let own = heaps.filter(|heap| heap.flags.as_raw() & DEVICE_LOCAL != 0);
    own.map(|heap| heap.size).max()
}

/// `None`: the API does not say.
#[cfg(target_vendor = "apple")]
pub(crate) fn memory_bytes(_: &wgpu::Adapter) -> Option<u64> {
    None
}

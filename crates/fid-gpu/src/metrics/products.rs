//! Where the metrics that look at all pairs of images are computed.

use fid_core::Precision;
use fid_core::metrics::{CheckedProducts, CpuProducts, TileProducts};
use fid_kernels::conv::TileClass;
use fid_kernels::{AdapterKind, ComputeDevice, DeviceProducts};

/// Where the products of all pairs of features are computed, which are nearly all of the cost of
/// [`Prdc`](super::Metric::Prdc) and [`Mifid`](super::Metric::Mifid). The values are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ProductsOn {
    /// On the network's device where that should be faster, else on the CPU: on a GPU with memory of its
    /// own or by Apple, for at least 8192 images on either side. docs/PERFORMANCE.md has the count.
    #[default]
    WhereItPays,
    /// On the CPU.
    Cpu,
    /// On the network's device, whichever it is.
    Device,
}

/// Images on either side from which on a GPU pays.
const LEAST_IMAGES: usize = 8192;

fn pays(kind: AdapterKind, class: TileClass, images: [usize; 2]) -> bool {
    kind != AdapterKind::Software
        && matches!(class, TileClass::Discrete | TileClass::Apple)
        && images.into_iter().all(|images| images >= LEAST_IMAGES)
}

impl ProductsOn {
    /// The device, where it is to be used for so many images; none for the CPU.
    pub(super) fn choose(
        self,
        device: Option<&ComputeDevice>,
        images: [usize; 2],
    ) -> Option<&ComputeDevice> {
        device.filter(|device| {
            let class = TileClass::of(&device.burn, Precision::F32);
            let adapter = device.adapter.as_ref().zip(class);
            adapter.is_some_and(|(adapter, class)| match self {
                Self::WhereItPays => pays(adapter.kind, class, images),
                Self::Cpu => false,
                Self::Device => true,
            })
        })
    }
}

/// The products of a device, which are checked; or of the CPU.
pub(super) fn products(device: Option<&ComputeDevice>) -> Box<dyn TileProducts> {
    match device {
        None => Box::new(CpuProducts::default()),
        Some(device) => Box::new(CheckedProducts::new(DeviceProducts::new(device))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_pays_for_many_images_and_a_software_adapter_never() {
        use AdapterKind::{Discrete, Integrated, Other, Software, Virtual};
        let many = [LEAST_IMAGES; 2];
        for (kind, class, expected) in [
            (Discrete, TileClass::Discrete, true),
            (Virtual, TileClass::Discrete, true),
            (Other, TileClass::Discrete, true),
            (Integrated, TileClass::Apple, true),
            (Integrated, TileClass::Integrated, false),
            (Discrete, TileClass::Plain, false),
            (Software, TileClass::Software, false),
            // As `FID_GPU_TILES` may have it.
            (Software, TileClass::Discrete, false),
        ] {
            assert_eq!(pays(kind, class, many), expected, "{kind:?}, {class:?}");
            assert!(!pays(kind, class, [many[0], many[0] - 1]));
            assert!(!pays(kind, class, [1000, 1 << 20]));
        }
    }

    #[test]
    fn there_is_no_device_but_the_cpu() {
        let cpu = ComputeDevice::cpu();
        for on in [ProductsOn::WhereItPays, ProductsOn::Cpu, ProductsOn::Device] {
            assert!(on.choose(Some(&cpu), [1 << 20; 2]).is_none());
            assert!(on.choose(None, [1 << 20; 2]).is_none());
        }
    }
}

//! The device for metrics that compare all pairs of images.

use fid_core::Engine;
use fid_core::metrics::{CheckedProducts, CpuProducts, TileProducts};

/// Where the products of all pairs of features are computed: nearly all of the cost of
/// [`Prdc`](super::Metric::Prdc) and [`Mifid`](super::Metric::Mifid). The choice does not change the
/// values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ProductsOn {
    /// On the network's device if that should be faster, else on the CPU. A GPU with memory of its own,
    /// or by Apple, is faster from 8192 images on each side on; docs/PERFORMANCE.md has the count.
    #[default]
    WhereItPays,
    /// On the CPU.
    Cpu,
    /// On the network's device, whichever it is.
    Device,
}

/// Images on either side from which a GPU is faster.
const LEAST_IMAGES: usize = 8192;

impl ProductsOn {
    /// The engine, if it should compute the products for these numbers of images; `None` for the CPU.
    pub(super) fn choose(
        self,
        engine: Option<&dyn Engine>,
        images: [usize; 2],
    ) -> Option<&dyn Engine> {
        let many = images.into_iter().all(|images| images >= LEAST_IMAGES);
        engine.filter(|engine| match self {
            Self::WhereItPays => many && engine.info().fast_products,
            Self::Cpu => false,
            Self::Device => engine.products().is_some(),
        })
    }
}

/// Products on an engine's device, checked, or on the CPU.
pub(super) fn products(engine: Option<&dyn Engine>) -> Box<dyn TileProducts> {
    match engine.and_then(Engine::products) {
        None => Box::new(CpuProducts::default()),
        Some(products) => Box::new(CheckedProducts::new(products)),
    }
}

//! Where the metrics that look at all pairs of images are computed.

use fid_core::Engine;
use fid_core::metrics::{CheckedProducts, CpuProducts, TileProducts};

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

/// Images on either side from which on a GPU is faster.
const LEAST_IMAGES: usize = 8192;

impl ProductsOn {
    /// The engine, if it computes the products of so many images; `None` for the CPU.
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

/// The products of an engine, which are checked, or of the CPU.
pub(super) fn products(engine: Option<&dyn Engine>) -> Box<dyn TileProducts> {
    match engine.and_then(Engine::products) {
        None => Box::new(CpuProducts::default()),
        Some(products) => Box::new(CheckedProducts::new(products)),
    }
}

//! The engine of an evaluator without a network.

use fid_core::{Engine, EngineError, EngineInfo, PackedBatch, Pending, Precision, Tap};

/// Refuses images. Sums of features run on the host.
#[derive(Debug)]
pub(super) struct FeaturesOnly(EngineInfo);

impl FeaturesOnly {
    pub(super) fn new() -> Self {
        Self(EngineInfo {
            device: "none".into(),
            driver: None,
            kernels: String::new(),
            arithmetic: "none".into(),
            precision: Precision::F32,
            features: 0,
            batch_size: 1,
            max_batch_size: 1,
            max_buffer_bytes: 1 << 30,
            fast_products: false,
        })
    }
}

impl Engine for FeaturesOnly {
    fn info(&self) -> &EngineInfo {
        &self.0
    }

    fn start(&self, _: &PackedBatch, _: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        Err(EngineError::Unsupported { what: "images: there is no network".into() })
    }
}

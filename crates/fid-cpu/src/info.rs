//! The description of an engine of this crate.

use fid_core::{EngineInfo, Precision};

use crate::isa::Isa;

/// Describes a network of `features` features, for which batches of `batch_size` images suit.
pub(crate) fn info(isa: Isa, features: usize, batch_size: usize) -> EngineInfo {
    // Sets that fuse give the same bits.
    let arithmetic = if isa.fuses() { "fused" } else { isa.name() };
    EngineInfo {
        device: "cpu".into(),
        driver: None,
        kernels: isa.name().into(),
        arithmetic: format!("cpu {arithmetic} {}", crate::SOURCES),
        precision: Precision::F32,
        features,
        batch_size,
        max_batch_size: usize::MAX,
        max_buffer_bytes: u32::MAX.into(),
        fast_products: false,
    }
}

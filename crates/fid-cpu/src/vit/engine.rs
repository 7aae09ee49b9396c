//! A vision transformer on the CPU as an [`Engine`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, EngineOutput, PackedBatch, Pending, Precision,
    Tap,
};
use fid_weights::vit::VitWeights;
use rayon::ThreadPool;

use super::embed;
use super::network::{Images, VitNetwork};
use crate::groups::{self, Running, pool};
use crate::isa::Isa;

/// A vision transformer on the CPU, on threads of its own: one for each core that the process may
/// use, not more than the current rayon pool has. An image's features are the same to the bit in any
/// batch and with every [`Isa`] that [fuses](Isa::fuses).
///
/// The weights are used as they are: those of a mapped file stay in the file.
#[derive(Debug)]
pub struct CpuVit {
    info: EngineInfo,
    network: Arc<VitNetwork>,
    /// `None` if the system refuses threads.
    pool: Option<ThreadPool>,
    /// The side of the images and what their tokens start from.
    side: usize,
    start: Arc<Vec<f32>>,
}

impl CpuVit {
    /// The network for images of `side`² pixels with the instruction set of [`Isa::choose`].
    /// `positions` is `[1 + (side/patch)²,width]`.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Instructions`] if the environment requests a set that this CPU does not have.
    pub fn new(weights: VitWeights, side: usize, positions: &[f32]) -> Result<Self, DeviceError> {
        Ok(Self::with_isa(weights, side, positions, Isa::choose()?))
    }

    /// As [`Self::new`], with `isa`.
    pub fn with_isa(weights: VitWeights, side: usize, positions: &[f32], isa: Isa) -> Self {
        let pool = pool();
        let threads = pool.as_ref().map_or(1, ThreadPool::current_num_threads);
        // Sets that fuse give the same bits.
        let arithmetic = if isa.fuses() { "fused" } else { isa.name() };
        let info = EngineInfo {
            device: "cpu".into(),
            driver: None,
            kernels: isa.name().into(),
            arithmetic: format!("cpu {arithmetic} {}", crate::SOURCES),
            precision: Precision::F32,
            features: weights.spec.features(),
            batch_size: (threads * 4).max(8),
            max_batch_size: usize::MAX,
            max_buffer_bytes: u32::MAX.into(),
            fast_products: false,
        };
        let start = Arc::new(embed::start(&weights, positions));
        Self { info, network: Arc::new(VitNetwork::new(isa, weights)), pool, side, start }
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Queues images, `[n,3,side,side]` row major.
    fn run(&self, images: Vec<f32>) -> Result<Running, EngineError> {
        let (side, start) = (self.side, Arc::clone(&self.start));
        let length = 3 * side * side;
        if !images.len().is_multiple_of(length) {
            return Err(EngineError::Shape { values: images.len(), side });
        }
        let count = images.len() / length;
        let tokens = start.len() / self.network.weights().spec.width;
        let together = VitNetwork::together(tokens).min(count.div_ceil(self.threads())).max(1);
        let network = Arc::clone(&self.network);
        Ok(groups::start(self.pool.as_ref(), count.div_ceil(together), 1, move |group| {
            let values = images.chunks(together * length).nth(group).unwrap_or_default();
            vec![network.run(Images { values, side, start: &start })]
        }))
    }
}

impl Engine for CpuVit {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let (mut running, mut preprocess) = (Vec::new(), Duration::ZERO);
        for (preset, taps) in batch.presets().zip(taps) {
            let start = Instant::now();
            let images = self.preprocess(batch, preset)?;
            preprocess += start.elapsed();
            running.push((self.run(images)?, taps.len()));
        }
        Ok(Pending::later(move || {
            let rows = running.into_iter().flat_map(|(running, taps)| {
                let features = running.wait().swap_remove(0);
                vec![features; taps]
            });
            Ok(EngineOutput { rows: rows.collect(), preprocess: Some(preprocess) })
        }))
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        Ok(vec![self.run(images.to_vec())?.wait().swap_remove(0); taps.len()])
    }
}

//! A vision transformer on the CPU as an [`Engine`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, EngineOutput, PackedBatch, Pending, Positions,
    Tap,
};
use fid_weights::vit::{VitWeights, positions};
use rayon::ThreadPool;

use super::embed;
use super::network::{Images, VitNetwork};
use crate::groups::{self, Running, pool};
use crate::info::info;
use crate::isa::Isa;

/// A vision transformer on the CPU, on threads of its own: one for each core that the process may
/// use, not more than the current rayon pool has. An image's features are the same to the bit in any
/// batch and with every [`Isa`] that [fuses](Isa::fuses).
///
/// The weights are shared and used as they are: those of a mapped file stay in the file.
#[derive(Debug)]
pub struct CpuVit {
    info: EngineInfo,
    network: Arc<VitNetwork>,
    /// `None` if the system refuses threads.
    pool: Option<ThreadPool>,
    starts: Mutex<Starts>,
}

/// What tokens start from, for each side and rule that was used.
type Starts = HashMap<(usize, Positions), Arc<[f32]>>;

impl CpuVit {
    /// The network with the instruction set of [`Isa::choose`].
    ///
    /// # Errors
    ///
    /// [`DeviceError::Instructions`] if the environment requests a set that this CPU does not have.
    pub fn new(weights: &VitWeights) -> Result<Self, DeviceError> {
        Ok(Self::with_isa(weights, Isa::choose()?))
    }

    /// The network with `isa`.
    pub fn with_isa(weights: &VitWeights, isa: Isa) -> Self {
        let pool = pool();
        let threads = pool.as_ref().map_or(1, ThreadPool::current_num_threads);
        let info = info(isa, weights.spec.features(), (threads * 4).max(8));
        let network = Arc::new(VitNetwork::new(isa, weights.clone()));
        Self { info, network, pool, starts: Mutex::default() }
    }

    /// The features of preprocessed images, `[n,3,side,side]` row major, with positions resized by
    /// `rule`: `[n,features]`. A last patch that the image does not fill is zero there.
    ///
    /// # Errors
    ///
    /// [`EngineError::Shape`] if `images` is not a whole number of images,
    /// [`EngineError::Unsupported`] if positions for `side` need another rule.
    pub fn features(
        &self,
        images: &[f32],
        side: usize,
        rule: Positions,
    ) -> Result<Vec<f32>, EngineError> {
        Ok(self.run(images.to_vec(), side, rule)?.wait().swap_remove(0))
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Queues images, `[n,3,side,side]` row major.
    fn run(&self, images: Vec<f32>, side: usize, rule: Positions) -> Result<Running, EngineError> {
        let length = 3 * side * side;
        if length == 0 || !images.len().is_multiple_of(length) {
            return Err(EngineError::Shape { values: images.len(), side });
        }
        let start = self.start_of(side, rule)?;
        let tokens = start.len() / self.network.weights().spec.width;
        let count = images.len() / length;
        let together = VitNetwork::together(tokens).min(count.div_ceil(self.threads())).max(1);
        let network = Arc::clone(&self.network);
        Ok(groups::start(self.pool.as_ref(), count.div_ceil(together), 1, move |group| {
            let values = images.chunks(together * length).nth(group).unwrap_or_default();
            vec![network.run(Images { values, side, start: &start })]
        }))
    }

    /// What the tokens of images of `side`² pixels start from.
    fn start_of(&self, side: usize, rule: Positions) -> Result<Arc<[f32]>, EngineError> {
        let weights = self.network.weights();
        let grid = side.div_ceil(weights.spec.patch);
        if rule == Positions::Native && grid != weights.spec.grid {
            let trained = weights.spec.grid * weights.spec.patch;
            let what = format!("images of {side} pixels with the positions for {trained}");
            return Err(EngineError::Unsupported { what });
        }
        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || embed::start(weights, &positions(weights, grid, rule)).into();
        Ok(Arc::clone(starts.entry((side, rule)).or_insert_with(make)))
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
            running.push((self.run(images, preset.side(), preset.positions())?, taps.len()));
        }
        Ok(Pending::later(move || {
            let rows = running.into_iter().flat_map(|(running, taps)| {
                let features = running.wait().swap_remove(0);
                vec![features; taps]
            });
            Ok(EngineOutput { rows: rows.collect(), preprocess: Some(preprocess) })
        }))
    }

    /// As [`CpuVit::features`], for the side and the positions of the network's first preset.
    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        let [preset, ..] = self.network.weights().spec.presets else {
            return Err(EngineError::Unsupported { what: "images of no preset".into() });
        };
        let features = self.features(images, preset.side(), preset.positions())?;
        Ok(vec![features; taps.len()])
    }
}

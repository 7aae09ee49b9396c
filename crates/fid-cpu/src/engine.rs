//! The CPU network as an [`Engine`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, EngineOutput, FEATURE_DIM, PackedBatch, Pending,
    Tap,
};
use fid_weights::{Classifier, Weights};
use rayon::ThreadPool;

use crate::groups::{Running, pool};
use crate::info::info;
use crate::isa::Isa;
use crate::network::{CpuNetwork, IMAGE_LEN, StepTime};
use crate::product::{Matrix, multiply};

/// Inception-v3 on the CPU, on threads of its own: one for each core that the process may use, not
/// more than the current rayon pool has. An image's features are the same to the bit in any batch
/// and with every [`Isa`] that [fuses](Isa::fuses).
#[derive(Debug)]
pub struct CpuEngine {
    info: EngineInfo,
    network: Arc<CpuNetwork>,
    /// `None` if the system refuses threads.
    pool: Option<ThreadPool>,
    classifier: Option<Arc<Classifier>>,
}

impl CpuEngine {
    /// Packs the weights for the instruction set of [`Isa::choose`].
    ///
    /// # Errors
    ///
    /// [`DeviceError::Instructions`] if the environment requests a set that this CPU does not have.
    pub fn new(weights: &Weights) -> Result<Self, DeviceError> {
        Ok(Self::with_isa(weights, Isa::choose()?))
    }

    /// Packs the weights for `isa`.
    pub fn with_isa(weights: &Weights, isa: Isa) -> Self {
        let pool = pool();
        let threads = pool.as_ref().map_or(1, ThreadPool::current_num_threads);
        // Two batches are in work at a time, so that no thread waits at the end of one.
        let info = info(isa, FEATURE_DIM, (threads * 4).max(32));
        let network = Arc::new(CpuNetwork::new(weights, isa));
        Self { info, network, pool, classifier: weights.classifier.clone().map(Arc::new) }
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Queues images, `[n,3,299,299]` row major.
    fn run(&self, images: Vec<f32>, taps: &[Tap]) -> Result<Running, EngineError> {
        if !images.len().is_multiple_of(IMAGE_LEN) {
            return Err(EngineError::Shape { values: images.len(), side: fid_core::NETWORK_SIZE });
        }
        let read: Vec<_> = taps.iter().map(|tap| tap.read_from()).collect();
        Ok(self.network.start(self.pool.as_ref(), images, &read))
    }

    /// Times each step of the network on one thread over `images`, `[n,3,299,299]` row major.
    /// Returns the best of `runs` for each step.
    pub fn profile(&self, images: &[f32], runs: usize) -> Vec<StepTime> {
        self.network.profile(images, runs)
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let (mut running, mut preprocess) = (Vec::new(), Duration::ZERO);
        for (preset, taps) in batch.presets().zip(taps) {
            let start = Instant::now();
            let images = self.preprocess(batch, preset)?;
            preprocess += start.elapsed();
            running.push((self.run(images, taps)?, taps.clone()));
        }
        let classifier = self.classifier.clone();
        Ok(Pending::later(move || {
            let mut rows = Vec::new();
            for (running, taps) in running {
                rows.extend(finish(running.wait(), &taps, classifier.as_deref())?);
            }
            Ok(EngineOutput { rows, preprocess: Some(preprocess) })
        }))
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        let features = self.run(images.to_vec(), taps)?.wait();
        finish(features, taps, self.classifier.as_deref())
    }

    fn classify(&self, pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        classify(self.classifier.as_deref(), pool3, tap)
    }
}

/// The features of `taps` from those of the taps they are read from.
fn finish(
    features: Vec<Vec<f32>>,
    taps: &[Tap],
    classifier: Option<&Classifier>,
) -> Result<Vec<Vec<f32>>, EngineError> {
    let features = features.into_iter().zip(taps);
    features
        .map(|(features, &tap)| match tap {
            Tap::Logits | Tap::LogitsUnbiased => classify(classifier, &features, tap),
            _ => Ok(features),
        })
        .collect()
}

fn classify(
    classifier: Option<&Classifier>,
    pool3: &[f32],
    tap: Tap,
) -> Result<Vec<f32>, EngineError> {
    if !pool3.len().is_multiple_of(FEATURE_DIM) {
        let what = format!("{} values as rows of {FEATURE_DIM}", pool3.len());
        return Err(EngineError::Unsupported { what });
    }
    let classifier = classifier.ok_or(EngineError::NoClassifier { tap })?;
    let weight = Matrix::row_major(&classifier.weight, FEATURE_DIM).transposed();
    let mut logits = multiply(Matrix::row_major(pool3, FEATURE_DIM), weight);
    if tap == Tap::Logits {
        for row in logits.chunks_exact_mut(classifier.bias.len()) {
            row.iter_mut().zip(&classifier.bias).for_each(|(logit, bias)| *logit += bias);
        }
    }
    Ok(logits)
}

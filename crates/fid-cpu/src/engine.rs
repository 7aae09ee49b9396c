//! The CPU network as an [`Engine`].

use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, EngineOutput, FEATURE_DIM, PackedBatch, Pending,
    Precision, Tap,
};
use fid_weights::{Classifier, Weights};

use crate::isa::Isa;
use crate::network::{CpuNetwork, IMAGE_LEN, StepTime};
use crate::product::{Matrix, multiply};

/// Inception-v3 on the CPU. An image's features are the same to the bit in any batch.
#[derive(Debug)]
pub struct CpuEngine {
    info: EngineInfo,
    network: CpuNetwork,
    classifier: Option<Classifier>,
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
        let threads = available_parallelism().map_or(1, usize::from);
        let info = EngineInfo {
            device: "cpu".into(),
            driver: None,
            arithmetic: format!("cpu {} {}", isa.name(), crate::SOURCES),
            precision: Precision::F32,
            // Threads wait for the slowest one at the end of a batch; many images each make that
            // rare.
            batch_size: (threads * 8).max(64),
            max_batch_size: usize::MAX,
            max_buffer_bytes: u32::MAX.into(),
            fast_products: false,
        };
        Self {
            info,
            network: CpuNetwork::new(weights, isa),
            classifier: weights.classifier.clone(),
        }
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
        let (mut rows, mut preprocess) = (Vec::new(), Duration::ZERO);
        for (preset, taps) in batch.presets().zip(taps) {
            let start = Instant::now();
            let images = self.preprocess(batch, preset)?;
            preprocess += start.elapsed();
            rows.extend(self.extract(&images, taps)?);
        }
        Ok(Pending::ready(EngineOutput { rows, preprocess: Some(preprocess) }))
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        if !images.len().is_multiple_of(IMAGE_LEN) {
            return Err(EngineError::Shape { values: images.len() });
        }
        let read: Vec<_> = taps.iter().map(|tap| tap.read_from()).collect();
        let features = self.network.run(images, &read).into_iter().zip(taps);
        features
            .map(|(features, &tap)| match tap {
                Tap::Logits | Tap::LogitsUnbiased => self.classify(&features, tap),
                _ => Ok(features),
            })
            .collect()
    }

    fn classify(&self, pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        if !pool3.len().is_multiple_of(FEATURE_DIM) {
            let what = format!("{} values as rows of {FEATURE_DIM}", pool3.len());
            return Err(EngineError::Unsupported { what });
        }
        let classifier = self.classifier.as_ref().ok_or(EngineError::NoClassifier { tap })?;
        let weight = Matrix::row_major(&classifier.weight, FEATURE_DIM).transposed();
        let mut logits = multiply(Matrix::row_major(pool3, FEATURE_DIM), weight);
        if tap == Tap::Logits {
            for row in logits.chunks_exact_mut(classifier.bias.len()) {
                row.iter_mut().zip(&classifier.bias).for_each(|(logit, bias)| *logit += bias);
            }
        }
        Ok(logits)
    }
}

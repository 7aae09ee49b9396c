//! The network on a device.

use std::sync::Arc;

use burn::prelude::*;
use fid_core::{Precision, Tap};
use fid_kernels::cpu::Isa;

use crate::cpu::{CpuNetwork, StepTime};
use crate::device_run::DeviceNetwork;
use crate::network::INPUT_SIZE;
use crate::{LayerTable, Weights};

/// What can go wrong when the network is asked for features.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The batch has another shape than the network reads.
    #[error("the network reads [N,3,{INPUT_SIZE},{INPUT_SIZE}], got {got:?}")]
    Shape {
        /// The shape of the batch.
        got: [usize; 4],
    },
    /// The images are not `f32`.
    #[error("the network reads f32: {0}")]
    Values(String),
    /// A tap needs the classifier, and the weights end at pool3.
    #[error("{tap:?} needs the classifier, which these weights do not have")]
    NoClassifier {
        /// The tap asked for.
        tap: Tap,
    },
}

/// Turns preprocessed images into features, on whatever device the images are on.
pub trait FeatureExtractor: Sync {
    /// Runs `images`, `[N,3,299,299]` f32 RGB in about [-1, 1], and returns one `[N,D]` f32 tensor
    /// for each of `taps`, in their order, with `D` = [`Tap::dim`].
    ///
    /// # Errors
    ///
    /// [`ExtractError`] where the shape is not the network's, or a tap is not to be had.
    fn extract(&self, images: Tensor<4>, taps: &[Tap]) -> Result<Vec<Tensor<2>>, ExtractError>;

    /// The logits that [`Self::extract`] gives for images with these features of pool3, `[N,2048]`:
    /// to the bit, if it gave the features to a batch of `N`. `tap` is one of the two of the
    /// classifier.
    ///
    /// # Errors
    ///
    /// [`ExtractError::NoClassifier`] where the weights end at pool3.
    fn classify(&self, pool3: Tensor<2>, tap: Tap) -> Result<Tensor<2>, ExtractError>;
}

/// Inception-v3 with its weights on a device. Cheap to clone.
#[derive(Debug, Clone)]
pub struct InceptionV3 {
    engine: Engine,
    classifier: Option<ClassifierTensors>,
}

/// Who runs the network.
#[derive(Debug, Clone)]
enum Engine {
    Cpu(Arc<CpuNetwork>),
    /// The same network by other kernels, on a GPU.
    Device(Arc<DeviceNetwork>),
}

/// The classifier, its weight transposed to `[2048,1008]`; bias `[1008]`.
#[derive(Debug, Clone)]
struct ClassifierTensors {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl InceptionV3 {
    /// Uploads the weights; for the CPU, packs them for [`Isa::choose`].
    /// The device must have the precision ([`fid_kernels::ComputeDevice::require`]).
    pub fn new(weights: &Weights, device: &Device, precision: Precision) -> Self {
        if *device == Device::flex() {
            // A choice that cannot be had is refused where devices are opened.
            return Self::on_cpu(weights, Isa::choose().unwrap_or(Isa::best()), precision);
        }
        let network = DeviceNetwork::new(weights, precision, device);
        Self::with_engine(Engine::Device(Arc::new(network)), weights, device)
    }

    /// The network on the CPU, with these instructions.
    pub fn on_cpu(weights: &Weights, isa: Isa, precision: Precision) -> Self {
        let network = CpuNetwork::new(weights, isa, precision);
        Self::with_engine(Engine::Cpu(Arc::new(network)), weights, &Device::flex())
    }

    fn with_engine(engine: Engine, weights: &Weights, device: &Device) -> Self {
        let upload = |values: &[f32]| Tensor::<1>::from_data(values, device);
        let classifier = weights.classifier.as_ref().map(|fc| ClassifierTensors {
            weight: upload(&fc.weight).reshape(LayerTable::get().fc_shape()).transpose(),
            bias: upload(&fc.bias),
        });
        Self { engine, classifier }
    }

    /// What each step of the network costs one thread on the CPU, the best of `runs` over `images`,
    /// `[N,3,299,299]` row major; none on another device.
    pub fn profile(&self, images: &[f32], runs: usize) -> Option<Vec<StepTime>> {
        match &self.engine {
            Engine::Cpu(network) => Some(network.profile(images, runs)),
            Engine::Device(_) => None,
        }
    }
}

impl FeatureExtractor for InceptionV3 {
    fn extract(&self, images: Tensor<4>, taps: &[Tap]) -> Result<Vec<Tensor<2>>, ExtractError> {
        let got = images.dims();
        if got[1..] != [3, INPUT_SIZE, INPUT_SIZE] {
            return Err(ExtractError::Shape { got });
        }
        let read: Vec<_> = taps.iter().map(|tap| tap.read_from()).collect();
        let features = match &self.engine {
            Engine::Cpu(network) => on_cpu(network, images, &read)?,
            Engine::Device(network) => {
                let values = network.run(images, &read);
                read.iter().map(|&tap| on_device(&values, tap)).collect()
            }
        };
        let classified = taps.iter().zip(features).map(|(&tap, features)| match tap {
            Tap::Logits | Tap::LogitsUnbiased => self.classify(features, tap),
            _ => Ok(features),
        });
        classified.collect()
    }

    fn classify(&self, pool3: Tensor<2>, tap: Tap) -> Result<Tensor<2>, ExtractError> {
        let fc = self.classifier.as_ref().ok_or(ExtractError::NoClassifier { tap })?;
        let unbiased = pool3.matmul(fc.weight.clone());
        Ok(if tap == Tap::Logits { unbiased + fc.bias.clone().unsqueeze() } else { unbiased })
    }
}

fn on_cpu(
    network: &CpuNetwork,
    images: Tensor<4>,
    taps: &[Tap],
) -> Result<Vec<Tensor<2>>, ExtractError> {
    let ([n, ..], device) = (images.dims(), images.device());
    let images = images.into_data();
    let images = images.as_slice().map_err(|error| ExtractError::Values(format!("{error:?}")))?;
    let features = network.run(images, taps).into_iter().zip(taps);
    let tensor = |(values, tap): (Vec<f32>, &Tap)| {
        Tensor::from_data(TensorData::new(values, [n, tap.dim()]), &device)
    };
    Ok(features.map(tensor).collect())
}

/// Reads a tap from the values of [`DeviceNetwork::run`], which has all that it was asked for.
fn on_device(values: &[(Tap, Tensor<4>)], tap: Tap) -> Tensor<2> {
    let found = values.iter().find(|(seen, _)| *seen == tap).map(|(_, x)| x.clone());
    let x = found.unwrap_or_else(|| unreachable!("{tap:?} is not in the network"));
    if tap == Tap::Spatial {
        return x.permute([0, 2, 3, 1]).flatten(1, 3);
    }
    let [n, channels, ..] = x.dims();
    x.mean_dim(3).mean_dim(2).reshape([n, channels])
}

//! The network on a device.

use std::sync::Arc;

use burn::prelude::*;
use burn::tensor::activation::relu;
use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};

use fid_kernels::cpu::Isa;

use crate::cpu::{CpuNetwork, StepTime};
use crate::network::{Conv, Graph, INPUT_SIZE, inception_v3};
use crate::{LayerTable, Tap, Weights};

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
    /// Our own kernels.
    Cpu(Arc<CpuNetwork>),
    /// Burn.
    Device(Vec<ConvTensors>),
}

/// One folded convolution: weight `[out,in,height,width]`, bias `[out]`.
#[derive(Debug, Clone)]
struct ConvTensors {
    weight: Tensor<4>,
    bias: Tensor<1>,
}

/// The classifier, its weight transposed to `[2048,1008]`; bias `[1008]`.
#[derive(Debug, Clone)]
struct ClassifierTensors {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl InceptionV3 {
    /// Uploads the weights; for the CPU, packs them for [`Isa::choose`].
    pub fn new(weights: &Weights, device: &Device) -> Self {
        if *device == Device::flex() {
            // A choice that cannot be had is refused where devices are opened.
            return Self::on_cpu(weights, Isa::choose().unwrap_or(Isa::best()));
        }
        let convs = weights.convs.iter().zip(LayerTable::get().convs());
        let upload = |values: &[f32]| Tensor::<1>::from_data(values, device);
        let convs = convs.map(|(conv, layer)| ConvTensors {
            weight: upload(&conv.weight).reshape(layer.weight_shape()),
            bias: upload(&conv.bias),
        });
        Self::with_engine(Engine::Device(convs.collect()), weights, device)
    }

    /// The network on the CPU, with these instructions.
    pub fn on_cpu(weights: &Weights, isa: Isa) -> Self {
        let network = CpuNetwork::new(weights, isa);
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

    fn logits(&self, pool3: Tensor<2>, tap: Tap) -> Result<Tensor<2>, ExtractError> {
        let fc = self.classifier.as_ref().ok_or(ExtractError::NoClassifier { tap })?;
        let unbiased = pool3.matmul(fc.weight.clone());
        Ok(if tap == Tap::Logits { unbiased + fc.bias.clone().unsqueeze() } else { unbiased })
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
            Engine::Device(convs) => {
                let mut run = Run { convs, next_conv: 0, taps: Vec::new() };
                inception_v3(&mut run, &images);
                read.iter().map(|&tap| run.read(tap)).collect()
            }
        };
        let classified = taps.iter().zip(features).map(|(&tap, features)| match tap {
            Tap::Logits | Tap::LogitsUnbiased => self.logits(features, tap),
            _ => Ok(features),
        });
        classified.collect()
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

/// One pass over the network by Burn.
struct Run<'a> {
    convs: &'a [ConvTensors],
    next_conv: usize,
    taps: Vec<(Tap, Tensor<4>)>,
}

impl Run<'_> {
    /// Every tap but the logits.
    fn read(&self, tap: Tap) -> Tensor<2> {
        // Every such tap is passed by `inception_v3`.
        let found = self.taps.iter().find(|(seen, _)| *seen == tap);
        let x = found.map(|(_, x)| x.clone());
        let x = x.unwrap_or_else(|| unreachable!("{tap:?} is not in the network"));
        if tap == Tap::Spatial {
            return x.narrow(1, 0, Tap::SPATIAL_CHANNELS).permute([0, 2, 3, 1]).flatten(1, 3);
        }
        let [n, channels, ..] = x.dims();
        x.mean_dim(3).mean_dim(2).reshape([n, channels])
    }
}

impl Graph for Run<'_> {
    type Value = Tensor<4>;

    fn conv(&mut self, _name: &str, x: &Tensor<4>, conv: Conv) -> Tensor<4> {
        let ConvTensors { weight, bias } = self.convs[self.next_conv].clone();
        self.next_conv += 1;
        let options = ConvOptions::new([conv.stride; 2], conv.padding, [1, 1], 1);
        relu(conv2d(x.clone(), weight, Some(bias), options))
    }

    fn max_pool(&mut self, x: &Tensor<4>, stride: usize, padding: usize) -> Tensor<4> {
        let options = MaxPoolOptions::new([3, 3]);
        max_pool2d(x.clone(), options.with_stride([stride; 2]).with_padding([padding; 2]))
    }

    fn avg_pool(&mut self, x: &Tensor<4>) -> Tensor<4> {
        let options = AvgPoolOptions::new([3, 3]).with_stride([1, 1]).with_padding([1, 1]);
        avg_pool2d(x.clone(), options.with_count_include_pad(false))
    }

    fn concat(&mut self, parts: Vec<Tensor<4>>) -> Tensor<4> {
        Tensor::cat(parts, 1)
    }

    fn tap(&mut self, tap: Tap, x: &Tensor<4>) {
        self.taps.push((tap, x.clone()));
    }
}

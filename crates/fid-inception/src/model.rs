//! The network on a device.

use burn::prelude::*;
use burn::tensor::activation::relu;
use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use fid_kernels::conv::TileClass;

use crate::device_run::DeviceNetwork;
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
    /// Our own kernels, on a GPU; the CPU has [`ConvTensors`] instead.
    gpu: Option<DeviceNetwork>,
    convs: Vec<ConvTensors>,
    classifier: Option<ClassifierTensors>,
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
    /// Uploads the weights.
    pub fn new(weights: &Weights, device: &Device) -> Self {
        let layers = LayerTable::get();
        let class = TileClass::of(device);
        let gpu = class.map(|class| DeviceNetwork::new(weights, class, device));
        let convs = weights.convs.iter().zip(layers.convs());
        let upload = |values: &[f32]| Tensor::<1>::from_data(values, device);
        Self {
            convs: convs
                .filter(|_| gpu.is_none())
                .map(|(conv, layer)| ConvTensors {
                    weight: upload(&conv.weight).reshape(layer.weight_shape()),
                    bias: upload(&conv.bias),
                })
                .collect(),
            gpu,
            classifier: weights.classifier.as_ref().map(|fc| ClassifierTensors {
                weight: upload(&fc.weight).reshape(layers.fc_shape()).transpose(),
                bias: upload(&fc.bias),
            }),
        }
    }
}

impl FeatureExtractor for InceptionV3 {
    fn extract(&self, images: Tensor<4>, taps: &[Tap]) -> Result<Vec<Tensor<2>>, ExtractError> {
        let got = images.dims();
        if got[1..] != [3, INPUT_SIZE, INPUT_SIZE] {
            return Err(ExtractError::Shape { got });
        }
        let mut run = Run { network: self, next_conv: 0, taps: Vec::new() };
        match &self.gpu {
            Some(network) => run.taps = network.run(images, taps),
            None => inception_v3(&mut run, &images),
        }
        taps.iter().map(|&tap| run.read(tap)).collect()
    }
}

/// One pass over the network.
struct Run<'a> {
    network: &'a InceptionV3,
    next_conv: usize,
    taps: Vec<(Tap, Tensor<4>)>,
}

impl Run<'_> {
    fn read(&self, tap: Tap) -> Result<Tensor<2>, ExtractError> {
        match tap {
            Tap::Logits => {
                let fc = self.classifier(tap)?;
                Ok(self.read(Tap::LogitsUnbiased)? + fc.bias.clone().unsqueeze())
            }
            Tap::LogitsUnbiased => {
                let fc = self.classifier(tap)?;
                Ok(self.read(Tap::Pool3)?.matmul(fc.weight.clone()))
            }
            Tap::Spatial => {
                let x = self.tapped(tap).narrow(1, 0, 7).permute([0, 2, 3, 1]);
                Ok(x.flatten(1, 3))
            }
            Tap::Pool64 | Tap::Pool192 | Tap::Pool768 | Tap::Pool3 => {
                let x = self.tapped(tap);
                let [n, channels, ..] = x.dims();
                Ok(x.mean_dim(3).mean_dim(2).reshape([n, channels]))
            }
        }
    }

    fn classifier(&self, tap: Tap) -> Result<&ClassifierTensors, ExtractError> {
        self.network.classifier.as_ref().ok_or(ExtractError::NoClassifier { tap })
    }

    /// The image-shaped value of a tap. Every such tap is passed by [`inception_v3`].
    fn tapped(&self, tap: Tap) -> Tensor<4> {
        let found = self.taps.iter().find(|(seen, _)| *seen == tap);
        found
            .map(|(_, x)| x.clone())
            .unwrap_or_else(|| unreachable!("{tap:?} is not in the network"))
    }
}

impl Graph for Run<'_> {
    type Value = Tensor<4>;

    fn conv(&mut self, _name: &str, x: &Tensor<4>, conv: Conv) -> Tensor<4> {
        let ConvTensors { weight, bias } = self.network.convs[self.next_conv].clone();
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

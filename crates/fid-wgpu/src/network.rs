//! Inception-v3 as a Burn module.

use std::borrow::Cow;
use std::collections::HashMap;

use burn::module::Param;
use burn::prelude::*;
use fid_core::{EngineError, Precision, Tap};
use fid_weights::inception::{Conv, Graph, Window, inception_v3};
use fid_weights::{FoldedConv, LayerTable, Weights};

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::kernels::conv::{Pool, TileClass};
use crate::packed_conv::{PackedConv, pool};
use crate::plan::{Part, Plan};

/// The Inception-v3 of the FID checkpoint, with its weights on a GPU. [`inception_v3`] defines the
/// layers for every engine.
#[derive(Module, Debug)]
pub struct InceptionV3 {
    /// Convolutions with bias and ReLU, in the order of [`LayerTable::convs`]. Of convolutions that
    /// run as one, the first is all of them, and the others are missing.
    convs: Vec<Option<PackedConv>>,
    /// `None` if the weights end at pool3.
    classifier: Option<Classifier>,
    #[module(skip)]
    plan: Plan,
    #[module(skip)]
    precision: Precision,
}

/// The last layer: 2048 features to 1008 logits.
#[derive(Module, Debug)]
pub struct Classifier {
    /// `[2048,1008]`.
    weight: Param<Tensor<2>>,
    /// `[1008]`.
    bias: Param<Tensor<1>>,
}

impl InceptionV3 {
    /// Packs and uploads the weights. The device must support the precision
    /// ([`GpuDevice::require`]).
    pub fn new(weights: &Weights, device: &GpuDevice, precision: Precision) -> Self {
        let class = device.tile_class(precision);
        let plan = Plan::new(class == TileClass::Matrix);
        let layers = LayerTable::get().convs();
        let pack = |together: &[usize]| {
            let window = layers[*together.first()?].conv.window();
            // Most convolutions run alone, and their weights are not copied.
            let all = |part: fn(&FoldedConv) -> &[f32]| match together {
                [conv] => Cow::Borrowed(part(&weights.convs[*conv])),
                _ => {
                    together.iter().flat_map(|&conv| part(&weights.convs[conv])).copied().collect()
                }
            };
            let [weight, bias] = [all(|conv| &conv.weight), all(|conv| &conv.bias)];
            Some(PackedConv::new(&weight, &bias, window, class, precision, device))
        };
        let convs = (0..layers.len()).map(|conv| pack(&plan.together(conv))).collect();
        let upload = |values: &[f32]| Tensor::<1>::from_data(values, device.burn());
        let classifier = weights.classifier.as_ref().map(|fc| {
            let weight = upload(&fc.weight).reshape(LayerTable::get().fc_shape()).transpose();
            let bias = Param::from_tensor(upload(&fc.bias));
            Classifier { weight: Param::from_tensor(weight), bias }
        });
        Self { convs, classifier, plan, precision }
    }

    /// Computes features of `images`, `[n,3,299,299]` f32 RGB in about [-1, 1]. Returns `[n,dim]`
    /// f32 for each tap, in their order.
    ///
    /// # Errors
    ///
    /// [`EngineError::Shape`] if images have another size; [`EngineError::NoClassifier`] if a tap
    /// is of logits and the weights end at pool3.
    pub fn forward(&self, images: Tensor<4>, taps: &[Tap]) -> Result<Vec<Tensor<2>>, EngineError> {
        let dims = images.dims();
        if dims[1..] != [3, fid_core::NETWORK_SIZE, fid_core::NETWORK_SIZE] {
            return Err(EngineError::Shape {
                values: dims.iter().product(),
                side: fid_core::NETWORK_SIZE,
            });
        }
        let read: Vec<_> = taps.iter().map(|tap| tap.read_from()).collect();
        let mut pass = Pass::new(self, images.device(), &read);
        let images = Activations::from_images(images, self.precision);
        inception_v3(&mut pass, &ChannelSlice { rows: images, offset: 0 });
        let features = read.iter().zip(taps).map(|(&from, &tap)| {
            let features = pass.features(from)?;
            match tap {
                Tap::Logits | Tap::LogitsUnbiased => self.classify(features, tap),
                _ => Ok(features),
            }
        });
        features.collect()
    }

    /// Computes logits, `[n,1008]` f32, from pool3 features, `[n,2048]` f32. `tap` is one of the
    /// two logit taps.
    ///
    /// # Errors
    ///
    /// [`EngineError::NoClassifier`] if the weights end at pool3.
    pub fn classify(&self, pool3: Tensor<2>, tap: Tap) -> Result<Tensor<2>, EngineError> {
        let fc = self.classifier.as_ref().ok_or(EngineError::NoClassifier { tap })?;
        let unbiased = pool3.matmul(fc.weight.val());
        Ok(if tap == Tap::Logits { unbiased + fc.bias.val().unsqueeze() } else { unbiased })
    }
}

/// One forward pass. Poolings read whole rows, which is right because the network never pools a part
/// of a concatenation or of convolutions that ran as one.
struct Pass<'a> {
    network: &'a InceptionV3,
    device: Device,
    next_conv: usize,
    next_operation: usize,
    /// Concatenations that are partly written.
    concats: HashMap<usize, Activations>,
    /// The channels that the last convolutions that ran as one wrote beside their destination.
    beside: Option<Activations>,
    wanted: &'a [Tap],
    tapped: HashMap<Tap, Tensor<4>>,
}

impl<'a> Pass<'a> {
    fn new(network: &'a InceptionV3, device: Device, wanted: &'a [Tap]) -> Self {
        let (concats, tapped) = (HashMap::new(), HashMap::new());
        let (next_conv, next_operation, beside) = (0, 0, None);
        Self { network, device, next_conv, next_operation, concats, beside, wanted, tapped }
    }

    /// The features at a tap, `[n,dim]`.
    fn features(&self, tap: Tap) -> Result<Tensor<2>, EngineError> {
        let unsupported = || EngineError::Unsupported { what: format!("the tap {}", tap.name()) };
        let x = self.tapped.get(&tap).ok_or_else(unsupported)?.clone();
        if tap == Tap::Spatial {
            return Ok(x.permute([0, 2, 3, 1]).flatten(1, 3));
        }
        let [n, channels, ..] = x.dims();
        Ok(x.mean_dim(3).mean_dim(2).reshape([n, channels]))
    }

    /// Runs the next operation, into its part of a concatenation or into rows of its own.
    fn operation(
        &mut self,
        x: &ChannelSlice,
        window: Window,
        channels: usize,
        run: impl FnOnce(&ChannelSlice, &ChannelSlice) -> Activations,
    ) -> ChannelSlice {
        let part = self.network.plan.part(self.next_operation);
        self.next_operation += 1;
        let size = window.output(x.rows.size());
        let (precision, device) = (self.network.precision, &self.device);
        let empty =
            |channels| Activations::empty(x.rows.images(), size, channels, precision, device);
        let Some(Part { concat, offset, channels }) = part else {
            let rows = run(x, &ChannelSlice { rows: empty(channels), offset: 0 });
            return ChannelSlice { rows, offset: 0 };
        };
        let rows = self.concats.remove(&concat).unwrap_or_else(|| empty(channels));
        let rows = run(x, &ChannelSlice { rows, offset });
        self.concats.insert(concat, rows.clone());
        ChannelSlice { rows, offset }
    }

    fn pool(
        &mut self,
        x: &ChannelSlice,
        kind: Pool,
        stride: usize,
        padding: usize,
    ) -> ChannelSlice {
        let window = Window { size: [3; 2], stride, padding: [padding; 2] };
        let pooled = |x: &ChannelSlice, out: &ChannelSlice| pool(kind, &window, &x.rows, out);
        self.operation(x, window, x.rows.channels(), pooled)
    }
}

impl Graph for Pass<'_> {
    type Value = ChannelSlice;

    fn conv(&mut self, _name: &str, x: &ChannelSlice, conv: Conv) -> ChannelSlice {
        let (network, place) = (self.network, self.network.plan.place(self.next_conv));
        let packed = network.convs[self.next_conv].as_ref();
        self.next_conv += 1;
        if let Some(channels) = place.beside {
            let (images, size) = (x.rows.images(), x.rows.size());
            let rows = Activations::empty(images, size, channels, network.precision, &self.device);
            self.beside = Some(rows);
        }
        if let (Some(offset), Some(beside)) = (place.offset, &self.beside) {
            self.next_operation += 1;
            let all = ChannelSlice { rows: beside.clone(), offset: 0 };
            let rows = packed.map_or(beside.clone(), |packed| packed.run_slice(x, &all, None));
            return ChannelSlice { rows, offset };
        }
        let packed = packed.unwrap_or_else(|| unreachable!("the first of those that run as one"));
        let beside = place.beside.and(self.beside.clone());
        self.operation(x, conv.window(), conv.out_channels, |x, out| {
            packed.run_slice(x, out, beside.as_ref())
        })
    }

    fn max_pool(&mut self, x: &ChannelSlice, stride: usize, padding: usize) -> ChannelSlice {
        self.pool(x, Pool::Max, stride, padding)
    }

    fn avg_pool(&mut self, x: &ChannelSlice) -> ChannelSlice {
        self.pool(x, Pool::Average, 1, 1)
    }

    fn concat(&mut self, parts: Vec<ChannelSlice>) -> ChannelSlice {
        // All parts share the rows of the one that was written last.
        let part = self.network.plan.part(self.next_operation - 1);
        let rows = part.and_then(|part| self.concats.remove(&part.concat));
        let rows = rows.unwrap_or_else(|| unreachable!("a concatenation follows its last part"));
        debug_assert!(parts.iter().all(|part| part.rows.size() == rows.size()));
        ChannelSlice { rows, offset: 0 }
    }

    fn tap(&mut self, tap: Tap, x: &ChannelSlice) {
        if self.wanted.contains(&tap) {
            let channels =
                if tap == Tap::Spatial { Tap::SPATIAL_CHANNELS } else { x.rows.channels() };
            self.tapped.insert(tap, x.rows.images_of(x.offset, channels));
        }
    }
}

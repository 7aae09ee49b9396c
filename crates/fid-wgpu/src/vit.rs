//! A vision transformer on a GPU as an [`Engine`].

use std::sync::{Mutex, PoisonError};

use burn::prelude::*;
use fid_core::metrics::TileProducts;
use fid_core::{
    DeviceError, Engine, EngineError, EngineInfo, PackedBatch, Pending, Positions, Precision,
    Preset, Tap,
};
use fid_weights::inception::Window;
use fid_weights::vit::{
    Activation, LinearLayer, NormLayer, TokenGraph, VitSpec, VitWeights, positions, vit,
};

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::host::{Host, Needs};
use crate::kernels::conv::{After, Pool};
use crate::packed_conv::{PackedConv, pool};
use crate::tokens::{attention, embed, empty_like, gate, layer_norm};

/// A matrix is a convolution over tokens.
const POINT: Window = Window { size: [1, 1], stride: 1, padding: [0, 0] };

/// A vision transformer on a GPU, in f32. An image's features are the same to the bit in any batch.
#[derive(Debug)]
pub struct WgpuVit {
    host: Host,
    network: Network,
}

impl WgpuVit {
    /// Packs and uploads the weights, a matrix at a time.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Precision`] for other precisions than f32; [`DeviceError::Open`] if the device
    /// fails during the upload.
    pub fn new(
        weights: &VitWeights,
        device: &GpuDevice,
        precision: Precision,
    ) -> Result<Self, DeviceError> {
        if precision != Precision::F32 {
            let device = format!("{} on {device}", weights.spec.name);
            return Err(DeviceError::Precision { precision, device });
        }
        let (features, needs) = (weights.spec.features(), needs(weights.spec));
        let upload = || Network::new(weights, device);
        let (host, network) = Host::with(device, precision, features, needs, upload)?;
        Ok(Self { host, network })
    }

    /// Computes the features of `images`, `[n,3,side,side]` f32, normalised: `[n,features]` f32. A
    /// last patch that an image does not fill is zero there; `rule` is that of the positions.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unsupported`] if `rule` has no positions for that side.
    ///
    /// # Panics
    ///
    /// If the images are not square, not f32 or empty, or the device fails.
    pub fn forward(&self, images: Tensor<4>, rule: Positions) -> Result<Tensor<2>, EngineError> {
        self.network.forward(images, rule)
    }
}

/// What a network needs for the largest image of its presets.
fn needs(spec: &VitSpec) -> Needs {
    let trained = spec.patch * spec.grid;
    let side = spec.presets.iter().map(|preset| preset.side()).max().unwrap_or(trained);
    let tokens = 1 + side.div_ceil(spec.patch).pow(2);
    let widest = tokens * spec.mlp.rows_in().max(3 * spec.width);
    // The network's input has four channels.
    let largest = widest.max(4 * (side + spec.patch).pow(2));
    // A token, normalised, and on both sides of the MLP's activation.
    let live = tokens * (2 * spec.width + spec.mlp.rows_in() + spec.mlp.hidden());
    let [square, hidden] = [spec.width, spec.mlp.rows_in() + spec.mlp.hidden()];
    let weights = spec.depth * spec.width * (4 * square + hidden);
    let [largest, live, weights] = [largest, live, weights].map(|values| 4 * values as u64);
    Needs { largest, live, weights }
}

impl Engine for WgpuVit {
    fn info(&self) -> &EngineInfo {
        &self.host.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        self.host.start(batch, taps, |images, preset, taps| {
            if taps.is_empty() {
                return Ok(Vec::new());
            }
            // Every tap is the features.
            let features = self.forward(images, preset.positions())?;
            Ok(vec![features; taps.len()])
        })
    }

    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        self.host.preprocess(batch, preset)
    }

    fn gram(&self, rows: Vec<f32>, dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        self.host.gram(rows, dim)
    }

    fn products(&self) -> Option<Box<dyn TileProducts>> {
        self.host.products()
    }

    fn release_memory(&self) {
        self.host.release_memory();
    }
}

/// The network with its weights on a device.
#[derive(Debug)]
struct Network {
    /// On the host, without blocks: for the tables of positions.
    weights: VitWeights,
    patch: PackedConv,
    linears: Vec<(LinearLayer, PackedConv)>,
    norms: Vec<(NormLayer, Tensor<1>)>,
    /// The class token and positions, `[1 + grid²,width]`, by grid and rule.
    tables: Mutex<Vec<((usize, Positions), Tensor<2>)>>,
}

impl Network {
    fn new(weights: &VitWeights, device: &GpuDevice) -> Self {
        let spec = weights.spec;
        let class = device.tile_class(Precision::F32);
        let pack = |weight: &[f32], bias: &[f32], window| {
            let packed = PackedConv::new(weight, bias, window, class, Precision::F32, device);
            // Without it, all of the weights wait for the device in the host's memory. A failure
            // shows again at the first batch.
            let _ = device.burn().sync();
            packed
        };
        let window = Window { size: [spec.patch; 2], stride: spec.patch, padding: [0, 0] };
        let patch = pack(&weights.patch.weight, &weights.patch.bias, window);
        let linear = |layer| {
            let linear = weights.linear(layer);
            let no_bias = vec![0.0; linear.weight.len() / spec.width];
            let bias = if linear.bias.is_empty() { &no_bias[..] } else { &linear.bias };
            (layer, pack(&linear.weight, bias, POINT))
        };
        let norm = |layer| {
            let norm = weights.norm(layer);
            let affine = [&norm.scale[..], &norm.shift].concat();
            (layer, Tensor::from_data(affine.as_slice(), device.burn()))
        };
        use LinearLayer::{AttentionOut, MlpIn, MlpOut, Projection, Qkv};
        let blocks = 0..spec.depth;
        let linears = blocks.clone().flat_map(|k| [Qkv(k), AttentionOut(k), MlpIn(k), MlpOut(k)]);
        let norms = blocks.flat_map(|k| [NormLayer::Attention(k), NormLayer::Mlp(k)]);
        Self {
            patch,
            linears: linears.chain(spec.output.map(|_| Projection)).map(linear).collect(),
            norms: norms
                .chain(spec.pre_norm.then_some(NormLayer::Pre))
                .chain([NormLayer::Last])
                .map(norm)
                .collect(),
            tables: Mutex::default(),
            weights: VitWeights { blocks: Vec::new(), ..weights.clone() },
        }
    }

    fn forward(&self, images: Tensor<4>, rule: Positions) -> Result<Tensor<2>, EngineError> {
        let [count, _, side, width] = images.dims();
        assert_eq!(side, width, "square images");
        let (spec, device) = (self.weights.spec, images.device());
        let grid = side.div_ceil(spec.patch);
        let table = self.table(grid, rule, &device)?;
        let whole = grid * spec.patch;
        let images = if whole == side {
            images
        } else {
            let zeros = Tensor::zeros([count, 3, whole, whole], &device);
            zeros.slice_assign([0..count, 0..3, 0..side, 0..side], images)
        };
        let mut pass = Pass { network: self, images, table, device };
        let features = vit(&mut pass, spec);
        Ok(features.images_of(0, spec.features()).reshape([count, spec.features()]))
    }

    /// What every image's tokens start from.
    fn table(
        &self,
        grid: usize,
        rule: Positions,
        device: &Device,
    ) -> Result<Tensor<2>, EngineError> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = tables.iter().find(|(key, _)| *key == (grid, rule)) {
            return Ok(table.clone());
        }
        let spec = self.weights.spec;
        if grid != spec.grid && rule == Positions::Native {
            let what = format!(
                "images of {grid}x{grid} patches without a rule for positions: {} was trained for \
                 {}x{}",
                spec.name, spec.grid, spec.grid
            );
            return Err(EngineError::Unsupported { what });
        }
        let mut values = positions(&self.weights, grid, rule);
        values.iter_mut().zip(&self.weights.class_token).for_each(|(value, class)| *value += class);
        let shape = [1 + grid * grid, spec.width];
        let table = Tensor::from_data(TensorData::new(values, shape), device);
        tables.push(((grid, rule), table.clone()));
        Ok(table)
    }

    fn linear(&self, layer: LinearLayer) -> &PackedConv {
        let found = self.linears.iter().find(|(seen, _)| *seen == layer);
        &found.unwrap_or_else(|| unreachable!("every layer of the network has weights")).1
    }
}

/// One forward pass.
struct Pass<'a> {
    network: &'a Network,
    images: Tensor<4>,
    table: Tensor<2>,
    device: Device,
}

impl TokenGraph for Pass<'_> {
    type Value = Activations;

    fn embed(&mut self) -> Activations {
        let patch = &self.network.patch;
        let images = Activations::from_images(self.images.clone(), Precision::F32);
        let size = patch.window().output(images.size());
        let (count, channels) = (images.images(), patch.channels());
        let rows = Activations::empty(count, size, channels, Precision::F32, &self.device);
        let out = ChannelSlice { rows, offset: 0 };
        embed(&patch.run_then(After::Nothing, &images, &out), &self.table)
    }

    fn norm(&mut self, x: &Activations, layer: NormLayer) -> Activations {
        let found = self.network.norms.iter().find(|(seen, _)| *seen == layer);
        let affine = &found.unwrap_or_else(|| unreachable!("every layer has weights")).1;
        layer_norm(x, affine, self.network.weights.spec.norm_eps as f32)
    }

    fn linear(
        &mut self,
        x: &Activations,
        layer: LinearLayer,
        activation: Activation,
    ) -> Activations {
        let linear = self.network.linear(layer);
        let after = match activation {
            Activation::Identity => After::Nothing,
            Activation::Gelu => After::Gelu,
            Activation::QuickGelu => After::QuickGelu,
        };
        let rows = empty_like(x, linear.channels(), &self.device);
        linear.run_then(after, x, &ChannelSlice { rows, offset: 0 })
    }

    fn add_linear(&mut self, to: Activations, x: &Activations, layer: LinearLayer) -> Activations {
        let out = ChannelSlice { rows: to, offset: 0 };
        self.network.linear(layer).run_then(After::Add, x, &out)
    }

    fn attention(&mut self, qkv: &Activations) -> Activations {
        attention(qkv)
    }

    fn gate(&mut self, x: &Activations) -> Activations {
        gate(x)
    }

    fn class_token(&mut self, x: &Activations) -> Activations {
        // The largest of one token in every image.
        let [_, tokens] = x.size();
        let first = Window { size: [1, 1], stride: tokens, padding: [0, 0] };
        let rows =
            Activations::empty(x.images(), [1, 1], x.channels(), Precision::F32, &self.device);
        pool(Pool::Max, &first, x, &ChannelSlice { rows, offset: 0 })
    }
}

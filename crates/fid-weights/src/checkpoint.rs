//! Parameters of the network, as files hold them and folded for use.

use std::borrow::Cow;

use fid_core::Precision;

use crate::floats::Floats;
use crate::inception::{BATCH_NORM_EPS, LayerTable};

/// Parameters as a file holds them, in the order of [`LayerTable::convs`].
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// One entry per convolution.
    pub convs: Vec<ConvParams>,
    /// The classifier, if the file has one (an ONNX graph may end at pool3).
    pub classifier: Option<Classifier>,
}

/// One convolution's parameters.
#[derive(Debug, Clone)]
pub struct ConvParams {
    /// `[out,in,height,width]`, row major.
    pub weight: Vec<f32>,
    /// Bias or batch normalisation after the convolution.
    pub norm: Norm,
}

/// Bias or batch normalisation after a convolution.
#[derive(Debug, Clone)]
pub enum Norm {
    /// A bias alone: the normalisation is already folded.
    Folded {
        /// One value per filter.
        bias: Vec<f32>,
    },
    /// Batch normalisation with running statistics, each with one value per filter.
    Batch {
        /// Scale (`bn.weight`).
        gamma: Vec<f32>,
        /// Shift (`bn.bias`).
        beta: Vec<f32>,
        /// Running mean.
        mean: Vec<f32>,
        /// Running variance.
        var: Vec<f32>,
    },
}

/// The last layer, 2048 features to 1008 classes.
#[derive(Debug, Clone)]
pub struct Classifier {
    /// `[1008,2048]`, row major.
    pub weight: Floats,
    /// `[1008]`.
    pub bias: Floats,
}

/// Weights ready for a device: batch normalisation folded into the convolutions.
#[derive(Debug, Clone)]
pub struct Weights {
    /// In the order of [`LayerTable::convs`].
    pub convs: Vec<FoldedConv>,
    /// The classifier, if the checkpoint has one.
    pub classifier: Option<Classifier>,
}

/// A convolution with its bias.
#[derive(Debug, Clone)]
pub struct FoldedConv {
    /// `[out,in,height,width]`, row major.
    pub weight: Floats,
    /// `[out]`.
    pub bias: Floats,
}

impl Weights {
    /// These weights with the convolutions' filters rounded to `precision`. Biases and the
    /// classifier stay f32.
    pub fn rounded(&self, precision: Precision) -> Cow<'_, Self> {
        if precision == Precision::F32 {
            return Cow::Borrowed(self);
        }
        let mut rounded = self.clone();
        for conv in &mut rounded.convs {
            let mut weight = conv.weight.to_vec();
            precision.round_all(&mut weight);
            conv.weight = weight.into();
        }
        Cow::Owned(rounded)
    }
}

impl Checkpoint {
    /// Folds batch normalisation into the convolutions, in `f64`, rounded to `f32` once:
    /// `w' = w·γ/√(σ²+ε)`, `b' = β − μ·γ/√(σ²+ε)`.
    ///
    /// # Panics
    /// If a tensor is shorter than its layer needs, which no checkpoint of this crate's readers is.
    pub fn fold(self) -> Weights {
        let layers = LayerTable::get().convs();
        let convs = self.convs.into_iter().zip(layers);
        Weights {
            convs: convs.map(|(params, layer)| fold(params, layer.fan_in())).collect(),
            classifier: self.classifier,
        }
    }
}

/// What batch normalisation multiplies each filter by: `γ/√(σ²+ε)`.
pub(crate) fn norm_scale(gamma: impl IntoIterator<Item = f64>, var: &[f32]) -> Vec<f64> {
    let scale = |(gamma, &var): (f64, &f32)| gamma / (f64::from(var) + BATCH_NORM_EPS).sqrt();
    gamma.into_iter().zip(var).map(scale).collect()
}

fn fold(params: ConvParams, fan_in: usize) -> FoldedConv {
    let ConvParams { mut weight, norm } = params;
    match norm {
        Norm::Folded { bias } => FoldedConv { weight: weight.into(), bias: bias.into() },
        Norm::Batch { gamma, beta, mean, var } => {
            let scale = norm_scale(gamma.iter().copied().map(f64::from), &var);
            for (o, filter) in weight.chunks_exact_mut(fan_in).enumerate() {
                filter.iter_mut().for_each(|w| *w = (f64::from(*w) * scale[o]) as f32);
            }
            let bias = |o: usize| (f64::from(beta[o]) - f64::from(mean[o]) * scale[o]) as f32;
            let bias: Vec<_> = (0..gamma.len()).map(bias).collect();
            FoldedConv { weight: weight.into(), bias: bias.into() }
        }
    }
}

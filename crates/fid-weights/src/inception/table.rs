//! The list of layers, from a walk over the network.

use std::sync::OnceLock;

use super::network::{Conv, Graph, inception_v3};
use fid_core::{FEATURE_DIM, NUM_CLASSES, Tap};

/// One convolution of the network, with everything that a weights file must agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvLayer {
    /// Name in the published checkpoint, such as `Mixed_5b.branch1x1`.
    pub name: String,
    /// Number of input channels.
    pub in_channels: usize,
    /// Filters, kernel, stride and padding.
    pub conv: Conv,
    /// The data flow of its input, written as [`LayerTable`] describes.
    pub input: String,
}

impl ConvLayer {
    /// Shape of the weight tensor: filters, input channels, kernel height, kernel width.
    pub fn weight_shape(&self) -> [usize; 4] {
        let [height, width] = self.conv.kernel;
        [self.conv.out_channels, self.in_channels, height, width]
    }

    /// Number of inputs that one output sums over.
    pub fn fan_in(&self) -> usize {
        self.in_channels * self.conv.kernel[0] * self.conv.kernel[1]
    }
}

/// Every convolution in the order of [`inception_v3`], which is the order of the published
/// checkpoint.
///
/// Data flow is written as a short text, which a foreign graph can be compared with:
/// `x` is the image, `#12` the output of the 13th convolution (after normalisation and ReLU),
/// `max2,0(…)` a 3×3 maximum pool with stride and padding, `avg(…)` a 3×3 average pool at stride 1
/// and padding 1 that does not count the padding, `cat(…,…)` a concatenation of channels.
#[derive(Debug, Default)]
pub struct LayerTable {
    convs: Vec<ConvLayer>,
    pooled: String,
}

/// A value of the walk: its channels and its data flow.
#[derive(Debug, Clone)]
pub struct Flow {
    channels: usize,
    source: String,
}

impl LayerTable {
    /// The table of the FID network: 94 convolutions.
    pub fn get() -> &'static Self {
        static TABLE: OnceLock<LayerTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table = Self::default();
            let image = Flow { channels: 3, source: "x".into() };
            inception_v3(&mut table, &image);
            table
        })
    }

    /// The convolutions, in order.
    pub fn convs(&self) -> &[ConvLayer] {
        &self.convs
    }

    /// The flow whose average over the image is pool3.
    pub fn pooled(&self) -> &str {
        &self.pooled
    }

    /// Shape of the classifier's weight: classes, features.
    pub fn fc_shape(&self) -> [usize; 2] {
        [NUM_CLASSES, FEATURE_DIM]
    }
}

impl Graph for LayerTable {
    type Value = Flow;

    fn conv(&mut self, name: &str, x: &Flow, conv: Conv) -> Flow {
        let source = format!("#{}", self.convs.len());
        self.convs.push(ConvLayer {
            name: name.into(),
            in_channels: x.channels,
            conv,
            input: x.source.clone(),
        });
        Flow { channels: conv.out_channels, source }
    }

    fn max_pool(&mut self, x: &Flow, stride: usize, padding: usize) -> Flow {
        let source = format!("max{stride},{padding}({})", x.source);
        Flow { source, ..*x }
    }

    fn avg_pool(&mut self, x: &Flow) -> Flow {
        let source = format!("avg({})", x.source);
        Flow { source, ..*x }
    }

    fn concat(&mut self, parts: Vec<Flow>) -> Flow {
        let channels = parts.iter().map(|part| part.channels).sum();
        let sources: Vec<_> = parts.into_iter().map(|part| part.source).collect();
        Flow { channels, source: format!("cat({})", sources.join(",")) }
    }

    fn tap(&mut self, tap: Tap, x: &Flow) {
        if tap == Tap::Pool3 {
            self.pooled = x.source.clone();
        }
    }
}

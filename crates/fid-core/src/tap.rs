//! The layers of the network that metrics read.

/// Number of pool3 features.
pub const FEATURE_DIM: usize = 2048;

/// Number of classes of the classifier.
pub const NUM_CLASSES: usize = 1008;

/// A layer of the network whose values a metric reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tap {
    /// Average over the image after the first maximum pool: `[N,64]`.
    Pool64,
    /// Average over the image after the second maximum pool: `[N,192]`.
    Pool192,
    /// Average over the image of `Mixed_6e`: `[N,768]`.
    Pool768,
    /// The features that distances compare: Inception's average over the image of `Mixed_7c`,
    /// `[N,2048]`; another network's own ([`EngineInfo::features`](crate::EngineInfo::features)).
    Pool3,
    /// First 7 channels of `Mixed_6d.branch1x1` after ReLU, flattened in the order height, width,
    /// channel: `[N,2023]`. The features of sFID, as guided-diffusion's `evaluator.py` takes them
    /// (`mixed_6/conv:0`, `[..., :7]`).
    Spatial,
    /// Pool3 times the classifier's weight, without its bias: `[N,1008]`. Inception Score.
    LogitsUnbiased,
    /// The classifier's output before the softmax: `[N,1008]`.
    Logits,
}

impl Tap {
    /// Channels of [`Tap::Spatial`].
    pub const SPATIAL_CHANNELS: usize = 7;

    /// The tap that the network computes this one from: pool3 for both logits, otherwise itself.
    pub fn read_from(self) -> Self {
        match self {
            Self::LogitsUnbiased | Self::Logits => Self::Pool3,
            _ => self,
        }
    }

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pool64 => "pool64",
            Self::Pool192 => "pool192",
            Self::Pool768 => "pool768",
            Self::Pool3 => "pool3",
            Self::Spatial => "spatial",
            Self::LogitsUnbiased => "logits-unbiased",
            Self::Logits => "logits",
        }
    }

    /// Number of values per image of Inception.
    pub fn dim(self) -> usize {
        match self {
            Self::Pool64 => 64,
            Self::Pool192 => 192,
            Self::Pool768 => 768,
            Self::Pool3 => FEATURE_DIM,
            Self::Spatial => 17 * 17 * Self::SPATIAL_CHANNELS,
            Self::LogitsUnbiased | Self::Logits => NUM_CLASSES,
        }
    }
}

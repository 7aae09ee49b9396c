//! The steps that a preset is made of.

use std::hash::{Hash, Hasher};

/// Height and width in pixels of Inception's input.
pub const NETWORK_SIZE: usize = 299;

/// How an image of any shape becomes a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fit {
    /// Height and width are resized to the square's side, each by its own factor.
    Stretch,
    /// The shorter side is resized to `shorter` pixels and the longer one by the same factor,
    /// rounded down; then the centre is cut out.
    ResizeThenCrop {
        /// Pixels of the shorter side before the cut; at least the square's side.
        shorter: u16,
        /// Where the cut begins if the rest is odd.
        centre: Centre,
    },
    /// The largest square at the centre is cut out ([`Centre::Down`]), then resized.
    CropThenResize,
}

/// The first pixel of a centre, of a rest of pixels around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Centre {
    /// `rest/2`, rounded to the even neighbour: torchvision's `CenterCrop`.
    Even,
    /// `rest/2`, rounded down: Hugging Face's `center_crop`, and Python's `//`.
    Down,
}

impl Centre {
    /// The first pixel of `part` pixels at the centre of `whole`, which has at least as many.
    pub(crate) fn start(self, whole: usize, part: usize) -> usize {
        let rest = whole - part;
        let half = rest / 2;
        half + usize::from(self == Self::Even && rest % 2 == 1 && half % 2 == 1)
    }
}

impl Fit {
    /// Height and width of the cut-out part of an image, and what it is resized to.
    pub(crate) fn sizes(self, [height, width]: [usize; 2], side: usize) -> [[usize; 2]; 2] {
        match self {
            Self::Stretch => [[height, width], [side; 2]],
            Self::CropThenResize => [[height.min(width); 2], [side; 2]],
            Self::ResizeThenCrop { shorter, .. } => {
                let shorter = usize::from(shorter);
                let longer = |long: usize, short: usize| {
                    (shorter as u128 * long as u128 / short.max(1) as u128) as usize
                };
                let to = if width <= height {
                    [longer(height, width), shorter]
                } else {
                    [shorter, longer(width, height)]
                };
                [[height, width], to]
            }
        }
    }
}

/// Sampling grid, filter and edge rule of the resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResizeMode {
    /// Two taps without antialiasing; `src = max((dst + ½)·in/out − ½, 0)`, each operation rounded
    /// to f32; the upper tap is clamped at the far edge. PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False)` on contiguous NCHW tensors.
    BilinearHalfPixel,
    /// Two taps without antialiasing; `src = dst·(in/out)` in f32, so that output 0 sits on pixel 0
    /// and the far edge is never reached; the upper tap is clamped there. TensorFlow 1's
    /// `ResizeBilinear` with `align_corners=False`, in PyTorch torch-fidelity's
    /// `interpolate_bilinear_2d_like_tensorflow1x`.
    BilinearTf1,
    /// [`Self::BilinearTf1`] with different roundings: the position is computed on a grid over
    /// −1..1, which at a width of 1024 moves it by up to 6e-5 pixels. PyTorch's `affine_grid` and
    /// `grid_sample` in f32 on the CPU, as NVIDIA's Inception network calls them.
    BilinearGridSample,
    /// The triangle filter on the half-pixel grid: two taps when enlarging, stretched by `in/out`
    /// when shrinking. Weights are normalised over the taps inside the image, in f32. PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False, antialias=True)`.
    BilinearAntialias,
    /// As [`Self::BilinearAntialias`], the cubic convolution filter with `a = −½`: PyTorch's
    /// `interpolate(mode="bicubic", align_corners=False, antialias=True)`.
    BicubicAntialias,
    /// The pixel that contains `(dst + ½)·in/out`. Pillow's `resize(…, NEAREST)`, which computes
    /// that position by repeatedly adding `in/out`.
    PillowNearest,
    /// The mean of the pixels whose centres the output pixel covers, in f64 like the three filters
    /// below. Pillow's `resize(…, BOX)`.
    PillowBox,
    /// [`Self::BilinearAntialias`] in f64. Pillow's `resize(…, BILINEAR)`.
    PillowBilinear,
    /// The cubic convolution filter with `a = −½` on the half-pixel grid: four taps when enlarging,
    /// stretched by `in/out` when shrinking. Weights are normalised over the taps inside the image.
    /// Pillow's `resize(…, BICUBIC)`.
    PillowBicubic,
    /// [`Self::PillowBilinear`] with the sinc function under a Hamming window. Pillow's
    /// `resize(…, HAMMING)`; no preset has it.
    PillowHamming,
    /// [`Self::PillowBicubic`] with the sinc function, windowed by its own main lobe stretched to
    /// three: six taps when enlarging. Pillow's `resize(…, LANCZOS)`.
    PillowLanczos,
}

/// Where a resize rounds values to integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rounding {
    /// Nowhere.
    Never,
    /// Like Pillow on images of bytes: weights are multiples of 2⁻²² ([`FIXED_POINT`]), and each of
    /// the two passes ends with `min(max(⌊sum + ½⌋, 0), 255)`. In integers every sum is exact.
    /// [`Preset::columns_first`](crate::Preset::columns_first) says which pass comes first.
    ToBytes,
}

/// Denominator of the weights under [`Rounding::ToBytes`], which are multiples of its inverse. They
/// are less than 4, so f32 represents them exactly.
pub const FIXED_POINT: u32 = 1 << 22;

impl Rounding {
    /// A tap's weight as the original program stores it.
    pub fn weight(self, weight: f64) -> f64 {
        let parts = f64::from(FIXED_POINT);
        match self {
            Self::Never => weight,
            // Half away from zero, as Pillow's cast of a sum with ±½ does.
            Self::ToBytes => (weight * parts).round() / parts,
        }
    }

    /// Rounds a value at the end of a pass.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::Never => value,
            Self::ToBytes => (value + 0.5).floor().clamp(0.0, 255.0),
        }
    }
}

/// Whether Pillow resizes the columns before the rows, which matters because both passes round.
/// Sizes are `[height, width]`. Pillow begins with the rows; since 13.0 it begins with the columns
/// if the height shrinks by more than twice as many pixels as the width (python-pillow/Pillow#9549).
pub(crate) fn pillow_resizes_columns_first(from: [usize; 2], to: [usize; 2]) -> bool {
    let [height, width] = [0, 1].map(|axis| from[axis] as f64 - to[axis] as f64);
    height > 0.0 && height > 2.0 * width
}

/// Treatment of values that a resize carries outside 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overshoot {
    /// They stay. Filters without negative weights produce none.
    Keep,
    /// They become 0 or 255.
    Clip,
}

impl Overshoot {
    /// The smallest and the largest possible result.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Keep => (f64::MIN, f64::MAX),
            Self::Clip => (0.0, 255.0),
        }
    }

    /// Applies the treatment to one value.
    pub fn apply(self, value: f64) -> f64 {
        let (low, high) = self.range();
        value.clamp(low, high)
    }
}

/// Scaling from 0..=255 to the range that the network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelScaling {
    /// `2·(v/255) − 1`: 0 → −1, 255 → 1.
    MinusOneToOne,
    /// `(v − 128)/128`: 0 → −1, 255 → 0.9921875. The first step of TensorFlow's Inception graph.
    CenteredOn128,
    /// `(v/255 − mean)/std` of each channel.
    Normalised(Normalisation),
}

impl PixelScaling {
    /// Scales one value in 0..=255, which need not be an integer, of channel red (0), green (1) or
    /// blue (2).
    pub fn apply(self, channel: usize, value: f64) -> f64 {
        match self {
            Self::MinusOneToOne => 2.0 * (value / 255.0) - 1.0,
            Self::CenteredOn128 => (value - 128.0) / 128.0,
            Self::Normalised(Normalisation { mean, std }) => {
                (value / 255.0 - f64::from(mean[channel])) / f64::from(std[channel])
            }
        }
    }
}

/// Mean and standard deviation of the values of each channel, red, green and blue, between 0 and 1.
#[derive(Debug, Clone, Copy)]
pub struct Normalisation {
    /// Subtracted.
    pub mean: [f32; 3],
    /// Divided by; above zero.
    pub std: [f32; 3],
}

impl Normalisation {
    /// ImageNet's, which torchvision's and DINOv2's networks use.
    pub const IMAGENET: Self = Self { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    /// CLIP's.
    pub const CLIP: Self = Self {
        mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
        std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
    };

    fn bits(&self) -> [[u32; 3]; 2] {
        [self.mean.map(f32::to_bits), self.std.map(f32::to_bits)]
    }
}

impl PartialEq for Normalisation {
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Normalisation {}

impl Hash for Normalisation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

/// How a vision transformer's table of positions is resized from the side that it was trained for
/// to the side of its input, both in patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Positions {
    /// Not at all: the sides are equal.
    Native,
    /// DINOv2's own: PyTorch's bicubic filter with `a = −¾`, without antialias, by the factor
    /// `(side + 0.1)/trained`.
    Hub,
    /// Hugging Face's: the same filter by the factor `side/trained`.
    Transformers,
    /// timm's: antialiased bicubic.
    Timm,
}

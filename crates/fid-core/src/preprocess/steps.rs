//! The steps that a preset is made of.

/// Height and width in pixels of the network's input.
pub const NETWORK_SIZE: usize = 299;

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
    /// [`Rounding::columns_first`] says which pass comes first.
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

    /// Whether the columns are resized before the rows on the way to the network's input.
    pub fn columns_first(self, height: usize, width: usize) -> bool {
        self == Self::ToBytes && pillow_resizes_columns_first([height, width], [NETWORK_SIZE; 2])
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
}

impl PixelScaling {
    /// Scales one value in 0..=255, which need not be an integer.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::MinusOneToOne => 2.0 * (value / 255.0) - 1.0,
            Self::CenteredOn128 => (value - 128.0) / 128.0,
        }
    }
}

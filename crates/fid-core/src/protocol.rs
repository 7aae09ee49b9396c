//! The published recipes that turn an image into the network's input.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Height and width in pixels of the network's input.
pub const NETWORK_SIZE: usize = 299;

/// A recipe, named after the program that made it known. It expands to a [`ResizeMode`], a
/// [`Rounding`], an [`Overshoot`] and a [`PixelScaling`]. Scores of different presets do not compare.
/// `docs/PROTOCOLS.md` puts them side by side.
///
/// A program whose recipe is another's is no preset of its own but an alias: parsing accepts its
/// name, and what is written carries the preset's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// `pytorch-fid` (mseitzer): RGB, `x/255`, bilinear on the half-pixel grid without antialias,
    /// then `2x − 1`. Also clean-fid's mode "legacy_pytorch" (`clean-legacy-pytorch`) and `dgm-eval`
    /// without `--clean_resize`.
    PytorchFid,
    /// `torch-fidelity` (toshas): RGB, the bilinear resize that TensorFlow 1 ran inside its Inception
    /// graph, then `(x − 128)/128`. The same graph is in the original FID code (`ttur`) and in the
    /// evaluator of guided diffusion (`adm`); TorchMetrics before 1.8 calls torch-fidelity's function
    /// (`torchmetrics-legacy`).
    TorchFidelity,
    /// `clean-fid` (Parmar et al.), its mode "clean": RGB, Pillow's antialiased bicubic filter on
    /// unrounded values, cut to 0..=255, then `(x − 128)/128`.
    Clean,
    /// The Inception network in the form that NVIDIA published, which resizes inside by way of
    /// `affine_grid` and `grid_sample`: StyleGAN2-ADA, StyleGAN3, EDM, and clean-fid's mode
    /// "legacy_tensorflow" (`clean-legacy-tf`). It imitates TensorFlow 1, with other roundings.
    Nvidia,
    /// TorchMetrics from 1.8 on: RGB, bilinear with PyTorch's antialias, then `(x − 128)/128`.
    TorchMetrics,
    /// `dgm-eval --clean_resize` (Stein et al.): the resize of [`Preset::Clean`], but `2(x/255) − 1`.
    DgmEvalClean,
    /// Pillow's nearest pixel, `2(x/255) − 1`: as tutorials do it that load images by torchvision's
    /// `Resize((299, 299))`, `ToTensor` and `Normalize(0.5, 0.5)`. The five presets of this family
    /// resize bytes to bytes.
    PilNearest,
    /// Likewise with Pillow's box filter: means of pixels when shrinking.
    PilBox,
    /// Likewise with Pillow's antialiased bilinear filter, torchvision's default for files.
    PilBilinear,
    /// Likewise with Pillow's bicubic filter.
    PilBicubic,
    /// Likewise with Pillow's Lanczos filter.
    PilLanczos,
}

/// Names that mean a preset under which it is also known.
const ALIASES: [(&str, Preset); 6] = [
    ("ttur", Preset::TorchFidelity),
    ("adm", Preset::TorchFidelity),
    ("torchmetrics-legacy", Preset::TorchFidelity),
    ("clean-legacy-pytorch", Preset::PytorchFid),
    ("dgm-eval", Preset::PytorchFid),
    ("clean-legacy-tf", Preset::Nvidia),
];

/// What a preset is called and made of.
struct Entry(&'static str, ResizeMode, Rounding, Overshoot, PixelScaling);

impl Preset {
    /// Every preset, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[
        Self::PytorchFid,
        Self::TorchFidelity,
        Self::Clean,
        Self::Nvidia,
        Self::TorchMetrics,
        Self::DgmEvalClean,
        Self::PilNearest,
        Self::PilBox,
        Self::PilBilinear,
        Self::PilBicubic,
        Self::PilLanczos,
    ];

    /// The one place where presets are defined.
    fn entry(self) -> Entry {
        use Overshoot::{Clip, Keep};
        use PixelScaling::{CenteredOn128, MinusOneToOne};
        use ResizeMode::*;
        use Rounding::{Never, ToBytes};
        match self {
            Self::PytorchFid => Entry("pytorch-fid", BilinearHalfPixel, Never, Keep, MinusOneToOne),
            Self::TorchFidelity => Entry("torch-fidelity", BilinearTf1, Never, Keep, CenteredOn128),
            Self::Clean => Entry("clean", PillowBicubic, Never, Clip, CenteredOn128),
            Self::Nvidia => Entry("nvidia", BilinearGridSample, Never, Keep, CenteredOn128),
            Self::TorchMetrics => {
                Entry("torchmetrics", BilinearAntialias, Never, Keep, CenteredOn128)
            }
            Self::DgmEvalClean => {
                Entry("dgm-eval-clean", PillowBicubic, Never, Clip, MinusOneToOne)
            }
            Self::PilNearest => Entry("pil-nearest", PillowNearest, Never, Keep, MinusOneToOne),
            Self::PilBox => Entry("pil-box", PillowBox, ToBytes, Clip, MinusOneToOne),
            Self::PilBilinear => {
                Entry("pil-bilinear", PillowBilinear, ToBytes, Clip, MinusOneToOne)
            }
            Self::PilBicubic => Entry("pil-bicubic", PillowBicubic, ToBytes, Clip, MinusOneToOne),
            Self::PilLanczos => Entry("pil-lanczos", PillowLanczos, ToBytes, Clip, MinusOneToOne),
        }
    }

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// How the image gets to [`NETWORK_SIZE`].
    pub fn resize(self) -> ResizeMode {
        self.entry().1
    }

    /// Where values are rounded to whole ones on the way.
    pub fn rounding(self) -> Rounding {
        self.entry().2
    }

    /// What happens to resized values outside of 0..=255.
    pub fn overshoot(self) -> Overshoot {
        self.entry().3
    }

    /// How the values get to the network's range.
    pub fn scaling(self) -> PixelScaling {
        self.entry().4
    }

    /// Other names under which the preset is known; [`str::parse`] accepts them.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        ALIASES.into_iter().filter(move |&(_, preset)| preset == self).map(|(alias, _)| alias)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// Parses an exact name or an alias ([`Preset::aliases`]).
    ///
    /// # Errors
    /// [`Error::UnknownPreset`], which lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        let names = Self::ALL.iter().map(|&preset| (preset.name(), preset)).chain(ALIASES);
        let found = names.clone().find(|&(known, _)| known == name);
        found.map(|(_, preset)| preset).ok_or_else(|| {
            let known: Vec<_> = names.map(|(known, _)| known).collect();
            Error::UnknownPreset { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

/// Sampling grid, filter and edge rule of the resize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResizeMode {
    /// Two taps, no antialias; `src = max((dst + ½)·in/out − ½, 0)`, each operation rounded to f32;
    /// the upper tap is clamped at the far edge. PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False)` on contiguous NCHW tensors.
    BilinearHalfPixel,
    /// Two taps, no antialias; `src = dst·(in/out)` in f32, so that output 0 sits on pixel 0 and the
    /// far edge is never reached; the upper tap is clamped there. TensorFlow 1's
    /// `ResizeBilinear` with `align_corners=False`, in PyTorch torch-fidelity's
    /// `interpolate_bilinear_2d_like_tensorflow1x`.
    BilinearTf1,
    /// As [`Self::BilinearTf1`] but for roundings: the position goes by way of a grid over −1..1, which
    /// at a width of 1024 moves it by up to 6e-5 pixels. PyTorch's `affine_grid` and `grid_sample` in
    /// f32 as NVIDIA's Inception network calls them, on PyTorch's CPU.
    BilinearGridSample,
    /// The triangle filter on the half-pixel grid, two taps where it enlarges; where it shrinks it is
    /// stretched by `in/out`. Weights are normalised over the taps that lie in the image, in f32.
    /// PyTorch's `interpolate(mode="bilinear", align_corners=False, antialias=True)`.
    BilinearAntialias,
    /// The pixel in which `(dst + ½)·in/out` lies. Pillow's `resize(…, NEAREST)`, which reaches
    /// that position by adding up `in/out`.
    PillowNearest,
    /// The mean of the pixels whose centres the output pixel covers, in f64 as the three filters below.
    /// Pillow's `resize(…, BOX)`.
    PillowBox,
    /// As [`Self::BilinearAntialias`], but in f64. Pillow's `resize(…, BILINEAR)`.
    PillowBilinear,
    /// The cubic convolution filter with `a = −½` on the half-pixel grid, four taps where it
    /// enlarges; where it shrinks it is stretched by `in/out`, which is the antialias. Weights are
    /// normalised over the taps that lie in the image. Pillow's `resize(…, BICUBIC)`.
    PillowBicubic,
    /// Likewise with the sinc function, windowed by its own main lobe stretched to three: six taps
    /// where it enlarges. Pillow's `resize(…, LANCZOS)`.
    PillowLanczos,
}

/// Where a resize rounds values to whole ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rounding {
    /// Nowhere.
    Never,
    /// As Pillow treats images of bytes: weights are whole multiples of 2⁻²² ([`FIXED_POINT`]), and each
    /// of two passes ends with `min(max(⌊sum + ½⌋, 0), 255)`. In integers every sum is exact. The order
    /// of the passes is that of [`Rounding::columns_first`].
    ToBytes,
}

/// Weights under [`Rounding::ToBytes`] are whole multiples of one part in this many. They are less
/// than four, so that f32 holds them without error.
pub const FIXED_POINT: u32 = 1 << 22;

impl Rounding {
    /// A tap's weight as the original program holds it.
    pub fn weight(self, weight: f64) -> f64 {
        let parts = f64::from(FIXED_POINT);
        match self {
            Self::Never => weight,
            // Half away from zero, which is what Pillow's cast of a sum with ±½ amounts to.
            Self::ToBytes => (weight * parts).round() / parts,
        }
    }

    /// Whether the columns are resized before the rows, which matters where passes round. Pillow
    /// begins with the rows, and from 13.0 on with the columns where the height shrinks by more than
    /// twice what the width does (python-pillow/Pillow#9549).
    pub fn columns_first(self, height: usize, width: usize) -> bool {
        let shrinks = |size: usize| size as f64 - NETWORK_SIZE as f64;
        match self {
            Self::Never => false,
            Self::ToBytes => shrinks(height) > 0.0 && shrinks(height) > 2.0 * shrinks(width),
        }
    }

    /// A value at the end of a pass.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::Never => value,
            Self::ToBytes => (value + 0.5).floor().clamp(0.0, 255.0),
        }
    }
}

/// What happens to values that a resize has carried out of 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overshoot {
    /// They stay; for filters without negative weights there are none.
    Keep,
    /// They are set to the nearer end.
    Clip,
}

impl Overshoot {
    /// The smallest and the largest value that may come out.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Keep => (f64::MIN, f64::MAX),
            Self::Clip => (0.0, 255.0),
        }
    }

    /// Treats one value.
    pub fn apply(self, value: f64) -> f64 {
        let (low, high) = self.range();
        value.clamp(low, high)
    }
}

/// From u8 to the range the network was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PixelScaling {
    /// `2·(v/255) − 1`: 0 → −1, 255 → 1.
    MinusOneToOne,
    /// `(v − 128)/128`: 0 → −1, 255 → 0.9921875. The first step of TensorFlow's Inception graph.
    CenteredOn128,
}

impl PixelScaling {
    /// Scales one value in 0..=255, which after a resize need not be whole.
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::MinusOneToOne => 2.0 * (value / 255.0) - 1.0,
            Self::CenteredOn128 => (value - 128.0) / 128.0,
        }
    }
}

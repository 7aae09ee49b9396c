//! The presets: published ways of turning an image into the network's input.

use std::fmt;
use std::str::FromStr;

use super::steps::{Overshoot, PixelScaling, ResizeMode, Rounding};
use crate::error::Error;

/// How an image becomes the network's input, named after the program that is known for it: a
/// [`ResizeMode`], a [`Rounding`], an [`Overshoot`] and a [`PixelScaling`]. Scores of different
/// presets are not comparable. `docs/PROTOCOLS.md` compares the presets.
///
/// A program that does the same as another is an alias of the other's preset: parsing accepts its
/// name, while reports and files contain the preset's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// `pytorch-fid` (mseitzer): RGB, `x/255`, bilinear on the half-pixel grid without antialias,
    /// then `2x − 1`. Also clean-fid's mode "legacy_pytorch" (`clean-legacy-pytorch`) and
    /// `dgm-eval` without `--clean_resize`.
    PytorchFid,
    /// `torch-fidelity` (toshas): RGB, the bilinear resize that TensorFlow 1 ran inside its
    /// Inception graph, then `(x − 128)/128`. The same graph is in the original FID code (`ttur`)
    /// and in the evaluator of guided diffusion (`adm`); TorchMetrics before 1.8 calls
    /// torch-fidelity's function (`torchmetrics-legacy`).
    TorchFidelity,
    /// `clean-fid` (Parmar et al.), its mode "clean": RGB, Pillow's antialiased bicubic filter on
    /// unrounded values, clipped to 0..=255, then `(x − 128)/128`.
    Clean,
    /// NVIDIA's published Inception network, which itself resizes by `affine_grid` and
    /// `grid_sample`: StyleGAN2-ADA, StyleGAN3, EDM, and clean-fid's mode "legacy_tensorflow"
    /// (`clean-legacy-tf`). It imitates TensorFlow 1 with different roundings.
    Nvidia,
    /// TorchMetrics from 1.8 on: RGB, bilinear with PyTorch's antialias, then `(x − 128)/128`.
    TorchMetrics,
    /// `dgm-eval --clean_resize` (Stein et al.): the resize of [`Preset::Clean`], but
    /// `2(x/255) − 1`.
    DgmEvalClean,
    /// Pillow's nearest pixel, then `2(x/255) − 1`, like tutorials that load images by
    /// torchvision's `Resize((299, 299))`, `ToTensor` and `Normalize(0.5, 0.5)`. The five Pillow
    /// presets resize bytes to bytes.
    PilNearest,
    /// [`Preset::PilNearest`] with Pillow's box filter: means of pixels when shrinking.
    PilBox,
    /// [`Preset::PilNearest`] with Pillow's antialiased bilinear filter, torchvision's default for
    /// files.
    PilBilinear,
    /// [`Preset::PilNearest`] with Pillow's antialiased bicubic filter.
    PilBicubic,
    /// [`Preset::PilNearest`] with Pillow's antialiased Lanczos filter.
    PilLanczos,
}

/// Further names of presets.
const ALIASES: [(&str, Preset); 6] = [
    ("ttur", Preset::TorchFidelity),
    ("adm", Preset::TorchFidelity),
    ("torchmetrics-legacy", Preset::TorchFidelity),
    ("clean-legacy-pytorch", Preset::PytorchFid),
    ("dgm-eval", Preset::PytorchFid),
    ("clean-legacy-tf", Preset::Nvidia),
];

/// Name and steps of a preset.
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

    /// The definition of the preset.
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

    /// The name in arguments and files.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// How the image is resized to [`NETWORK_SIZE`](crate::NETWORK_SIZE).
    pub fn resize(self) -> ResizeMode {
        self.entry().1
    }

    /// Where the resize rounds values to integers.
    pub fn rounding(self) -> Rounding {
        self.entry().2
    }

    /// Treatment of resized values outside 0..=255.
    pub fn overshoot(self) -> Overshoot {
        self.entry().3
    }

    /// How values are scaled to the network's range.
    pub fn scaling(self) -> PixelScaling {
        self.entry().4
    }

    /// Further names of the preset, which [`str::parse`] accepts.
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

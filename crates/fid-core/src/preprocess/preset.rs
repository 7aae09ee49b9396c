//! The presets: published ways of turning an image into the network's input.

use std::fmt;
use std::str::FromStr;

use super::steps::{
    Centre, Fit, NETWORK_SIZE, Normalisation, Overshoot, PixelScaling, Positions, ResizeMode,
    Rounding, pillow_resizes_columns_first,
};
use crate::error::Error;

/// How an image becomes a network's input, named after the program that is known for it: a [`Fit`]
/// into a square, a [`ResizeMode`], a [`Rounding`], an [`Overshoot`] and a [`PixelScaling`]. Scores
/// of different presets are not comparable. `docs/PROTOCOLS.md` compares the presets.
///
/// Every network has presets of its own; a name is unique among those of one network. A program
/// that does the same as another is an alias of the other's preset: parsing accepts its name, while
/// reports and files contain the preset's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Preset {
    name: &'static str,
    aliases: &'static [&'static str],
    side: u16,
    fit: Fit,
    resize: ResizeMode,
    rounding: Rounding,
    overshoot: Overshoot,
    scaling: PixelScaling,
    positions: Positions,
}

/// The presets of Inception.
impl Preset {
    /// `pytorch-fid` (mseitzer): RGB, `x/255`, bilinear on the half-pixel grid without antialias,
    /// then `2x − 1`. Also clean-fid's mode "legacy_pytorch" (`clean-legacy-pytorch`) and
    /// `dgm-eval` without `--clean_resize`.
    pub const PYTORCH_FID: Self =
        Self::inception("pytorch-fid", ResizeMode::BilinearHalfPixel, Overshoot::Keep)
            .aliased(&["clean-legacy-pytorch", "dgm-eval"])
            .scaled(PixelScaling::MinusOneToOne);
    /// `torch-fidelity` (toshas): RGB, the bilinear resize that TensorFlow 1 ran inside its
    /// Inception graph, then `(x − 128)/128`. The same graph is in the original FID code (`ttur`)
    /// and in the evaluator of guided diffusion (`adm`); TorchMetrics before 1.8 calls
    /// torch-fidelity's function (`torchmetrics-legacy`).
    pub const TORCH_FIDELITY: Self =
        Self::inception("torch-fidelity", ResizeMode::BilinearTf1, Overshoot::Keep).aliased(&[
            "ttur",
            "adm",
            "torchmetrics-legacy",
        ]);
    /// `clean-fid` (Parmar et al.), its mode "clean": RGB, Pillow's antialiased bicubic filter on
    /// unrounded values, clipped to 0..=255, then `(x − 128)/128`.
    pub const CLEAN: Self = Self::inception("clean", ResizeMode::PillowBicubic, Overshoot::Clip);
    /// NVIDIA's published Inception network, which itself resizes by `affine_grid` and
    /// `grid_sample`: StyleGAN2-ADA, StyleGAN3, EDM, and clean-fid's mode "legacy_tensorflow"
    /// (`clean-legacy-tf`). It imitates TensorFlow 1 with different roundings.
    pub const NVIDIA: Self =
        Self::inception("nvidia", ResizeMode::BilinearGridSample, Overshoot::Keep)
            .aliased(&["clean-legacy-tf"]);
    /// TorchMetrics from 1.8 on: RGB, bilinear with PyTorch's antialias, then `(x − 128)/128`.
    pub const TORCHMETRICS: Self =
        Self::inception("torchmetrics", ResizeMode::BilinearAntialias, Overshoot::Keep);
    /// `dgm-eval --clean_resize` (Stein et al.): the resize of [`Preset::CLEAN`], but
    /// `2(x/255) − 1`.
    pub const DGM_EVAL_CLEAN: Self =
        Self::inception("dgm-eval-clean", ResizeMode::PillowBicubic, Overshoot::Clip)
            .scaled(PixelScaling::MinusOneToOne);
    /// Pillow's nearest pixel, then `2(x/255) − 1`, like tutorials that load images by
    /// torchvision's `Resize((299, 299))`, `ToTensor` and `Normalize(0.5, 0.5)`. The five Pillow
    /// presets resize bytes to bytes.
    pub const PIL_NEAREST: Self =
        Self::inception("pil-nearest", ResizeMode::PillowNearest, Overshoot::Keep)
            .scaled(PixelScaling::MinusOneToOne);
    /// [`Preset::PIL_NEAREST`] with Pillow's box filter: means of pixels when shrinking.
    pub const PIL_BOX: Self = Self::pillow("pil-box", ResizeMode::PillowBox);
    /// [`Preset::PIL_NEAREST`] with Pillow's antialiased bilinear filter, torchvision's default for
    /// files.
    pub const PIL_BILINEAR: Self = Self::pillow("pil-bilinear", ResizeMode::PillowBilinear);
    /// [`Preset::PIL_NEAREST`] with Pillow's antialiased bicubic filter.
    pub const PIL_BICUBIC: Self = Self::pillow("pil-bicubic", ResizeMode::PillowBicubic);
    /// [`Preset::PIL_NEAREST`] with Pillow's antialiased Lanczos filter.
    pub const PIL_LANCZOS: Self = Self::pillow("pil-lanczos", ResizeMode::PillowLanczos);

    /// Every preset of Inception, in the order in which they are listed to people.
    pub const INCEPTION: &'static [Self] = &[
        Self::PYTORCH_FID,
        Self::TORCH_FIDELITY,
        Self::CLEAN,
        Self::NVIDIA,
        Self::TORCHMETRICS,
        Self::DGM_EVAL_CLEAN,
        Self::PIL_NEAREST,
        Self::PIL_BOX,
        Self::PIL_BILINEAR,
        Self::PIL_BICUBIC,
        Self::PIL_LANCZOS,
    ];

    const fn inception(name: &'static str, resize: ResizeMode, overshoot: Overshoot) -> Self {
        Self {
            name,
            aliases: &[],
            side: NETWORK_SIZE as u16,
            fit: Fit::Stretch,
            resize,
            rounding: Rounding::Never,
            overshoot,
            scaling: PixelScaling::CenteredOn128,
            positions: Positions::Native,
        }
    }

    const fn pillow(name: &'static str, resize: ResizeMode) -> Self {
        Self::inception(name, resize, Overshoot::Clip).rounded().scaled(PixelScaling::MinusOneToOne)
    }
}

/// The presets of DINOv2, whose positions were trained for images of 518 pixels. All but
/// [`Preset::DINOV2_TRANSFORMERS`] resize height and width without a cut.
impl Preset {
    /// `dgm-eval` (Stein et al.), whose FD-DINOv2 is the first: Pillow's bicubic filter, bytes to
    /// bytes.
    pub const DINOV2_DGM_EVAL: Self =
        Self::dinov2("dgm-eval", ResizeMode::PillowBicubic, Overshoot::Clip).rounded();
    /// `dgm-eval --clean_resize`, and pyiqa's `fid_dinov2`: Pillow's bicubic filter on unrounded
    /// values, clipped to 0..=255.
    pub const DINOV2_DGM_EVAL_CLEAN: Self =
        Self::dinov2("dgm-eval-clean", ResizeMode::PillowBicubic, Overshoot::Clip)
            .aliased(&["pyiqa"]);
    /// EDM2's `fd_dinov2` (Karras et al.): PyTorch's antialiased bicubic filter, not clipped.
    pub const DINOV2_EDM2: Self =
        Self::dinov2("edm2", ResizeMode::BicubicAntialias, Overshoot::Keep);
    /// `torch-fidelity`'s `dinov2-vit-…`: TensorFlow 1's bilinear filter.
    pub const DINOV2_TORCH_FIDELITY: Self =
        Self::dinov2("torch-fidelity", ResizeMode::BilinearTf1, Overshoot::Keep);
    /// FD-loss's "dinov2": PyTorch's antialiased bicubic filter to 256 pixels, which timm's network
    /// pads with zeros to a whole number of patches. The original computes in bf16.
    pub const DINOV2_FD_LOSS: Self = Self {
        side: 256,
        positions: Positions::Timm,
        ..Self::dinov2("fd-loss", ResizeMode::BicubicAntialias, Overshoot::Keep)
    };
    /// Hugging Face's image processor and model: Pillow's bicubic filter on bytes, the shorter side to
    /// 256 pixels, the centre of 224, and positions of another resize than the other presets'.
    pub const DINOV2_TRANSFORMERS: Self = Self {
        fit: Fit::ResizeThenCrop { shorter: 256, centre: Centre::Down },
        positions: Positions::Transformers,
        ..Self::dinov2("transformers", ResizeMode::PillowBicubic, Overshoot::Clip).rounded()
    };

    /// Every preset of DINOv2; the first is the default.
    pub const DINOV2: &'static [Self] = &[
        Self::DINOV2_DGM_EVAL,
        Self::DINOV2_DGM_EVAL_CLEAN,
        Self::DINOV2_EDM2,
        Self::DINOV2_TORCH_FIDELITY,
        Self::DINOV2_FD_LOSS,
        Self::DINOV2_TRANSFORMERS,
    ];

    const fn dinov2(name: &'static str, resize: ResizeMode, overshoot: Overshoot) -> Self {
        Self {
            side: 224,
            positions: Positions::Hub,
            ..Self::inception(name, resize, overshoot)
                .scaled(PixelScaling::Normalised(Normalisation::IMAGENET))
        }
    }
}

/// The presets of CLIP.
impl Preset {
    /// clean-fid's CLIP-FID, and OpenAI's own preprocessing: Pillow's bicubic filter on bytes, the
    /// shorter side to 224 pixels, then the centre.
    pub const CLIP_CLEAN: Self = Self {
        fit: Fit::ResizeThenCrop { shorter: 224, centre: Centre::Even },
        ..Self::clip("clean-clip", ResizeMode::PillowBicubic, Overshoot::Clip, 224)
            .rounded()
            .aliased(&["openai"])
    };
    /// [`Preset::CLIP_CLEAN`] to 336 pixels.
    pub const CLIP_CLEAN_336: Self = Self {
        side: 336,
        fit: Fit::ResizeThenCrop { shorter: 336, centre: Centre::Even },
        ..Self::CLIP_CLEAN
    };
    /// `torch-fidelity`'s `clip-vit-…`: TensorFlow 1's bilinear filter.
    pub const CLIP_TORCH_FIDELITY: Self =
        Self::clip("torch-fidelity", ResizeMode::BilinearTf1, Overshoot::Keep, 224);
    /// [`Preset::CLIP_TORCH_FIDELITY`] to 336 pixels.
    pub const CLIP_TORCH_FIDELITY_336: Self = Self { side: 336, ..Self::CLIP_TORCH_FIDELITY };
    /// CMMD (Jayasumana et al.) and its port cmmd-pytorch: the central square, then Pillow's bicubic
    /// filter on bytes to 336 pixels.
    pub const CLIP_CMMD: Self = Self {
        fit: Fit::CropThenResize,
        ..Self::clip("cmmd", ResizeMode::PillowBicubic, Overshoot::Clip, 336).rounded()
    };
    /// `dgm-eval`'s "clip": Pillow's bicubic filter on bytes, without a cut.
    pub const CLIP_DGM_EVAL: Self =
        Self::clip("dgm-eval", ResizeMode::PillowBicubic, Overshoot::Clip, 224).rounded();

    /// `dgm-eval --clean_resize` of "clip": the same on unrounded values, clipped to 0..=255.
    pub const CLIP_DGM_EVAL_CLEAN: Self =
        Self::clip("dgm-eval-clean", ResizeMode::PillowBicubic, Overshoot::Clip, 224);

    /// Every preset of CLIP with images of 224 pixels; the first is the default.
    pub const CLIP_224: &'static [Self] = &[Self::CLIP_CLEAN, Self::CLIP_TORCH_FIDELITY];
    /// Every preset of CLIP with images of 336 pixels.
    pub const CLIP_336: &'static [Self] =
        &[Self::CLIP_CMMD, Self::CLIP_CLEAN_336, Self::CLIP_TORCH_FIDELITY_336];
    /// The presets of the CLIP that `dgm-eval` has.
    pub const CLIP_DATACOMP: &'static [Self] = &[Self::CLIP_DGM_EVAL, Self::CLIP_DGM_EVAL_CLEAN];

    const fn clip(name: &'static str, resize: ResizeMode, overshoot: Overshoot, side: u16) -> Self {
        Self {
            side,
            ..Self::inception(name, resize, overshoot)
                .scaled(PixelScaling::Normalised(Normalisation::CLIP))
        }
    }
}

impl Preset {
    /// A preset for another network: height and width are resized to `side` pixels, and values are
    /// normalised. Pillow's filters resize bytes to bytes; PyTorch's do not clip.
    pub const fn own(side: u16, resize: ResizeMode, normalisation: Normalisation) -> Self {
        use ResizeMode::{PillowBicubic, PillowBilinear, PillowBox, PillowHamming, PillowLanczos};
        let preset = Self {
            side,
            ..Self::inception("own", resize, Overshoot::Keep)
                .scaled(PixelScaling::Normalised(normalisation))
        };
        match resize {
            PillowBox | PillowBilinear | PillowHamming | PillowBicubic | PillowLanczos => {
                Self { overshoot: Overshoot::Clip, ..preset.rounded() }
            }
            _ => preset,
        }
    }

    const fn aliased(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    const fn rounded(self) -> Self {
        Self { rounding: Rounding::ToBytes, ..self }
    }

    const fn scaled(self, scaling: PixelScaling) -> Self {
        Self { scaling, ..self }
    }

    /// The name in arguments and files.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Height and width of the network's input, in pixels.
    pub const fn side(self) -> usize {
        self.side as usize
    }

    /// How an image becomes a square.
    pub const fn fit(self) -> Fit {
        self.fit
    }

    /// How the image is resized.
    pub const fn resize(self) -> ResizeMode {
        self.resize
    }

    /// Where the resize rounds values to integers.
    pub const fn rounding(self) -> Rounding {
        self.rounding
    }

    /// Treatment of resized values outside 0..=255.
    pub const fn overshoot(self) -> Overshoot {
        self.overshoot
    }

    /// How values are scaled to the network's range.
    pub const fn scaling(self) -> PixelScaling {
        self.scaling
    }

    /// How the positions of a vision transformer are resized.
    pub const fn positions(self) -> Positions {
        self.positions
    }

    /// Whether Pillow resizes the columns of an image before its rows, which matters because both
    /// passes round.
    pub fn columns_first(self, height: usize, width: usize) -> bool {
        let [from, to] = self.fit.sizes([height, width], self.side());
        self.rounding == Rounding::ToBytes && pillow_resizes_columns_first(from, to)
    }

    /// Further names of the preset.
    pub const fn aliases(self) -> &'static [&'static str] {
        self.aliases
    }

    /// The preset of a name or an alias among those of a network.
    ///
    /// # Errors
    /// [`Error::UnknownPreset`], which lists the known names.
    pub fn named(name: &str, presets: &[Self]) -> Result<Self, Error> {
        let is = |preset: &&Self| preset.name == name || preset.aliases.contains(&name);
        presets.iter().find(is).copied().ok_or_else(|| {
            let names = presets.iter().map(|preset| preset.name);
            let aliases = presets.iter().flat_map(|preset| preset.aliases).copied();
            let known: Vec<_> = names.chain(aliases).collect();
            Error::UnknownPreset { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// Parses the exact name or an alias of a preset of Inception.
    ///
    /// # Errors
    /// [`Error::UnknownPreset`], which lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::named(name, Self::INCEPTION)
    }
}

//! The sizes of the published vision transformers.

use fid_core::Preset;

/// Channels of an attention head, in every network here.
pub(super) const HEAD: usize = 64;

/// Whose vision transformer it is; decides the names of tensors and how positions are resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VitFamily {
    /// DINOv2 without registers.
    DinoV2,
    /// The image encoder of CLIP.
    Clip,
}

/// What follows a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `x·Φ(x)`, where Φ is the normal distribution's: `x/2·(1 + erf(x/√2))`.
    Gelu,
    /// `x·σ(1.702·x)`, where σ is the logistic function.
    QuickGelu,
}

/// The MLP of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mlp {
    /// Two matrices with [`Activation::Gelu`] between them.
    Gelu {
        /// Channels between the matrices.
        hidden: usize,
    },
    /// Two matrices with [`Activation::QuickGelu`] between them.
    QuickGelu {
        /// Channels between the matrices.
        hidden: usize,
    },
    /// A gate (N. Shazeer, "GLU variants improve transformer", 2020).
    SwiGlu {
        /// Channels after the gate.
        hidden: usize,
    },
}

impl Mlp {
    /// What follows the first matrix.
    pub fn activation(self) -> Activation {
        match self {
            Self::Gelu { .. } => Activation::Gelu,
            Self::QuickGelu { .. } => Activation::QuickGelu,
            Self::SwiGlu { .. } => Activation::Identity,
        }
    }

    /// Rows of the first matrix.
    pub fn rows_in(self) -> usize {
        match self {
            Self::Gelu { hidden } | Self::QuickGelu { hidden } => hidden,
            Self::SwiGlu { hidden } => 2 * hidden,
        }
    }

    /// Columns of the second matrix.
    pub fn hidden(self) -> usize {
        match self {
            Self::Gelu { hidden } | Self::QuickGelu { hidden } | Self::SwiGlu { hidden } => hidden,
        }
    }
}

/// A published vision transformer. Heads have 64 channels.
#[derive(Debug, Clone, PartialEq)]
pub struct VitSpec {
    /// The name in arguments and reports.
    pub name: &'static str,
    /// Whose it is.
    pub family: VitFamily,
    /// Side of a patch, in pixels.
    pub patch: usize,
    /// Side of the image that the positions were trained for, in patches.
    pub grid: usize,
    /// Channels of a token.
    pub width: usize,
    /// Number of blocks.
    pub depth: usize,
    /// The MLP of a block.
    pub mlp: Mlp,
    /// Whether tokens are normalised before the first block.
    pub pre_norm: bool,
    /// Whether each branch of a block is scaled by LayerScale.
    pub layer_scale: bool,
    /// Epsilon of the layer normalisations.
    pub norm_eps: f64,
    /// Number of features if they are projected; otherwise [`Self::width`].
    pub output: Option<usize>,
    /// How images become its input; the first is the default.
    pub presets: &'static [Preset],
}

impl VitSpec {
    /// The networks, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[
        Self::dinov2("dinov2-s14", 384, 12, Mlp::Gelu { hidden: 1536 }),
        Self::dinov2("dinov2-b14", 768, 12, Mlp::Gelu { hidden: 3072 }),
        Self::dinov2("dinov2-l14", 1024, 24, Mlp::Gelu { hidden: 4096 }),
        Self::dinov2("dinov2-g14", 1536, 40, Mlp::SwiGlu { hidden: 4096 }),
        Self::clip("clip-b32", [32, 7], 768, 12, Some(512)),
        Self::clip("clip-l14", [14, 16], 1024, 24, Some(768)),
        Self::clip("clip-l14-336", [14, 24], 1024, 24, Some(768)),
        // dgm-eval reads the tokens before the projection.
        Self {
            mlp: Mlp::Gelu { hidden: 4096 },
            presets: Preset::CLIP_DATACOMP,
            ..Self::clip("clip-l14-datacomp", [14, 16], 1024, 24, None)
        },
    ];

    const fn dinov2(name: &'static str, width: usize, depth: usize, mlp: Mlp) -> Self {
        Self {
            name,
            family: VitFamily::DinoV2,
            patch: 14,
            grid: 37,
            width,
            depth,
            mlp,
            pre_norm: false,
            layer_scale: true,
            norm_eps: 1e-6,
            output: None,
            presets: Preset::DINOV2,
        }
    }

    const fn clip(
        name: &'static str,
        [patch, grid]: [usize; 2],
        width: usize,
        depth: usize,
        output: Option<usize>,
    ) -> Self {
        Self {
            name,
            family: VitFamily::Clip,
            patch,
            grid,
            width,
            depth,
            mlp: Mlp::QuickGelu { hidden: 4 * width },
            pre_norm: true,
            layer_scale: false,
            norm_eps: 1e-5,
            output,
            presets: if grid == 24 { Preset::CLIP_336 } else { Preset::CLIP_224 },
        }
    }

    /// The network of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|spec| spec.name == name)
    }

    /// Number of attention heads.
    pub fn heads(&self) -> usize {
        self.width / HEAD
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.output.unwrap_or(self.width)
    }
}

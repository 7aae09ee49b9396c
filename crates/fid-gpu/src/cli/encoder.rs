//! The encoder of a run.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use fid_weights::WeightsSource;

use crate::{Encoder, Error, OwnInput};

/// The name of an encoder, or an ONNX model.
#[derive(Debug, Clone)]
pub enum EncoderName {
    /// One of [`Encoder::all`].
    Known(Encoder),
    /// A file that ends in `.onnx`.
    File(PathBuf),
}

impl FromStr for EncoderName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.to_ascii_lowercase().ends_with(".onnx") {
            return Ok(Self::File(text.into()));
        }
        text.parse().map(Self::Known)
    }
}

impl fmt::Display for EncoderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(encoder) => encoder.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Arguments of the encoder.
#[derive(Debug, Args)]
pub struct EncoderArgs {
    /// The network whose features are compared, or an ONNX model [default: inception]
    ///
    /// inception gives FID. dinov2-s14, dinov2-b14, dinov2-l14 and dinov2-g14 give FD-DINOv2, whose usual
    /// network is dinov2-l14; clip-b32 that of CLIP-FID, clip-l14-336 that of CMMD; there are clip-l14 and
    /// clip-l14-datacomp, the CLIP of dgm-eval. Every metric but those of Inception's layers and classifier
    /// (fid-64, fid-192, fid-768, sfid, is) works with any of them. Each has presets of its own.
    ///
    /// FILE.onnx is a model of your own with one input of images, on the CPU; a graph of FID's own network runs as
    /// inception. The options below say how images become its input, unless the model has metadata such as
    /// fid.input_size and fid.mean.
    #[arg(
        long,
        value_name = "NAME|FILE.onnx",
        default_value = "inception",
        hide_default_value = true
    )]
    pub encoder: EncoderName,

    /// Height and width of the model's input, in pixels
    #[arg(long, value_name = "N")]
    pub input_size: Option<String>,

    /// Subtracted from the model's input, whose values are 0 to 1: one number, or one for each channel [default: 0]
    #[arg(long, value_name = "X[,X,X]", allow_hyphen_values = true)]
    pub input_mean: Option<String>,

    /// What the model's input is divided by after that [default: 1]
    #[arg(long, value_name = "X[,X,X]")]
    pub input_std: Option<String>,

    /// How images are resized for the model: pil-bilinear, pil-bicubic, torch-bilinear and others [default: pil-bilinear]
    #[arg(long, value_name = "NAME")]
    pub input_resize: Option<String>,

    /// 3 for RGB or 1 for gray, where the model leaves it open
    #[arg(long, value_name = "N")]
    pub input_channels: Option<String>,

    /// The model's output with the features, or a value inside its graph [default: its only output]
    #[arg(long, value_name = "NAME")]
    pub output_node: Option<String>,
}

impl EncoderArgs {
    /// The encoder, and its weights if they are in its file.
    ///
    /// # Errors
    ///
    /// [`Error::Onnx`] if a model or a setting cannot be used; [`Error::OnlyOfModels`] for a setting of another
    /// encoder.
    pub fn encoder(&self) -> Result<(Encoder, Option<WeightsSource>), Error> {
        let settings = [
            ("input_size", &self.input_size),
            ("mean", &self.input_mean),
            ("std", &self.input_std),
            ("resize", &self.input_resize),
            ("channels", &self.input_channels),
            ("output", &self.output_node),
        ];
        let given = settings.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        match &self.encoder {
            EncoderName::Known(encoder) => match given.clone().next() {
                None => Ok((encoder.clone(), None)),
                Some((name, _)) => {
                    Err(Error::OnlyOfModels { setting: name, encoder: encoder.to_string() })
                }
            },
            EncoderName::File(path) => {
                // The network of FID runs on every device.
                if given.clone().next().is_none() && fid_weights::is_fid_graph(path)? {
                    return Ok((Encoder::Inception, Some(WeightsSource::File(path.clone()))));
                }
                let mut input = OwnInput::default();
                for (name, value) in given {
                    let set = input.set(name, value, true);
                    set.map_err(|problem| fid_onnx::OnnxError { file: path.clone(), problem })?;
                }
                Encoder::onnx(path, &input).map(|encoder| (encoder, None))
            }
        }
    }
}

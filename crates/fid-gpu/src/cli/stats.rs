//! `fid-gpu stats` and `merge`: statistics files.

use std::path::PathBuf;

use clap::Args;
use fid_core::Tap;

use super::{OutputArgs, RunArgs, SetArgs};
use crate::{Error, Shard, StatsConfig, Suite};

/// The arguments of `stats`.
#[derive(Debug, Args)]
pub struct Stats {
    /// Images: a folder, archive, array or list of paths; see below
    #[arg(value_name = "INPUT")]
    pub folder: PathBuf,

    /// The file to write, which must end in .npz; an existing one is replaced
    ///
    /// pytorch-fid, TTUR and clean-fid read it, too: it has their mu and sigma. With --suite adm --with-images
    /// evaluator.py of guided-diffusion reads it.
    #[arg(long = "output", short = 'o', value_name = "NPZ")]
    pub target: PathBuf,

    /// The images.
    #[command(flatten)]
    pub images: SetArgs,

    /// The seed of --samples [default: 0]
    #[arg(long, value_name = "N", requires = "samples")]
    pub seed: Option<u32>,

    /// Only the I-th of N parts, from 1: for several machines, whose files are then merged
    ///
    /// A part is a run of consecutive images of the set's sorted list, or of the --samples drawn from it.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Add the statistics of sFID: mu_s and sigma_s, as guided-diffusion (ADM) names them
    #[arg(long)]
    pub spatial: bool,

    /// The statistics at another layer of the network, as pytorch-fid --dims: 64, 192, 768 or 2048
    ///
    /// A comparison with such a file is made at that layer. Only 2048 is the published FID.
    #[arg(long, value_name = "N", default_value = "2048", value_parser = layer, conflicts_with = "suite")]
    pub dims: Tap,

    /// Keep the features of every image in the file: KID, precision and recall and others need them
    ///
    /// 8 KiB an image, in the file and in memory. Up to 2048 images are always kept.
    #[arg(long)]
    pub with_features: bool,

    /// Keep the images in the file, too, as arr_0 of ADM's reference batches; they must be of one size
    ///
    /// uint8, [images, height, width, 3], which evaluator.py of guided-diffusion reads. An image that
    /// cannot be read is an error.
    #[arg(long, conflicts_with = "skip_bad")]
    pub with_images: bool,

    /// What the metrics of one program need: adm is --preset adm --spatial --with-features
    #[arg(long, value_name = "NAME")]
    pub suite: Option<Suite>,

    /// The network.
    #[command(flatten)]
    pub run: RunArgs,

    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The arguments of `merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// Files of fid-gpu stats, made with the same settings from different images
    #[arg(value_name = "NPZ", required = true)]
    pub files: Vec<PathBuf>,

    /// The file to write, which must end in .npz; an existing one is replaced
    #[arg(long = "output", short = 'o', value_name = "NPZ")]
    pub target: PathBuf,

    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl Stats {
    /// The library's configuration.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the encoder does not have a preset.
    pub fn config(&self) -> Result<StatsConfig, Error> {
        Ok(StatsConfig {
            preparation: self.images.preparation(),
            samples: self.images.samples(self.seed),
            shard: self.shard,
            spatial: self.spatial || self.suite == Some(Suite::Adm),
            layer: self.dims,
            features: self.with_features || self.suite == Some(Suite::Adm),
            images: self.with_images,
            run: self.run.config(self.suite)?,
            ..StatsConfig::new(&self.folder)
        })
    }
}

fn layer(text: &str) -> Result<Tap, String> {
    let layers = [Tap::Pool64, Tap::Pool192, Tap::Pool768, Tap::Pool3];
    let layer = layers.into_iter().find(|layer| layer.dim().to_string() == text);
    layer
        .ok_or_else(|| format!("no layer of the network has {text} features: 64, 192, 768 or 2048"))
}

//! `fid-gpu stats` and `merge`: statistics files.

use std::path::PathBuf;

use clap::Args;

use super::{OutputArgs, RunArgs, SetArgs};
use crate::{Shard, StatsConfig, Suite};

/// The arguments of `stats`.
#[derive(Debug, Args)]
pub struct Stats {
    /// Images: a folder, archive, array or list of paths; see below
    #[arg(value_name = "INPUT")]
    pub folder: PathBuf,

    /// The file to write, which must end in .npz; an existing one is replaced
    ///
    /// pytorch-fid, TTUR and clean-fid read it, too: it has their mu and sigma.
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

    /// The statistics for the metrics of one program: adm is --preset adm --spatial
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
    pub fn config(&self) -> StatsConfig {
        StatsConfig {
            preparation: self.images.preparation(),
            samples: self.images.samples(self.seed),
            shard: self.shard,
            spatial: self.spatial || self.suite == Some(Suite::Adm),
            run: self.run.config(self.suite),
            ..StatsConfig::new(&self.folder)
        }
    }
}

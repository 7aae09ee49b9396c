//! `fid-gpu frechet`, `kid`, `prdc` and `cmmd`: metrics of feature files.

use std::path::PathBuf;

use clap::Args;
use fid_core::metrics::{KidConfig, PrdcConfig};
use serde::Serialize;

use super::{KidArgs, OutputArgs, PrdcArgs};
use crate::Error;
use crate::features::FeaturePair;
use crate::metrics::{kid_line, prdc_line};

/// Two feature files.
#[derive(Debug, Args)]
pub struct FeatureArgs {
    /// Features of the real images: a .npy or .npz file, [images, values], f16, f32 or f64
    ///
    /// Of a .npz the array features, feats, pool_3 or the only one of two axes; FILE.npz:NAME names another.
    /// A statistics file with its features is one as well, and for frechet any with mu and sigma, of any
    /// network.
    #[arg(value_name = "REAL")]
    pub real: PathBuf,

    /// Features of the generated images from the same network, in the same form
    #[arg(value_name = "FAKE")]
    pub fake: PathBuf,

    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The arguments of `frechet`.
#[derive(Debug, Args)]
pub struct Frechet {
    /// The files.
    #[command(flatten)]
    pub files: FeatureArgs,
}

/// The arguments of `kid`.
#[derive(Debug, Args)]
pub struct FeatureKid {
    /// The files.
    #[command(flatten)]
    pub files: FeatureArgs,

    /// KID's subsets.
    #[command(flatten)]
    pub kid: KidArgs,

    /// The seed of KID's subsets
    #[arg(long, value_name = "N", default_value_t = KidConfig::default().seed)]
    pub seed: u32,
}

/// The arguments of `prdc`.
#[derive(Debug, Args)]
pub struct FeaturePrdc {
    /// The files.
    #[command(flatten)]
    pub files: FeatureArgs,

    /// Neighbours.
    #[command(flatten)]
    pub prdc: PrdcArgs,
}

/// The arguments of `cmmd`.
#[derive(Debug, Args)]
pub struct FeatureCmmd {
    /// The files.
    #[command(flatten)]
    pub files: FeatureArgs,
}

/// The value of a metric, as JSON and as text.
#[derive(Debug, Serialize)]
pub struct FeatureResult<T> {
    /// The value.
    #[serde(flatten)]
    pub value: T,
    /// Text for people.
    #[serde(skip)]
    pub line: String,
}

impl FeatureArgs {
    fn open(&self) -> Result<FeaturePair, Error> {
        FeaturePair::open(&self.real, &self.fake)
    }
}

impl Frechet {
    /// Computes the Fréchet distance.
    ///
    /// # Errors
    ///
    /// As [`FeaturePair::frechet`].
    pub fn run(&self) -> Result<FeatureResult<impl Serialize + use<>>, Error> {
        let value = self.files.open()?.frechet()?;
        Ok(FeatureResult { line: format!("Fréchet distance: {:.4}", value.frechet), value })
    }
}

impl FeatureKid {
    /// Computes KID.
    ///
    /// # Errors
    ///
    /// As [`FeaturePair::kid`].
    pub fn run(&self) -> Result<FeatureResult<impl Serialize + use<>>, Error> {
        let value = self.files.open()?.kid(&self.kid.config(self.seed))?;
        Ok(FeatureResult { line: kid_line(&value), value })
    }
}

impl FeaturePrdc {
    /// Computes precision, recall, density and coverage.
    ///
    /// # Errors
    ///
    /// As [`FeaturePair::prdc`].
    pub fn run(&self) -> Result<FeatureResult<impl Serialize + use<>>, Error> {
        let value = self.files.open()?.prdc(&self.prdc.config(PrdcConfig::default()))?;
        Ok(FeatureResult { line: prdc_line(&value), value })
    }
}

impl FeatureCmmd {
    /// Computes CMMD.
    ///
    /// # Errors
    ///
    /// As [`FeaturePair::cmmd`].
    pub fn run(&self) -> Result<FeatureResult<impl Serialize + use<>>, Error> {
        let value = self.files.open()?.cmmd()?;
        Ok(FeatureResult { line: format!("CMMD: {:.4}", value.value), value })
    }
}

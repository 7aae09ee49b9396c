//! Metrics of two files of features.

use std::path::Path;

use fid_core::metrics::{Kid, KidConfig, Prdc, PrdcConfig, kid, prdc};
use fid_core::{FeatureRows, FrechetDistance, frechet_distance};
use serde::Serialize;

use super::FeatureFile;
use crate::Error;

/// Two files of features of one network.
#[derive(Debug)]
pub struct FeaturePair {
    real: FeatureFile,
    fake: FeatureFile,
}

/// The Fréchet distance of two files.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FrechetReport {
    /// The distance, at least 0.
    pub frechet: f64,
    /// `|μ_real − μ_fake|²`.
    pub mean_term: f64,
    /// `tr Σ_real + tr Σ_fake − 2·tr √(Σ_real Σ_fake)`.
    pub trace_term: f64,
    /// How the trace of the root was computed.
    pub trace_method: String,
    /// Number of real vectors.
    pub real: usize,
    /// Number of generated vectors.
    pub fake: usize,
    /// Values of a vector.
    pub dim: usize,
}

impl FeaturePair {
    /// Opens both, which must have vectors of the same length.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] where one cannot be used, [`Error::FeatureDims`] where they do not belong
    /// together.
    pub fn open(real: &Path, fake: &Path) -> Result<Self, Error> {
        let (real, fake) = (FeatureFile::open(real)?, FeatureFile::open(fake)?);
        if real.dim() != fake.dim() {
            let (a, b) = (real.path().into(), fake.path().into());
            return Err(Error::FeatureDims { a, dim_a: real.dim(), b, dim_b: fake.dim() });
        }
        Ok(Self { real, fake })
    }

    /// The Fréchet distance; of Inception's pool3, this is FID.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] for fewer than two vectors and for values that are not numbers.
    pub fn frechet(&self) -> Result<FrechetReport, Error> {
        let (real, fake) = (self.real.stats()?, self.fake.stats()?);
        let distance = frechet_distance(&real, &fake)?;
        let FrechetDistance { mean_term, trace_a, trace_b, cross_trace, method, .. } = distance;
        Ok(FrechetReport {
            frechet: distance.display_value(),
            mean_term,
            trace_term: trace_a + trace_b - 2.0 * cross_trace,
            trace_method: method.to_string(),
            real: self.real.num_rows(),
            fake: self.fake.num_rows(),
            dim: self.real.dim(),
        })
    }

    /// The Kernel Inception Distance.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] where a side has fewer vectors than a subset, and for values that are not
    /// numbers.
    pub fn kid(&self, config: &KidConfig) -> Result<Kid, Error> {
        kid(&self.real, &self.fake, config).map_err(|error| self.error(error))
    }

    /// Precision, recall, density and coverage.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] where a side has not more vectors than neighbours are looked for, and for
    /// values that are not numbers.
    pub fn prdc(&self, config: &PrdcConfig) -> Result<Prdc, Error> {
        prdc(&self.real, &self.fake, config).map_err(|error| self.error(error))
    }

    /// With the file that the error is about, where it tells.
    fn error(&self, error: fid_core::Error) -> Error {
        use fid_core::Error::{Neighbours, NotEnoughImages, NotFinite};
        let (NotEnoughImages { side: what, .. } | Neighbours { what, .. } | NotFinite { what, .. }) =
            error
        else {
            return Error::Core(error);
        };
        let file = if what.starts_with("real") { &self.real } else { &self.fake };
        file.error(error).into()
    }
}

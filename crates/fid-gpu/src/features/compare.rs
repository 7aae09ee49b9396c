//! Metrics of two feature files.

use std::path::Path;

use fid_core::metrics::{Kid, KidConfig, Prdc, PrdcConfig, kid, prdc};
use fid_core::{CrossTraceMethod, FeatureRows, FrechetDistance, frechet_distance};
use serde::{Deserialize, Serialize};

use super::FeatureFile;
use crate::{Error, by_name};

/// Two feature files from one network.
#[derive(Debug)]
pub struct FeaturePair {
    real: FeatureFile,
    fake: FeatureFile,
}

/// The Fréchet distance of two feature files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FrechetReport {
    /// The distance, at least 0.
    pub frechet: f64,
    /// `|μ_real − μ_fake|²`.
    pub mean_term: f64,
    /// `tr Σ_real + tr Σ_fake − 2·tr √(Σ_real Σ_fake)`.
    pub trace_term: f64,
    /// How the trace of the root was computed.
    #[serde(with = "by_name::trace_method")]
    pub trace_method: CrossTraceMethod,
    /// Number of real vectors.
    pub real: usize,
    /// Number of generated vectors.
    pub fake: usize,
    /// Length of a vector.
    pub dim: usize,
}

impl FeaturePair {
    /// Opens two files with vectors of the same length.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if a file cannot be used, [`Error::FeatureDims`] if the lengths differ.
    pub fn open(real: &Path, fake: &Path) -> Result<Self, Error> {
        let (real, fake) = (FeatureFile::open(real)?, FeatureFile::open(fake)?);
        if real.dim() != fake.dim() {
            let (a, b) = (real.path().into(), fake.path().into());
            return Err(Error::FeatureDims { a, dim_a: real.dim(), b, dim_b: fake.dim() });
        }
        Ok(Self { real, fake })
    }

    /// The Fréchet distance; for Inception's pool3, this is FID.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] for fewer than two vectors and for values that are NaN or infinite.
    pub fn frechet(&self) -> Result<FrechetReport, Error> {
        let (real, fake) = (self.real.stats()?, self.fake.stats()?);
        let distance = frechet_distance(&real, &fake)?;
        let FrechetDistance { mean_term, trace_a, trace_b, cross_trace, method, .. } = distance;
        Ok(FrechetReport {
            frechet: distance.display_value(),
            mean_term,
            trace_term: trace_a + trace_b - 2.0 * cross_trace,
            trace_method: method,
            real: self.real.num_rows(),
            fake: self.fake.num_rows(),
            dim: self.real.dim(),
        })
    }

    /// The Kernel Inception Distance.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if a side has fewer vectors than a subset, and for values that are NaN or
    /// infinite.
    pub fn kid(&self, config: &KidConfig) -> Result<Kid, Error> {
        kid(&self.real, &self.fake, config).map_err(|error| self.error(error))
    }

    /// Precision, recall, density and coverage.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if a side has no more vectors than neighbours, and for values that are NaN or
    /// infinite.
    pub fn prdc(&self, config: &PrdcConfig) -> Result<Prdc, Error> {
        prdc(&self.real, &self.fake, config).map_err(|error| self.error(error))
    }

    /// Names the file, if the error says which side it is about.
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

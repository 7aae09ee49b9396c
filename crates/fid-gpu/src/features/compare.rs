//! Metrics of two files of features or statistics.

use std::path::{Path, PathBuf};

use fid_core::metrics::{Cmmd, Kid, KidConfig, Prdc, PrdcConfig, cmmd, kid, prdc};
use fid_core::{CrossTraceMethod, FeatureRows, FeatureStats, FrechetDistance, frechet_distance};
use fid_images::npz::NpzContent;
use serde::{Deserialize, Serialize};

use super::{FeatureError, FeatureFile, FeatureProblem};
use crate::source::npz_content;
use crate::stats_file::{PickledStats, Wanted, is_pickle_name};
use crate::stats_file::{Recipe, StatsFile, is_stats_name, require_no_pickle};
use crate::{Error, by_name, references};

/// Two files of features, or of their statistics, from one network.
#[derive(Debug)]
pub struct FeaturePair {
    real: Source,
    fake: Source,
}

/// Features, or a statistics file, which may have features as well.
#[derive(Debug)]
enum Source {
    Features(FeatureFile),
    Statistics { path: PathBuf, file: Box<StatsFile> },
}

impl Source {
    fn open(path: &Path) -> Result<Self, Error> {
        if let Some((reference, file)) = references::find_here(path)? {
            if is_pickle_name(&file) {
                let file = PickledStats::read(&file, Wanted::Encoder(reference.encoder))?.file;
                return Ok(Self::Statistics { path: path.into(), file: Box::new(file) });
            }
            return Self::open(&file);
        }
        if let Some((file, wanted)) = of_pickle(path) {
            let file = Box::new(PickledStats::read(file, wanted)?.file);
            return Ok(Self::Statistics { path: path.into(), file });
        }
        require_no_pickle(path)?;
        if is_stats_name(path)
            && let Some(NpzContent::Statistics { .. }) = npz_content(path)
        {
            let file = StatsFile::read_features(path, StatsFile::dim_of(path)?)?;
            return Ok(Self::Statistics { path: path.into(), file: Box::new(file) });
        }
        Ok(Self::Features(FeatureFile::open(path)?))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Features(file) => file.path(),
            Self::Statistics { path, .. } => path,
        }
    }

    fn dim(&self) -> usize {
        match self {
            Self::Features(file) => file.dim(),
            Self::Statistics { file, .. } => file.stats.dim(),
        }
    }

    /// Number of vectors, if known.
    fn count(&self) -> Option<u64> {
        match self {
            Self::Features(file) => Some(file.num_rows() as u64),
            Self::Statistics { file, .. } => file.num_images(),
        }
    }

    fn stats(&self) -> Result<FeatureStats, FeatureError> {
        match self {
            Self::Features(file) => file.stats(),
            Self::Statistics { file, .. } => Ok(file.stats.clone()),
        }
    }

    /// How statistics were made, if they record it.
    fn recipe(&self) -> Option<&Recipe> {
        match self {
            Self::Features(_) => None,
            Self::Statistics { file, .. } => file.meta.as_ref().map(|meta| &meta.recipe),
        }
    }

    /// The features of every image.
    fn rows(&self) -> Result<Box<dyn FeatureRows + '_>, Error> {
        match self {
            Self::Features(file) => Ok(Box::new(Borrowed(file))),
            Self::Statistics { path, file } => match file.rows() {
                Some(rows) => Ok(Box::new(rows)),
                None => Err(Error::NoFeatures { path: path.clone() }),
            },
        }
    }
}

/// The pickle and the entry of a path such as `refs.pkl` or `refs.pkl:fid`; `None` for other files.
fn of_pickle(path: &Path) -> Option<(&Path, Wanted<'_>)> {
    if is_pickle_name(path) && path.is_file() {
        return Some((path, Wanted::Only));
    }
    let (file, key) = path.to_str()?.rsplit_once(':')?;
    let file = Path::new(file);
    (is_pickle_name(file) && file.is_file()).then_some((file, Wanted::Key(key)))
}

/// A file behind a reference.
struct Borrowed<'a>(&'a FeatureFile);

impl FeatureRows for Borrowed<'_> {
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn read_row(&self, row: usize, out: &mut [f64]) {
        self.0.read_row(row, out);
    }
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
    /// Number of real vectors; `None` for statistics that do not record it.
    pub real: Option<u64>,
    /// Number of generated vectors; `None` as for [`Self::real`].
    pub fake: Option<u64>,
    /// Length of a vector.
    pub dim: usize,
}

impl FeaturePair {
    /// Opens two files with vectors of the same length: features, or statistics (`.npz` with `mu` and
    /// `sigma`) of any number of values.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] or [`Error::Stats`] if a file cannot be used, [`Error::FeatureDims`] if the
    /// lengths differ, [`Error::NotComparable`] if both record how they were made, differently.
    pub fn open(real: &Path, fake: &Path) -> Result<Self, Error> {
        let (real, fake) = (Source::open(real)?, Source::open(fake)?);
        if real.dim() != fake.dim() {
            let (a, b) = (real.path().into(), fake.path().into());
            return Err(Error::FeatureDims { a, dim_a: real.dim(), b, dim_b: fake.dim() });
        }
        if let [Some(a), Some(b)] = [&real, &fake].map(Source::recipe) {
            let (real, fake) = (real.path().display(), fake.path().display());
            Error::require_comparable(real, fake, a.differences(b))?;
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
            real: self.real.count(),
            fake: self.fake.count(),
            dim: self.real.dim(),
        })
    }

    /// The Kernel Inception Distance.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if a side has fewer vectors than a subset, and for values that are NaN or
    /// infinite; [`Error::NoFeatures`] for statistics alone.
    pub fn kid(&self, config: &KidConfig) -> Result<Kid, Error> {
        let (real, fake) = (self.real.rows()?, self.fake.rows()?);
        kid(&*real, &*fake, config).map_err(|error| self.error(error))
    }

    /// Precision, recall, density and coverage.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] if a side has no more vectors than neighbours, and for values that are NaN or
    /// infinite; [`Error::NoFeatures`] for statistics alone.
    pub fn prdc(&self, config: &PrdcConfig) -> Result<Prdc, Error> {
        let (real, fake) = (self.real.rows()?, self.fake.rows()?);
        prdc(&*real, &*fake, config).map_err(|error| self.error(error))
    }

    /// CMMD, of embeddings of any length by CLIP's ViT-L/14 at 336 pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Features`] for values that are NaN or infinite, and for vectors of zeros;
    /// [`Error::NoFeatures`] for statistics alone.
    pub fn cmmd(&self) -> Result<Cmmd, Error> {
        let (real, fake) = (self.real.rows()?, self.fake.rows()?);
        cmmd(&*real, &*fake).map_err(|error| self.error(error))
    }

    /// Names the file, if the error says which side it is about.
    fn error(&self, error: fid_core::Error) -> Error {
        use fid_core::Error::{Neighbours, NotEnoughImages, NotFinite, ZeroFeatures};
        let (NotEnoughImages { side: what, .. }
        | Neighbours { what, .. }
        | ZeroFeatures { what, .. }
        | NotFinite { what, .. }) = error
        else {
            return Error::Core(error);
        };
        let file = if what.starts_with("real") { &self.real } else { &self.fake };
        let problem = FeatureProblem::Numbers(error);
        FeatureError { path: file.path().into(), problem }.into()
    }
}

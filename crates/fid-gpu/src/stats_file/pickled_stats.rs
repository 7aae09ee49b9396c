//! Statistics in pickles of NumPy arrays, which execute nothing.
//!
//! The forms: `{"num_images", METRIC: {"mu", "sigma"}}` of EDM2's `calculate_metrics.py`; the sums
//! `raw_mean` and `raw_cov` of `num_items` features of StyleGAN2-ADA's and StyleGAN3's `FeatureStats`
//! (`metrics/metric_utils.py`); a plain mean and covariance.

use std::path::Path;

use fid_core::{FeatureStats, Preset};
use fid_weights::{MappedFile, PickleError, PickledArrays};

use super::pickled::unreadable;
use super::{StatsError, StatsFile};

/// Names of mean and covariance.
const PAIRS: [[&str; 2]; 2] = [["mu", "sigma"], ["mean", "cov"]];

/// Statistics in a pickle.
#[derive(Debug)]
pub(crate) struct PickledStats {
    pub(crate) file: StatsFile,
    /// The preset of the program that writes such files, and its name; `None` for a plain mean and
    /// covariance.
    pub(crate) preset: Option<(Preset, &'static str)>,
}

/// An entry of EDM2's files.
struct Entry {
    key: &'static str,
    /// The encoder behind it.
    encoder: &'static str,
    preset: Preset,
}

/// `metric_specs` in `calculate_metrics.py`.
const ENTRIES: [Entry; 2] = [
    Entry { key: "fid", encoder: "inception", preset: Preset::NVIDIA },
    Entry { key: "fd_dinov2", encoder: "dinov2-l14", preset: Preset::DINOV2_EDM2 },
];

/// Whether a name is one of a pickle that may hold statistics.
pub(crate) fn is_pickle_name(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.to_str(), Some("pkl" | "pickle" | "p"))
}

/// Which entry of EDM2's form is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// That of an encoder.
    Encoder(&'a str),
    /// That of a name.
    Key(&'a str),
    /// The only one.
    Only,
}

impl PickledStats {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`StatsError`] for any content but the known forms, and if the wanted entry is missing.
    pub(crate) fn read(path: &Path, wanted: Wanted<'_>) -> Result<Self, StatsError> {
        let bytes = MappedFile::open(path)
            .map_err(|cause| StatsError::Open { path: path.into(), cause })?;
        let pickle = PickledArrays::read(&bytes).map_err(|cause| unreadable(path, cause))?;
        let file = Pickle { path, pickle };
        if file.has(&[], ["raw_mean", "raw_cov"]) {
            return file.sums();
        }
        if let Some(pair) = PAIRS.into_iter().find(|&pair| file.has(&[], pair)) {
            let images = file.images("num_images");
            return Ok(Self { file: file.stats(&[], pair, images)?, preset: None });
        }
        file.entry(wanted)
    }
}

/// A pickle that is being read.
struct Pickle<'a> {
    path: &'a Path,
    pickle: PickledArrays<'a>,
}

impl Pickle<'_> {
    /// Whether a dictionary has two keys.
    fn has(&self, path: &[&str], pair: [&str; 2]) -> bool {
        let keys = self.pickle.keys(path).unwrap_or_default();
        pair.iter().all(|key| keys.contains(key))
    }

    /// A number of images.
    fn images(&self, key: &str) -> Option<u64> {
        self.pickle.integer(&[key]).and_then(|count| u64::try_from(count).ok())
    }

    /// The wanted entry of EDM2's form.
    fn entry(&self, wanted: Wanted<'_>) -> Result<PickledStats, StatsError> {
        let keys = self.pickle.keys(&[]).unwrap_or_default();
        let entries: Vec<_> =
            keys.into_iter().filter(|key| self.has(&[key], ["mu", "sigma"])).collect();
        let key = match wanted {
            Wanted::Key(key) => Some(key),
            Wanted::Encoder(encoder) => {
                ENTRIES.iter().find(|entry| entry.encoder == encoder).map(|entry| entry.key)
            }
            Wanted::Only => match entries[..] {
                [only] => Some(only),
                _ => None,
            },
        };
        let Some(key) = key.filter(|key| entries.contains(key)) else {
            return Err(StatsError::NoEntry {
                path: self.path.into(),
                wanted: match wanted {
                    Wanted::Encoder(name) => Some(format!("of the encoder {name}")),
                    Wanted::Key(name) => Some(format!("'{}'", name.escape_debug())),
                    Wanted::Only => None,
                },
                found: entries.iter().map(|key| key.escape_debug().to_string()).collect(),
            });
        };
        let file = self.stats(&[key], ["mu", "sigma"], self.images("num_images"))?;
        let preset =
            ENTRIES.iter().find(|entry| entry.key == key).map(|entry| (entry.preset, "EDM2"));
        Ok(PickledStats { file, preset })
    }

    /// Mean and covariance in a dictionary.
    fn stats(
        &self,
        at: &[&str],
        members: [&str; 2],
        images: Option<u64>,
    ) -> Result<StatsFile, StatsError> {
        let mu = self.array(at, members[0], 1)?;
        let sigma = self.array(at, members[1], 2)?;
        self.checked(at, members, mu, sigma, images)
    }

    /// StyleGAN's sums. Its covariance is that of a population: its divisor is the number of images.
    fn sums(&self) -> Result<PickledStats, StatsError> {
        let members = ["raw_mean", "raw_cov"];
        let (mut mu, mut sigma) =
            (self.array(&[], members[0], 1)?, self.array(&[], members[1], 2)?);
        let images = self.images("num_items").filter(|&images| images >= 2);
        let images = images.ok_or_else(|| {
            let cause = "'num_items' is no number of images, of at least 2".into();
            unreadable(self.path, PickleError::Content { cause })
        })?;
        let count = images as f64;
        mu.iter_mut().for_each(|sum| *sum /= count);
        if sigma.len() == mu.len() * mu.len() {
            for (row, a) in sigma.chunks_exact_mut(mu.len().max(1)).zip(&mu) {
                row.iter_mut().zip(&mu).for_each(|(sum, b)| *sum = *sum / count - a * b);
            }
        }
        let file = self.checked(&[], members, mu, sigma, Some(images))?;
        Ok(PickledStats { file, preset: Some((Preset::NVIDIA, "StyleGAN")) })
    }

    fn checked(
        &self,
        at: &[&str],
        members: [&str; 2],
        mu: Vec<f64>,
        sigma: Vec<f64>,
        images: Option<u64>,
    ) -> Result<StatsFile, StatsError> {
        let stats = FeatureStats::from_mu_sigma(mu, sigma, images);
        let stats = stats.map_err(|error| StatsError::Numbers {
            path: self.path.into(),
            members: Box::new(members.map(|member| [at, &[member]].concat().join("."))),
            error,
        })?;
        Ok(StatsFile::new(stats))
    }

    /// The values of an array of `axes`, but for those of length 1.
    fn array(&self, at: &[&str], key: &str, axes: usize) -> Result<Vec<f64>, StatsError> {
        let place = [at, &[key]].concat();
        let array = self
            .pickle
            .array(&place)
            .unwrap_or_else(|| Err(PickleError::Content { cause: format!("'{key}' is missing") }));
        let array = array.map_err(|cause| unreadable(self.path, cause))?;
        if array.shape.iter().filter(|&&axis| axis != 1).count() > axes {
            let cause = format!("'{}' has the shape {:?}", place.join("."), array.shape);
            return Err(unreadable(self.path, PickleError::Content { cause }));
        }
        Ok(array.values)
    }
}

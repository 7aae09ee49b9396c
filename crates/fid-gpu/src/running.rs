//! Statistics of features that arrive batch by batch, on one machine or many.

use std::path::Path;
use std::sync::Arc;

use fid_core::{FeatureRows, FeatureStats, MAX_RETAINED_ROWS, MomentAccumulator, frechet_distance};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::evaluator::error::MergeError;
use crate::state_bytes::{MAX_IMAGES, damaged, put_moments, put_rows, put_stats, seal, unseal};
use crate::stats_file::{Recipe, StatsFile, StatsMeta, joined, require_distinct};

/// The first bytes of serialized statistics; the last one is the version.
const MAGIC: [u8; 8] = *b"fidgpuS\x01";

/// Number of images, mean and covariance of features that arrive batch by batch, and on request the features.
///
/// Sets merge in one process, and [as bytes](Self::to_bytes) across processes and machines. Up to as many images as
/// features, and at most [`MAX_RETAINED_ROWS`], merging equals one set to the bit; beyond, up to the rounding of f64, and
/// it is the same to the bit for the same parts in the same order.
///
/// ```
/// use fid_gpu::RunningStatistics;
///
/// let mut first = RunningStatistics::new(2, None)?;
/// first.update(&[0.0, 1.0, 2.0, 3.0])?;
/// let mut second = RunningStatistics::new(2, None)?;
/// second.update(&[4.0, 5.0])?;
/// first.merge(&RunningStatistics::from_bytes(&second.to_bytes()?)?)?;
/// assert_eq!(first.num_images(), Some(3));
/// assert_eq!(first.stats()?.mu(), [2.0, 3.0]);
/// # Ok::<(), fid_gpu::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RunningStatistics {
    content: Content,
    /// The features of every image, if they are kept.
    rows: Option<Vec<f32>>,
    meta: Option<StatsMeta>,
}

#[derive(Debug, Clone)]
enum Content {
    Growing(MomentAccumulator),
    /// Of an unknown number of images, which allows nothing to be added.
    Fixed(FeatureStats),
}

#[derive(Serialize, Deserialize)]
struct Header {
    dim: usize,
    images: Option<u64>,
    /// Whether the moments are stored as rows.
    exact: bool,
    /// Whether the features of every image follow.
    rows: bool,
    meta: Option<StatsMeta>,
}

impl RunningStatistics {
    /// An empty set of vectors of `dim` values; `recipe` says how they are made.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if `dim` is 0.
    pub fn new(dim: usize, recipe: Option<Recipe>) -> Result<Self, Error> {
        let content = Content::Growing(MomentAccumulator::new(dim)?);
        Ok(Self { content, rows: None, meta: recipe.map(StatsMeta::in_memory) })
    }

    /// An empty set that keeps the features of every image, too: 4 bytes a value.
    #[must_use]
    pub fn keeping_features(mut self) -> Self {
        self.rows = Some(Vec::new());
        self.meta.iter_mut().for_each(|meta| meta.features = true);
        self
    }

    /// The statistics of a file, to which more can be added if it records its number of images.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the number of images is impossible.
    pub fn of_file(file: StatsFile) -> Result<Self, Error> {
        let all = file.rows();
        // Few features are in the moments anyway.
        let many = all.is_some_and(|rows| rows.num_rows() > rows.dim().min(MAX_RETAINED_ROWS));
        let kept = many || file.meta.as_ref().is_some_and(|meta| meta.features);
        let rows = all.filter(|_| kept).map(|rows| rows.values().to_vec());
        let content = match (file.stats.num_images(), all) {
            (Some(_), _) => Content::Growing(MomentAccumulator::from_stats(&file.stats)?),
            (None, Some(all)) => {
                let mut moments = MomentAccumulator::new(file.stats.dim())?;
                moments.update(all.values())?;
                Content::Growing(moments)
            }
            (None, None) => Content::Fixed(file.stats),
        };
        Ok(Self { content, rows, meta: file.meta })
    }

    /// Length of a feature vector.
    pub fn dim(&self) -> usize {
        match &self.content {
            Content::Growing(moments) => moments.dim(),
            Content::Fixed(stats) => stats.dim(),
        }
    }

    /// Number of images; `None` if a file did not record it.
    pub fn num_images(&self) -> Option<u64> {
        match &self.content {
            Content::Growing(moments) => Some(moments.num_images()),
            Content::Fixed(_) => None,
        }
    }

    /// How the features were made; `None` if unknown.
    pub fn recipe(&self) -> Option<&Recipe> {
        self.meta.as_ref().map(|meta| &meta.recipe)
    }

    /// The features of every image, `[images, dim]`, if they are kept.
    pub fn features(&self) -> Option<&[f32]> {
        self.rows.as_deref()
    }

    /// Adds features, row major `[n, dim]`. The division into batches does not change the result. An error leaves
    /// the set unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if `features` is not a whole number of rows, or has a value that is not finite;
    /// [`Error::Merge`] if the number of images so far is unknown.
    pub fn update(&mut self, features: &[f32]) -> Result<(), Error> {
        self.moments()?.update(features)?;
        self.rows.iter_mut().for_each(|rows| rows.extend_from_slice(features));
        Ok(())
    }

    /// Adds the images of another set, as if they came after those of this one. An error leaves this set unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::NotComparable`] if both record how they were made, differently; [`Error::Core`] if vectors differ in
    /// length; [`Error::Stats`] if both have the same files; [`Error::Merge`] if a number of images is unknown, or if
    /// this set keeps features and the other does not.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.require_comparable(other)?;
        if let (Some(a), Some(b)) = (&self.meta, &other.meta) {
            let (ours, theirs) = (Path::new("these statistics"), Path::new("the other statistics"));
            require_distinct(ours, &a.files, theirs, &b.files)?;
        }
        let Content::Growing(more) = &other.content else {
            return Err(MergeError::UnknownCount.into());
        };
        if self.rows.is_some() && other.rows.is_none() && more.num_images() > 0 {
            return Err(MergeError::NoFeatures.into());
        }
        self.moments()?.merge(more)?;
        if let (Some(rows), Some(more)) = (&mut self.rows, &other.rows) {
            rows.extend_from_slice(more);
        }
        self.meta = match (self.meta.take(), &other.meta) {
            (Some(a), Some(b)) => Some(joined(a, b.clone())),
            (a, b) => a.or(b.clone()),
        };
        Ok(())
    }

    /// Mean and covariance so far.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] for fewer than two images.
    pub fn stats(&self) -> Result<FeatureStats, Error> {
        match &self.content {
            Content::Growing(moments) => Ok(moments.clone().finish()?),
            Content::Fixed(stats) => Ok(stats.clone()),
        }
    }

    /// Mean of the images so far: `[dim]`; zeros if there are none.
    pub fn mean(&self) -> Vec<f64> {
        match &self.content {
            Content::Growing(moments) => moments.mean(),
            Content::Fixed(stats) => stats.mu().to_vec(),
        }
    }

    /// The Fréchet distance to other statistics, at least 0.
    ///
    /// # Errors
    ///
    /// [`Error::NotComparable`] if both record how they were made, differently; [`Error::Core`] for fewer than two images,
    /// and if vectors differ in length.
    pub fn frechet_distance(&self, other: &Self) -> Result<f64, Error> {
        self.require_comparable(other)?;
        Ok(frechet_distance(&self.stats()?, &other.stats()?)?.display_value())
    }

    fn require_comparable(&self, other: &Self) -> Result<(), Error> {
        let differences = match (self.recipe(), other.recipe()) {
            (Some(a), Some(b)) => a.differences(b),
            _ => Vec::new(),
        };
        Error::require_comparable("these statistics", "the other statistics", differences)
    }

    /// The statistics so far, to be [saved](StatsFile::save).
    ///
    /// # Errors
    ///
    /// As [`stats`](Self::stats).
    pub fn file(&self) -> Result<StatsFile, Error> {
        let stats = self.stats()?;
        let mut meta = self.meta.clone();
        meta.iter_mut().for_each(|meta| meta.images = stats.num_images().unwrap_or(meta.images));
        let kept = self.rows.as_ref().filter(|_| stats.rows().is_none());
        let features = kept.map(|rows| Arc::new(rows.clone()));
        Ok(StatsFile { features, ..StatsFile::of(stats, None, meta) })
    }

    /// Serializes the set for [`from_bytes`](Self::from_bytes) in another process or on another machine. Takes 4 bytes
    /// for each value of the covariance, whose triangle is stored, or 4 for each feature while those are kept.
    ///
    /// # Errors
    ///
    /// [`Error::Merge`] if the origin cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut data = Vec::new();
        let (images, exact) = match &self.content {
            Content::Growing(moments) => {
                (Some(moments.num_images()), put_moments(&mut data, moments.clone())?)
            }
            Content::Fixed(stats) => {
                put_stats(&mut data, stats);
                (None, false)
            }
        };
        // Few features are the moments themselves.
        let rows = self.rows.as_ref();
        rows.filter(|_| !exact).iter().for_each(|rows| put_rows(&mut data, rows));
        let (dim, rows, meta) = (self.dim(), rows.is_some(), self.meta.clone());
        Ok(seal(&MAGIC, &Header { dim, images, exact, rows, meta }, &data)?)
    }

    /// The set that [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Merge`] if the bytes are not such a set or are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (Header { dim, images, exact, rows, meta }, mut reader) = unseal(&MAGIC, bytes)?;
        if images.is_some_and(|images| images > MAX_IMAGES) {
            return Err(damaged("a count is too large").into());
        }
        let content = match images {
            None => Content::Fixed(reader.stats(None, dim)?),
            Some(images) => Content::Growing(reader.moments(images, dim, exact)?),
        };
        let rows = match &content {
            _ if !rows => None,
            Content::Growing(moments) if exact => moments.rows().map(<[f32]>::to_vec),
            _ => Some(reader.rows(images.unwrap_or(0), dim)?),
        };
        reader.finish()?;
        Ok(Self { content, rows, meta })
    }

    fn moments(&mut self) -> Result<&mut MomentAccumulator, MergeError> {
        match &mut self.content {
            Content::Growing(moments) => Ok(moments),
            Content::Fixed(_) => Err(MergeError::UnknownCount),
        }
    }
}

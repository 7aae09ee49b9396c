//! Two sets of images in memory that grow, and are compared at any time.

mod batch;
mod builder;
pub(crate) mod error;
mod features_only;
mod set;
mod state;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use fid_core::Preset;

pub use self::batch::ImageBatch;
pub use self::builder::EvaluatorBuilder;
pub use self::error::{MergeError, UpdateError};
use self::set::MemorySet;
use crate::evaluate::compare::Comparison;
use crate::extractor::Extractor;
use crate::metrics::{MetricsConfig, require_enough, want};
use crate::observer::{Observer, Side};
use crate::side::lacks;
use crate::stats_file::{Recipe, StatsFile};
use crate::{Error, FidReport, Metric};

/// The network on its device, and two sets of images that grow batch by batch: for a training loop.
///
/// ```
/// use fid_gpu::{Evaluator, ImageBatch, Metric, Side};
///
/// let mut evaluator = Evaluator::builder()
///     // Random weights, the same everywhere; without this line the published ones are used.
///     .weights("seeded".parse::<fid_gpu::WeightsSource>()?)
///     .device("cpu".parse::<fid_gpu::DeviceChoice>()?)
///     .metrics([Metric::Fid, Metric::Mind])
///     .build()?;
/// let real: Vec<u8> = (0..3 * 8 * 8 * 3u32).map(|i| (i * i % 251) as u8).collect();
/// let fake: Vec<u8> = real.iter().map(|sample| 255 - sample).collect();
/// evaluator.update(Side::Real, &ImageBatch::nhwc(&real, [3, 8, 8, 3])?)?;
/// evaluator.update(Side::Fake, &ImageBatch::nhwc(&fake, [3, 8, 8, 3])?)?;
/// println!("FID {}", evaluator.compute()?.fid);
/// // The next epoch: the real images stay.
/// evaluator.reset(Side::Fake)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The values are those of [`evaluate`](crate::evaluate) for the same images in the same order: to the
/// bit if one call of [`update`](Self::update) adds them, and up to the rounding of f64 else.
pub struct Evaluator {
    extractor: Extractor,
    /// Whether there is a network.
    takes_images: bool,
    metrics: MetricsConfig,
    explain: bool,
    recipe: Recipe,
    /// The recipe of statistics that do not tell theirs.
    assumed: Option<Recipe>,
    observer: Arc<dyn Observer + Send + Sync>,
    feature_dim: usize,
    /// The real and the fake set.
    sets: [MemorySet; 2],
}

/// What an evaluator takes from its builder besides the network.
struct Settings {
    metrics: MetricsConfig,
    explain: bool,
    assume_preset: Option<Preset>,
    observer: Arc<dyn Observer + Send + Sync>,
}

impl Evaluator {
    fn new(
        extractor: Extractor,
        feature_dim: usize,
        takes_images: bool,
        settings: Settings,
    ) -> Result<Self, Error> {
        let Settings { metrics, explain, assume_preset, observer } = settings;
        let set = |side| MemorySet::new(side, &metrics, &extractor, feature_dim);
        let (real, fake) = (set(Side::Real)?, set(Side::Fake)?);
        if !takes_images {
            real.require_only_features().and(fake.require_only_features())?;
        }
        let recipe = extractor.recipe();
        let assumed = assume_preset.map(Recipe::assumed);
        Ok(Self {
            extractor,
            takes_images,
            metrics,
            explain,
            recipe,
            assumed,
            observer,
            feature_dim,
            sets: [real, fake],
        })
    }

    /// Adds images to a set. They pass the network before the call returns.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] or [`Error::OutOfMemory`] if the device fails, [`Error::Cancelled`] if the
    /// observer asks for it; batches of `images` that passed before stay in the set. [`Error::Update`]
    /// if the set takes no images, [`Error::NotFinite`] if the network gives no number for one.
    pub fn update(&mut self, side: Side, images: &ImageBatch<'_>) -> Result<(), Error> {
        if !self.takes_images {
            return Err(UpdateError::NeedsFeatures.into());
        }
        let set = &mut self.sets[place(side)?];
        set.add_images(&self.extractor, images, &*self.observer)
    }

    /// Adds features at pool3 that the caller already has to a set: `[n,dim]` row major, 2048 values
    /// each for Inception-v3.
    ///
    /// # Errors
    ///
    /// [`Error::Update`] if `features` is not a whole number of rows or if a metric or a further preset
    /// needs more than pool3 under one preset; [`Error::NotFinite`]. The set is then as it was.
    pub fn update_features(&mut self, side: Side, features: &[f32]) -> Result<(), Error> {
        self.sets[place(side)?].add_features(features, self.feature_dim)
    }

    /// Replaces a set by statistics that were made before, such as those of a reference set.
    ///
    /// # Errors
    ///
    /// [`Error::NotComparable`] if they were made otherwise than this evaluator makes features,
    /// [`Error::UnknownOrigin`] if they do not say how and the builder assumes nothing;
    /// [`Error::NeedsImages`] or [`Error::NeedsSpatial`] if a metric reads more of this side, unless
    /// such metrics are left out.
    pub fn set_statistics(&mut self, side: Side, file: StatsFile) -> Result<(), Error> {
        let at = place(side)?;
        let path = || format!("statistics of the {side} side").into();
        let theirs = match (&file.meta, &self.assumed) {
            (Some(meta), _) => meta.recipe.clone(),
            (None, Some(assumed)) => assumed.clone(),
            (None, None) => return Err(Error::UnknownOrigin { path: path() }),
        };
        let sides = ("the evaluator", format!("the statistics of the {side} side"));
        Error::require_comparable(sides.0, sides.1, self.recipe.differences(&theirs))?;
        if file.stats.dim() != self.feature_dim {
            let (a, b) = (self.feature_dim, file.stats.dim());
            return Err(fid_core::Error::DimMismatch { a, b }.into());
        }
        let missing =
            |&metric: &Metric| want(metric, side).is_some_and(|want| lacks(&file, want).is_some());
        if let Some(metric) = self.metrics.select.iter().find(missing)
            && !self.metrics.leave_out
        {
            return Err(match metric {
                Metric::Sfid => Error::NeedsSpatial { path: path() },
                metric => Error::NeedsImages { metric, path: path() },
            });
        }
        self.sets[at].fix(file, theirs);
        Ok(())
    }

    /// The statistics of a set so far, to be [saved](StatsFile::save) and compared with later. They
    /// have sFID's if that metric was asked for.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] below two images; [`Error::Engine`].
    pub fn statistics(&self, side: Side) -> Result<StatsFile, Error> {
        self.sets[place(side)?].statistics(&self.extractor)
    }

    /// Number of images in a set; `None` if it is statistics that do not tell.
    ///
    /// # Errors
    ///
    /// [`Error::Update`] for [`Side::Input`].
    pub fn num_images(&self, side: Side) -> Result<Option<u64>, Error> {
        Ok(self.sets[place(side)?].num_images())
    }

    /// Removes all images of a set, or the statistics that replaced it.
    ///
    /// # Errors
    ///
    /// [`Error::Update`] for [`Side::Input`].
    pub fn reset(&mut self, side: Side) -> Result<(), Error> {
        let set = MemorySet::new(side, &self.metrics, &self.extractor, self.feature_dim)?;
        self.sets[place(side)?] = set;
        Ok(())
    }

    /// Compares the sets. They stay as they are: more images may follow, and another call.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] if a set has fewer than two images, [`Error::TooFewFor`] if it has too few for
    /// a metric, [`Error::Cancelled`], [`Error::Engine`], or [`Error::Core`] if there is no distance.
    pub fn compute(&self) -> Result<FidReport, Error> {
        let begin = Instant::now();
        let [real, fake] = &self.sets;
        let real = real.data(&self.extractor)?;
        let fake = fake.data(&self.extractor)?;
        let counts = [&real, &fake].map(|set| set.stats.num_images());
        if let [Some(real), Some(fake)] = counts {
            require_enough(&self.metrics, real, fake)?;
        }
        let comparison = Comparison {
            metrics: &self.metrics,
            explain: self.explain,
            recipe: &self.recipe,
            weights: self.recipe.weights.clone(),
            extractor: self.takes_images.then_some(&self.extractor),
            observer: &*self.observer,
            not_saved: None,
            begin,
        };
        comparison.report(&real, &fake)
    }
}

/// The place of a side among the sets.
fn place(side: Side) -> Result<usize, UpdateError> {
    match side {
        Side::Real => Ok(0),
        Side::Fake => Ok(1),
        Side::Input => Err(UpdateError::Side { side }),
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluator")
            .field("recipe", &self.recipe)
            .field("metrics", &self.metrics)
            .field("sets", &self.sets)
            .finish_non_exhaustive()
    }
}

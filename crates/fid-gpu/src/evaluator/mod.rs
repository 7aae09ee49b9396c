//! Comparison of images in memory: two sets that grow batch by batch.

mod batch;
mod builder;
pub(crate) mod error;
mod features_only;
mod set;
mod state;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use fid_core::{Preparation, Preset};

pub use self::batch::ImageBatch;
pub use self::builder::EvaluatorBuilder;
pub use self::error::{MergeError, UpdateError};
use self::set::MemorySet;
use crate::encoder::Encoder;
use crate::evaluate::compare::Comparison;
use crate::extractor::Extractor;
use crate::metrics::{MetricsConfig, require_enough, want};
use crate::observer::{Observer, Side};
use crate::side::{lacks, require_preparation};
use crate::stats_file::{Recipe, StatsFile};
use crate::{Error, FidReport, Metric};

/// Compares two sets of images that grow batch by batch, for example in a training loop.
///
/// The evaluator holds the network on its device and the features of both sets.
///
/// ```
/// use fid_gpu::{Evaluator, ImageBatch, Metric, Side};
///
/// let mut evaluator = Evaluator::builder()
///     // Random weights, the same everywhere. Without this line the published weights are used.
///     .weights("seeded".parse::<fid_gpu::WeightsSource>()?)
///     .device("cpu".parse::<fid_gpu::DeviceChoice>()?)
///     .metrics([Metric::Fid, Metric::Mind])
///     .build()?;
/// let real: Vec<u8> = (0..3 * 8 * 8 * 3u32).map(|i| (i * i % 251) as u8).collect();
/// let fake: Vec<u8> = real.iter().map(|sample| 255 - sample).collect();
/// evaluator.update(Side::Real, &ImageBatch::nhwc(&real, [3, 8, 8, 3])?)?;
/// evaluator.update(Side::Fake, &ImageBatch::nhwc(&fake, [3, 8, 8, 3])?)?;
/// println!("FID {}", evaluator.compute()?.fid);
/// // The next epoch keeps the real images.
/// evaluator.reset(Side::Fake)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The values equal those of [`evaluate`](crate::evaluate) for the same images in the same order:
/// to the bit if one call of [`update`](Self::update) adds them all, otherwise up to f64 rounding.
pub struct Evaluator {
    extractor: Extractor,
    /// Whether the evaluator has a network.
    takes_images: bool,
    metrics: MetricsConfig,
    explain: bool,
    /// The recipe but for the preparation, which each set has for itself.
    recipe: Recipe,
    /// The recipe assumed for statistics that do not record theirs, without a preparation.
    assumed: Option<Recipe>,
    observer: Arc<dyn Observer + Send + Sync>,
    feature_dim: usize,
    /// The real and the fake set.
    sets: [MemorySet; 2],
}

/// The builder's settings, without the network.
struct Settings {
    metrics: MetricsConfig,
    explain: bool,
    assume_preset: Option<Preset>,
    preparations: [Preparation; 2],
    observer: Arc<dyn Observer + Send + Sync>,
}

impl Evaluator {
    fn new(
        extractor: Extractor,
        feature_dim: usize,
        takes_images: bool,
        settings: Settings,
    ) -> Result<Self, Error> {
        let Settings { metrics, explain, assume_preset, preparations, observer } = settings;
        let set = |side, preparation| {
            MemorySet::new(side, &metrics, &extractor, feature_dim, preparation)
        };
        let (real, fake) = (set(Side::Real, preparations[0])?, set(Side::Fake, preparations[1])?);
        if !takes_images {
            real.require_only_features().and(fake.require_only_features())?;
        }
        let recipe = extractor.recipe(Preparation::default());
        let assumed = assume_preset.map(|preset| Recipe {
            tap: recipe.tap.clone(),
            encoder: recipe.encoder.clone(),
            ..Recipe::assumed(&Encoder::Inception, preset, extractor.tap(), Preparation::default())
        });
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

    /// Runs images through the network and adds their features to a set.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] or [`Error::OutOfMemory`] if the device fails, [`Error::Cancelled`] if the
    /// observer cancels; batches of `images` that were finished before stay in the set.
    /// [`Error::Update`] if the set accepts no images, [`Error::NotFinite`] if the network returns
    /// a value that is not finite.
    pub fn update(&mut self, side: Side, images: &ImageBatch<'_>) -> Result<(), Error> {
        if !self.takes_images {
            return Err(UpdateError::NeedsFeatures.into());
        }
        let set = &mut self.sets[place(side)?];
        set.add_images(&self.extractor, images, &*self.observer)
    }

    /// Adds pool3 features computed by the caller to a set: `[n,dim]`, row major, with `dim` 2048
    /// for Inception-v3.
    ///
    /// # Errors
    ///
    /// [`Error::Update`] if `features` is not a whole number of rows or if a metric or a further
    /// preset needs more than pool3 under one preset; [`Error::NotFinite`]. On error the set is
    /// unchanged.
    pub fn update_features(&mut self, side: Side, features: &[f32]) -> Result<(), Error> {
        self.sets[place(side)?].add_features(features, self.feature_dim)
    }

    /// Replaces a set by statistics computed before, such as those of a reference set.
    ///
    /// # Errors
    ///
    /// [`Error::NotComparable`] if their recipe differs from the evaluator's,
    /// [`Error::OtherPreparation`] if their preparation differs from that of the side,
    /// [`Error::UnknownOrigin`] if they record no recipe and the builder assumes no preset;
    /// [`Error::Lacking`] if a metric needs more than these statistics, unless such metrics are left
    /// out.
    pub fn set_statistics(&mut self, side: Side, file: StatsFile) -> Result<(), Error> {
        let at = place(side)?;
        let path = || PathBuf::from(format!("statistics of the {side} side"));
        let preparation = self.sets[at].preparation;
        let theirs = match (&file.meta, &self.assumed) {
            (Some(meta), _) => meta.recipe.clone(),
            (None, Some(assumed)) => Recipe { preparation, ..assumed.clone() },
            (None, None) => return Err(Error::UnknownOrigin { path: path(), likely: None }),
        };
        let sides = ("the evaluator", format!("the statistics of the {side} side"));
        let differences = self.recipe.differences(&theirs.unprepared());
        Error::require_comparable(sides.0, sides.1, differences)?;
        require_preparation(side, &path(), &file, preparation)?;
        if file.stats.dim() != self.feature_dim {
            let (a, b) = (self.feature_dim, file.stats.dim());
            return Err(fid_core::Error::DimMismatch { a, b }.into());
        }
        let layer = self.extractor.tap();
        let lacks = |want| lacks(&file, layer, want).is_some();
        let missing = |&metric: &Metric| want(metric, side).is_some_and(lacks);
        if let Some(metric) = self.metrics.select.iter().find(missing)
            && !self.metrics.leave_out
        {
            let (path, suite) = (path(), self.metrics.suite_of(metric));
            return Err(Error::Lacking { metric, path, suite, swapped: false });
        }
        self.sets[at].fix(file, theirs);
        Ok(())
    }

    /// The statistics of a set so far, which can be [saved](StatsFile::save) for later comparisons.
    /// They include those of sFID if that metric is selected.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] for fewer than two images; [`Error::Engine`] if the device fails.
    pub fn statistics(&self, side: Side) -> Result<StatsFile, Error> {
        self.sets[place(side)?].statistics(&self.extractor)
    }

    /// Number of images in a set; `None` for statistics that do not record it.
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
        let set = &mut self.sets[place(side)?];
        let (extractor, dim) = (&self.extractor, self.feature_dim);
        *set = MemorySet::new(side, &self.metrics, extractor, dim, set.preparation)?;
        Ok(())
    }

    /// Compares the sets and leaves them unchanged: more images and further calls may follow.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] if a set has fewer than two images, [`Error::TooFewFor`] if it has too few
    /// for a metric, [`Error::Cancelled`], [`Error::Engine`], or [`Error::Core`] if the distance
    /// cannot be computed.
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

/// The index of a side in [`Evaluator::sets`].
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

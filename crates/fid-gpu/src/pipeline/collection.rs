//! The features of one data set: moments, and rows for metrics that read every image.

use std::sync::Arc;

use fid_core::{
    Engine, EngineError, FeatureSink, FeatureSlice, FeatureStats, MomentAccumulator, Preset,
    SinkError, Tap,
};

use crate::census::Tally;

/// The features to keep of one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) tap: Tap,
    /// Mean and covariance.
    pub(crate) moments: bool,
    /// The features of every image: 8 KiB each at pool3.
    pub(crate) rows: bool,
}

impl Want {
    /// Mean and covariance of a tap: memory does not grow with the number of images.
    pub(crate) fn moments(tap: Tap) -> Self {
        Self { tap, moments: true, rows: false }
    }

    /// The features of every image at a tap.
    pub(crate) fn rows(tap: Tap) -> Self {
        Self { tap, moments: false, rows: true }
    }
}

/// Statistics and rows of one tap.
#[derive(Debug, Clone)]
pub(crate) struct TapFeatures {
    preset: Preset,
    tap: Tap,
    dim: usize,
    stats: Option<FeatureStats>,
    rows: Option<Arc<Vec<f32>>>,
}

/// Statistics and rows of one data set. Methods with a `tap` argument read the first preset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features(Vec<TapFeatures>);

impl Features {
    /// The features of every image at `tap`, `[n,dim]`, of a file. They have no statistics, so that
    /// their preset plays no part.
    pub(crate) fn of_rows(tap: Tap, dim: usize, rows: Arc<Vec<f32>>) -> Self {
        let preset = Preset::PYTORCH_FID;
        Self(vec![TapFeatures { preset, tap, dim, stats: None, rows: Some(rows) }])
    }

    /// Adds other taps of the same set.
    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Mean and covariance at a tap, if wanted and if the set has at least two images.
    pub(crate) fn stats(&self, tap: Tap) -> Option<&FeatureStats> {
        self.0.iter().find(|kept| kept.tap == tap)?.stats.as_ref()
    }

    /// Moves [`Self::stats`] out.
    pub(crate) fn take_stats(&mut self, tap: Tap) -> Option<FeatureStats> {
        self.0.iter_mut().find(|kept| kept.tap == tap)?.stats.take()
    }

    /// The features of every image at a tap, if wanted.
    pub(crate) fn shared_rows(&self, tap: Tap) -> Option<Arc<Vec<f32>>> {
        self.0.iter().find(|kept| kept.tap == tap)?.rows.clone()
    }

    /// Moves [`Self::shared_rows`] out.
    pub(crate) fn take_rows(&mut self, tap: Tap) -> Option<Arc<Vec<f32>>> {
        self.0.iter_mut().find(|kept| kept.tap == tap)?.rows.take()
    }

    /// Mean and covariance at pool3 under each preset but the first.
    pub(crate) fn others(&self) -> impl Iterator<Item = (Preset, &FeatureStats)> {
        let first = self.0.first().map(|kept| kept.preset);
        let others = self.0.iter().filter(move |kept| Some(kept.preset) != first);
        others.filter_map(|kept| Some((kept.preset, kept.stats.as_ref()?)))
    }

    /// The features of every image at a tap, if wanted.
    pub(crate) fn rows(&self, tap: Tap) -> Option<FeatureSlice<'_, f32>> {
        let kept = self.0.iter().find(|kept| kept.tap == tap)?;
        FeatureSlice::new(kept.rows.as_ref()?, kept.dim).ok()
    }
}

/// The features of a data set that grows batch after batch.
#[derive(Debug)]
pub(crate) struct FeatureCollection {
    taps: Vec<TapCollection>,
    images: usize,
    /// Counts of those images that were not added as features.
    pub(crate) tally: Tally,
    /// The failure of a device that left the taps with different numbers of images.
    failed: Option<EngineError>,
}

/// The features at one tap under one preset.
#[derive(Debug)]
pub(crate) struct TapCollection {
    pub(crate) preset: Preset,
    pub(crate) tap: Tap,
    /// Length of a row.
    pub(crate) dim: usize,
    pub(crate) moments: Option<FeatureSink>,
    /// `[n,dim]`, shared with [`Features`] that were taken of this collection.
    pub(crate) rows: Option<Arc<Vec<f32>>>,
}

impl FeatureCollection {
    /// An empty collection for `wants` under each preset. `feature_dim` is the dimension of pool3,
    /// which differs from [`fid_core::FEATURE_DIM`] for other networks.
    pub(crate) fn new(
        wants: &[(Preset, Vec<Want>)],
        engine: &Arc<dyn Engine>,
        feature_dim: usize,
    ) -> Result<Self, fid_core::Error> {
        let collect = |(preset, want): (Preset, &Want)| {
            let dim = if want.tap == Tap::Pool3 { feature_dim } else { want.tap.dim() };
            let moments =
                want.moments.then(|| FeatureSink::new(dim, Arc::clone(engine))).transpose()?;
            let rows = want.rows.then(Arc::default);
            Ok(TapCollection { preset, tap: want.tap, dim, moments, rows })
        };
        let wants =
            wants.iter().flat_map(|(preset, wants)| wants.iter().map(|want| (*preset, want)));
        let taps = wants.map(collect).collect::<Result<_, _>>()?;
        Ok(Self { taps, images: 0, tally: Tally::default(), failed: None })
    }

    /// Reserves memory for the rows of `images` more images.
    pub(crate) fn reserve(&mut self, images: usize) {
        for kept in &mut self.taps {
            if let Some(rows) = &mut kept.rows {
                Arc::make_mut(rows).reserve(images.saturating_mul(kept.dim));
            }
        }
    }

    /// Adds a batch of `images` images: `[images,dim]` for each want, in order. If the length is
    /// wrong or a value is not finite, the collection is unchanged. If the device fails, the collection
    /// returns that error from now on.
    pub(crate) fn add<R: AsRef<[f32]>>(
        &mut self,
        images: usize,
        batch: &[R],
    ) -> Result<(), SinkError> {
        self.require_whole()?;
        for (at, kept) in self.taps.iter().enumerate() {
            let features = batch.get(at).map_or(&[][..], R::as_ref);
            let (expected, got) = (images.saturating_mul(kept.dim), features.len());
            if expected != got {
                let what = "features of a batch";
                return Err(fid_core::Error::Length { what, expected, got }.into());
            }
            fid_core::check_features(features, kept.dim, self.images as u64)?;
        }
        for (kept, features) in self.taps.iter_mut().zip(batch) {
            let features = features.as_ref();
            if let Some(rows) = &mut kept.rows {
                Arc::make_mut(rows).extend_from_slice(features);
            }
            if let Some(moments) = &mut kept.moments
                && let Err(error) = moments.add(features)
            {
                return Err(self.fail(error));
            }
        }
        self.images += images;
        Ok(())
    }

    /// Keeps the failure of a device.
    fn fail(&mut self, error: SinkError) -> SinkError {
        if let SinkError::Engine(error) = &error {
            self.failed = Some(error.clone());
        }
        error
    }

    /// Fails if a device failed while images were added.
    fn require_whole(&self) -> Result<(), EngineError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Appends the images of `parts`, which have the same taps in the same order.
    pub(crate) fn merge(&mut self, images: usize, parts: &[TapPart]) -> Result<(), SinkError> {
        self.require_whole()?;
        for (kept, part) in self.taps.iter_mut().zip(parts) {
            if let (Some(rows), Some(more)) = (&mut kept.rows, &part.rows) {
                Arc::make_mut(rows).extend_from_slice(more);
            }
            if let (Some(moments), Some(more)) = (&mut kept.moments, &part.moments)
                && let Err(error) = moments.merge(more)
            {
                return Err(self.fail(error));
            }
        }
        self.images += images;
        Ok(())
    }

    /// The images of each tap, for [`Self::merge`].
    pub(crate) fn parts(&self) -> Result<Vec<TapPart>, SinkError> {
        self.require_whole()?;
        self.taps.iter().map(TapCollection::part).collect()
    }

    /// The taps, in the order of the wants.
    pub(crate) fn taps(&self) -> &[TapCollection] {
        &self.taps
    }

    /// Number of images so far.
    pub(crate) fn num_images(&self) -> usize {
        self.images
    }

    /// The features so far, without statistics if there are fewer than two images. The collection
    /// can grow afterwards.
    pub(crate) fn features(&self) -> Result<Features, SinkError> {
        self.require_whole()?;
        let enough = self.images >= 2;
        let kept = self.taps.iter().map(|kept| {
            let moments = kept.moments.as_ref().filter(|_| enough);
            Ok(kept.features(moments.map(FeatureSink::statistics).transpose()?))
        });
        kept.collect::<Result<_, SinkError>>().map(Features)
    }

    /// Like [`Self::features`], and equal to the bit, in less memory.
    pub(crate) fn into_features(self) -> Result<Features, SinkError> {
        let enough = self.images >= 2;
        let kept = self.taps.into_iter().map(|mut kept| {
            let moments = kept.moments.take().filter(|_| enough);
            Ok(kept.features(moments.map(FeatureSink::into_statistics).transpose()?))
        });
        kept.collect::<Result<_, SinkError>>().map(Features)
    }
}

impl TapCollection {
    fn features(&self, stats: Option<FeatureStats>) -> TapFeatures {
        let (preset, tap, dim, rows) = (self.preset, self.tap, self.dim, self.rows.clone());
        TapFeatures { preset, tap, dim, stats, rows }
    }

    /// The images of this tap.
    fn part(&self) -> Result<TapPart, SinkError> {
        let moments = self.moments.as_ref().map(FeatureSink::moments).transpose()?;
        Ok(TapPart { moments, rows: self.rows.clone() })
    }
}

/// The images of one tap of a collection, to be merged into another.
#[derive(Debug)]
pub(crate) struct TapPart {
    pub(crate) moments: Option<MomentAccumulator>,
    pub(crate) rows: Option<Arc<Vec<f32>>>,
}

//! What is kept of the features of one data set.

use std::sync::Arc;

use fid_core::{Engine, FeatureSink, FeatureSlice, FeatureStats, Preset, SinkError, Tap};

/// What to keep of one tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) tap: Tap,
    /// Mean and covariance.
    pub(crate) moments: bool,
    /// The features of every image: 8 KiB each at pool3.
    pub(crate) rows: bool,
}

impl Want {
    /// Mean and covariance of a tap, which need no more memory for more images.
    pub(crate) fn moments(tap: Tap) -> Self {
        Self { tap, moments: true, rows: false }
    }

    /// Every image's features of a tap.
    pub(crate) fn rows(tap: Tap) -> Self {
        Self { tap, moments: false, rows: true }
    }
}

/// What was kept of one tap.
#[derive(Debug, Clone)]
pub(crate) struct TapFeatures {
    preset: Preset,
    tap: Tap,
    stats: Option<FeatureStats>,
    rows: Option<Vec<f32>>,
}

/// What was kept of one data set. What a tap has means that of the first preset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Features(Vec<TapFeatures>);

impl Features {
    /// Mean and covariance at a tap, where they were wanted and there were two images.
    pub(crate) fn stats(&self, tap: Tap) -> Option<&FeatureStats> {
        self.0.iter().find(|kept| kept.tap == tap)?.stats.as_ref()
    }

    /// As [`Self::stats`], which has them no more.
    pub(crate) fn take_stats(&mut self, tap: Tap) -> Option<FeatureStats> {
        self.0.iter_mut().find(|kept| kept.tap == tap)?.stats.take()
    }

    /// Mean and covariance at pool3 under every other preset.
    pub(crate) fn others(&self) -> impl Iterator<Item = (Preset, &FeatureStats)> {
        let first = self.0.first().map(|kept| kept.preset);
        let others = self.0.iter().filter(move |kept| Some(kept.preset) != first);
        others.filter_map(|kept| Some((kept.preset, kept.stats.as_ref()?)))
    }

    /// Every image's features at a tap, where they were wanted.
    pub(crate) fn rows(&self, tap: Tap) -> Option<FeatureSlice<'_, f32>> {
        let rows = self.0.iter().find(|kept| kept.tap == tap)?.rows.as_ref()?;
        FeatureSlice::new(rows, tap.dim()).ok()
    }
}

/// Takes features batch after batch.
pub(super) struct Collector {
    sinks: Vec<Sink>,
    images: usize,
}

struct Sink {
    preset: Preset,
    tap: Tap,
    moments: Option<FeatureSink>,
    rows: Option<Vec<f32>>,
}

impl Collector {
    /// For a set of at most `images` images, with the wants under each preset.
    pub(super) fn new(
        wants: &[(Preset, Vec<Want>)],
        images: usize,
        engine: &Arc<dyn Engine>,
    ) -> Result<Self, fid_core::Error> {
        let sink = |(preset, want): (Preset, &Want)| -> Result<Sink, fid_core::Error> {
            let (tap, dim) = (want.tap, want.tap.dim());
            let moments =
                want.moments.then(|| FeatureSink::new(dim, Arc::clone(engine))).transpose()?;
            let rows = want.rows.then(|| Vec::with_capacity(images * dim));
            Ok(Sink { preset, tap, moments, rows })
        };
        let wants =
            wants.iter().flat_map(|(preset, wants)| wants.iter().map(|want| (*preset, want)));
        Ok(Self { sinks: wants.map(sink).collect::<Result<_, _>>()?, images: 0 })
    }

    /// Adds a batch: `[n,dim]` for each want, in their order.
    pub(super) fn add(&mut self, batch: &[Vec<f32>]) -> Result<(), SinkError> {
        let first = self.sinks.first().zip(batch.first());
        let images = first.map_or(0, |(sink, features)| features.len() / sink.tap.dim());
        for (sink, features) in self.sinks.iter_mut().zip(batch) {
            if let Some(rows) = &mut sink.rows {
                fid_core::check_features(features, sink.tap.dim(), self.images as u64)?;
                rows.extend_from_slice(features);
            }
            if let Some(moments) = &mut sink.moments {
                moments.add(features)?;
            }
        }
        self.images += images;
        Ok(())
    }

    /// Number of images that were added.
    pub(super) fn num_images(&self) -> usize {
        self.images
    }

    /// What was kept; fewer than two images have no moments.
    pub(super) fn finish(self) -> Result<Features, SinkError> {
        let enough = self.images >= 2;
        let finish = |sink: Sink| -> Result<TapFeatures, SinkError> {
            let moments = sink.moments.filter(|_| enough);
            let stats = moments.map(FeatureSink::into_statistics).transpose()?;
            Ok(TapFeatures { preset: sink.preset, tap: sink.tap, stats, rows: sink.rows })
        };
        self.sinks.into_iter().map(finish).collect::<Result<_, _>>().map(Features)
    }
}

//! One side of an evaluator: a growing set of images, or fixed statistics.

use std::fmt;
use std::path::PathBuf;

use fid_core::{Preparation, Preset, Tap};

use super::{ImageBatch, UpdateError};
use crate::Error;
use crate::census::Contents;
use crate::extractor::Extractor;
use crate::metrics::MetricsConfig;
use crate::observer::{Observer, Side};
use crate::pipeline::{FeatureCollection, Want};
use crate::side::{IN_MEMORY, SideData};
use crate::stats_file::{Recipe, StatsFile};
use crate::timings::StageSeconds;

/// The images of one side so far.
pub(super) struct MemorySet {
    side: Side,
    /// What is done to images before the preset.
    pub(super) preparation: Preparation,
    wants: Vec<Want>,
    pub(super) collection: FeatureCollection,
    /// The name of each image, if the report lists images.
    pub(super) names: Option<Vec<PathBuf>>,
    notes: Vec<String>,
    stages: StageSeconds,
    /// Statistics that replace the images, and their recipe.
    fixed: Option<(StatsFile, Recipe)>,
}

impl MemorySet {
    pub(super) fn new(
        side: Side,
        metrics: &MetricsConfig,
        extractor: &Extractor,
        feature_dim: usize,
        preparation: Preparation,
    ) -> Result<Self, Error> {
        let wants = metrics.wants(side, Tap::Pool3, std::iter::empty());
        let all = extractor.pipeline(&wants).wants();
        let collection = FeatureCollection::new(&all, &extractor.engine, feature_dim)?;
        let names = metrics.images.needs_rows().then(Vec::new);
        let (notes, stages, fixed) = Default::default();
        Ok(Self { side, preparation, wants, collection, names, notes, stages, fixed })
    }

    pub(super) fn add_images(
        &mut self,
        extractor: &Extractor,
        images: &ImageBatch<'_>,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        self.require_growing()?;
        let before = self.collection.num_images();
        let name = |index: usize| match images.name(index) {
            Some(name) => name.clone(),
            None => (before + index).to_string().into(),
        };
        let added = extractor.pipeline(&self.wants).add_images(
            self.side,
            images.prepared(self.preparation, &name),
            images.len(),
            &mut self.collection,
            &name,
            observer,
        );
        // Finished batches stay in the set even if a later one failed.
        if let Some(names) = &mut self.names {
            names.extend((0..self.collection.num_images() - before).map(name));
        }
        let passed = added?;
        self.notes.extend(passed.note.filter(|note| !self.notes.contains(note)));
        self.stages.add(passed.stages);
        let images = self.collection.num_images() as f64;
        self.stages.images_per_second = images / self.stages.total.max(f64::MIN_POSITIVE);
        Ok(())
    }

    pub(super) fn add_features(&mut self, features: &[f32], dim: usize) -> Result<(), Error> {
        self.require_growing()?;
        self.require_only_features()?;
        if !features.len().is_multiple_of(dim) {
            return Err(UpdateError::Features { values: features.len(), dim }.into());
        }
        let before = self.collection.num_images();
        let added = self.collection.add(features.len() / dim, &[features]);
        added.map_err(|error| Error::from_sink(error, |row| Some(row.to_string().into())))?;
        if let Some(names) = &mut self.names {
            let new = before..self.collection.num_images();
            names.extend(new.map(|row| PathBuf::from(row.to_string())));
        }
        Ok(())
    }

    /// Replaces the set by statistics.
    pub(super) fn fix(&mut self, file: StatsFile, recipe: Recipe) {
        self.fixed = Some((file, recipe));
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    pub(super) fn num_images(&self) -> Option<u64> {
        match &self.fixed {
            Some((file, _)) => file.num_images(),
            None => Some(self.collection.num_images() as u64),
        }
    }

    /// Fails if the set was replaced by statistics.
    pub(super) fn require_growing(&self) -> Result<(), UpdateError> {
        if self.is_fixed() { Err(UpdateError::Fixed { side: self.side }) } else { Ok(()) }
    }

    /// Fails if the set needs more than pool3 under a single preset.
    pub(super) fn require_only_features(&self) -> Result<(), UpdateError> {
        let mut taps = self.collection.taps().iter();
        let first: Option<Preset> = taps.next().map(|kept| kept.preset);
        match taps.find(|kept| kept.tap != Tap::Pool3 || Some(kept.preset) != first) {
            None => Ok(()),
            Some(kept) => {
                let (layer, preset) = (kept.tap.name(), kept.preset.name());
                Err(UpdateError::NeedsImages { layer, preset })
            }
        }
    }

    /// The set as one side of a comparison.
    pub(super) fn data(&self, extractor: &Extractor) -> Result<SideData, Error> {
        if let Some((file, recipe)) = &self.fixed {
            let path = format!("statistics of the {} side", self.side).into();
            return Ok(SideData::of_file(self.side, path, file.clone(), Tap::Pool3, recipe));
        }
        let mut features = self.collection.features()?;
        let count = self.collection.num_images();
        let stats = features.take_stats(Tap::Pool3).ok_or_else(|| Error::TooFew {
            side: self.side,
            path: IN_MEMORY.into(),
            count,
        })?;
        let names = self.names.clone().unwrap_or_default();
        let notes = self.notes.iter().map(|note| format!("{}: {note}", self.side)).collect();
        let tally = &self.collection.tally;
        let census = tally.census(|row| match names.get(row) {
            Some(name) => name.display().to_string(),
            None => row.to_string(),
        });
        // Of a part of the images it would mislead: others were added as features.
        let census = census.filter(|census| census.images == count as u64);
        let contents = Contents { hashes: tally.hashes().to_vec(), places: Vec::new() };
        let (files, preparation) = (Vec::new(), self.preparation);
        let made = extractor.meta(count as u64, preparation, None, files, census.as_ref());
        let census = (census, contents);
        Ok(SideData::in_memory(stats, features, names, census, notes, self.stages, made))
    }

    /// The statistics of the set.
    pub(super) fn statistics(&self, extractor: &Extractor) -> Result<StatsFile, Error> {
        match &self.fixed {
            Some((file, _)) => Ok(file.clone()),
            None => Ok(self.data(extractor)?.stats_file()),
        }
    }
}

impl fmt::Debug for MemorySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySet").field("images", &self.num_images()).finish_non_exhaustive()
    }
}

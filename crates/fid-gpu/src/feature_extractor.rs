//! Features of images in memory.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use fid_core::{EngineInfo, Preparation, Tap};

use crate::extractor::Extractor;
use crate::metrics::MetricSet;
use crate::observer::{Observer, Side};
use crate::pipeline::{FeatureCollection, Want};
use crate::stats_file::Recipe;
use crate::{Error, ImageBatch, RunConfig};

/// A network on its device, which turns images in memory into features.
///
/// ```
/// use fid_core::Tap;
/// use fid_gpu::observer::Silent;
/// use fid_gpu::{FeatureExtractor, ImageBatch, RunConfig, WeightsSource};
///
/// let config = RunConfig::default()
///     .weights("seeded".parse::<WeightsSource>()?)
///     .device("cpu".parse::<fid_gpu::DeviceChoice>()?);
/// let extractor = FeatureExtractor::open(&config, Tap::Pool192, &Silent)?;
/// let images = vec![7; 2 * 8 * 8 * 3];
/// let features = extractor.features(&ImageBatch::nhwc(&images, [2, 8, 8, 3])?, &Silent)?;
/// assert_eq!(features.len(), 2 * 192);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FeatureExtractor {
    extractor: Extractor,
    layer: Tap,
}

impl FeatureExtractor {
    /// Opens the devices and loads the weights. Of `config`, the caches of features and the further presets are not
    /// used.
    ///
    /// # Errors
    ///
    /// [`Error::Device`], [`Error::NoWeights`], `Error::Download` or [`Error::Weights`].
    pub fn open(config: &RunConfig, layer: Tap, observer: &dyn Observer) -> Result<Self, Error> {
        let config = RunConfig { features_cache: None, also: Vec::new(), ..config.clone() };
        config.require(&MetricSet::default(), layer)?;
        Ok(Self { extractor: Extractor::open(&config, layer, &[], observer)?, layer })
    }

    /// The features of images, row major `[n, dim]`, where `dim` is that of the layer. An image has the same features
    /// in any batch.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] or [`Error::OutOfMemory`] if the device fails, [`Error::NotFinite`], [`Error::Cancelled`].
    pub fn features(
        &self,
        images: &ImageBatch<'_>,
        observer: &dyn Observer,
    ) -> Result<Vec<f32>, Error> {
        let wants = [Want::rows(self.layer)];
        let pipeline = self.extractor.pipeline(&wants);
        let engine = &self.extractor.engine;
        let mut collection =
            FeatureCollection::new(&pipeline.wants(), engine, engine.info().features)?;
        collection.reserve(images.len());
        let name = |index: usize| {
            images.name(index).cloned().unwrap_or_else(|| PathBuf::from(index.to_string()))
        };
        let prepared = images.prepared(Preparation::default(), &name);
        let count = images.len();
        pipeline.add_images(Side::Input, prepared, count, &mut collection, &name, observer)?;
        let rows = collection.into_features()?.take_rows(self.layer);
        Ok(rows.map(Arc::unwrap_or_clone).unwrap_or_default())
    }

    /// Length of a row of features.
    pub fn dim(&self) -> usize {
        match self.layer {
            Tap::Pool3 => self.engine().features,
            layer => layer.dim(),
        }
    }

    /// The layer whose features are computed.
    pub fn layer(&self) -> Tap {
        self.layer
    }

    /// How the features are made: what must be equal in sets that are compared.
    pub fn recipe(&self) -> Recipe {
        self.extractor.recipe(Preparation::default())
    }

    /// The device and its engine.
    pub fn engine(&self) -> &EngineInfo {
        self.extractor.engine.info()
    }
}

impl fmt::Debug for FeatureExtractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeatureExtractor").field("recipe", &self.recipe()).finish_non_exhaustive()
    }
}

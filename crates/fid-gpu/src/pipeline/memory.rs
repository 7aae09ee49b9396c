//! The pipeline for images in memory.

use std::path::PathBuf;
use std::time::Instant;

use fid_core::Image8;
use fid_images::decode::ImageFacts;

use super::batch::Batch;
use super::{FeatureCollection, Passed, Pipeline};
use crate::Error;
use crate::observer::{Observer, Side};

/// An image that may have been prepared, and the facts about it before.
pub(crate) type WithFacts = (ImageFacts, Image8);

impl Pipeline<'_> {
    /// Adds the features of `count` images to a collection. Batch boundaries equal those of the
    /// same images in files. `name` maps an image's index to its name.
    pub(crate) fn add_images(
        &self,
        side: Side,
        images: impl IntoIterator<Item = Result<WithFacts, Error>>,
        count: usize,
        collection: &mut FeatureCollection,
        name: &dyn Fn(usize) -> PathBuf,
        observer: &dyn Observer,
    ) -> Result<Passed, Error> {
        let begin = Instant::now();
        observer.start(side, count);
        let images = images.into_iter().enumerate().peekable();
        let batches = Filled { pipeline: self, images };
        let passed = self.extract(batches, &self.wants(), None, collection, side, name, observer);
        observer.finish(side);
        let mut passed = passed?;
        passed.stages.total = begin.elapsed().as_secs_f64();
        Ok(passed)
    }
}

/// Iterator over batches, each as full as the pipeline allows.
struct Filled<'a, I: Iterator<Item = (usize, Result<WithFacts, Error>)>> {
    pipeline: &'a Pipeline<'a>,
    images: std::iter::Peekable<I>,
}

impl<I: Iterator<Item = (usize, Result<WithFacts, Error>)>> Iterator for Filled<'_, I> {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Batch::new(self.pipeline.presets);
        let fits = |batch: &Batch, image: &Result<WithFacts, Error>| match image {
            Ok((_, image)) => batch.len() == 0 || self.pipeline.fits(batch, image.into()),
            Err(_) => true,
        };
        while let Some((number, image)) = self.images.next_if(|(_, image)| fits(&batch, image)) {
            let pushed = image.and_then(|(facts, image)| batch.push_image(number, facts, &image));
            if let Err(error) = pushed {
                return Some(Err(error));
            }
        }
        (batch.len() > 0).then_some(Ok(batch))
    }
}

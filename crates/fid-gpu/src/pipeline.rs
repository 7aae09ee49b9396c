//! Images to features: decode, pack, preprocess, network, moments.

mod batch;
mod collection;
mod extracted;
mod extraction;
mod memory;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use fid_core::{Engine, EngineInfo, FEATURE_DIM, ImageSize, Preset, Tap};
use fid_images::Skipped;
use fid_images::decode::ConversionCounts;
use fid_images::prefetch::{Loaded, Prefetched, Prefetcher};
use fid_images::set::Images;

use self::batch::{Batch, Batches};
pub(crate) use self::collection::{FeatureCollection, Features, TapPart, Want};
pub(crate) use self::extracted::SetFeatures;
use self::extraction::Started;
pub(crate) use self::extraction::guard;
use crate::Error;
use crate::feature_cache::{CacheReport, Column, FeatureCache, Hit, Known, Miss};
use crate::observer::{Observer, Side};
use crate::timings::{StageSeconds, Stopwatch};

/// Batches that wait packed while the network works on another.
const PACKED_AHEAD: usize = 1;

/// Bytes of the largest buffer of a batch of several images. A batch is in memory up to three times:
/// waiting, under way, and ready to be run again.
const MAX_BATCH_BYTES: u64 = 256 << 20;

/// Everything that stays the same from batch to batch.
pub(crate) struct Pipeline<'a> {
    pub(crate) engine: &'a Arc<dyn Engine>,
    /// The presets, the first the one that counts; of the others, mean and covariance are kept at pool3.
    pub(crate) presets: &'a [Preset],
    /// What is kept of the features under the first.
    pub(crate) wants: &'a [Want],
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) workers: NonZeroUsize,
    /// Files that cannot be decoded are left out, instead of ending the run.
    pub(crate) skip_bad: bool,
    /// Where features are kept, for each preset; or nowhere.
    pub(crate) caches: &'a [FeatureCache],
}

/// What a folder gave.
pub(crate) struct Extracted {
    pub(crate) features: Features,
    /// Which of the files each row of the features is of.
    pub(crate) taken: Vec<usize>,
    /// Where the time went.
    pub(crate) stages: StageSeconds,
    /// What the reader of the result should know.
    pub(crate) notes: Vec<String>,
    /// What was left out, in the order of the files.
    pub(crate) skipped: Vec<Skipped>,
    /// What was found in the cache, where there is one.
    pub(crate) cache: Option<CacheReport>,
}

/// How the batches of one call passed the network.
pub(crate) struct Passed {
    /// The number of each image that was added, in their order.
    taken: Vec<usize>,
    /// Why batches became smaller.
    pub(crate) note: Option<String>,
    pub(crate) stages: StageSeconds,
}

/// What the packer knows when the images end.
#[derive(Default)]
struct Packed {
    decoding: Duration,
    notes: ConversionCounts,
    skipped: Vec<Skipped>,
    cache: CacheReport,
}

/// The number of images in a batch: what was asked for, or what suits the device, and never more
/// than the device can hold.
pub(crate) fn batch_size(asked: Option<NonZeroUsize>, engine: &EngineInfo) -> NonZeroUsize {
    let size = asked.map_or(engine.batch_size, NonZeroUsize::get);
    NonZeroUsize::new(size.min(engine.max_batch_size)).unwrap_or(NonZeroUsize::MIN)
}

impl Pipeline<'_> {
    /// Runs all of `files` through the network.
    pub(crate) fn run(
        &self,
        side: Side,
        files: Images,
        observer: &dyn Observer,
    ) -> Result<Extracted, Error> {
        let begin = Instant::now();
        let wants = self.wants();
        let mut columns = Vec::new();
        for (preset, (cache, (_, wants))) in self.caches.iter().zip(&wants).enumerate() {
            // What of an image can be kept: the rest is made of it.
            let mut taps = Vec::new();
            for tap in wants.iter().map(|want| want.tap.read_from()) {
                if !taps.contains(&tap) {
                    taps.push(tap);
                }
            }
            cache.refresh(&taps)?;
            columns.extend(taps.into_iter().map(|tap| Column { cache, preset, tap }));
        }
        let known = (!columns.is_empty()).then_some(Known(&columns));
        observer.start(side, files.len());
        let prefetcher = Prefetcher::new(files, known);
        let extracted = thread::scope(|scope| {
            let images = prefetcher.start(scope, self.workers);
            let (sender, batches) = sync_channel(PACKED_AHEAD);
            let packer = scope.spawn(move || self.pack(images, files, &sender));
            let outcome = self.extract_all(batches, &wants, known, side, files, observer);
            // A decoder's failure ends the batches early, and is the cause to report.
            // `extract` has let go of the queue, so the threads behind it stop too.
            let packed = packer.join().unwrap_or_else(|panic| Err(Error::from_panic(&*panic)))?;
            let (features, Passed { taken, note, mut stages }) = outcome?;
            stages.decode_threads = packed.decoding.as_secs_f64();
            stages.total = begin.elapsed().as_secs_f64();
            stages.images_per_second =
                (files.len() - packed.skipped.len()) as f64 / stages.total.max(f64::MIN_POSITIVE);
            let notes = packed.notes.lines().chain(note);
            let notes = notes.chain(self.caches.iter().flat_map(FeatureCache::take_notes));
            let (notes, skipped) = (notes.collect(), packed.skipped);
            let cache = known.map(|_| packed.cache);
            Ok(Extracted { features, taken, stages, notes, skipped, cache })
        });
        observer.finish(side);
        if let Ok(Extracted { cache: Some(cache), .. }) = &extracted {
            observer.cached(side, *cache);
        }
        extracted
    }

    /// What is kept under each preset.
    pub(crate) fn wants(&self) -> Vec<(Preset, Vec<Want>)> {
        let others = self.presets.iter().skip(1);
        let others = others.map(|&preset| (preset, vec![Want::moments(Tap::Pool3)]));
        let first = self.presets.first().map(|&preset| (preset, self.wants.to_vec()));
        first.into_iter().chain(others).collect()
    }

    /// Fills batches until the images end or one of them fails.
    fn pack<'a>(
        &self,
        images: impl Iterator<Item = Prefetched<'a, Hit, Miss>>,
        files: Images,
        sender: &SyncSender<Batch>,
    ) -> Result<Packed, Error> {
        let mut packed = Packed::default();
        let mut batch = Batch::new(self.presets);
        for (index, image) in images.enumerate() {
            packed.decoding += image.took;
            let loaded = match image.result {
                Ok(loaded) => loaded,
                Err(error) if self.skip_bad => {
                    let path = files.path(index).into_owned();
                    packed.skipped.push(Skipped::new(path, error.reason()));
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let facts = loaded.facts();
            packed.notes.add(facts.size, facts.conversions);
            match loaded {
                Loaded::Known(_) => packed.cache.hits += 1,
                Loaded::Decoded(..) => packed.cache.misses += 1,
            }
            if batch.len() > 0 && !self.fits(&batch, facts.size) {
                // Nobody listens after a failure further on, which is reported there.
                let full = std::mem::replace(&mut batch, Batch::new(self.presets));
                if sender.send(full).is_err() {
                    return Ok(packed);
                }
            }
            batch.push(index, loaded)?;
            drop(image.reservation);
        }
        if batch.len() > 0 {
            let _ = sender.send(batch);
        }
        Ok(packed)
    }

    /// Whether a batch can take one more image.
    fn fits(&self, batch: &Batch, size: ImageSize) -> bool {
        let bytes = batch.bytes_with(size).get(self.presets);
        batch.len() < self.batch_size.get()
            && bytes <= MAX_BATCH_BYTES.min(self.engine.info().max_buffer_bytes)
    }

    /// The features of all batches of a set.
    fn extract_all(
        &self,
        batches: impl IntoIterator<Item = Batch>,
        wants: &[(Preset, Vec<Want>)],
        known: Option<Known<'_>>,
        side: Side,
        files: Images,
        observer: &dyn Observer,
    ) -> Result<(Features, Passed), Error> {
        let mut collection = FeatureCollection::new(wants, self.engine, FEATURE_DIM)?;
        collection.reserve(files.len());
        let name = |file: usize| files.path(file).into_owned();
        let batches = batches.into_iter().map(Ok);
        let mut passed =
            self.extract(batches, wants, known, &mut collection, side, &name, observer)?;
        let moments = Stopwatch::default();
        let features = moments.time(|| collection.into_features())?;
        passed.stages.moments += moments.seconds();
        Ok((features, passed))
    }

    /// Adds the features of batches to a collection, each batch while the one before is being read.
    /// `name` is the name of an image by its number.
    #[allow(
        clippy::too_many_arguments,
        reason = "images from files and from memory differ in each"
    )]
    fn extract(
        &self,
        batches: impl IntoIterator<Item = Result<Batch, Error>>,
        wants: &[(Preset, Vec<Want>)],
        known: Option<Known<'_>>,
        collection: &mut FeatureCollection,
        side: Side,
        name: &dyn Fn(usize) -> PathBuf,
        observer: &dyn Observer,
    ) -> Result<Passed, Error> {
        let mut network = Batches::new(&**self.engine, wants, known);
        let mut taken = Vec::new();
        let mut running: Option<(Batch, Option<Started>)> = None;
        let (waiting, moments) = (Stopwatch::default(), Stopwatch::default());
        let before = collection.num_images();
        let mut batches = batches.into_iter();
        loop {
            let batch = waiting.time(|| batches.next()).transpose()?;
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let last = batch.is_none();
            let next = batch.map(|batch| {
                let started = network.start(&batch);
                (batch, started)
            });
            if let Some((batch, started)) = std::mem::replace(&mut running, next) {
                let features = network.finish(&batch, started)?;
                taken.extend(batch.files());
                let added = moments.time(|| collection.add(batch.len(), &features));
                added.map_err(|error| {
                    let image = |row: usize| taken.get(row.checked_sub(before)?).copied();
                    Error::from_sink(error, |row| image(row).map(name))
                })?;
                observer.progress(side, collection.num_images() - before);
            }
            if last {
                break;
            }
        }
        let mut stages = network.extraction.stages();
        (stages.wait, stages.moments) = (waiting.seconds(), moments.seconds());
        Ok(Passed { taken, note: network.extraction.note(), stages })
    }
}

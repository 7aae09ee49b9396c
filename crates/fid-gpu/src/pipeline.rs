//! The pipeline from images to features: decode, pack, preprocess, network, moments.

mod batch;
mod collection;
mod extracted;
mod extraction;
mod memory;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use fid_core::{Engine, EngineInfo, ImageSize, Preset, Tap};
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
use crate::census::Tally;
use crate::feature_cache::{CacheReport, Column, FeatureCache, Hit, Known, Miss};
use crate::observer::{Observer, Side};
use crate::timings::{StageSeconds, Stopwatch};

/// Packed batches that wait while the network runs another.
const PACKED_AHEAD: usize = 1;

/// Bytes of the largest buffer of a batch of several images. On one device up to three batches are
/// in memory: one waiting, one running, and one kept to be run again.
const MAX_BATCH_BYTES: u64 = 256 << 20;

/// Bytes of pixels of all batches that are started, if these are more than one device needs.
const MAX_STARTED_BYTES: usize = 1 << 30;

/// The configuration shared by all batches of a run.
pub(crate) struct Pipeline<'a> {
    pub(crate) engine: &'a Arc<dyn Engine>,
    /// The presets. All `wants` are computed under the first, mean and covariance at pool3 under
    /// the others.
    pub(crate) presets: &'a [Preset],
    /// The features to keep under the first preset.
    pub(crate) wants: &'a [Want],
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) workers: NonZeroUsize,
    /// Whether files that cannot be decoded are skipped instead of ending the run.
    pub(crate) skip_bad: bool,
    /// The feature cache of each preset; empty without a cache.
    pub(crate) caches: &'a [FeatureCache],
}

/// The features of a set, and how they were computed.
pub(crate) struct Extracted {
    pub(crate) features: Features,
    /// For each row of the features, the index of its file.
    pub(crate) taken: Vec<usize>,
    /// Counts of these images.
    pub(crate) tally: Tally,
    /// Time spent in each stage.
    pub(crate) stages: StageSeconds,
    /// Remarks for the report.
    pub(crate) notes: Vec<String>,
    /// Skipped images, in the order of the files.
    pub(crate) skipped: Vec<Skipped>,
    /// Cache hits and misses; `None` without a cache.
    pub(crate) cache: Option<CacheReport>,
}

/// The outcome of one call's batches.
pub(crate) struct Passed {
    /// The number of each image that was added, in order.
    taken: Vec<usize>,
    /// Why batches were made smaller, if they were.
    pub(crate) note: Option<String>,
    pub(crate) stages: StageSeconds,
}

/// The packer's counts at the end of the images.
#[derive(Default)]
struct Packed {
    decoding: Duration,
    notes: ConversionCounts,
    skipped: Vec<Skipped>,
    cache: CacheReport,
}

/// The number of images in a batch: as asked, or the device's default, capped at the device's
/// maximum.
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
            // Only taps that the engine reads are cached. The others are computed from them.
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
            // A decoder's failure ends the batches early and is the cause to report.
            // `extract_all` has dropped the queue, so the threads behind it stop too.
            let packed = packer.join().unwrap_or_else(|panic| Err(Error::from_panic(&*panic)))?;
            let (features, tally, Passed { taken, note, mut stages }) = outcome?;
            stages.decode_threads = packed.decoding.as_secs_f64();
            stages.total = begin.elapsed().as_secs_f64();
            stages.images_per_second =
                (files.len() - packed.skipped.len()) as f64 / stages.total.max(f64::MIN_POSITIVE);
            let notes = packed.notes.lines().chain(note);
            let notes = notes.chain(self.caches.iter().flat_map(FeatureCache::take_notes));
            let (notes, skipped) = (notes.collect(), packed.skipped);
            let cache = known.map(|_| packed.cache);
            Ok(Extracted { features, taken, tally, stages, notes, skipped, cache })
        });
        observer.finish(side);
        if let Ok(Extracted { cache: Some(cache), .. }) = &extracted {
            observer.cached(side, *cache);
        }
        extracted
    }

    /// The features to keep under each preset.
    pub(crate) fn wants(&self) -> Vec<(Preset, Vec<Want>)> {
        let others = self.presets.iter().skip(1);
        let others = others.map(|&preset| (preset, vec![Want::moments(Tap::Pool3)]));
        let first = self.presets.first().map(|&preset| (preset, self.wants.to_vec()));
        first.into_iter().chain(others).collect()
    }

    /// Packs images into batches until the images end or one of them fails.
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
            if batch.len() > 0 && !self.fits(&batch, loaded.size()) {
                // The receiver is gone if a batch failed, and reports that failure itself.
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

    /// Whether an image of `size` fits into a batch.
    fn fits(&self, batch: &Batch, size: ImageSize) -> bool {
        let bytes = batch.bytes_with(size).get(self.presets);
        batch.len() < self.batch_size.get()
            && bytes <= MAX_BATCH_BYTES.min(self.engine.info().max_buffer_bytes)
    }

    /// Computes the features of all batches of a set.
    fn extract_all(
        &self,
        batches: impl IntoIterator<Item = Batch>,
        wants: &[(Preset, Vec<Want>)],
        known: Option<Known<'_>>,
        side: Side,
        files: Images,
        observer: &dyn Observer,
    ) -> Result<(Features, Tally, Passed), Error> {
        let mut collection =
            FeatureCollection::new(wants, self.engine, self.engine.info().features)?;
        collection.reserve(files.len());
        let name = |file: usize| files.path(file).into_owned();
        let batches = batches.into_iter().map(Ok);
        let mut passed =
            self.extract(batches, wants, known, &mut collection, side, &name, observer)?;
        let tally = std::mem::take(&mut collection.tally);
        let moments = Stopwatch::default();
        let features = moments.time(|| collection.into_features())?;
        passed.stages.moments += moments.seconds();
        Ok((features, tally, passed))
    }

    /// Adds the features of batches to a collection, in their order. Each batch starts before the
    /// previous one is read back, and on several devices before several are. `name` maps an image's
    /// number to its name.
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
        let mut running = Running::default();
        let ahead = self.engine.batches_ahead();
        let (waiting, moments) = (Stopwatch::default(), Stopwatch::default());
        let before = collection.num_images();
        let mut batches = batches.into_iter();
        loop {
            let batch = waiting.time(|| batches.next()).transpose()?;
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            let last = batch.is_none();
            if let Some(batch) = batch {
                let started = network.start(&batch);
                running.push(batch, started);
            }
            while let Some((batch, started)) =
                running.pop(if last { 0 } else { ahead }, MAX_STARTED_BYTES)
            {
                let features = network.finish(&batch, started)?;
                taken.extend(batch.files());
                let added = moments.time(|| collection.add(batch.len(), &features));
                added.map_err(|error| {
                    let image = |row: usize| taken.get(row.checked_sub(before)?).copied();
                    Error::from_sink(error, |row| image(row).map(name))
                })?;
                batch.facts().for_each(|facts| collection.tally.add(facts));
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

/// The batches that are started and not read back, in their order.
#[derive(Default)]
struct Running {
    batches: VecDeque<(Batch, Option<Started>)>,
    /// Bytes of their pixels.
    bytes: usize,
}

impl Running {
    fn push(&mut self, batch: Batch, started: Option<Started>) {
        self.bytes += batch.num_bytes();
        self.batches.push_back((batch, started));
    }

    /// The first batch, if more than `ahead` are started, or more than two of more than `max_bytes`.
    fn pop(&mut self, ahead: usize, max_bytes: usize) -> Option<(Batch, Option<Started>)> {
        let started = self.batches.len();
        if started <= ahead && (started < 3 || self.bytes <= max_bytes) {
            return None;
        }
        let next = self.batches.pop_front()?;
        self.bytes -= next.0.num_bytes();
        Some(next)
    }
}

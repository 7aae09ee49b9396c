//! Batches of images, some of whose features may come from the cache.

use fid_core::{BatchBytes, Engine, Image8, ImageSize, PackedBatch, Preset, Tap};
use fid_images::decode::ImageFacts;
use fid_images::prefetch::Loaded;

use super::Want;
use super::extraction::{Extraction, Started};
use crate::Error;
use crate::feature_cache::{Hit, Known, Miss};

/// Images whose features are summed together. Cached images count towards the limits of a batch
/// like new ones: a cache does not move boundaries between batches, so sums stay the same to the
/// bit.
pub(super) struct Batch {
    /// The images that must run through the network.
    images: PackedBatch,
    /// Buffer sizes if all images of the batch ran.
    presets: Vec<Preset>,
    bytes: BatchBytes,
    rows: Vec<Row>,
}

/// One image of a batch.
struct Row {
    /// Index of its file.
    file: usize,
    facts: ImageFacts,
    origin: Origin,
}

enum Origin {
    Network(Option<Miss>),
    /// The cached features, for each column.
    Cache(Vec<Vec<f32>>),
}

impl Batch {
    pub(super) fn new(presets: &[Preset]) -> Self {
        let (images, bytes) = (PackedBatch::new(presets), BatchBytes::default());
        Self { images, presets: presets.to_vec(), bytes, rows: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes of the pixels that run through the network.
    pub(super) fn num_bytes(&self) -> usize {
        self.images.bytes().len()
    }

    /// Buffer sizes with one more image.
    pub(super) fn bytes_with(&self, size: ImageSize) -> BatchBytes {
        self.bytes.with(size, &self.presets)
    }

    pub(super) fn push(&mut self, file: usize, loaded: Loaded<Hit, Miss>) -> Result<(), Error> {
        let (facts, size) = (loaded.facts(), loaded.size());
        let origin = match loaded {
            Loaded::Decoded(decoded, _, miss) => {
                self.images.push(&decoded.image)?;
                Origin::Network(miss)
            }
            Loaded::Known(hit) => Origin::Cache(hit.rows),
        };
        self.bytes = self.bytes_with(size);
        self.rows.push(Row { file, facts, origin });
        Ok(())
    }

    /// Adds an image from memory.
    pub(super) fn push_image(
        &mut self,
        number: usize,
        facts: ImageFacts,
        image: &Image8,
    ) -> Result<(), Error> {
        self.images.push(image)?;
        self.bytes = self.bytes_with(image.into());
        self.rows.push(Row { file: number, facts, origin: Origin::Network(None) });
        Ok(())
    }

    /// The file index of each image.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().map(|row| row.file)
    }

    /// The facts about each image.
    pub(super) fn facts(&self) -> impl Iterator<Item = &ImageFacts> {
        self.rows.iter().map(|row| &row.facts)
    }

    /// Whether no image of the batch is cached.
    fn is_new(&self) -> bool {
        self.images.len() == self.len()
    }
}

/// Computes features of batches, and reads and fills the cache.
pub(super) struct Batches<'a> {
    pub(super) extraction: Extraction<'a>,
    engine: &'a dyn Engine,
    /// The wanted taps under each preset.
    wanted: Vec<Vec<Tap>>,
    /// The taps that are cached, under each preset.
    stored: Vec<Vec<Tap>>,
    known: Option<Known<'a>>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(
        engine: &'a dyn Engine,
        wants: &[(Preset, Vec<Want>)],
        known: Option<Known<'a>>,
    ) -> Self {
        let extraction = Extraction::new(engine);
        let taps = |(_, wants): &(Preset, Vec<Want>)| wants.iter().map(|want| want.tap).collect();
        let wanted = wants.iter().map(taps).collect();
        let mut stored = vec![Vec::new(); wants.len()];
        for column in known.iter().flat_map(|known| known.0) {
            stored[column.preset].push(column.tap);
        }
        Self { extraction, engine, wanted, stored, known }
    }

    /// The taps to compute for a batch. If some of its images are cached, these are the cached
    /// taps; the other taps are computed from them for the whole batch at once.
    fn asked(&self, batch: &Batch) -> &[Vec<Tap>] {
        if batch.is_new() { &self.wanted } else { &self.stored }
    }

    /// Starts a batch on the device, unless all of it is cached.
    pub(super) fn start(&self, batch: &Batch) -> Option<Started> {
        let start = || self.extraction.start(&batch.images, self.asked(batch));
        (!batch.images.is_empty()).then(start)
    }

    /// Waits for a batch's features, `[n,dim]` for each wanted tap under each preset, and caches
    /// the new ones.
    pub(super) fn finish(
        &mut self,
        batch: &Batch,
        started: Option<Started>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let asked = self.asked(batch).to_vec();
        let arrived = match started {
            Some(started) => self.extraction.finish(&batch.images, &asked, started)?,
            None => Vec::new(),
        };
        let Some(known) = self.known else { return Ok(arrived) };
        let taps = |taps: &[Vec<Tap>]| {
            let taps = taps.iter().enumerate();
            taps.flat_map(|(at, taps)| taps.iter().map(move |&tap| (at, tap))).collect::<Vec<_>>()
        };
        let mut new = vec![&[][..]; known.0.len()];
        for ((preset, tap), features) in taps(&asked).into_iter().zip(&arrived) {
            if let Some(place) = known.place(preset, tap) {
                let images = batch.rows.iter().filter_map(|row| match &row.origin {
                    Origin::Network(Some(miss)) => Some((miss, &row.facts)),
                    _ => None,
                });
                known.add(place, images, features);
                new[place] = features;
            }
        }
        if batch.is_new() {
            return Ok(arrived);
        }
        let join = |(preset, tap): (usize, Tap)| {
            // Every wanted tap is computed from a cached one.
            let place = known.place(preset, tap.read_from()).unwrap_or_default();
            self.join(batch, known.0[place].tap, place, new[place], tap)
        };
        taps(&self.wanted).into_iter().map(join).collect()
    }

    /// The features of a whole batch at tap `wanted`, from the column at index `place`, which
    /// stores tap `stored`. `new` has the rows of images that were not cached.
    fn join(
        &self,
        batch: &Batch,
        stored: Tap,
        place: usize,
        new: &[f32],
        wanted: Tap,
    ) -> Result<Vec<f32>, Error> {
        let mut new = new.chunks_exact(stored.dim());
        let mut values = Vec::with_capacity(batch.len() * stored.dim());
        for row in &batch.rows {
            let row = match &row.origin {
                Origin::Network(..) => new.next().unwrap_or_default(),
                Origin::Cache(rows) => &rows[place],
            };
            values.extend_from_slice(row);
        }
        if wanted == stored {
            return Ok(values);
        }
        Ok(self.engine.classify(&values, wanted)?)
    }
}

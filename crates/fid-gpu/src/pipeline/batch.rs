//! Images on their way: what the network is asked for, and what is known of the others.

use fid_core::Preset;
use fid_inception::{FeatureExtractor, Tap};
use fid_kernels::{Arrived, Arriving, ComputeDevice};

use super::extraction::{Extraction, Started, guard};
use super::packs::{Packs, PacksBytes};
use crate::Error;
use crate::feature_cache::{Facts, Known, Miss};
use crate::reader::Read;

/// Images that go together into the sums. Its limits are those of all its images, known or not, so
/// that a cache moves no boundary between batches, and with it no bit of the sums.
pub(super) struct Batch {
    /// Those that the network is asked for.
    images: Packs,
    /// What all of them would take.
    bytes: PacksBytes,
    rows: Vec<Row>,
}

/// One image of a batch.
struct Row {
    /// Which of the files it is.
    file: usize,
    origin: Origin,
}

enum Origin {
    Network(Facts, Option<Miss>),
    /// Its features at each of the known taps.
    Cache(Vec<Vec<f32>>),
}

impl Batch {
    pub(super) fn new(presets: &[Preset]) -> Self {
        let (images, bytes) = (Packs::new(presets), PacksBytes::new(presets));
        Self { images, bytes, rows: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Bytes of the largest buffer that it is going to need with one more image, and of one under each
    /// preset together.
    pub(super) fn bytes_with(&self, read: &Read) -> (u64, u64) {
        self.bytes.with(read.facts().size)
    }

    pub(super) fn push(&mut self, file: usize, read: Read) -> Result<(), Error> {
        let facts = read.facts();
        let origin = match read {
            Read::Decoded(decoded, miss) => {
                self.images.push(&decoded.image)?;
                Origin::Network(facts, miss)
            }
            Read::Known(hit) => Origin::Cache(hit.rows),
        };
        self.bytes.add(facts.size);
        self.rows.push(Row { file, origin });
        Ok(())
    }

    /// Which of the files each image is.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().map(|row| row.file)
    }

    /// Whether the network is asked for all of them.
    fn is_new(&self) -> bool {
        self.images.len() == self.len()
    }
}

/// Features of batches, of which some images may be known.
pub(super) struct Batches<'a> {
    pub(super) extraction: Extraction<'a>,
    extractor: &'a dyn FeatureExtractor,
    device: &'a ComputeDevice,
    /// Under each preset.
    wanted: Vec<Vec<Tap>>,
    known: Option<Known<'a>>,
}

impl<'a> Batches<'a> {
    pub(super) fn new(
        extractor: &'a dyn FeatureExtractor,
        device: &'a ComputeDevice,
        wanted: Vec<Vec<Tap>>,
        known: Option<Known<'a>>,
    ) -> Self {
        let extraction = Extraction::new(extractor, device);
        Self { extraction, extractor, device, wanted, known }
    }

    /// What the network is asked for. Beside known images all that they have, of which the rest is
    /// made for the whole batch at once.
    fn asked(&self, batch: &Batch) -> Vec<Vec<Tap>> {
        match &self.known {
            // There is one preset where there is a cache.
            Some(known) if !batch.is_new() => vec![known.taps.to_vec()],
            _ => self.wanted.clone(),
        }
    }

    /// Puts the device to work on a batch; not if all of it is known.
    pub(super) fn start(&self, batch: &Batch) -> Option<Started> {
        let start = || self.extraction.start(&batch.images, &self.asked(batch));
        (batch.images.len() > 0).then(start)
    }

    /// Waits for a batch's features, one tensor for each tap that is wanted, and keeps those that are
    /// new.
    pub(super) fn finish(
        &mut self,
        batch: &Batch,
        started: Option<Started>,
    ) -> Result<Vec<Arrived>, Error> {
        let asked = self.asked(batch);
        let arrived = match started {
            Some(started) => self.extraction.finish(&batch.images, &asked, started)?,
            None => Vec::new(),
        };
        let Some(known) = self.known else { return Ok(arrived) };
        for (tap, features) in asked.iter().flatten().zip(&arrived) {
            if let Some(place) = known.place(*tap) {
                let new = batch.rows.iter().filter_map(|row| match &row.origin {
                    Origin::Network(facts, Some(miss)) => Some((miss, facts)),
                    _ => None,
                });
                let values = features.values().map_err(Error::Kernel)?;
                known.cache.add(known.taps, place, new, values);
            }
        }
        if batch.is_new() {
            return Ok(arrived);
        }
        let join = |tap: &Tap| {
            // All that is wanted can be made of what is known.
            let place = known.place(tap.read_from()).unwrap_or_default();
            guard(|| self.join(batch, known.taps[place], place, arrived.get(place), *tap))
        };
        self.wanted.iter().flatten().map(join).collect()
    }

    /// The features of a whole batch at tap `wanted`, made of `stored`, the known tap at `place`.
    fn join(
        &self,
        batch: &Batch,
        stored: Tap,
        place: usize,
        arrived: Option<&Arrived>,
        wanted: Tap,
    ) -> Result<Arrived, Error> {
        let new = arrived.map_or(Ok(&[][..]), Arrived::values).map_err(Error::Kernel)?;
        let mut new = new.chunks_exact(stored.dim());
        let mut values = Vec::with_capacity(batch.len() * stored.dim());
        for row in &batch.rows {
            let row = match &row.origin {
                Origin::Network(..) => new.next().unwrap_or_default(),
                Origin::Cache(rows) => &rows[place],
            };
            values.extend_from_slice(row);
        }
        let features = Arrived::from_host(values, stored.dim(), &self.device.burn);
        if wanted == stored {
            return Ok(features);
        }
        let logits = self.extractor.classify(features.tensor(), wanted)?;
        Arriving::start(logits).and_then(Arriving::wait).map_err(Error::Kernel)
    }
}

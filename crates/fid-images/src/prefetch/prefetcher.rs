//! Decoding ahead: many threads, one order, bounded memory.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;
use std::time::Instant;

use super::known::{KnownImage, KnownImages, Lookup};
use super::loaded::{Loaded, Prefetched};
use super::memory_budget::MemoryBudget;
use crate::decode::DecodeError;
use crate::panic;
use crate::set::{Content, Images, Opened, SetReader};

/// Images that each thread may have waiting.
const WAITING: usize = 4;

/// Bytes that files, buffers of decoders and waiting images may take together, unless one image
/// alone takes more.
const BUDGET: u64 = 512 << 20;

/// Decodes images of a set ahead of their use. `K` finds images that need no decoding.
pub struct Prefetcher<'a, K> {
    images: Images<'a>,
    known: Option<K>,
    budget: MemoryBudget,
}

/// The images of a [`Prefetcher`], in the set's order. Its threads stop when this is dropped.
pub struct PrefetchedImages<'a, K: KnownImages> {
    budget: &'a MemoryBudget,
    queues: Vec<Receiver<Prefetched<'a, K::Hit, K::Miss>>>,
    next: usize,
}

type Sender<'a, K> = SyncSender<Prefetched<'a, <K as KnownImages>::Hit, <K as KnownImages>::Miss>>;

impl<'a, K: KnownImages + 'a> Prefetcher<'a, K> {
    /// A prefetcher of `images`. If `known` is given, every image is looked up by its content, and
    /// decoded only if it is not known.
    pub fn new(images: Images<'a>, known: Option<K>) -> Self {
        Self { images, known, budget: MemoryBudget::new(BUDGET) }
    }

    /// Decodes the images on `workers` threads and yields them in order.
    ///
    /// Thread `w` of `n` decodes the images `w`, `w + n`, `w + 2n`, … into a queue of its own, and
    /// the queues are read in turn. So the order needs no sorting, and a slow image holds the others
    /// back instead of letting them pile up. Images that are only reached in order are unpacked by
    /// one thread, because each of several would unpack all of them.
    pub fn start<'scope>(
        &'a self,
        scope: &'scope Scope<'scope, 'a>,
        workers: NonZeroUsize,
    ) -> PrefetchedImages<'a, K> {
        let workers = if self.images.is_sequential() { 1 } else { workers.get() };
        let workers = workers.min(self.images.len().max(1));
        let start = |worker: usize| {
            let (sender, receiver) = sync_channel(WAITING);
            scope.spawn(move || self.work((worker..self.images.len()).step_by(workers), &sender));
            receiver
        };
        let queues = (0..workers).map(start).collect();
        PrefetchedImages { budget: &self.budget, queues, next: 0 }
    }

    /// Decodes the images at `indices` until the consumer is gone, which then reports the cause
    /// itself.
    fn work(&'a self, indices: impl Iterator<Item = usize>, sender: &Sender<'a, K>) {
        let mut reader = self.images.reader();
        for index in indices {
            let Some(image) = self.load(index, &mut reader) else { return };
            if sender.send(image).is_err() {
                return;
            }
        }
    }

    /// Reads and decodes an image; `None` once the consumer is gone.
    fn load(
        &'a self,
        index: usize,
        reader: &mut SetReader<'_>,
    ) -> Option<Prefetched<'a, K::Hit, K::Miss>> {
        let path = &*self.images.path(index);
        let limits = self.images.limits();
        let opened = reader.open(index)?;
        let length = opened.as_ref().map_or(0, Opened::len);
        let file_reservation = self.budget.reserve(index, length)?;
        let start = Instant::now();
        let content = opened.and_then(|file| guarded(path, || file.read()));
        let known = self.known.as_ref().zip(content.as_ref().ok());
        let miss = match known.map(|(known, content)| known.find(content.key())) {
            Some(Lookup::Hit(hit)) => {
                let took = start.elapsed();
                let reservation = self.budget.reserve(index, hit.bytes())?;
                return Some(Prefetched { result: Ok(Loaded::Known(hit)), took, reservation });
            }
            Some(Lookup::Miss(miss)) => Some(miss),
            None => None,
        };
        // Headers that cannot be read need no memory: decoding fails on them, too.
        let memory = content.as_ref().map_or(0, |content| {
            let preparation = self.images.preparation();
            guarded(path, || content.decoding_memory(limits, preparation)).unwrap_or_default()
        });
        let reading = start.elapsed();
        let mut reservation = self.budget.reserve(index, memory)?;
        let start = Instant::now();
        // The facts are those of the file, before it is prepared.
        let decode = |content: Content<'_>| {
            let decoded = content.decode(limits)?;
            let facts = decoded.facts();
            Ok((self.images.prepare(index, decoded)?, facts))
        };
        let decoded = content.and_then(|content| guarded(path, || decode(content)));
        drop(file_reservation);
        let bytes = decoded.as_ref().map_or(0, |(decoded, _)| decoded.image.pixels().len());
        reservation.shrink_to(bytes as u64);
        let result = decoded.map(|(decoded, facts)| Loaded::Decoded(decoded, facts, miss));
        Some(Prefetched { result, took: reading + start.elapsed(), reservation })
    }
}

impl<'a, K: KnownImages> Iterator for PrefetchedImages<'a, K> {
    type Item = Prefetched<'a, K::Hit, K::Miss>;

    fn next(&mut self) -> Option<Self::Item> {
        self.budget.set_due(self.next);
        let queue = self.queues.get(self.next % self.queues.len().max(1))?;
        self.next += 1;
        // A closed queue has been read to its end: the index is past the last image.
        queue.recv().ok()
    }
}

impl<K: KnownImages> Drop for PrefetchedImages<'_, K> {
    fn drop(&mut self) {
        self.budget.close();
    }
}

/// A decoder that panics has met a bad file, and must not end the whole run.
fn guarded<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let panicked = |message| Err(DecodeError::Panicked { path: path.into(), message });
    panic::catch(work).unwrap_or_else(panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_names_the_file() {
        let fails = || -> Result<(), _> { panic!("index out of bounds") };
        let error = guarded(Path::new("a.tif"), fails).unwrap_err();
        assert!(error.to_string().contains("a.tif"), "{error}");
        assert!(error.reason().contains("index out of bounds"), "{error}");
    }
}

//! Decoding ahead of the network: many threads, one order, bounded memory.

mod gate;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use self::gate::Gate;
pub(crate) use self::gate::Permit;
use crate::decode::{DecodeError, Decoded};
use crate::error::panic_message;
use crate::feature_cache::{Facts, Hit, Known, Lookup, Miss};
use crate::source::{Images, Opened, SetReader};

/// Decoded images that a thread may have waiting, at most.
const WAITING: usize = 4;

/// Bytes that files, images being decoded and images waiting may take together, unless one alone
/// takes more: 8 photographs of 16 megapixels, hundreds of the usual size.
const ROOM: u64 = 512 << 20;

/// Bytes that a pixel takes while it is decoded, in the usual formats.
const BYTES_PER_PIXEL: u64 = 4;

/// What was made of a file.
pub(crate) enum Read {
    /// Its image; and how to keep its features, where they are kept.
    Decoded(Decoded, Option<Miss>),
    /// Its features are known: it was not decoded.
    Known(Hit),
}

/// A file that was read, how long it took, and the room it takes until it is dropped.
pub(crate) struct Item<'a> {
    pub(crate) result: Result<Read, DecodeError>,
    pub(crate) took: Duration,
    pub(crate) permit: Permit<'a>,
}

/// What the threads share.
pub(crate) struct Reader<'a> {
    images: Images<'a>,
    known: Option<Known<'a>>,
    gate: Gate,
}

/// Decoded files in order. The threads behind it stop when it is dropped.
pub(crate) struct Items<'a> {
    gate: &'a Gate,
    queues: Vec<Receiver<Item<'a>>>,
    next: usize,
}

impl<'a> Reader<'a> {
    /// Images whose features are `known` will not be decoded.
    pub(crate) fn new(images: Images<'a>, known: Option<Known<'a>>) -> Self {
        Self { images, known, gate: Gate::new(ROOM) }
    }

    /// Decodes the files on `workers` threads and yields the results in their order.
    ///
    /// Thread `w` of `n` decodes the files `w`, `w + n`, `w + 2n`, … into a queue of its own, and
    /// the queues are read in turn: the order needs no sorting, and a slow file holds back the
    /// others instead of letting them pile up. Images that can only be had in order are unpacked by
    /// one thread, since each of several would unpack all of them.
    pub(crate) fn start<'scope>(
        &'a self,
        scope: &'scope Scope<'scope, 'a>,
        workers: NonZeroUsize,
    ) -> Items<'a> {
        let workers = if self.images.is_sequential() { 1 } else { workers.get() };
        let workers = workers.min(self.images.len().max(1));
        let start = |worker: usize| {
            let (sender, receiver) = sync_channel(WAITING);
            scope.spawn(move || self.work((worker..self.images.len()).step_by(workers), &sender));
            receiver
        };
        Items { gate: &self.gate, queues: (0..workers).map(start).collect(), next: 0 }
    }

    /// Decodes the files at `places` until nobody listens any more: the run has then failed
    /// elsewhere, and says so itself.
    fn work(&'a self, places: impl Iterator<Item = usize>, sender: &SyncSender<Item<'a>>) {
        let mut reader = self.images.reader();
        for index in places {
            let Some(item) = self.item(index, &mut reader) else { return };
            if sender.send(item).is_err() {
                return;
            }
        }
    }

    fn item(&'a self, index: usize, reader: &mut SetReader) -> Option<Item<'a>> {
        let path = &*self.images.path(index);
        let opened = reader.open(index)?;
        let length = opened.as_ref().map_or(0, Opened::len);
        let file = self.gate.enter(index, length)?;
        let start = Instant::now();
        let opened = opened.and_then(|file| guarded(path, || file.read()));
        let known = self.known.zip(opened.as_ref().ok());
        let miss = match known.map(|(known, content)| known.find(content.key())) {
            Some(Lookup::Hit(hit)) => {
                let permit = self.gate.enter(index, hit.bytes())?;
                return Some(Item { result: Ok(Read::Known(hit)), took: start.elapsed(), permit });
            }
            Some(Lookup::Miss(miss)) => Some(miss),
            None => None,
        };
        // How large it is, is known from its header; a header that cannot be read takes no room.
        let pixels = opened
            .as_ref()
            .map_or(0, |file| guarded(path, || Ok(file.pixels())).unwrap_or_default());
        let waiting = start.elapsed();
        let mut permit = self.gate.enter(index, pixels.saturating_mul(BYTES_PER_PIXEL))?;
        let start = Instant::now();
        let result = opened.and_then(|opened| guarded(path, || opened.decode()));
        drop(file);
        permit.keep(result.as_ref().map_or(0, |decoded| decoded.image.pixels().len() as u64));
        let result = result.map(|decoded| Read::Decoded(decoded, miss));
        Some(Item { result, took: waiting + start.elapsed(), permit })
    }
}

impl Read {
    /// What is told of the image beside its pixels.
    pub(crate) fn facts(&self) -> Facts {
        match self {
            Self::Decoded(decoded, _) => {
                Facts { size: (&decoded.image).into(), losses: decoded.losses }
            }
            Self::Known(hit) => hit.facts,
        }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        self.gate.wants(self.next);
        let queue = self.queues.get(self.next % self.queues.len().max(1))?;
        self.next += 1;
        // A closed queue has been read to its end: the file that is due is past the last.
        queue.recv().ok()
    }
}

impl Drop for Items<'_> {
    fn drop(&mut self) {
        self.gate.close();
    }
}

/// A decoder that panics has met a bad file, and must not end the list of files.
fn guarded<T>(
    file: &Path,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    // Nothing of what it works on is used again.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|panic| {
        let message = panic_message(&*panic);
        Err(DecodeError::Panicked { path: file.into(), message })
    })
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

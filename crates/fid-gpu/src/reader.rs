//! Decoding ahead of the network: many threads, one order, bounded memory.

use std::num::NonZeroUsize;
use std::panic::{UnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use crate::decode::{DecodeError, Decoded, decode};
use crate::error::panic_message;

/// Decoded images that a thread may have waiting, at most.
const WAITING: usize = 4;

/// A decoded file, and how long decoding took.
pub(crate) struct Item {
    pub(crate) result: Result<Decoded, DecodeError>,
    pub(crate) took: Duration,
}

/// Decodes `files` on `workers` threads and yields the results in the order of the files.
///
/// Thread `w` of `n` decodes the files `w`, `w + n`, `w + 2n`, … into a queue of its own, and the
/// queues are read in turn: the order needs no sorting, and a slow file holds back the others
/// instead of letting them pile up. The threads stop when the iterator is dropped.
pub(crate) fn decode_in_order<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    files: &'env [PathBuf],
    workers: NonZeroUsize,
) -> impl Iterator<Item = Item> + Send + use<'scope, 'env> {
    let workers = workers.get().min(files.len().max(1));
    let start = |worker: usize| -> Receiver<Item> {
        let (sender, receiver) = sync_channel(WAITING);
        scope.spawn(move || work(files.iter().skip(worker).step_by(workers), &sender));
        receiver
    };
    let queues: Vec<_> = (0..workers).map(start).collect();
    // A closed queue has been read to its end: the file that is due is past the last.
    (0..).map_while(move |index: usize| queues[index % workers].recv().ok())
}

fn work<'a>(files: impl Iterator<Item = &'a PathBuf>, sender: &SyncSender<Item>) {
    for file in files {
        let start = Instant::now();
        let result = guarded(file, |file| decode(file));
        // Nobody listens any more: the run has failed elsewhere, and says so itself.
        if sender.send(Item { result, took: start.elapsed() }).is_err() {
            return;
        }
    }
}

/// A decoder that panics has met a bad file, and must not end the list of files.
fn guarded(
    file: &Path,
    decode: impl FnOnce(&Path) -> Result<Decoded, DecodeError> + UnwindSafe,
) -> Result<Decoded, DecodeError> {
    catch_unwind(|| decode(file)).unwrap_or_else(|panic| {
        let message = panic_message(&*panic);
        Err(DecodeError::Panicked { path: file.into(), message })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_names_the_file() {
        let error = guarded(Path::new("a.tif"), |_| panic!("index out of bounds")).unwrap_err();
        assert!(error.to_string().contains("a.tif"), "{error}");
        assert!(error.reason().contains("index out of bounds"), "{error}");
    }
}

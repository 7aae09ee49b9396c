//! Decoding ahead of the network: many threads, one order, bounded memory.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use crate::decode::{DecodeError, Decoded, decode};

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
        let result = decode(file);
        // Nobody listens any more: the run has failed elsewhere, and says so itself.
        if sender.send(Item { result, took: start.elapsed() }).is_err() {
            return;
        }
    }
}

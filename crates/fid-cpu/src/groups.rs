//! Groups of images in the queue of the threads.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::threads::threads;

/// One thread for each core that the process may use, not more than the current rayon pool has.
/// `None` if the system refuses threads.
pub(crate) fn pool() -> Option<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads())
        .thread_name(|thread| format!("network {thread}"))
        .build()
        .ok()
}

/// A batch in the queue of the threads.
pub(crate) struct Running {
    /// The features of each group, or its panic.
    groups: Receiver<(usize, thread::Result<Vec<Vec<f32>>>)>,
    count: usize,
    taps: usize,
}

/// Queues `count` groups. `run` returns the features of one, `[images,dim]` for each of `taps`
/// taps. A thread that has no group left goes on with the next batch. Without a pool the calling
/// thread runs the groups.
pub(crate) fn start(
    pool: Option<&ThreadPool>,
    count: usize,
    taps: usize,
    run: impl Fn(usize) -> Vec<Vec<f32>> + Send + Sync + 'static,
) -> Running {
    let (sender, groups) = channel();
    let run = Arc::new(run);
    for group in 0..count {
        let (run, sender) = (Arc::clone(&run), sender.clone());
        let job = move || {
            let features = catch_unwind(AssertUnwindSafe(|| run(group)));
            // Nobody listens any more if the batch was dropped.
            let _ = sender.send((group, features));
        };
        match pool {
            Some(pool) => pool.spawn_fifo(job),
            None => job(),
        }
    }
    Running { groups, count, taps }
}

impl Running {
    /// Waits for the features: `[n,dim]` for each tap.
    pub(crate) fn wait(self) -> Vec<Vec<f32>> {
        let mut results = vec![Vec::new(); self.count];
        for (group, features) in self.groups.into_iter().take(self.count) {
            results[group] = features.unwrap_or_else(|panic| resume_unwind(panic));
        }
        (0..self.taps)
            .map(|tap| results.iter().flat_map(|of| &of[tap]).copied().collect())
            .collect()
    }
}

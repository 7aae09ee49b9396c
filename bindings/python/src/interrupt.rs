//! Computations that Ctrl-C ends, and that are refused in a forked process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fid_gpu::observer::Progress;
use fid_gpu::{Error, Observer, Side};
use fid_images::panic_message;
use pyo3::prelude::*;

use crate::errors::{FidGpuError, ForkedProcess, exception};

/// How often signals are looked at, and progress is reported.
const TICK: Duration = Duration::from_millis(50);

/// The process that first used threads; 0 before.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Whether this process was forked from one that had used threads.
pub(crate) fn forked() -> bool {
    let here = std::process::id();
    let before = PROCESS.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed);
    before.is_err_and(|first| first != here)
}

/// Fails in a forked process whose parent had used threads: they do not exist here, and waiting for them would not end.
pub(crate) fn require_unforked() -> PyResult<()> {
    if forked() {
        return Err(ForkedProcess::new_err(
            "fid_gpu was used in this process's parent before the fork, and its threads do not exist here: start the \
             process with multiprocessing's \"spawn\" or \"forkserver\" (for a DataLoader: \
             multiprocessing_context=\"spawn\"), or use fid_gpu in the parent alone",
        ));
    }
    Ok(())
}

/// Runs `work` on a thread of its own without the GIL. Signals are handled meanwhile: if a handler raises, as Ctrl-C
/// does, the call ends at once, and the thread at its next batch. `progress`, if any, is called with a phase or a
/// side, images done, and images in all.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Watch) -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    require_unforked()?;
    let watch = Arc::new(Watch::default());
    let (sender, mut receiver) = channel();
    let theirs = Arc::clone(&watch);
    let spawned = thread::Builder::new().name("fid-gpu".into()).spawn(move || {
        let done = catch_unwind(AssertUnwindSafe(|| work(&theirs)));
        let _ = sender.send(done.map_err(|panic| panic_message(&*panic)));
    });
    spawned.map_err(|error| FidGpuError::new_err(format!("no thread can be started: {error}")))?;
    loop {
        let received;
        (receiver, received) = py.detach(move || {
            let received = receiver.recv_timeout(TICK);
            (receiver, received)
        });
        let meanwhile = py.check_signals().and_then(|()| watch.tell(progress));
        match received {
            Ok(Ok(result)) => {
                meanwhile?;
                return result.map_err(exception);
            }
            Ok(Err(message)) => return Err(exception(Error::Panic { message })),
            Err(RecvTimeoutError::Timeout) => {
                if let Err(raised) = meanwhile {
                    watch.cancelled.store(true, Ordering::Relaxed);
                    return Err(raised);
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(FidGpuError::new_err("the computation ended without a result"));
            }
        }
    }
}

/// The state of a run, written by its threads and read by Python's.
#[derive(Default)]
pub(crate) struct Watch {
    cancelled: AtomicBool,
    events: Mutex<Vec<(String, usize, usize)>>,
    total: Mutex<usize>,
}

impl Watch {
    fn add(&self, what: String, done: usize, total: usize) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        // Only the last count of a side is of interest.
        events.retain(|(before, ..)| *before != what);
        events.push((what, done, total));
    }

    fn tell(&self, progress: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let events =
            std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(progress) = progress else { return Ok(()) };
        events.into_iter().try_for_each(|event| progress.call1(event).map(drop))
    }
}

impl Progress for Watch {
    fn phase(&self, text: &str) {
        self.add(text.into(), 0, 0);
    }
}

impl Observer for Watch {
    fn start(&self, side: Side, images: usize) {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner) = images;
        self.add(side.to_string(), 0, images);
    }

    fn progress(&self, side: Side, images: usize) {
        let total = *self.total.lock().unwrap_or_else(PoisonError::into_inner);
        self.add(side.to_string(), images, total);
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

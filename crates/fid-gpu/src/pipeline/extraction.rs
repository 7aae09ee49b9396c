//! Runs a batch, in smaller pieces if the device lacks memory for it.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fid_core::{Engine, EngineError, EngineOutput, PackedBatch, Pending, Tap};

use crate::Error;
use crate::timings::{StageSeconds, Stopwatch};

/// Runs batches. If one fails in a way that a lack of memory can cause, it runs again in halves,
/// and later batches are cut to the size that worked.
///
/// Few runtimes report a lack of memory as such. Every failure counts as one until a single image
/// fails, except for a lost device.
pub(super) struct Extraction<'a> {
    engine: &'a dyn Engine,
    /// Upper bound of images in a batch, lowered by failures.
    limit: usize,
    /// Size and error of the first batch that failed.
    failed: Option<(usize, String)>,
    /// Seconds of preprocessing; `None` on a device that overlaps it with the network.
    preprocess: Option<f64>,
    /// Time of preprocessing and network together.
    all: Stopwatch,
}

/// The state of a batch.
pub(super) enum Started {
    Whole(Result<Pending, Error>),
    /// The batch exceeds the limit: it runs in pieces in [`Extraction::finish`].
    Later,
}

impl<'a> Extraction<'a> {
    pub(super) fn new(engine: &'a dyn Engine) -> Self {
        let all = Stopwatch::default();
        Self { engine, limit: usize::MAX, failed: None, preprocess: None, all }
    }

    /// Starts a batch on the device; `taps` are the layers to read under each preset.
    pub(super) fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Started {
        if batch.len() > self.limit {
            return Started::Later;
        }
        Started::Whole(self.submit(batch, taps))
    }

    /// Waits for a batch's features, `[n,dim]` for each tap of each preset, and runs it again if
    /// necessary.
    pub(super) fn finish(
        &mut self,
        batch: &PackedBatch,
        taps: &[Vec<Tap>],
        started: Started,
    ) -> Result<Vec<Vec<f32>>, Error> {
        if let Started::Whole(started) = started {
            match started.and_then(|pending| self.wait(pending)) {
                Ok(rows) => return Ok(rows),
                Err(error) => self.shrink(batch.len(), error)?,
            }
        }
        let mut whole: Vec<_> = taps.iter().flatten().map(|_| Vec::new()).collect();
        let mut begin = 0;
        while begin < batch.len() {
            let range = begin..batch.len().min(begin.saturating_add(self.limit));
            match self.piece(batch, taps, range.clone()) {
                Ok(rows) => {
                    begin = range.end;
                    whole.iter_mut().zip(rows).for_each(|(whole, rows)| whole.extend(rows));
                }
                Err(error) => self.shrink(range.len(), error)?,
            }
        }
        Ok(whole)
    }

    /// A remark for the report, if batches were made smaller.
    pub(super) fn note(&self) -> Option<String> {
        let (images, message) = self.failed.as_ref()?;
        Some(format!(
            "the device failed on a batch of {images} images, probably for lack of memory \
             ({message}): went on with {} at a time, which changes the speed and not the value",
            self.limit
        ))
    }

    fn piece(
        &mut self,
        batch: &PackedBatch,
        taps: &[Vec<Tap>],
        range: Range<usize>,
    ) -> Result<Vec<Vec<f32>>, Error> {
        let pending = self.submit(&batch.slice(range), taps)?;
        self.wait(pending)
    }

    /// Halves the limit for further batches. Returns `error` if that cannot help.
    fn shrink(&mut self, images: usize, error: Error) -> Result<(), Error> {
        let message = match &error {
            Error::Panic { message }
            | Error::Engine(
                EngineError::Failed { message } | EngineError::OutOfMemory { message },
            ) => message.clone(),
            _ => return Err(error),
        };
        if images < 2 {
            return Err(match self.failed {
                None => error,
                Some(_) => Error::OutOfMemory { message },
            });
        }
        self.failed.get_or_insert((images, message));
        // A batch submitted before the limit was lowered may fail with more images.
        self.limit = self.limit.min(images / 2);
        self.engine.release_memory();
        Ok(())
    }

    /// Seconds of preprocessing, if the device reports them, and of the network.
    pub(super) fn stages(&self) -> StageSeconds {
        let network = self.all.seconds() - self.preprocess.unwrap_or_default();
        StageSeconds { preprocess: self.preprocess, network, ..Default::default() }
    }

    fn wait(&mut self, pending: Pending) -> Result<Vec<Vec<f32>>, Error> {
        let EngineOutput { rows, preprocess } = self.all.time(|| guard(|| Ok(pending.wait()?)))?;
        if let Some(time) = preprocess {
            *self.preprocess.get_or_insert_default() += time.as_secs_f64();
        }
        Ok(rows)
    }

    fn submit(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, Error> {
        self.all.time(|| guard(|| Ok(self.engine.start(batch, taps)?)))
    }
}

/// Turns a panic of `run` into an error: a bug in an engine must not end the caller's process.
pub(crate) fn guard<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Error::from_panic(&*panic)))
}

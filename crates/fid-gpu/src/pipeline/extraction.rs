//! One batch to its features, in pieces if the device does not hold it whole.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fid_core::{Engine, EngineError, EngineOutput, PackedBatch, Pending, Tap};

use crate::Error;
use crate::timings::{StageSeconds, Stopwatch};

/// Runs batches and, if one fails in a way that a lack of memory can cause, runs it again in halves;
/// batches after it are cut to the size that worked.
///
/// Few runtimes say that memory is what they lack, so every failure of a batch counts as such until a
/// single image fails, except that of a lost device.
pub(super) struct Extraction<'a> {
    engine: &'a dyn Engine,
    /// Images that pass together at most, after failures.
    limit: usize,
    /// The largest batch that failed, and why.
    failed: Option<(usize, String)>,
    /// The time of preprocessing alone; `None` on a device that overlaps it with the network.
    preprocess: Option<f64>,
    /// The time of preprocessing and network.
    all: Stopwatch,
}

/// The state of a batch.
pub(super) enum Started {
    Whole(Result<Pending, Error>),
    /// It is larger than what failed before.
    Later,
}

impl<'a> Extraction<'a> {
    pub(super) fn new(engine: &'a dyn Engine) -> Self {
        let all = Stopwatch::default();
        Self { engine, limit: usize::MAX, failed: None, preprocess: None, all }
    }

    /// Puts the device to work on a batch; `taps` are read under each preset.
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

    /// What happened, for the reader of the result.
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

    /// Halves the batches from here on, unless that is impossible or useless.
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
        // A batch under way was submitted before the limit was known.
        self.limit = self.limit.min(images / 2);
        self.engine.release_memory();
        Ok(())
    }

    /// The time of preprocessing, if the device does it alone, and of the network.
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

/// A panic below becomes an error: a bug of an engine must not end the caller's process.
pub(crate) fn guard<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Error::from_panic(&*panic)))
}

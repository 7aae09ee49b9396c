//! Several engines that share the batches of a run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use fid_core::metrics::TileProducts;
use fid_core::{Engine, EngineError, EngineInfo, EngineOutput, PackedBatch, Pending, Preset, Tap};
use fid_images::panic_message;

/// Engines that take batches in turns, each on a thread of its own.
///
/// The place of a batch decides its engine, never the time that an engine takes: the first batch
/// that is started while no other is unfinished goes to the first engine, the next one to the
/// second. So a set has the same features in each run, and with like engines those of one engine.
/// All else (sums, products, logits of given features) is the first engine's work.
#[derive(Debug)]
pub(crate) struct EngineGroup {
    info: EngineInfo,
    workers: Vec<Worker>,
    turn: Mutex<Turn>,
}

/// An engine, and the thread that runs its batches.
#[derive(Debug)]
struct Worker {
    engine: Arc<dyn Engine>,
    /// `None` when the group is dropped.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    batch: PackedBatch,
    taps: Vec<Vec<Tap>>,
    /// Gone if nobody waits for the batch.
    ticket: Weak<Ticket>,
    reply: SyncSender<Result<EngineOutput, EngineError>>,
}

/// The right to a batch's features.
struct Ticket {
    /// Shared with [`Turn::unfinished`].
    _unfinished: Arc<()>,
}

#[derive(Debug, Default)]
struct Turn {
    next: usize,
    /// As many references as there are tickets, and this one.
    unfinished: Arc<()>,
}

impl EngineGroup {
    /// Starts a thread for each engine. An engine may be there more than once.
    ///
    /// # Panics
    ///
    /// Without engines.
    pub(crate) fn new(engines: Vec<Arc<dyn Engine>>) -> Self {
        let info = info(&engines);
        let workers = engines.into_iter().map(Worker::start).collect();
        Self { info, workers, turn: Mutex::default() }
    }

    /// Runs what is no batch on the first engine.
    fn first<T>(
        &self,
        run: impl FnOnce(&dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let engine = &*self.workers[0].engine;
        run(engine).map_err(|error| error.of_device(&engine.info().device))
    }

    /// The engine of the next batch, and a ticket for it.
    fn next(&self) -> (&Worker, Arc<Ticket>) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::strong_count(&turn.unfinished) == 1 {
            turn.next = 0;
        }
        let worker = &self.workers[turn.next % self.workers.len()];
        turn.next += 1;
        (worker, Arc::new(Ticket { _unfinished: Arc::clone(&turn.unfinished) }))
    }
}

/// What every engine can hold, and the names of all. Unlike engines round differently, and together
/// they are an arithmetic of its own.
fn info(engines: &[Arc<dyn Engine>]) -> EngineInfo {
    let infos: Vec<_> = engines.iter().map(|engine| engine.info()).collect();
    let join = |mut texts: Vec<&str>| {
        texts.dedup();
        texts.join(", ")
    };
    let mut arithmetic: Vec<_> = infos.iter().map(|info| &*info.arithmetic).collect();
    arithmetic.sort_unstable();
    let devices: Vec<_> = infos.iter().map(|info| &*info.device).collect();
    let drivers = join(infos.iter().filter_map(|info| info.driver.as_deref()).collect());
    let kernels = join(infos.iter().map(|info| &*info.kernels).collect());
    let least = |value: fn(&EngineInfo) -> u64| infos.iter().map(|info| value(info)).min();
    let images = |value| least(value).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    EngineInfo {
        device: devices.join(", "),
        kernels,
        driver: Some(drivers).filter(|drivers| !drivers.is_empty()),
        arithmetic: join(arithmetic),
        batch_size: images(|info| info.batch_size as u64),
        max_batch_size: images(|info| info.max_batch_size as u64),
        max_buffer_bytes: least(|info| info.max_buffer_bytes).unwrap_or_default(),
        ..infos[0].clone()
    }
}

impl Worker {
    fn start(engine: Arc<dyn Engine>) -> Self {
        let (jobs, received) = channel();
        let runs = Arc::clone(&engine);
        let thread = thread::spawn(move || work(&*runs, &received));
        Self { engine, jobs: Some(jobs), thread: Some(thread) }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Without a sender the thread ends.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs batches until the group is dropped. The next batch is started before the engine has
/// finished the one before it, if it is there.
fn work(engine: &dyn Engine, jobs: &Receiver<Job>) {
    let device = &engine.info().device;
    let fail = |error: EngineError| Err(error.of_device(device));
    let mut running = None;
    loop {
        let job = match running {
            None => match jobs.recv() {
                Ok(job) => Some(job),
                Err(_) => return,
            },
            Some(_) => jobs.try_recv().ok(),
        };
        let wanted = job.filter(|job: &Job| job.ticket.strong_count() > 0);
        let mut started =
            wanted.and_then(|job| match caught(|| engine.start(&job.batch, &job.taps)) {
                Ok(pending) => Some((pending, job.reply)),
                Err(error) => {
                    let _ = job.reply.send(fail(error));
                    None
                }
            });
        // A failed send means that nobody waits for the batch.
        let finish = |(pending, reply): (Pending, SyncSender<_>)| {
            let _ = reply.send(caught(|| pending.wait()).or_else(fail));
        };
        running.take().into_iter().for_each(finish);
        if let Some(ready) = started.take_if(|(pending, _)| pending.is_ready()) {
            finish(ready);
        }
        running = started;
    }
}

/// Calls `run`; a panic is an error.
fn caught<T>(run: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(EngineError::Failed { message: panic_message(&*panic) }))
}

impl Engine for EngineGroup {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let (worker, ticket) = self.next();
        let (reply, received) = sync_channel(1);
        let (batch, taps) = (batch.clone(), taps.to_vec());
        let job = Job { batch, taps, ticket: Arc::downgrade(&ticket), reply };
        let device = worker.engine.info().device.clone();
        let ended = move || EngineError::Failed { message: format!("{device}: its thread ended") };
        if worker.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err()) {
            return Err(ended());
        }
        Ok(Pending::later(move || {
            let output = received.recv().unwrap_or_else(|_| Err(ended()));
            drop(ticket);
            // What one engine prepares, others overlap.
            output.map(|output| EngineOutput { preprocess: None, ..output })
        }))
    }

    /// One batch runs on each engine and one waits there, but for the one that is waited for.
    fn batches_ahead(&self) -> usize {
        2 * self.workers.len() - 1
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        self.first(|engine| engine.extract(images, taps))
    }

    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        self.first(|engine| engine.preprocess(batch, preset))
    }

    /// Equal to the bit to the logits of [`Self::start`] if all engines are alike.
    fn classify(&self, pool3: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        self.first(|engine| engine.classify(pool3, tap))
    }

    fn gram(&self, rows: Vec<f32>, dim: usize) -> Result<Option<Pending<Vec<f32>>>, EngineError> {
        self.first(|engine| engine.gram(rows, dim))
    }

    fn products(&self) -> Option<Box<dyn TileProducts>> {
        self.workers[0].engine.products()
    }

    fn products_device(&self) -> &str {
        &self.workers[0].engine.info().device
    }

    fn release_memory(&self) {
        self.workers.iter().for_each(|worker| worker.engine.release_memory());
    }
}

#[cfg(test)]
mod tests;

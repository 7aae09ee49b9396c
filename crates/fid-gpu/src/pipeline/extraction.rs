//! One batch to its features, in pieces where the device does not hold it whole.

use std::cell::OnceCell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::prelude::*;
use fid_core::{Preset, Tap};
use fid_inception::FeatureExtractor;
use fid_kernels::{Arrived, Arriving, ComputeDevice, KernelError, PackedBatch, UploadedBatch};

use crate::Error;
use crate::timings::{StageSeconds, Stopwatch};

/// Runs batches and, where one fails in a way that want of memory can cause, runs it again in
/// halves; batches after it are cut to the size that worked.
///
/// Burn reports a failed allocation in many ways: as an error of the read that waits for the
/// result, or as a panic of this thread. The CPU's own allocator ends the process. So every failure
/// of a batch is taken for want of memory until a single image fails, except that of a lost device.
pub(super) struct Extraction<'a> {
    extractor: &'a dyn FeatureExtractor,
    device: &'a ComputeDevice,
    /// Images that pass together at most, after failures.
    limit: usize,
    /// The largest batch that failed, and why.
    failed: Option<(usize, String)>,
    preprocess: Stopwatch,
    network: Stopwatch,
}

/// What became of a batch so far.
pub(super) enum Started {
    Whole(Result<Vec<Arriving>, Error>),
    /// It is larger than what failed before.
    Later,
}

impl<'a> Extraction<'a> {
    pub(super) fn new(extractor: &'a dyn FeatureExtractor, device: &'a ComputeDevice) -> Self {
        Self {
            extractor,
            device,
            limit: usize::MAX,
            failed: None,
            preprocess: Stopwatch::default(),
            network: Stopwatch::default(),
        }
    }

    /// Puts the device to work on a batch, of which `taps` are read under each preset.
    pub(super) fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Started {
        match batch.len() > self.limit {
            true => Started::Later,
            false => Started::Whole(self.submit(batch, taps)),
        }
    }

    /// Waits for a batch's features, one tensor for each tap of each preset, if need be by running it again.
    pub(super) fn finish(
        &mut self,
        batch: &PackedBatch,
        taps: &[Vec<Tap>],
        started: Started,
    ) -> Result<Vec<Arrived>, Error> {
        if let Started::Whole(started) = started {
            match started.and_then(|arriving| self.wait(arriving)) {
                Ok(features) => return Ok(features),
                Err(error) => self.shrink(batch.len(), error)?,
            }
        }
        let mut pieces: Vec<_> = taps.iter().flatten().map(|_| Vec::new()).collect();
        let mut begin = 0;
        while begin < batch.len() {
            let range = begin..batch.len().min(begin.saturating_add(self.limit));
            match self.piece(batch, taps, range.clone()) {
                Ok(features) => {
                    begin = range.end;
                    let taps = pieces.iter_mut().zip(features);
                    taps.for_each(|(pieces, features)| pieces.push(features));
                }
                Err(error) => self.shrink(range.len(), error)?,
            }
        }
        guard(|| {
            let joined = pieces.into_iter().map(Arrived::join);
            joined.collect::<Result<_, _>>().map_err(Error::Kernel)
        })
    }

    /// What happened, for the reader of the result.
    pub(super) fn note(&self) -> Option<String> {
        let (images, message) = self.failed.as_ref()?;
        Some(format!(
            "the device failed on a batch of {images} images, probably for want of memory \
             ({message}): went on with {} at a time, which changes the speed and not the value",
            self.limit
        ))
    }

    fn piece(
        &self,
        batch: &PackedBatch,
        taps: &[Vec<Tap>],
        range: Range<usize>,
    ) -> Result<Vec<Arrived>, Error> {
        let piece = guard(|| Ok(batch.slice(range)))?;
        self.submit(&piece, taps).and_then(|arriving| self.wait(arriving))
    }

    /// Halves the batches from here on; or there is nothing to halve, or no use in it.
    fn shrink(&mut self, images: usize, error: Error) -> Result<(), Error> {
        let message = match &error {
            Error::Panic { message } | Error::Kernel(KernelError::Device { message }) => {
                message.clone()
            }
            _ => return Err(error),
        };
        if images < 2 {
            return Err(match self.failed {
                None => error,
                Some(_) => Error::OneImageFails { message },
            });
        }
        self.failed.get_or_insert((images, message));
        // A batch under way was submitted before the limit was known.
        self.limit = self.limit.min(images / 2);
        // What the failed attempt had in use is free now, but the runtime keeps it for later: in
        // sizes that do not fit any more. If this fails, so does what follows.
        let _ = catch_unwind(AssertUnwindSafe(|| self.device.burn.memory_cleanup()));
        Ok(())
    }

    /// The time of preprocessing, where it is done when its call returns, and of the network.
    pub(super) fn stages(&self) -> StageSeconds {
        let (preprocess, network) = (self.preprocess.seconds(), self.network.seconds());
        match self.device.adapter {
            None => StageSeconds { preprocess: Some(preprocess), network, ..Default::default() },
            Some(_) => StageSeconds { network: preprocess + network, ..Default::default() },
        }
    }

    fn wait(&self, arriving: Vec<Arriving>) -> Result<Vec<Arrived>, Error> {
        let wait = || arriving.into_iter().map(Arriving::wait).collect::<Result<_, _>>();
        self.network.time(|| guard(|| wait().map_err(Error::Kernel)))
    }

    fn submit(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Vec<Arriving>, Error> {
        guard(|| {
            let mut arriving = Vec::new();
            let mut uploads = Uploads::default();
            let mut presets = batch.presets().zip(taps).peekable();
            while let Some((preset, taps)) = presets.next() {
                let images = self.preprocess.time(|| self.input(batch, preset, &uploads));
                if presets.peek().is_none() {
                    // The network has need of the memory.
                    uploads = Uploads::default();
                }
                let features = self.network.time(|| self.extractor.extract(images, taps))?;
                for features in features {
                    arriving.push(Arriving::start(features).map_err(Error::Kernel)?);
                }
            }
            Ok(arriving)
        })
    }

    /// The network's input under a preset.
    fn input<'b>(&self, batch: &'b PackedBatch, preset: Preset, at: &Uploads<'b>) -> Tensor<4> {
        let device = &self.device.burn;
        if batch.num_bytes(preset) <= self.device.max_binding_bytes() {
            at.device.get_or_init(|| batch.upload(device)).run(preset)
        } else {
            // One image larger than a buffer may be: the kernel's CPU twin shrinks it first.
            let upload = || batch.upload(&ComputeDevice::cpu().burn);
            at.host.get_or_init(upload).run(preset).to_device(device)
        }
    }
}

/// Where a batch's images are, for every preset.
#[derive(Default)]
struct Uploads<'a> {
    device: OnceCell<UploadedBatch<'a>>,
    host: OnceCell<UploadedBatch<'a>>,
}

/// A panic below, such as a driver out of memory, becomes an error.
pub(crate) fn guard<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        Err(match Error::from_panic(&*panic) {
            Error::Panic { message } if says_lost(&message) => {
                Error::Kernel(KernelError::Lost { message })
            }
            error => error,
        })
    })
}

/// Whether a panic is of a device that is lost: there is nothing but its words to tell it by. They
/// are Burn's and wgpu's.
fn says_lost(message: &str) -> bool {
    ["DevicePoisoned", "device is poisoned", "device is lost"].iter().any(|it| message.contains(it))
}

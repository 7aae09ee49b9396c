//! One folder to its statistics: decode, pack, preprocess, network, moments.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use fid_core::{FeatureStats, Preset};
use fid_inception::{FEATURE_DIM, FeatureExtractor, Tap};
use fid_kernels::{ComputeDevice, FeatureSink, PackedBatch};

use crate::Error;
use crate::observer::{Observer, Side};
use crate::reader::{Item, decode_in_order};

/// Batches that wait packed while the network works on another.
const PACKED_AHEAD: usize = 1;

/// The longest row of values that one image has inside the network, in bytes:
/// 64 channels of 147×147 f32 after `Conv2d_2b_3x3`.
const LARGEST_ACTIVATION: u64 = 64 * 147 * 147 * 4;

/// Everything that stays the same from batch to batch.
pub(crate) struct Pipeline<'a> {
    pub(crate) extractor: &'a dyn FeatureExtractor,
    pub(crate) device: &'a ComputeDevice,
    pub(crate) preset: Preset,
    pub(crate) batch_size: NonZeroUsize,
    pub(crate) workers: NonZeroUsize,
}

/// What a folder gave.
pub(crate) struct Extracted {
    pub(crate) stats: FeatureStats,
    /// Time in the decoder, summed over its threads.
    pub(crate) decoding: Duration,
    pub(crate) notes: crate::decode::Notes,
}

/// The number of images in a batch: what was asked for, or what suits the device, and never more
/// than the device can hold in one buffer.
pub(crate) fn batch_size(asked: Option<NonZeroUsize>, device: &ComputeDevice) -> NonZeroUsize {
    let suits = match &device.adapter {
        None => 16,
        Some(_) => 32,
    };
    let size = asked.map_or(suits, NonZeroUsize::get) as u64;
    let holds = device.max_binding_bytes() / LARGEST_ACTIVATION;
    NonZeroUsize::new(size.min(holds) as usize).unwrap_or(NonZeroUsize::MIN)
}

impl Pipeline<'_> {
    /// Runs all of `files` through the network.
    pub(crate) fn run(
        &self,
        side: Side,
        files: &[PathBuf],
        observer: &dyn Observer,
    ) -> Result<Extracted, Error> {
        observer.start(side, files.len());
        let extracted = thread::scope(|scope| {
            let images = decode_in_order(scope, files, self.workers);
            let (sender, batches) = sync_channel(PACKED_AHEAD);
            let packer = scope.spawn(move || self.pack(images, &sender));

            let mut sink =
                FeatureSink::new(FEATURE_DIM, &self.device.burn).map_err(Error::Kernel)?;
            let mut outcome = Ok(());
            for batch in batches {
                outcome = self.extract(batch, &mut sink, files);
                if outcome.is_err() {
                    break;
                }
                observer.progress(side, sink.num_finished());
            }
            // A decoder's failure ends the batches early, and is the cause to report.
            // The loop above has let go of the queue, so the threads behind it stop too.
            let packed = packer.join().unwrap_or_else(|panic| Err(Error::from_panic(&*panic)));
            let (decoding, notes) = packed?;
            outcome?;
            let stats = sink.finish().map_err(|error| Error::from_kernel(error, files))?;
            Ok(Extracted { stats, decoding, notes })
        });
        observer.finish(side);
        extracted
    }

    /// Fills batches until the images end or one of them fails.
    fn pack(
        &self,
        images: impl Iterator<Item = Item>,
        sender: &SyncSender<PackedBatch>,
    ) -> Result<(Duration, crate::decode::Notes), Error> {
        let mut decoding = Duration::ZERO;
        let mut notes = crate::decode::Notes::default();
        let mut batch = PackedBatch::new(self.preset);
        for item in images {
            let decoded = item.result?;
            decoding += item.took;
            notes.add(&decoded);
            let bytes = batch.num_bytes_with(&decoded.image);
            let fits =
                batch.len() < self.batch_size.get() && bytes <= self.device.max_binding_bytes();
            if !fits && !batch.is_empty() {
                let full = std::mem::replace(&mut batch, PackedBatch::new(self.preset));
                if sender.send(full).is_err() {
                    break;
                }
            }
            batch.push(&decoded.image)?;
        }
        if !batch.is_empty() {
            // Nobody listens after a failure further on, which is reported there.
            let _ = sender.send(batch);
        }
        Ok((decoding, notes))
    }

    /// Runs one batch. A panic below, such as a driver out of memory, becomes an error.
    fn extract(
        &self,
        batch: PackedBatch,
        sink: &mut FeatureSink,
        files: &[PathBuf],
    ) -> Result<(), Error> {
        let run = || {
            let device = &self.device.burn;
            let images = if batch.num_bytes() <= self.device.max_binding_bytes() {
                batch.run(device)
            } else {
                // One image larger than a buffer may be: the kernel's CPU twin shrinks it first.
                batch.run(&ComputeDevice::cpu().burn).to_device(device)
            };
            for features in self.extractor.extract(images, &[Tap::Pool3])? {
                sink.push(features).map_err(|error| Error::from_kernel(error, files))?;
            }
            Ok(())
        };
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Error::from_panic(&*panic)))
    }
}

//! The model as an [`Engine`].

use std::borrow::Cow;
use std::fmt;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, Builder};
use std::time::Instant;

use fid_core::{
    Engine, EngineError, EngineInfo, EngineOutput, PackedBatch, Pending, Precision, Preset, Tap,
};
use rten::ThreadPool;

use crate::error::{OnnxError, OnnxProblem};
use crate::gray::gray;
use crate::model::{Failure, Network};
use crate::own_input::OwnInput;
use crate::source::Source;

/// The version of rten in [`EngineInfo::arithmetic`]; a test compares it with Cargo.lock.
pub(crate) const RTEN: &str = "0.27.0";

/// A network from an ONNX file on the CPU, run by rten.
///
/// Images are computed one by one, on a thread for each core: an image's features are the same to
/// the bit in any batch. If the graph fixes another batch size, calls are filled with other images
/// or with copies of the last, and a trial at opening makes sure that rows depend on their own image
/// alone, to rounding.
///
/// A model is a program: it may ask for more memory or time than there is. Open only models that you
/// would run elsewhere, too.
pub struct OnnxEngine {
    info: EngineInfo,
    network: Arc<Network>,
    /// One thread each.
    pools: Arc<Vec<Arc<ThreadPool>>>,
    preset: Preset,
    input: OwnInput,
    sha256: String,
}

impl fmt::Debug for OnnxEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnnxEngine")
            .field("input", &self.input)
            .field("sha256", &self.sha256)
            .finish()
    }
}

impl OnnxEngine {
    /// Loads a model and computes the features of a made-up image.
    ///
    /// # Errors
    /// [`OnnxError`] names the file and what about it, or about `input`, is wrong.
    pub fn open(path: &Path, input: &OwnInput) -> Result<Self, OnnxError> {
        Self::try_open(path, input).map_err(|problem| OnnxError { file: path.into(), problem })
    }

    fn try_open(path: &Path, input: &OwnInput) -> Result<Self, OnnxProblem> {
        let source = Source::open(path)?;
        let mut input = input.clone();
        let network = Network::load(&source, &mut input)?;
        let preset = input.preset(network.channels)?;
        let allowed = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = rayon::current_num_threads().min(allowed);
        let pools: Vec<_> =
            (0..threads).map(|_| Arc::new(ThreadPool::with_num_threads(1))).collect();
        let features = pools.first().map_or(Ok(0), |pool| network.trial(pool))?;
        // What was not given is in the description all the same: it shapes the numbers.
        input.resize.get_or_insert(preset.resize());
        input.mean.get_or_insert(vec![0.0]);
        input.std.get_or_insert(vec![1.0]);
        let info = EngineInfo {
            device: "cpu".into(),
            driver: None,
            kernels: "rten".into(),
            features,
            // rten chooses its kernels by the instructions of the CPU and does not say which.
            arithmetic: format!("rten {RTEN} {} {}", instructions(), crate::SOURCES),
            precision: Precision::F32,
            batch_size: (threads * 4 * network.batch).max(32),
            max_batch_size: usize::MAX,
            max_buffer_bytes: u32::MAX.into(),
            fast_products: false,
        };
        Ok(Self {
            info,
            network: Arc::new(network),
            pools: Arc::new(pools),
            preset,
            input,
            sha256: source.sha256,
        })
    }

    /// The preset that batches must be made for.
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Every setting, completed from the model and the defaults.
    pub fn input(&self) -> &OwnInput {
        &self.input
    }

    /// SHA-256 of the file, followed by the other files in which it keeps weights.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Images `[n,3,side,side]`, of which a gray model takes the first plane.
    fn planes(&self, images: &[f32]) -> Result<Vec<f32>, EngineError> {
        let side = self.network.side;
        let (plane, planes) = (side * side, self.network.channels);
        if !images.len().is_multiple_of(3 * plane) {
            return Err(EngineError::Shape { values: images.len(), side });
        }
        Ok(images
            .chunks_exact(3 * plane)
            .flat_map(|image| &image[..planes * plane])
            .copied()
            .collect())
    }

    /// Starts the network on images of its own number of planes.
    fn run(&self, images: Vec<f32>) -> Pending<Vec<f32>> {
        let (network, pools) = (self.network.clone(), self.pools.clone());
        let features = self.info.features;
        let (send, receive) = mpsc::channel();
        let work = Arc::new(move || compute(&network, &pools, &images, features));
        let other = work.clone();
        let started = Builder::new().name("onnx".into()).spawn(move || {
            // The receiver is gone if nobody waits for the batch any more.
            let _ = send.send(other());
        });
        Pending::later(move || match started.ok().and_then(|_| receive.recv().ok()) {
            Some(rows) => rows,
            // The system refuses threads.
            None => work(),
        })
    }
}

impl Engine for OnnxEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let start = Instant::now();
        let mut running = Vec::new();
        for (preset, taps) in batch.presets().zip(taps) {
            taps.iter().try_for_each(|tap| only_features(*tap))?;
            let images = self.preprocess(batch, preset)?;
            running.push((self.run(self.planes(&images)?), taps.len()));
        }
        let preprocess = start.elapsed();
        Ok(Pending::later(move || {
            let mut rows = Vec::new();
            for (running, count) in running {
                let features = running.wait()?;
                rows.extend(std::iter::repeat_n(features, count));
            }
            Ok(EngineOutput { rows, preprocess: Some(preprocess) })
        }))
    }

    fn extract(&self, images: &[f32], taps: &[Tap]) -> Result<Vec<Vec<f32>>, EngineError> {
        taps.iter().try_for_each(|tap| only_features(*tap))?;
        let features = self.run(self.planes(images)?).wait()?;
        Ok(vec![features; taps.len()])
    }

    /// As [`PackedBatch::run_on_cpu`]; for a gray model images are converted to gray
    /// ([`crate::luma`]) first, and the three planes are equal.
    fn preprocess(&self, batch: &PackedBatch, preset: Preset) -> Result<Vec<f32>, EngineError> {
        let other = || EngineError::other_preset(preset);
        if preset.side() != self.network.side {
            return Err(other());
        }
        if self.network.channels == 3 {
            return batch.run_on_cpu(preset).ok_or_else(other);
        }
        batch.plan(preset).ok_or_else(other)?;
        let gray = gray(batch, preset);
        let gray = gray.map_err(|error| EngineError::Failed { message: error.to_string() })?;
        gray.run_on_cpu(preset).ok_or_else(other)
    }
}

fn only_features(tap: Tap) -> Result<(), EngineError> {
    if tap == Tap::Pool3 {
        return Ok(());
    }
    Err(EngineError::Unsupported {
        what: format!("{}: a model has one layer of features", tap.name()),
    })
}

/// What rten chooses its kernels by.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            "avx512"
        } else if std::arch::is_x86_feature_detected!("avx2") {
            "avx2"
        } else {
            "portable"
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH
    }
}

/// Computes all images, each call on one thread: `[n,features]`.
fn compute(
    network: &Network,
    pools: &[Arc<ThreadPool>],
    images: &[f32],
    features: usize,
) -> Result<Vec<f32>, EngineError> {
    let image = network.channels * network.side * network.side;
    let count = images.len() / image;
    let calls = count.div_ceil(network.batch);
    let results = Mutex::new(vec![Ok(Vec::new()); calls]);
    let next = AtomicUsize::new(0);
    let work = |pool: &Arc<ThreadPool>| {
        loop {
            let call = next.fetch_add(1, Ordering::Relaxed);
            if call >= calls {
                return;
            }
            let range =
                call * network.batch * image..((call + 1) * network.batch).min(count) * image;
            let rows = run_padded(network, pool, &images[range], image);
            results.lock().unwrap_or_else(PoisonError::into_inner)[call] = rows;
        }
    };
    thread::scope(|scope| {
        for pool in pools.iter().skip(1).take(calls.saturating_sub(1)) {
            // If the system refuses a thread, the others do its part.
            let _ = Builder::new().spawn_scoped(scope, || work(pool));
        }
        pools.first().into_iter().for_each(&work);
    });
    let mut rows = Vec::with_capacity(count * features);
    for result in results.into_inner().unwrap_or_else(PoisonError::into_inner) {
        rows.extend(result.map_err(|message| EngineError::Failed { message })?);
    }
    rows.truncate(count * features);
    if rows.len() == count * features {
        return Ok(rows);
    }
    Err(EngineError::Failed {
        message: format!("the model's output has not {features} features for every image"),
    })
}

/// One call, filled with copies of the last image if the model fixes its batch size.
fn run_padded(
    network: &Network,
    pool: &Arc<ThreadPool>,
    images: &[f32],
    image: usize,
) -> Result<Vec<f32>, String> {
    let mut filled = Cow::Borrowed(images);
    while filled.len() < network.batch * image {
        filled.to_mut().extend_from_slice(&images[images.len() - image..]);
    }
    network.run(&filled, pool).map_err(|failure| match failure {
        Failure::Run(cause) => format!("rten: {cause}"),
        Failure::Shape(found) => format!("the model's output is {found} for other images"),
    })
}

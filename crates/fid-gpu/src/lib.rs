//! The Fréchet Inception Distance of two sets of images, on any GPU or none.
//!
//! # From memory
//!
//! An [`Evaluator`] holds the network and two sets of images that grow batch by batch. It compares
//! them at any time, for example in a training loop.
//!
//! ```
//! use fid_gpu::{DeviceChoice, Evaluator, ImageBatch, Metric, Side, WeightsSource};
//!
//! let mut evaluator = Evaluator::builder()
//!     // Random weights, the same everywhere. Without this line the published weights are used.
//!     .weights("seeded".parse::<WeightsSource>()?)
//!     .device("cpu".parse::<DeviceChoice>()?)
//!     .metrics([Metric::Fid, Metric::Mind])
//!     .build()?;
//! # let real: Vec<u8> = (0..2 * 8 * 8 * 3).map(|at| (at * at % 251) as u8).collect();
//! # let fake: Vec<u8> = real.iter().map(|sample| 255 - sample).collect();
//! evaluator.update(Side::Real, &ImageBatch::nhwc(&real, [2, 8, 8, 3])?)?;
//! evaluator.update(Side::Fake, &ImageBatch::nhwc(&fake, [2, 8, 8, 3])?)?;
//! let report = evaluator.compute()?;
//! println!("FID {}", report.fid);
//! # assert!(report.fid > 0.0 && !report.comparable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Sets merge across [evaluators](Evaluator::merge), and across processes and machines
//! [as bytes](Evaluator::merge_bytes). [`Evaluator::of_features`] compares features of other
//! networks, [`Evaluator::with_engine`] runs another network. The folder `examples` has programs.
//!
//! # From files
//!
//! [`evaluate`] compares folders, archives, arrays and statistics files, as the command line does.
//! [`evaluate_one`] computes the Inception Score of one set. [`statistics`] computes the statistics of a folder, which a [`stats_file::StatsFile`] stores.
//!
//! ```
//! use fid_gpu::{DeviceChoice, EvalConfig, WeightsSource, evaluate};
//!
//! let config = EvalConfig::new("../../samples/real", "../../samples/fake")
//!     .weights("seeded".parse::<WeightsSource>()?)
//!     .device("cpu".parse::<DeviceChoice>()?);
//! let report = evaluate(&config)?;
//! println!("FID {}", report.fid);
//! # assert!(report.fid > 0.0 && !report.comparable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An [`Observer`] receives the progress of both and can cancel them.

mod by_name;
mod census;
#[cfg(feature = "cli")]
pub mod cli;
mod config;
mod device;
#[cfg(feature = "cli")]
pub mod doctor;
mod encoder;
mod engine_group;
mod error;
mod evaluate;
mod evaluator;
mod explain;
mod extractor;
mod feature_cache;
mod feature_extractor;
pub mod features;
#[cfg(feature = "html")]
pub mod html;
pub mod jsonl;
mod left_out;
mod metrics;
mod network;
mod network_weights;
pub mod observer;
mod open_set;
mod output;
#[cfg(feature = "onnx")]
mod own_encoder;
mod pipeline;
mod provenance;
pub mod references;
mod report;
mod running;
mod samples;
mod shard;
mod side;
mod skipped;
mod state_bytes;
mod statistics;
pub mod stats_file;
#[cfg(feature = "cli")]
pub mod terminal;
pub mod threshold;
mod timings;
pub mod watch;
pub mod weights;

pub use census::{Census, Colours, Extent, FormatCount, SizeCount};
pub use config::{EvalConfig, RunConfig, SaveConfig, StatsConfig};
pub use device::list_devices;
pub use encoder::Encoder;
pub use error::{Error, ImageOutput};
pub use evaluate::{Compared, OneSetReport, compare, evaluate, evaluate_one, evaluate_with};
pub use evaluator::{Evaluator, EvaluatorBuilder, ImageBatch, MergeError, UpdateError};
pub use explain::{Explanation, Spectrum};
pub use feature_cache::CacheReport;
pub use feature_extractor::FeatureExtractor;
pub use fid_core;
pub use fid_core::metrics::{
    FidInfinityConfig, InceptionScoreConfig, InceptionScoreVariant, IntervalConfig, KidConfig,
    MifidConfig, MindConfig, PrdcConfig,
};
pub use fid_core::preprocess::{Area, PillowFilter, Preparation, PreparationError, ResizeTo};
pub use fid_core::{DeviceChoice, DeviceEntry, Devices, Engine, Image8, Precision, Preset};
pub use fid_images::set as source;
pub use fid_images::{Skipped, decode};
#[cfg(feature = "onnx")]
pub use fid_onnx::OwnInput;
pub use fid_weights::WeightsSource;
pub use metrics::{
    Class, ImagesConfig, ImagesReport, Influential, Metric, MetricSet, Metrics, MetricsConfig,
    Nearest, NotComputed, Outliers, ProductsOn, Suite, UnknownMetric, UnknownSuite,
};
pub use observer::{Observer, Side};
#[cfg(feature = "onnx")]
pub use own_encoder::OwnEncoder;
pub use provenance::{BURN_VERSION, Versions, WeightsReport};
pub use report::{FidReport, PresetFid, SCHEMA, Seconds, SetReport};
pub use running::RunningStatistics;
pub use samples::{Sampled, Samples};
pub use shard::{BadShard, Shard};
pub use statistics::{Statistics, save_statistics, statistics};
pub use timings::StageSeconds;

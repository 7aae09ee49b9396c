//! The Fréchet Inception Distance of two folders of images, on any GPU or none.
//!
//! The principal call is [`evaluate`]: it does what the command line does. An [`EvalConfig`] says
//! what to compare, a [`FidReport`] is the result and how it was made. To follow a run, give
//! [`evaluate_with`] an [`observer::Observer`]. [`statistics`] makes of a folder what a
//! [`stats_file::StatsFile`] keeps, and which either side of a comparison may be.
//!
//! ```
//! use fid_gpu::{EvalConfig, evaluate};
//!
//! let mut config = EvalConfig::new("../../samples/real", "../../samples/fake");
//! // Random weights, the same everywhere: for trying the program where the published ones are not
//! // at hand. Leave it out to use those.
//! config.run.weights = Some("seeded".parse()?);
//! config.run.device = "cpu".parse()?;
//! let report = evaluate(&config)?;
//! println!("FID {}", report.fid);
//! assert!(report.fid > 0.0 && !report.comparable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_name;
#[cfg(feature = "cli")]
pub mod cli;
mod config;
mod device;
#[cfg(feature = "cli")]
pub mod doctor;
mod error;
mod evaluate;
mod explain;
mod feature_cache;
pub mod features;
#[cfg(feature = "html")]
pub mod html;
mod input;
pub mod jsonl;
mod metrics;
pub mod observer;
mod pipeline;
mod provenance;
mod report;
mod saved;
mod session;
mod shard;
mod skipped;
mod statistics;
pub mod stats_file;
mod taken;
#[cfg(feature = "cli")]
pub mod terminal;
pub mod threshold;
mod timings;
pub mod watch;
pub mod weights;

pub use config::{EvalConfig, RunConfig};
pub use device::list_devices;
pub use error::{Error, ImageOutput};
pub use evaluate::{evaluate, evaluate_with};
pub use explain::{Explanation, Spectrum};
pub use feature_cache::CacheReport;
pub use fid_images::set as source;
pub use fid_images::{Skipped, decode};
pub use metrics::{
    Class, ImagesConfig, ImagesReport, Influential, Metric, MetricSet, Metrics, MetricsConfig,
    Nearest, NotComputed, Outliers, ProductsOn, Suite, UnknownMetric, UnknownSuite,
};
pub use provenance::{BURN_VERSION, Versions, WeightsReport};
pub use report::{FidReport, PresetFid, SCHEMA, Seconds, SetReport};
pub use saved::SaveConfig;
pub use shard::{BadShard, Shard};
pub use statistics::{Statistics, StatsConfig, statistics};
pub use timings::StageSeconds;

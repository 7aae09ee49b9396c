//! The metrics besides FID: their names and settings, what each needs of the network, and their
//! values.

mod compute;
mod config;
mod lines;
mod measure_images;
mod per_image;
mod products;
mod report;
mod set;
mod suite;

pub use fid_core::metrics::{Metric, UnknownMetric};

pub(crate) use self::compute::{compute, require_enough, require_settings};
pub use self::config::MetricsConfig;
#[cfg(feature = "cli")]
pub(crate) use self::lines::{kid_line, prdc_line};
pub use self::per_image::{Class, ImagesConfig, ImagesReport, Influential, Nearest, Outliers};
pub use self::products::ProductsOn;
pub use self::report::{Metrics, NotComputed};
pub use self::set::MetricSet;
pub(crate) use self::set::{needs_inception, want};
pub use self::suite::{Suite, UnknownSuite};

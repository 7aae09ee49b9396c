//! The command line.

mod command_line;
mod doctor;
mod encoder;
mod features;
mod fid;
mod hint;
mod metrics;
mod output;
mod pages;
mod prepare;
mod presets;
mod program;
mod refs;
#[cfg(feature = "html")]
mod report;
mod run;
mod stats;
mod suite;
mod threshold;
mod watch;
mod weights;

pub use command_line::{Cli, Command};
pub use doctor::{Diagnosis, Doctor};
pub use encoder::{EncoderArgs, EncoderName};
pub use features::{FeatureArgs, FeatureCmmd, FeatureKid, FeaturePrdc, FeatureResult, Frechet};
pub use fid::{Fid, How, SideArgs, Sides};
pub use hint::{hint, metric_hint, threshold_hint};
pub use metrics::{IsVariant, KidArgs, MetricArgs, PrdcArgs, PrdcVariant};
pub use output::OutputArgs;
pub use pages::{Completions, Man};
pub use prepare::{SetArgs, SidesArgs};
pub use presets::Presets;
pub use program::run;
pub use refs::RefsCommand;
#[cfg(feature = "html")]
pub use report::Report;
pub use run::RunArgs;
pub use stats::{Merge, Stats};
pub use threshold::ThresholdArgs;
pub use watch::Watch;
pub use weights::{Fetch, WeightsCommand};

//! The values of the metrics.

use fid_core::Metric;
use fid_core::metrics::{Cmmd, FidInfinity, InceptionScore, Kid, KidBlocks, Mifid, Mind, Prdc};
use serde::{Deserialize, Serialize};

use crate::by_name;

/// The metrics computed besides FID; the others are `None`, and absent in JSON.
///
/// In JSON each has the metric's name, with `_` for `-`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metrics {
    /// The Fréchet distance after the first maximum pool, 64 features.
    #[serde(alias = "fid-64", skip_serializing_if = "Option::is_none")]
    pub fid_64: Option<f64>,
    /// The Fréchet distance after the second maximum pool, 192 features.
    #[serde(alias = "fid-192", skip_serializing_if = "Option::is_none")]
    pub fid_192: Option<f64>,
    /// The Fréchet distance before the auxiliary classifier, 768 features.
    #[serde(alias = "fid-768", skip_serializing_if = "Option::is_none")]
    pub fid_768: Option<f64>,
    /// The Fréchet distance of guided diffusion's spatial features, 2023 values (its sFID).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sfid: Option<f64>,
    /// FID extrapolated to infinitely many generated images.
    #[serde(alias = "fid-infinity", skip_serializing_if = "Option::is_none")]
    pub fid_infinity: Option<FidInfinity>,
    /// The Kernel Inception Distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<Kid>,
    /// KID over disjoint blocks, with its standard error.
    #[serde(alias = "kid-blocks", skip_serializing_if = "Option::is_none")]
    pub kid_blocks: Option<KidBlocks>,
    /// The Inception Score of the generated images.
    #[serde(rename = "is", skip_serializing_if = "Option::is_none")]
    pub inception_score: Option<InceptionScore>,
    /// Precision, recall, density, coverage and the F-score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prdc: Option<Prdc>,
    /// The Monge Inception Distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mind: Option<Mind>,
    /// The memorisation-informed FID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mifid: Option<Mifid>,
    /// CMMD, if the report's encoder and preset are `clip-l14-336` and `cmmd`; otherwise the same
    /// discrepancy of other features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmmd: Option<Cmmd>,
    /// Where the products behind `prdc` and `mifid` were computed: `cpu`, or a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products_on: Option<String>,
    /// Metrics that could not be computed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_computed: Vec<NotComputed>,
}

/// A selected metric that could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NotComputed {
    /// The metric.
    #[serde(with = "by_name")]
    pub metric: Metric,
    /// The cause and the way out, as a phrase.
    pub reason: String,
}

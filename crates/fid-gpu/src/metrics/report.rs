//! The values.

use serde::Serialize;

/// The metrics that were asked for beside FID; the others are none, and absent in JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metrics {
    /// The Fréchet distance after the first maximum pool, 64 features.
    #[serde(rename = "fid-64", skip_serializing_if = "Option::is_none")]
    pub fid_64: Option<f64>,
    /// The Fréchet distance after the second maximum pool, 192 features.
    #[serde(rename = "fid-192", skip_serializing_if = "Option::is_none")]
    pub fid_192: Option<f64>,
    /// The Fréchet distance before the auxiliary classifier, 768 features.
    #[serde(rename = "fid-768", skip_serializing_if = "Option::is_none")]
    pub fid_768: Option<f64>,
    /// The Fréchet distance of guided diffusion's spatial features, 2023 values (its sFID).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sfid: Option<f64>,
}

impl Metrics {
    /// A line for each, for people.
    pub fn lines(&self) -> Vec<String> {
        let distances = [
            ("FID at 64 features", self.fid_64),
            ("FID at 192 features", self.fid_192),
            ("FID at 768 features", self.fid_768),
            ("sFID", self.sfid),
        ];
        let distances = distances.into_iter();
        distances.filter_map(|(name, value)| Some(format!("{name}: {:.4}", value?))).collect()
    }
}

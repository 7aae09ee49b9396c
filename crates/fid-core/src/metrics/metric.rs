//! The names of the metrics.

use std::fmt;
use std::str::FromStr;

/// A metric of two sets of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// FID: the Fréchet distance at pool3, 2048 features.
    Fid,
    /// The Fréchet distance after the first maximum pool, 64 features.
    Fid64,
    /// The Fréchet distance after the second maximum pool, 192 features.
    Fid192,
    /// The Fréchet distance before the auxiliary classifier, 768 features.
    Fid768,
    /// sFID: the Fréchet distance of the spatial features of guided diffusion, 2023 values.
    Sfid,
    /// FID∞: FID extrapolated to infinitely many generated images.
    FidInfinity,
    /// The Kernel Inception Distance.
    Kid,
    /// The Inception Score of the generated images.
    InceptionScore,
    /// Precision, recall, density, coverage and the F-score.
    Prdc,
    /// The Monge Inception Distance.
    Mind,
    /// The memorisation-informed FID.
    Mifid,
    /// CMMD: the maximum mean discrepancy with a Gaussian kernel, of embeddings by CLIP.
    Cmmd,
}

impl Metric {
    /// Every metric, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[
        Self::Fid,
        Self::Fid64,
        Self::Fid192,
        Self::Fid768,
        Self::Sfid,
        Self::FidInfinity,
        Self::Kid,
        Self::InceptionScore,
        Self::Prdc,
        Self::Mind,
        Self::Mifid,
        Self::Cmmd,
    ];

    /// The name in arguments and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fid => "fid",
            Self::Fid64 => "fid-64",
            Self::Fid192 => "fid-192",
            Self::Fid768 => "fid-768",
            Self::Sfid => "sfid",
            Self::FidInfinity => "fid-infinity",
            Self::Kid => "kid",
            Self::InceptionScore => "is",
            Self::Prdc => "prdc",
            Self::Mind => "mind",
            Self::Mifid => "mifid",
            Self::Cmmd => "cmmd",
        }
    }
}

/// A text that is not the name of a [`Metric`]. The message lists the names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown metric '{name}'; known: {}", known().join(", "))]
pub struct UnknownMetric {
    name: String,
}

fn known() -> Vec<&'static str> {
    Metric::ALL.iter().map(|metric| metric.name()).collect()
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    /// Parses an exact name.
    fn from_str(name: &str) -> Result<Self, UnknownMetric> {
        let found = Self::ALL.iter().find(|metric| metric.name() == name);
        found.copied().ok_or_else(|| UnknownMetric { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_to_their_metric_and_unknown_ones_list_all() {
        for &metric in Metric::ALL {
            assert_eq!(metric.to_string().parse(), Ok(metric));
        }
        for text in ["", "FID", "fid-2048", "fid,kid"] {
            let error = text.parse::<Metric>().unwrap_err().to_string();
            assert!(Metric::ALL.iter().all(|metric| error.contains(metric.name())), "{error}");
        }
    }
}

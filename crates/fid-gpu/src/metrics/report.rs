//! The values.

use fid_core::metrics::{FidInfinity, InceptionScore, Kid, KidBlocks, Mifid, Mind, Prdc};
use serde::Serialize;

use super::Suite;

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
    /// FID extrapolated to infinitely many generated images.
    #[serde(rename = "fid-infinity", skip_serializing_if = "Option::is_none")]
    pub fid_infinity: Option<FidInfinity>,
    /// The Kernel Inception Distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<Kid>,
    /// KID over disjoint blocks, with its standard error.
    #[serde(rename = "kid-blocks", skip_serializing_if = "Option::is_none")]
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
    /// Where the products behind `prdc` and `mifid` were computed: `cpu`, or a device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub products_on: Option<String>,
    /// What could not be computed, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_computed: Vec<NotComputed>,
}

/// A metric that was asked for and has no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotComputed {
    /// Its name.
    pub metric: &'static str,
    /// Why, and what would help.
    pub reason: String,
}

impl Metrics {
    /// What a suite's own lines do not tell.
    pub(crate) fn beside(&self, suite: Suite) -> Self {
        match suite {
            Suite::Adm => Self { sfid: None, inception_score: None, prdc: None, ..self.clone() },
        }
    }

    /// A line for each, for people.
    pub fn lines(&self) -> Vec<String> {
        let distances = [
            ("FID at 64 features", self.fid_64),
            ("FID at 192 features", self.fid_192),
            ("FID at 768 features", self.fid_768),
            ("sFID", self.sfid),
        ];
        let distances = distances.into_iter();
        let distances =
            distances.filter_map(|(name, value)| Some(format!("{name}: {:.4}", value?)));
        let others = [
            self.fid_infinity.as_ref().map(fid_infinity_line),
            self.kid.as_ref().map(kid_line),
            self.kid_blocks.as_ref().map(kid_blocks_line),
            self.inception_score.as_ref().map(inception_score_line),
            self.prdc.as_ref().map(prdc_line),
            self.mind.as_ref().map(|mind| format!("MIND: {:.4}", mind.value)),
            self.mifid.as_ref().map(mifid_line),
        ];
        distances.chain(others.into_iter().flatten()).collect()
    }
}

/// ` ± 0.1234`, where there is a deviation.
fn deviation(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!(" ± {value:.4}"))
}

fn fid_infinity_line(fid: &FidInfinity) -> String {
    let (error, points) = (deviation(fid.standard_error), fid.points.len());
    format!("FID∞: {:.4}{error}  (standard error; {points} points)", fid.value)
}

pub(crate) fn kid_line(kid: &Kid) -> String {
    let (subsets, size) = (kid.config.subsets, kid.config.subset_size);
    format!("KID: {:.6} ± {:.6}  ({subsets} subsets of {size})", kid.mean, kid.std)
}

fn kid_blocks_line(kid: &KidBlocks) -> String {
    let error = kid.standard_error.map_or_else(String::new, |error| format!(" ± {error:.6}"));
    let (mean, blocks) = (kid.mean, kid.blocks);
    format!("KID by blocks: {mean:.6}{error}  (standard error; {blocks} blocks)")
}

fn inception_score_line(score: &InceptionScore) -> String {
    let (std, splits) = (deviation(score.std), score.splits);
    let log = format!("{:.4}{}", score.log_mean, deviation(score.log_std));
    let (ddof, splits_word) = (score.ddof, if splits == 1 { "split" } else { "splits" });
    format!(
        "IS: {:.4}{std}  ({splits} {splits_word}, deviation with ddof {ddof}; ln: {log})",
        score.mean
    )
}

pub(crate) fn prdc_line(prdc: &Prdc) -> String {
    format!(
        "Precision: {:.4}\nRecall: {:.4}\nF-score: {:.4}\nDensity: {:.4}\nCoverage: {:.4}",
        prdc.precision, prdc.recall, prdc.f_score, prdc.density, prdc.coverage
    )
}

fn mifid_line(mifid: &Mifid) -> String {
    format!("MiFID: {:.4}  (mean cosine distance {:.4})", mifid.value, mifid.cosine_distance)
}

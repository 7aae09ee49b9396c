//! The values as lines for people.

use fid_core::metrics::{FidInfinity, InceptionScore, Kid, KidBlocks, Mifid, Prdc};

use super::{Metrics, Suite};

impl Metrics {
    /// A copy without the values that [`Suite::lines`] contains.
    pub(crate) fn beside(&self, suite: Suite) -> Self {
        match suite {
            Suite::Adm => Self { sfid: None, inception_score: None, prdc: None, ..self.clone() },
        }
    }

    /// A line for each computed metric, such as `sFID: 12.3456`.
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
            self.cmmd.as_ref().map(|cmmd| format!("CMMD: {:.4}", cmmd.value)),
        ];
        distances.chain(others.into_iter().flatten()).collect()
    }
}

impl Suite {
    /// The lines that its program prints, in its order; `fid` is the line of FID. Values that could
    /// not be computed have no line.
    pub(crate) fn lines(self, fid: String, metrics: &Metrics) -> Vec<String> {
        let value = |name: &str, value: Option<f64>| Some(format!("{name}: {:.4}", value?));
        let (score, prdc) = (metrics.inception_score.as_ref(), metrics.prdc.as_ref());
        let lines = match self {
            Self::Adm => [
                value("Inception Score", score.map(|score| score.mean)),
                Some(fid),
                value("sFID", metrics.sfid),
                value("Precision", prdc.map(|prdc| prdc.precision)),
                value("Recall", prdc.map(|prdc| prdc.recall)),
            ],
        };
        lines.into_iter().flatten().collect()
    }
}

/// ` ± 0.1234`, or nothing.
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

//! Settings of the metrics.

use fid_core::Tap;
use fid_core::metrics::{
    FidInfinityConfig, InceptionScoreConfig, InceptionScoreVariant, KidConfig, MifidConfig,
    MindConfig, PrdcConfig,
};

use super::{ImagesConfig, Metric, MetricSet, ProductsOn, Suite};
use crate::observer::Side;
use crate::pipeline::Want;

/// Which metrics to compute, and by which conventions; by default FID alone, and those of
/// torch-fidelity.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MetricsConfig {
    /// The metrics to compute.
    pub select: MetricSet,
    /// The program whose metrics these are, if they are one program's: lines for people use its
    /// words and its order.
    pub suite: Option<Suite>,
    /// Skips metrics for which a set is too small or a statistics file lacks data, and lists them in
    /// [`Metrics::not_computed`](super::Metrics::not_computed), instead of failing. If every metric
    /// is selected, a set that is too small is no error either.
    pub leave_out: bool,
    /// KID's subsets.
    pub kid: KidConfig,
    /// The Inception Score's splits.
    pub inception_score: InceptionScoreConfig,
    /// The neighbours of precision, recall, density and coverage.
    pub prdc: PrdcConfig,
    /// The points of FID∞.
    pub fid_infinity: FidInfinityConfig,
    /// MIND's directions.
    pub mind: MindConfig,
    /// MiFID's penalty.
    pub mifid: MifidConfig,
    /// Where the products of all pairs of features are computed.
    pub products: ProductsOn,
    /// What to report about single images.
    pub images: ImagesConfig,
}

impl Default for MetricsConfig {
    /// The defaults of the command line.
    fn default() -> Self {
        Self {
            select: MetricSet::default(),
            suite: None,
            leave_out: false,
            kid: KidConfig::default(),
            inception_score: InceptionScoreConfig::default(),
            prdc: PrdcConfig::default(),
            // dgm-eval's rule for the smallest point, which suits small sets as well.
            fid_infinity: FidInfinityConfig { min_images: None, ..FidInfinityConfig::default() },
            mind: MindConfig::default(),
            mifid: MifidConfig::default(),
            products: ProductsOn::default(),
            images: ImagesConfig::default(),
        }
    }
}

impl MetricsConfig {
    /// Whether metrics for which a set is too small are skipped.
    pub(super) fn leaves_out(&self) -> bool {
        self.leave_out || self.select.is_all()
    }

    /// The suite, if it is why a metric is selected.
    pub(crate) fn suite_of(&self, metric: Metric) -> Option<Suite> {
        self.suite.filter(|suite| suite.metrics().has(metric))
    }

    /// The features that the metrics read of a side, always with mean and covariance at `layer`; and
    /// `more`.
    pub(crate) fn wants(
        &self,
        side: Side,
        layer: Tap,
        more: impl Iterator<Item = Want>,
    ) -> Vec<Want> {
        let of_images = self.images.needs_rows().then_some(Want::rows(layer));
        self.select.wants(side, layer, of_images.into_iter().chain(more))
    }
}

impl Suite {
    /// The metrics of its program, with the program's conventions.
    pub fn config(self) -> MetricsConfig {
        match self {
            Self::Adm => MetricsConfig {
                select: self.metrics(),
                suite: Some(self),
                inception_score: InceptionScoreConfig::of(InceptionScoreVariant::Adm),
                prdc: PrdcConfig::ADM,
                ..MetricsConfig::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fid_alone_reads_the_moments_of_pool3() {
        let wants = MetricsConfig::default().wants(Side::Real, Tap::Pool3, std::iter::empty());
        assert_eq!(wants, [Want::moments(Tap::Pool3)]);
    }
}

//! From features to values.

use fid_core::frechet_distance;
use fid_inception::Tap;

use super::{Metric, MetricSet, Metrics};
use crate::Error;
use crate::input::Set;

/// The metrics of two sets whose features have what the metrics want.
pub(crate) fn compute(metrics: &MetricSet, real: &Set, fake: &Set) -> Result<Metrics, Error> {
    let distance = |metric: Metric, tap: Tap| -> Result<Option<f64>, Error> {
        let sides = real.features.stats(tap).zip(fake.features.stats(tap));
        let sides = sides.filter(|_| metrics.has(metric));
        let distance = sides.map(|(real, fake)| frechet_distance(real, fake)).transpose()?;
        Ok(distance.map(|distance| distance.display_value()))
    };
    Ok(Metrics {
        fid_64: distance(Metric::Fid64, Tap::Pool64)?,
        fid_192: distance(Metric::Fid192, Tap::Pool192)?,
        fid_768: distance(Metric::Fid768, Tap::Pool768)?,
        sfid: distance(Metric::Sfid, Tap::Spatial)?,
    })
}

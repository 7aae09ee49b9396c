//! From features to values.

use fid_core::metrics::{
    InceptionScoreVariant, KidBlocksConfig, cmmd, fid_infinity, inception_score, kid, kid_blocks,
    mifid_by, mind, prdc_by,
};
use fid_core::{Engine, FeatureRows, Tap, frechet_distance};

use super::products::products;
use super::set::want;
use super::{Metric, Metrics, MetricsConfig, NotComputed};
use crate::Error;
use crate::observer::{Observer, Side};
use crate::pipeline::guard;
use crate::side::SideData;

/// The selected metrics of two sets, the real one first; `fid` is their FID. `engine` runs the network,
/// if one was opened. A metric that fails is listed in [`Metrics::not_computed`].
///
/// # Errors
///
/// [`Error::Cancelled`].
pub(crate) fn compute(
    config: &MetricsConfig,
    fid: f64,
    engine: Option<&dyn Engine>,
    [real, fake]: [&SideData; 2],
    observer: &dyn Observer,
) -> Result<Metrics, Error> {
    let mut not_computed = Vec::new();
    let mut of = Asked { config, real, fake, observer, not_computed: &mut not_computed };
    let rows = || real.features.rows(Tap::Pool3).zip(fake.features.rows(Tap::Pool3));
    let logits = fake.features.rows(Tap::LogitsUnbiased);
    let engine = rows().and_then(|(real, fake)| {
        config.products.choose(engine, [real.num_rows(), fake.num_rows()])
    });
    let mut metrics = Metrics {
        fid_64: of.distance(Metric::Fid64, Tap::Pool64),
        fid_192: of.distance(Metric::Fid192, Tap::Pool192),
        fid_768: of.distance(Metric::Fid768, Tap::Pool768),
        sfid: of.distance(Metric::Sfid, Tap::Spatial),
        fid_infinity: of.value(Metric::FidInfinity, fake.features.rows(Tap::Pool3), |fake| {
            fid_infinity(&real.stats, &fake, &config.fid_infinity)
        }),
        kid: of.value(Metric::Kid, rows(), |(real, fake)| kid(&real, &fake, &config.kid)),
        kid_blocks: of.value(Metric::Kid, rows(), |(real, fake)| {
            let blocks = KidBlocksConfig { seed: Some(config.kid.seed), ..Default::default() };
            kid_blocks(&real, &fake, &blocks)
        }),
        inception_score: of.value(Metric::InceptionScore, logits, |logits| {
            inception_score(&logits, &config.inception_score)
        }),
        prdc: of.value(Metric::Prdc, rows(), |(real, fake)| {
            guard(|| Ok(prdc_by(&real, &fake, &config.prdc, &mut *products(engine))?))
        }),
        mind: of.value(Metric::Mind, rows(), |(real, fake)| mind(&real, &fake, &config.mind)),
        mifid: of.value(Metric::Mifid, rows(), |(real, fake)| {
            guard(|| Ok(mifid_by(fid, &real, &fake, &config.mifid, &mut *products(engine))?))
        }),
        cmmd: of.value(Metric::Cmmd, rows(), |(real, fake)| cmmd(&real, &fake)),
        products_on: None,
        not_computed: Vec::new(),
    };
    if metrics.prdc.is_some() || metrics.mifid.is_some() {
        metrics.products_on =
            Some(engine.map_or_else(|| "cpu".into(), |engine| engine.products_device().into()));
    }
    if observer.cancelled() {
        return Err(Error::Cancelled);
    }
    Ok(Metrics { not_computed, ..metrics })
}

struct Asked<'a> {
    config: &'a MetricsConfig,
    real: &'a SideData,
    fake: &'a SideData,
    observer: &'a dyn Observer,
    not_computed: &'a mut Vec<NotComputed>,
}

impl Asked<'_> {
    /// The value of a metric, if it was selected and its features exist.
    fn value<F, T, E: Into<Error>>(
        &mut self,
        metric: Metric,
        features: Option<F>,
        compute: impl FnOnce(F) -> Result<T, E>,
    ) -> Option<T> {
        if !self.config.select.has(metric) || self.observer.cancelled() {
            return None;
        }
        let Some(features) = features else {
            let sides = [(Side::Real, self.real), (Side::Fake, self.fake)];
            let lacks = |(side, set): &(Side, &SideData)| {
                want(metric, *side).is_some_and(|want| set.lacks(want))
            };
            if let Some((_, set)) = sides.into_iter().find(lacks) {
                let reason = format!("{} does not contain what it needs", set.path().display());
                self.not_computed.push(NotComputed { metric, reason });
            }
            return None;
        };
        // Some take minutes for large sets.
        self.observer.phase(&format!("computing {metric}"));
        match compute(features) {
            Ok(value) => Some(value),
            Err(error) => {
                use fid_core::Error::{Neighbours, NotEnoughImages};
                let error = error.into();
                let available = match &error {
                    Error::Core(Neighbours { num_rows, .. }) => Some(*num_rows),
                    Error::Core(NotEnoughImages { available, .. }) => Some(*available),
                    _ => None,
                };
                let way_out = available.and_then(|available| way_out(metric, available));
                let reason = match way_out {
                    Some((way_out, _)) => format!("{}: {way_out}", error.chain()),
                    None => error.chain(),
                };
                self.not_computed.push(NotComputed { metric, reason });
                None
            }
        }
    }

    fn distance(&mut self, metric: Metric, tap: Tap) -> Option<f64> {
        let sides = self.real.stats_at(tap).zip(self.fake.stats_at(tap));
        let distance =
            |(real, fake)| frechet_distance(real, fake).map(|distance| distance.display_value());
        self.value(metric, sides, distance)
    }
}

/// Checks, before the network runs, that the sets are large enough for the metrics.
///
/// # Errors
///
/// [`Error::TooFewFor`] for the first metric that needs more images.
pub(crate) fn require_enough(config: &MetricsConfig, real: u64, fake: u64) -> Result<(), Error> {
    if config.leaves_out() {
        return Ok(());
    }
    let enough = |metric: Metric, name: &'static str, sides: &[(&'static str, u64)], needed| {
        let few = sides.iter().find(|(_, count)| config.select.has(metric) && *count < needed);
        let Some(&(side, count)) = few else { return Ok(()) };
        let (needed, available) = (needed as usize, count as usize);
        let source = fid_core::Error::NotEnoughImages { metric: name, side, needed, available };
        let more = || ("compare more images".into(), 0);
        let (way_out, at_most) = way_out(metric, available).unwrap_or_else(more);
        Err(Error::TooFewFor { metric, way_out, at_most, source })
    };
    let sides = [("real", real), ("fake", fake)];
    let splits = match config.inception_score.variant {
        InceptionScoreVariant::Adm => 1,
        _ => config.inception_score.splits as u64,
    };
    enough(Metric::Kid, "a KID subset", &sides, config.kid.subset_size as u64)?;
    enough(Metric::InceptionScore, "the Inception Score", &sides[1..], splits)?;
    enough(Metric::Prdc, "a ball", &sides, config.prdc.neighbours as u64 + 1)
}

/// Checks the settings of the selected metrics, which need no images for that.
///
/// # Errors
///
/// [`fid_core::Error::Setting`] for the first setting that is too small.
pub(crate) fn require_settings(config: &MetricsConfig) -> Result<(), fid_core::Error> {
    let settings = [
        (Metric::Kid, "number of KID subsets", config.kid.subsets, 1),
        (Metric::Kid, "KID subset size", config.kid.subset_size, 2),
        (Metric::InceptionScore, "number of splits", config.inception_score.splits, 1),
        (Metric::Prdc, "number of neighbours", config.prdc.neighbours, 1),
    ];
    let wrong = settings
        .into_iter()
        .find(|&(metric, _, value, least)| config.select.has(metric) && value < least);
    match wrong {
        Some((_, name, value, least)) => Err(fid_core::Error::Setting { name, value, least }),
        None => Ok(()),
    }
}

/// The setting that makes a metric possible with `available` images, and its largest value.
fn way_out(metric: Metric, available: usize) -> Option<(String, usize)> {
    let (setting, at_most) = match metric {
        Metric::Kid => ("a KID subset size", available),
        Metric::InceptionScore => ("a number of splits", available),
        Metric::Prdc => ("a number of neighbours", available.saturating_sub(1)),
        _ => return None,
    };
    let least = if metric == Metric::Kid { 2 } else { 1 };
    (at_most >= least).then(|| (format!("use {setting} of at most {at_most}"), at_most))
}

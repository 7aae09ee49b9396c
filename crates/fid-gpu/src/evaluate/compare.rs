//! The report of two sets: distance, metrics, notes and origin.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fid_core::{FrechetDistance, Tap, frechet_distance};

use crate::census::differences;
use crate::explain::Explanation;
use crate::extractor::Extractor;
use crate::metrics::{ImagesReport, MetricsConfig};
use crate::observer::Observer;
use crate::report::{FidReport, PresetFid, SCHEMA, Seconds, SetReport, Versions, WeightsReport};
use crate::side::SideData;
use crate::stats_file::{Recipe, is_standard};
use crate::{Error, left_out, metrics};

/// The context of a comparison: everything except the two sets.
pub(crate) struct Comparison<'a> {
    pub(crate) metrics: &'a MetricsConfig,
    pub(crate) explain: bool,
    /// The recipe of both sides.
    pub(crate) recipe: &'a Recipe,
    /// The weights of either side, if known.
    pub(crate) weights: Option<WeightsReport>,
    /// The network, if it ran.
    pub(crate) extractor: Option<&'a Extractor>,
    pub(crate) observer: &'a dyn Observer,
    /// Why files could not be written.
    pub(crate) not_saved: Option<String>,
    /// When the run began.
    pub(crate) begin: Instant,
}

impl Comparison<'_> {
    /// Computes the FID and the selected metrics of two sets.
    pub(crate) fn report(self, real: &SideData, fake: &SideData) -> Result<FidReport, Error> {
        self.observer.phase("computing the distance");
        let start = Instant::now();
        let distance = frechet_distance(&real.stats, &fake.stats)?;
        let explain = || {
            let mut explanation = Explanation::of(&real.stats, &fake.stats, &distance)?;
            explanation.remarks.extend(left_out::remarks("real", real.source.as_ref()));
            explanation.remarks.extend(left_out::remarks("generated", fake.source.as_ref()));
            Ok::<_, Error>(explanation)
        };
        let explanation = self.explain.then(explain).transpose()?;
        let fid = distance.display_value();
        let presets = self.cross_table(fid, real, fake)?;
        let frechet = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let engine = self.extractor.map(|extractor| &*extractor.engine);
        let metrics = metrics::compute(self.metrics, fid, engine, [real, fake], self.observer)?;
        let (images, no_images) = match ImagesReport::of(&self.metrics.images, real, fake) {
            Ok(images) => (images, None),
            Err(error) => (ImagesReport::default(), Some(error.chain())),
        };
        let seconds = Seconds {
            weights: self.extractor.map_or(0.0, |extractor| extractor.seconds),
            real: real.seconds,
            fake: fake.seconds,
            frechet,
            metrics: start.elapsed().as_secs_f64(),
            total: self.begin.elapsed().as_secs_f64(),
        };
        let census = fake.census_beside(real);
        let mut notes = self.notes(real, fake, &distance);
        let prepared = [real, fake].iter().any(|set| !set.preparation.is_none());
        notes.extend(differences(real.census.as_ref(), census.as_ref(), prepared));
        let missing = metrics.not_computed.iter();
        notes.extend(missing.map(|it| format!("{} is left out: {}", it.metric, it.reason)));
        notes.extend(no_images);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let comparable =
            !self.random() && is_standard(&self.recipe.precision) && self.other_layer().is_none();
        Ok(FidReport {
            schema: SCHEMA,
            fid,
            mean_term: distance.mean_term,
            trace_term: distance.trace_a + distance.trace_b - 2.0 * distance.cross_trace,
            trace_method: distance.method,
            metrics,
            presets,
            images,
            suite: self.metrics.suite,
            requested: self.metrics.select.clone(),
            comparable,
            explanation,
            not_saved: self.not_saved,
            notes,
            real: real.report(distance.trace_a),
            fake: SetReport { census, ..fake.report(distance.trace_b) },
            encoder: self.recipe.encoder.clone(),
            preset: self.recipe.preset.clone(),
            tap: self.recipe.tap.clone(),
            precision: self.recipe.precision.clone(),
            weights: self.weights,
            device: engine.map(|engine| engine.info().device.clone()),
            driver: engine.and_then(|engine| engine.info().driver.clone()),
            kernels: engine.map(|engine| engine.info().kernels.clone()),
            batch_size: self.extractor.map(|extractor| extractor.batch_size.get()),
            versions: Versions::default(),
            seconds,
            // A clock before 1970 is wrong anyway.
            timestamp: now.map_or(0, |now| now.as_secs()),
        })
    }

    /// The FID under every preset; `fid` is the value under the first. Empty for a single preset.
    fn cross_table(
        &self,
        fid: f64,
        real: &SideData,
        fake: &SideData,
    ) -> Result<Vec<PresetFid>, Error> {
        let mut table = vec![PresetFid { preset: self.recipe.preset.clone(), fid }];
        for (preset, real) in real.features.others() {
            let Some((_, fake)) = fake.features.others().find(|(other, _)| *other == preset) else {
                continue;
            };
            let fid = frechet_distance(real, fake)?.display_value();
            table.push(PresetFid { preset: preset.to_string(), fid });
        }
        if table.len() == 1 {
            table.clear();
        }
        Ok(table)
    }

    /// Whether the weights were drawn at random.
    fn random(&self) -> bool {
        self.weights.as_ref().is_some_and(|weights| weights.random)
    }

    /// The layer of the features, if it is not pool3.
    fn other_layer(&self) -> Option<&str> {
        self.recipe.tap.as_deref().filter(|layer| *layer != Tap::Pool3.name())
    }

    /// Remarks that qualify the value: random weights, few images, another precision.
    fn notes(&self, real: &SideData, fake: &SideData, distance: &FrechetDistance) -> Vec<String> {
        let mut notes = Vec::new();
        if self.random() {
            notes.push(
                "the weights are random: the value is not comparable with published FID".into(),
            );
        }
        if let Some(layer) = self.other_layer() {
            notes.push(format!(
                "the features are {layer}, not pool3 of Inception-v3: the value is not comparable with \
                 published FID"
            ));
        }
        let prepared = [real, fake].map(|set| set.preparation);
        if prepared.iter().any(|preparation| !preparation.is_none()) {
            let [real, fake] = prepared;
            notes.push(format!("before the preset, real images: {real}; fake images: {fake}"));
        }
        let counts = [real, fake].into_iter().filter_map(|set| set.stats.num_images());
        let dim = real.stats.dim();
        if let Some(fewest) = counts.min().filter(|&fewest| fewest < dim as u64) {
            notes.push(format!(
                "{fewest} images are fewer than the {dim} features: exact for these images, but FID \
                 falls with the number of images; compare only values of equal counts"
            ));
        }
        if distance.value < 0.0 {
            notes.push(format!("rounding gave {:e}, shown as 0", distance.value));
        }
        notes.extend([real, fake].into_iter().flat_map(|set| set.notes.iter().cloned()));
        let precision = &self.recipe.precision;
        if !is_standard(precision) {
            notes.push(format!(
                "the network was computed in {precision}: the value is not comparable with published FID, \
                 which is of f32"
            ));
        }
        notes.extend(self.extractor.and_then(|extractor| extractor.note.clone()));
        notes
    }
}

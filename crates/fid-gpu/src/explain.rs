//! The FID in words: its parts, and what may be wrong if it is odd.

use fid_core::{FeatureStats, FrechetDistance};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Eigenvalues reported for each side.
const REPORTED: usize = 5;

/// A FID below this share of the traces means that both sides have the same images: two halves of one
/// data set are further apart.
const SAME_SETS: f64 = 1e-6;

/// A FID above this multiple of the smaller trace means that the sets have nothing in common, whatever
/// the features mean.
const UNRELATED: f64 = 20.0;

/// A mean term above this share of the FID deserves a remark.
const MOSTLY_MEANS: f64 = 0.8;

/// A first eigenvalue above this share of the trace means that the images differ in one way only.
const ONE_DIRECTION: f64 = 0.5;

/// A FID taken apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The FID.
    pub value: f64,
    /// `|μ_real − μ_fake|²`.
    pub mean_term: f64,
    /// `tr Σ_real + tr Σ_fake − 2·tr √(Σ_real Σ_fake)`.
    pub trace_term: f64,
    /// `tr √(Σ_real Σ_fake)`.
    pub cross_trace: f64,
    /// How the real features vary.
    pub real: Spectrum,
    /// How the generated features vary.
    pub fake: Spectrum,
    /// Unusual properties, and their usual causes.
    pub remarks: Vec<String>,
}

/// How the features of a set vary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spectrum {
    /// Number of images; `None` if a file does not record it.
    pub images: Option<u64>,
    /// `tr Σ`: the mean squared distance of a feature vector from the mean, unbiased.
    pub trace: f64,
    /// The largest eigenvalues of the covariance, the largest first.
    pub largest_eigenvalues: Vec<f64>,
    /// All nonzero eigenvalues, at most as many as images. Not in JSON: empty in a report that was
    /// read back.
    #[serde(skip)]
    pub eigenvalues: Vec<f64>,
    /// `(tr Σ)² / tr Σ²`: the number of directions in which the features vary, if they varied equally
    /// in each.
    pub effective_dimensions: f64,
}

impl Spectrum {
    fn of(stats: &FeatureStats) -> Result<Self, Error> {
        let values = stats.eigenvalues()?;
        let squares: f64 = values.iter().map(|value| value * value).sum();
        let trace = stats.trace();
        Ok(Self {
            images: stats.num_images(),
            trace,
            largest_eigenvalues: values.iter().take(REPORTED).copied().collect(),
            eigenvalues: values,
            effective_dimensions: if squares > 0.0 { trace * trace / squares } else { 0.0 },
        })
    }

    fn line(&self, side: &str) -> String {
        let values: Vec<_> =
            self.largest_eigenvalues.iter().map(|value| format!("{value:.4}")).collect();
        let images = self.images.map_or("?".into(), |n| n.to_string());
        format!(
            "{side}: {images} images, tr Σ = {:.4}, about {:.0} directions; largest eigenvalues {}\n",
            self.trace,
            self.effective_dimensions,
            values.join(", ")
        )
    }
}

impl Explanation {
    /// Takes the distance of `real` and `fake` apart.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the eigenvalues cannot be computed.
    pub fn of(
        real: &FeatureStats,
        fake: &FeatureStats,
        distance: &FrechetDistance,
    ) -> Result<Self, Error> {
        let mut explanation = Self {
            value: distance.display_value(),
            mean_term: distance.mean_term,
            trace_term: distance.trace_a + distance.trace_b - 2.0 * distance.cross_trace,
            cross_trace: distance.cross_trace,
            real: Spectrum::of(real)?,
            fake: Spectrum::of(fake)?,
            remarks: Vec::new(),
        };
        explanation.remarks = explanation.remark(real.dim() as u64);
        Ok(explanation)
    }

    fn remark(&self, dim: u64) -> Vec<String> {
        let mut remarks = Vec::new();
        let (real, fake) = (&self.real, &self.fake);
        let traces = real.trace + fake.trace;
        if self.value <= SAME_SETS * traces {
            remarks.push(
                "The value is zero but for rounding: both sides have the same images. Was one folder \
                 named twice, or copied?"
                    .into(),
            );
        } else if self.value > UNRELATED * real.trace.min(fake.trace) {
            remarks.push(
                "The value is many times the spread of the features: the sets have nothing in common. \
                 Usual causes: one side is black, noise or broken; values in [0, 1] were saved as \
                 bytes; channels are swapped; the weights are not the published ones."
                    .into(),
            );
        } else if self.mean_term > MOSTLY_MEANS * self.value {
            remarks.push(
                "Most of it is the mean: the average image is off, in colour, sharpness, size or \
                 compression, more than the variety of images."
                    .into(),
            );
        }
        for (side, spectrum, other) in [("real", real, fake), ("fake", fake, real)] {
            let first = spectrum.largest_eigenvalues.first().copied().unwrap_or_default();
            if spectrum.trace == 0.0 {
                remarks.push(format!("All {side} images have the same features."));
            } else if first > ONE_DIRECTION * spectrum.trace {
                remarks.push(format!(
                    "The {side} images differ mostly in one way: are there two kinds of files, or \
                     a few outliers?"
                ));
            } else if spectrum.trace < 0.5 * other.trace {
                remarks.push(format!(
                    "The {side} images vary less than half as much as the others: too few kinds of \
                     images (mode collapse), or repeats."
                ));
            }
        }
        remarks.push(bias(real.images, fake.images, dim));
        remarks
    }

    /// Several lines for people, without a line break at the end.
    pub fn text(&self) -> String {
        let share = |part: f64| if self.value > 0.0 { 100.0 * part / self.value } else { 0.0 };
        let mut text = format!(
            "FID = |μ_real − μ_fake|² + tr Σ_real + tr Σ_fake − 2·tr √(Σ_real·Σ_fake)\n\
             the means:       {:.4} ({:.0} %)\n\
             the covariances: {:.4} ({:.0} %) = {:.4} + {:.4} − 2·{:.4}\n",
            self.mean_term,
            share(self.mean_term),
            self.trace_term,
            share(self.trace_term),
            self.real.trace,
            self.fake.trace,
            self.cross_trace,
        );
        text += &self.real.line("real");
        text += &self.fake.line("fake");
        self.remarks.iter().for_each(|remark| text += &format!("- {remark}\n"));
        text.truncate(text.trim_end().len());
        text
    }
}

/// How the number of images biases the FID.
fn bias(real: Option<u64>, fake: Option<u64>, dim: u64) -> String {
    let (Some(real), Some(fake)) = (real, fake) else {
        return "A file does not tell its number of images: FID falls with it, so compare only values \
                of equal counts."
            .into();
    };
    let fewest = real.min(fake);
    let mut text = format!(
        "With {real} and {fake} images the value is too large, by about a constant over the number of \
         images (Chong & Forsyth 2020): compare only values of equal counts."
    );
    if fewest < dim {
        text += &format!(
            " {fewest} images are fewer than the {dim} features, where this bias is large; papers use \
             10,000 or 50,000."
        );
    }
    text
}

#[cfg(test)]
mod tests;

//! Limits of the FID, for scripts and CI: a worse value is another exit status, not an error.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use fid_core::{Preparation, Tap};
use serde::Deserialize;

use crate::provenance::{INCEPTION, WeightsReport};
use crate::report::SCHEMA;
use crate::stats_file::standard;
use crate::{FidReport, by_name};

/// Limits of the FID; by default none.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Threshold {
    /// The highest FID that passes.
    pub above: Option<f64>,
    /// An earlier run, and by how much the FID may exceed its FID.
    pub base: Option<(Baseline, Percent)>,
}

/// An earlier run, read from its JSON report.
#[derive(Debug, Clone)]
pub struct Baseline {
    path: PathBuf,
    run: Run,
}

/// The fields of a report that a comparison needs: the same in every schema so far.
#[derive(Debug, Clone, Deserialize)]
struct Run {
    fid: f64,
    /// `None` for Inception.
    encoder: Option<String>,
    preset: String,
    tap: Option<String>,
    #[serde(default = "standard")]
    precision: String,
    weights: Option<WeightsReport>,
    real: Count,
    fake: Count,
}

#[derive(Debug, Clone, Deserialize)]
struct Count {
    images: Option<u64>,
    #[serde(default, with = "by_name")]
    preparation: Preparation,
}

/// The version of a report, which is read first: later versions may change the rest.
#[derive(Deserialize)]
struct Schema {
    schema: u64,
}

/// A percentage, at least 0. As text `2%` or `2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Percent(f64);

/// A text that is not a [`Percent`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no percentage: write 2% or 0.5%")]
pub struct BadPercent(String);

impl FromStr for Percent {
    type Err = BadPercent;

    fn from_str(text: &str) -> Result<Self, BadPercent> {
        let number = text.strip_suffix('%').unwrap_or(text).parse();
        let valid = number.ok().filter(|&share: &f64| share.is_finite() && share >= 0.0);
        valid.map(Self).ok_or_else(|| BadPercent(text.into()))
    }
}

/// Why a FID cannot be compared with an earlier run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// The earlier run's file cannot be read.
    #[error("cannot read {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// The file is empty.
    #[error("{} is not a report of fid-gpu: it is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a report.
    #[error("{} is not a report of fid-gpu", path.display())]
    NotAReport {
        /// The file.
        path: PathBuf,
        /// The parser's error.
        #[source]
        cause: serde_json::Error,
    },
    /// A later version made the report.
    #[error(
        "{} is not a report of fid-gpu that this version reads: it has the schema {found}, and the latest \
         known is {SCHEMA}; make it again",
        path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u64,
    },
    /// The earlier run was made differently.
    #[error(
        "this run and that of {} do not compare: {}. Make the earlier one again as this one was made",
        path.display(), differences.join("; ")
    )]
    NotComparable {
        /// The file.
        path: PathBuf,
        /// The differences, as phrases.
        differences: Vec<String>,
    },
}

impl Baseline {
    /// Reads a report of any schema up to [`SCHEMA`]; the last one, if the file has several.
    ///
    /// # Errors
    ///
    /// [`ThresholdError`] if the file has no such report.
    pub fn read(path: &Path) -> Result<Self, ThresholdError> {
        let wrong = |cause| ThresholdError::NotAReport { path: path.into(), cause };
        let text =
            fs::read(path).map_err(|cause| ThresholdError::Open { path: path.into(), cause })?;
        let last = serde_json::Deserializer::from_slice(&text)
            .into_iter::<serde_json::Value>()
            .last()
            .ok_or_else(|| ThresholdError::Empty { path: path.into() })?
            .map_err(wrong)?;
        let Schema { schema } = Schema::deserialize(&last).map_err(wrong)?;
        if !(1..=SCHEMA).contains(&schema) {
            return Err(ThresholdError::Schema { path: path.into(), found: schema });
        }
        Ok(Self { path: path.into(), run: Run::deserialize(&last).map_err(wrong)? })
    }

    /// The differences to `report` that make the values mean different things, as phrases.
    fn differences(&self, report: &FidReport) -> Vec<String> {
        let (then, mut differences) = (&self.run, Vec::new());
        if then.encoder != report.encoder {
            let [before, now] =
                [&then.encoder, &report.encoder].map(|it| it.as_deref().unwrap_or(INCEPTION));
            differences.push(format!("encoder {before} then, {now} now"));
        }
        if then.preset != report.preset {
            differences.push(format!("preset {} then, {} now", then.preset, report.preset));
        }
        // Reports without a layer are of pool3.
        let [before, now] =
            [&then.tap, &report.tap].map(|tap| tap.as_deref().unwrap_or(Tap::Pool3.name()));
        if before != now {
            differences.push(format!("features of {before} then, of {now} now"));
        }
        if then.precision != report.precision {
            differences
                .push(format!("precision {} then, {} now", then.precision, report.precision));
        }
        let hash = |weights: &Option<WeightsReport>| weights.as_ref().map(|w| w.sha256.clone());
        if let (Some(a), Some(b)) = (hash(&then.weights), hash(&report.weights))
            && a != b
        {
            differences.push(format!("weights {a:.12}… then, {b:.12}… now"));
        }
        let prepared = [("real", &then.real, &report.real), ("fake", &then.fake, &report.fake)];
        for (side, then, now) in prepared {
            if then.preparation != now.preparation {
                let (then, now) = (&then.preparation, &now.preparation);
                differences
                    .push(format!("preparation of {side} images '{then}' then, '{now}' now"));
            }
        }
        let counts =
            [("real", &then.real, report.real.images), ("fake", &then.fake, report.fake.images)];
        for (side, then, now) in counts {
            if let (Some(then), Some(now)) = (then.images, now)
                && then != now
            {
                differences.push(format!("{then} {side} images then, {now} now"));
            }
        }
        differences
    }

    /// A sentence if `fid` exceeds the earlier run's by more than `allowed` percent.
    fn exceeded_by(&self, fid: f64, Percent(allowed): Percent) -> Option<String> {
        let (then, path) = (self.run.fid, self.path.display());
        if fid <= then * (1.0 + allowed / 100.0) {
            return None;
        }
        Some(if then == 0.0 {
            format!("FID {fid:.4} is worse than the 0 of {path}, which no percentage allows")
        } else {
            let worse = (fid / then - 1.0) * 100.0;
            format!(
                "FID {fid:.4} is {worse:.2}% worse than {then:.4} of {path}; {allowed}% is allowed"
            )
        })
    }
}

impl Threshold {
    /// Sentences that say why the FID is too high; empty if it passes.
    ///
    /// # Errors
    ///
    /// [`ThresholdError::NotComparable`] if the earlier run was made differently: with other weights,
    /// another preset, another precision, other preparations, or other numbers of images.
    pub fn check(&self, report: &FidReport) -> Result<Vec<String>, ThresholdError> {
        let mut reasons = Vec::new();
        if let Some(limit) = self.above.filter(|&limit| report.fid > limit) {
            reasons.push(format!("FID {:.4} is above the limit {limit}", report.fid));
        }
        if let Some((base, allowed)) = &self.base {
            let differences = base.differences(report);
            if !differences.is_empty() {
                let path = base.path.clone();
                return Err(ThresholdError::NotComparable { path, differences });
            }
            reasons.extend(base.exceeded_by(report.fid, *allowed));
        }
        Ok(reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_numbers_from_0() {
        assert_eq!("2%".parse(), Ok(Percent(2.0)));
        assert_eq!("0.5".parse(), Ok(Percent(0.5)));
        for text in ["", "%", "-1%", "2 %", "inf", "NaN%", "two"] {
            assert_eq!(text.parse::<Percent>(), Err(BadPercent(text.into())));
        }
    }

    fn baseline(fid: f64) -> Baseline {
        let count = || Count { images: None, preparation: Preparation::default() };
        let run = Run {
            encoder: None,
            fid,
            preset: "clean".into(),
            tap: None,
            precision: standard(),
            weights: None,
            real: count(),
            fake: count(),
        };
        Baseline { path: "base.json".into(), run }
    }

    #[test]
    fn a_baseline_of_0_is_exceeded_in_words() {
        let allowed = Percent(50.0);
        assert_eq!(baseline(0.0).exceeded_by(0.0, allowed), None);
        let reason = baseline(0.0).exceeded_by(1.5, allowed).unwrap();
        assert!(reason.contains("worse than the 0 of base.json"), "{reason}");
        assert!(!reason.contains("inf"), "{reason}");
        let reason = baseline(1.0).exceeded_by(1.625, allowed).unwrap();
        assert!(reason.contains("62.50% worse") && reason.contains("50% is allowed"), "{reason}");
    }
}

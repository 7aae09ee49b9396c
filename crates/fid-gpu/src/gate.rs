//! A limit for the value, for scripts and CI: worse than it is another exit status, not an error.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::FidReport;
use crate::report::{SCHEMA, WeightsReport};
use crate::stats_file::standard;

/// When a value is too high.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Gate {
    /// The FID that must not be exceeded.
    pub above: Option<f64>,
    /// An earlier run that must not be exceeded, and by how much it may be.
    pub base: Option<(Base, Percent)>,
}

/// An earlier run, as `--json` or `--jsonl` wrote it.
#[derive(Debug, Clone)]
pub struct Base {
    path: PathBuf,
    run: Run,
}

/// What of a run matters here.
#[derive(Debug, Clone, Deserialize)]
struct Run {
    schema: u64,
    fid: f64,
    preset: String,
    #[serde(default = "standard")]
    precision: String,
    weights: Option<WeightsReport>,
    real: Count,
    fake: Count,
}

#[derive(Debug, Clone, Deserialize)]
struct Count {
    images: Option<u64>,
}

/// A share in percent, at least 0: `2%` or `2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Percent(f64);

/// A text is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no share: write 2% or 0.5%")]
pub struct BadPercent(String);

impl FromStr for Percent {
    type Err = BadPercent;

    fn from_str(text: &str) -> Result<Self, BadPercent> {
        let number = text.strip_suffix('%').unwrap_or(text).parse();
        let valid = number.ok().filter(|&share: &f64| share.is_finite() && share >= 0.0);
        valid.map(Self).ok_or_else(|| BadPercent(text.into()))
    }
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The earlier run's file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what `--json` writes.
    #[error("{} is no report of fid-gpu ({message}): write one with --json or --jsonl", path.display())]
    NotAReport {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The earlier run was made differently.
    #[error(
        "this run and that of {} do not compare: {}. Make the earlier one again as this one was made",
        path.display(), differences.join("; ")
    )]
    NotComparable {
        /// The file.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
}

impl Base {
    /// Reads a report; of several in one file, as `--jsonl` appends them, the last.
    ///
    /// # Errors
    ///
    /// [`GateError`] where there is none.
    pub fn read(path: &Path) -> Result<Self, GateError> {
        let text = fs::read(path).map_err(|cause| GateError::Open { path: path.into(), cause })?;
        let wrong = |message: String| GateError::NotAReport { path: path.into(), message };
        let last = serde_json::Deserializer::from_slice(&text).into_iter::<Run>().last();
        let run = last.ok_or_else(|| wrong("it is empty".into()))?;
        let run = run.map_err(|error| wrong(error.to_string()))?;
        if run.schema != SCHEMA {
            return Err(wrong(format!("it has the schema {}, not {SCHEMA}", run.schema)));
        }
        Ok(Self { path: path.into(), run })
    }

    /// What differs from `report`, so that the values mean different things; in words.
    fn differences(&self, report: &FidReport) -> Vec<String> {
        let (then, mut differences) = (&self.run, Vec::new());
        if then.preset != report.preset {
            differences.push(format!("preset {} then, {} now", then.preset, report.preset));
        }
        if then.precision != report.precision {
            differences.push(format!(
                "--precision {} then, --precision {} now",
                then.precision, report.precision
            ));
        }
        let hash = |weights: &Option<WeightsReport>| weights.as_ref().map(|w| w.sha256.clone());
        if let (Some(a), Some(b)) = (hash(&then.weights), hash(&report.weights))
            && a != b
        {
            differences.push(format!("weights {a:.12}… then, {b:.12}… now"));
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
}

impl Gate {
    /// The sentences that say why the value is too high; none where it passes.
    ///
    /// # Errors
    ///
    /// [`GateError::NotComparable`] where the earlier run was made differently: from other weights,
    /// another preset, another precision, or other numbers of images.
    pub fn check(&self, report: &FidReport) -> Result<Vec<String>, GateError> {
        let mut reasons = Vec::new();
        if let Some(limit) = self.above.filter(|&limit| report.fid > limit) {
            reasons.push(format!("FID {:.4} is above the limit {limit}", report.fid));
        }
        if let Some((base, Percent(by))) = &self.base {
            let differences = base.differences(report);
            if !differences.is_empty() {
                return Err(GateError::NotComparable { path: base.path.clone(), differences });
            }
            let then = base.run.fid;
            if report.fid > then * (1.0 + by / 100.0) {
                let worse = (report.fid / then - 1.0) * 100.0;
                let path = base.path.display();
                let fid = report.fid;
                reasons.push(format!(
                    "FID {fid:.4} is {worse:.2}% worse than {then:.4} of {path}; {by}% is allowed"
                ));
            }
        }
        Ok(reasons)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_numbers_from_0() {
        assert_eq!("2%".parse(), Ok(Percent(2.0)));
        assert_eq!("0.5".parse(), Ok(Percent(0.5)));
        for text in ["", "%", "-1%", "2 %", "inf", "NaN%", "two"] {
            assert_eq!(text.parse::<Percent>(), Err(BadPercent(text.into())));
        }
    }
}

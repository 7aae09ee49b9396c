//! A page that shows why a value is what it is: one HTML file that needs nothing else, neither network
//! nor scripts.
//!
//! [`page`] runs the comparison with all that the page shows; [`Page::save`] writes it. Every number on it
//! is one of the JSON report, which it holds whole.

mod document;
mod numbers;
mod plots;
mod sections;
mod series;
#[cfg(test)]
mod tests;
mod thumbnail;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use fid_weights::atomic_file::{AtomicFile, folder};

use self::series::Series;
use crate::evaluate::evaluate_seen;
use crate::metrics::{Metric, MetricSet};
use crate::observer::Observer;
use crate::{Error, EvalConfig, FidReport};

/// Images of each side that are shown where the configuration does not say how many.
const SHOWN: usize = 8;

/// What the page shows beside FID.
const METRICS: [Metric; 5] =
    [Metric::Fid, Metric::FidInfinity, Metric::Kid, Metric::InceptionScore, Metric::Prdc];

/// A page, and the report that it shows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    /// The whole document: HTML in UTF-8.
    pub html: String,
    /// The report.
    pub report: FidReport,
}

/// Compares as [`evaluate_with`](crate::evaluate_with) does, with the other metrics, interval, single images
/// and explanation that the page shows, and makes the page. `command` is what the page says made it.
///
/// What the sets are too small for, or a file of statistics has not, is left out, and the page says so.
///
/// # Errors
///
/// As [`evaluate`](crate::evaluate).
pub fn page(config: &EvalConfig, command: &str, observer: &dyn Observer) -> Result<Page, Error> {
    let config = complete(config);
    let seed = config.metrics.fid_infinity.seed;
    let (report, series) = evaluate_seen(&config, observer, |real, fake, report| {
        observer.phase("drawing the page");
        Series::of(real, fake, report, seed)
    })?;
    Ok(Page { html: document::document(&report, &series, command), report })
}

/// The configuration, with what the page shows added.
fn complete(config: &EvalConfig) -> EvalConfig {
    let mut config = config.clone();
    let metrics = &mut config.metrics;
    let select: Vec<_> = metrics.select.iter().chain(METRICS).collect();
    metrics.select = MetricSet::new(&select);
    metrics.leave_out = true;
    metrics.images.interval.get_or_insert_default();
    if metrics.images.outliers == 0 {
        metrics.images.outliers = SHOWN;
    }
    config.explain = true;
    config
}

impl Page {
    /// Finds, before minutes of work, that a page cannot be written there.
    ///
    /// # Errors
    ///
    /// [`Error::Page`] where there is no such folder, or a folder has the file's name.
    pub fn check_target(path: &Path) -> Result<(), Error> {
        let fail = |kind: io::ErrorKind| Error::Page { path: path.into(), cause: kind.into() };
        match (path.is_dir(), folder(path).is_dir()) {
            (true, _) => Err(fail(io::ErrorKind::IsADirectory)),
            (_, false) => Err(fail(io::ErrorKind::NotFound)),
            _ if path.file_name().is_none() => Err(fail(io::ErrorKind::InvalidFilename)),
            _ => Ok(()),
        }
    }

    /// Writes the page, whole or not at all. An existing file is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Page`] where it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            let mut file = AtomicFile::create(path)?;
            file.write_all(self.html.as_bytes())?;
            file.commit()
        };
        write().map_err(|cause| Error::Page { path: path.into(), cause })
    }
}

/// Arguments as a POSIX shell reads them again; what is not Unicode shows as `�`.
pub fn command_line<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let quoted = arguments.into_iter().map(|argument| {
        let text = argument.as_ref().to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
        match !text.is_empty() && text.chars().all(plain) {
            true => text.into_owned(),
            false => format!("'{}'", text.replace('\'', r"'\''")),
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The size of a file for people.
pub fn size(path: &Path) -> String {
    let bytes = fs::metadata(path).map_or(0, |file| file.len());
    format!("{} kB", bytes.div_ceil(1000))
}

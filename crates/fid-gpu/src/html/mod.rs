//! The HTML report, which explains a FID: one file that needs neither network nor scripts.
//!
//! [`page`] runs the comparison with everything that the report shows; [`Page::save`] writes it. Every
//! number in it comes from the JSON report, which it contains as a whole.

mod blocks;
mod document;
mod numbers;
mod plot_data;
mod plots;
mod sections;
#[cfg(test)]
mod tests;
mod thumbnail;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use fid_weights::atomic_file::{AtomicFile, folder};

use self::plot_data::PlotData;
use crate::evaluate::{Compared, compare};
use crate::metrics::{Metric, MetricSet};
use crate::observer::Observer;
use crate::{Error, EvalConfig, FidReport};

/// Images shown of each side by default.
const SHOWN: usize = 8;

/// The metrics that the HTML report shows.
const METRICS: [Metric; 5] =
    [Metric::Fid, Metric::FidInfinity, Metric::Kid, Metric::InceptionScore, Metric::Prdc];

/// An HTML report, and the data behind it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    /// The whole document: HTML in UTF-8.
    pub html: String,
    /// The report.
    pub report: FidReport,
}

/// Compares like [`evaluate_with`](crate::evaluate_with), with the other metrics, the interval, the single
/// images and the explanation that the HTML report shows, and makes the report. It names `command` as the
/// command that made it.
///
/// Metrics for which a set is too small, or a statistics file lacks data, are left out with a note.
///
/// # Errors
///
/// As [`evaluate`](crate::evaluate).
pub fn page(config: &EvalConfig, command: &str, observer: &dyn Observer) -> Result<Page, Error> {
    let compared = compare(&complete(config), observer)?;
    observer.phase("drawing the page");
    Ok(compared.page(command))
}

impl Compared {
    /// The HTML report, with the plots of what the report has. Takes seconds. It names `command` as the command
    /// that made it.
    pub fn page(&self, command: &str) -> Page {
        let report = self.report.clone();
        let data = PlotData::of(&self.real, &self.fake, &report, self.seed);
        Page { html: document::document(&report, &data, command), report }
    }
}

/// The configuration, with everything that the HTML report shows.
pub fn complete(config: &EvalConfig) -> EvalConfig {
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
    /// Checks that a file can be written there, before minutes of work.
    ///
    /// # Errors
    ///
    /// [`Error::Page`] if the folder does not exist, or the path names a folder.
    pub fn check_target(path: &Path) -> Result<(), Error> {
        let fail = |kind: io::ErrorKind| Error::Page { path: path.into(), cause: kind.into() };
        match (path.is_dir(), folder(path).is_dir()) {
            (true, _) => Err(fail(io::ErrorKind::IsADirectory)),
            (_, false) => Err(fail(io::ErrorKind::NotFound)),
            _ if path.file_name().is_none() => Err(fail(io::ErrorKind::InvalidFilename)),
            _ => Ok(()),
        }
    }

    /// Writes the file, completely or not at all. An existing file is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Page`] if it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            let mut file = AtomicFile::create(path)?;
            file.write_all(self.html.as_bytes())?;
            file.commit()
        };
        write().map_err(|cause| Error::Page { path: path.into(), cause })
    }
}

/// Arguments quoted for a POSIX shell; bytes that are not Unicode become `�`.
pub fn command_line<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let quoted = arguments.into_iter().map(|argument| {
        let text = argument.as_ref().to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
        if !text.is_empty() && text.chars().all(plain) {
            text.into_owned()
        } else {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// The size of a file for people, such as `120 kB`.
pub fn size(path: &Path) -> String {
    let bytes = fs::metadata(path).map_or(0, |file| file.len());
    format!("{} kB", bytes.div_ceil(1000))
}

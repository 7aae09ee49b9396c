//! One request and its answer.

use std::error::Error;
use std::io::Read;

use ureq::http::{HeaderMap, HeaderName, header};

use super::client::Client;
use super::error::DownloadProblem;
use super::part::Part;
use crate::hub::manifest::Published;
use crate::hub::progress::Progress;

/// Requests the missing rest of the part and appends the answer. An answer that contradicts the
/// manifest, or itself, is refused before anything is written.
///
/// # Errors
/// [`DownloadProblem`]. Bytes that arrived stay in the part, unless they cannot be of the file.
pub(super) fn transfer(
    part: &mut Part,
    client: &Client,
    entry: &Published,
    counted: &Counted<'_>,
) -> Result<(), DownloadProblem> {
    let write = |part: &Part| {
        let path = part.path().to_path_buf();
        move |cause| DownloadProblem::Io { path, cause }
    };
    if part.length() > entry.size {
        part.restart(None).map_err(write(part))?;
    }
    let response = client.get(part, entry)?;
    let headers = response.headers();
    match response.status().as_u16() {
        200 => {
            let tag = text(headers, header::ETAG).map(str::to_owned);
            offered(content_length(headers), entry.size)?;
            part.restart(tag.as_deref()).map_err(write(part))?;
        }
        206 => match content_range(headers) {
            Some((start, total)) if start == part.length() && part.length() > 0 => {
                offered(total, entry.size)?;
                // This length is the rest's.
                let rest = content_length(headers).map(|length| length.saturating_add(start));
                offered(rest, entry.size)?;
            }
            _ => {
                part.restart(None).map_err(write(part))?;
                return Err(DownloadProblem::Range);
            }
        },
        416 => {
            part.restart(None).map_err(write(part))?;
            return Err(DownloadProblem::Range);
        }
        code => return Err(DownloadProblem::Status { code }),
    }
    counted.at(part);

    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = match body.read(&mut buffer) {
            Ok(0) if part.length() == entry.size => return Ok(()),
            Ok(0) => return Err(cut(part, entry, "the server closed it".into())),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(match client.problem(error.into(), part, entry) {
                    DownloadProblem::Connection { cause } => cut(part, entry, cause),
                    problem => problem,
                });
            }
        };
        if length as u64 > entry.size - part.length() {
            part.restart(None).map_err(write(part))?;
            return Err(DownloadProblem::TooLong { expected: entry.size });
        }
        part.write(&buffer[..length]).map_err(write(part))?;
        counted.at(part);
    }
}

fn cut(part: &Part, entry: &Published, cause: Box<dyn Error + Send + Sync>) -> DownloadProblem {
    DownloadProblem::Cut { received: part.length(), expected: entry.size, cause }
}

/// Compares a size that a server names, if it names one.
fn offered(found: Option<u64>, expected: u64) -> Result<(), DownloadProblem> {
    match found {
        Some(found) if found != expected => Err(DownloadProblem::Size { expected, found }),
        _ => Ok(()),
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok())
}

/// First byte and, unless it is `*`, the whole length: `bytes 5-9/10` or `bytes 5-9/*`.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, total) =
        text(headers, header::CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = if total.trim() == "*" { None } else { Some(total.trim().parse().ok()?) };
    Some((start.trim().parse().ok()?, total))
}

/// Reports how far the download is, and its end, however it ends.
pub(super) struct Counted<'o> {
    progress: &'o dyn Progress,
}

impl<'o> Counted<'o> {
    pub(super) fn start(progress: &'o dyn Progress, entry: &Published) -> Self {
        progress.download_start(&entry.file, entry.size);
        Self { progress }
    }

    fn at(&self, part: &Part) {
        self.progress.download_progress(part.length());
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.progress.download_finish();
    }
}

//! One request and its answer.

use std::cell::Cell;
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
    // Without a hash, only a tag shows that the rest is of the same file.
    let unsure = entry.sha256.is_none() && part.length() > 0 && part.tag().is_none();
    if unsure || entry.size.is_some_and(|size| part.length() > size) {
        part.restart(None).map_err(write(part))?;
    }
    let response = client.get(part)?;
    let headers = response.headers();
    match response.status().as_u16() {
        200 => {
            let tag = text(headers, header::ETAG).map(str::to_owned);
            let length = content_length(headers);
            offered(length, entry.size)?;
            part.expected = entry.size.or(length);
            part.restart(tag.as_deref()).map_err(write(part))?;
        }
        206 => match content_range(headers) {
            Some((start, total)) if start == part.length() && part.length() > 0 => {
                // This length is the rest's.
                let rest = content_length(headers).map(|length| length.saturating_add(start));
                let expected = part.expected.or(total).or(rest);
                offered(total, expected)?;
                offered(rest, expected)?;
                part.expected = expected;
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
            Ok(0) if part.is_complete() => return Ok(()),
            // Nobody said how long it is.
            Ok(0) if part.expected.is_none() => {
                part.expected = Some(part.length());
                return Ok(());
            }
            Ok(0) => return Err(cut(part, "the server closed it".into())),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(match client.problem(error.into(), part) {
                    DownloadProblem::Connection { cause } => cut(part, cause),
                    problem => problem,
                });
            }
        };
        let most = part.expected.unwrap_or(LARGEST);
        if length as u64 > most.saturating_sub(part.length()) {
            part.restart(None).map_err(write(part))?;
            return Err(DownloadProblem::TooLong { expected: most });
        }
        part.write(&buffer[..length]).map_err(write(part))?;
        counted.at(part);
    }
}

fn cut(part: &Part, cause: Box<dyn Error + Send + Sync>) -> DownloadProblem {
    DownloadProblem::Cut { received: part.length(), expected: part.expected, cause }
}

/// The longest file that a server may send without saying how long it is, in bytes.
const LARGEST: u64 = 4 << 30;

/// Compares a size that a server names, if it names one, with the known one.
fn offered(found: Option<u64>, expected: Option<u64>) -> Result<(), DownloadProblem> {
    match (found, expected) {
        (Some(found), Some(expected)) if found != expected => {
            Err(DownloadProblem::Size { expected, found })
        }
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
    file: &'o str,
    started: Cell<bool>,
}

impl<'o> Counted<'o> {
    pub(super) fn new(progress: &'o dyn Progress, entry: &'o Published) -> Self {
        Self { progress, file: &entry.file, started: Cell::new(false) }
    }

    fn at(&self, part: &Part) {
        // The size may have come with the first answer.
        if !self.started.replace(true) {
            self.progress.download_start(self.file, part.expected.unwrap_or_default());
        }
        self.progress.download_progress(part.length());
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.started.get() {
            self.progress.download_finish();
        }
    }
}

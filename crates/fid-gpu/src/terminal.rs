//! Progress of a run on standard error.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fid_weights::hub::Progress;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use crate::CacheReport;
use crate::observer::{Observer, Side};

/// A progress bar for each set on a terminal; elsewhere a line for each phase, and one every 30 s, so that
/// a log shows that the run continues.
#[derive(Debug)]
pub struct Terminal {
    bars: bool,
    bar: Mutex<Option<Bar>>,
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    begin: Instant,
    printed: Instant,
}

/// Time between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

impl Default for Terminal {
    fn default() -> Self {
        Self { bars: io::stderr().is_terminal(), bar: Mutex::new(None) }
    }
}

impl Terminal {
    fn bar(&self) -> std::sync::MutexGuard<'_, Option<Bar>> {
        self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Starts a bar, hidden if standard error is not a terminal.
    fn begin(&self, length: u64, style: &str, message: &str) {
        let bar = if self.bars { ProgressBar::new(length) } else { ProgressBar::hidden() };
        bar.set_length(length);
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(message.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        let now = Instant::now();
        *self.bar() = Some(Bar { bar, begin: now, printed: now });
    }
}

impl Progress for Terminal {
    fn phase(&self, text: &str) {
        eprintln!("{text}");
    }

    fn note(&self, text: &str) {
        eprintln!("note: {text}");
    }

    fn download_start(&self, file: &str, bytes: u64) {
        let style = "{msg} [{bar:30}] {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";
        self.begin(bytes, style, file);
        if !self.bars {
            let size =
                if bytes == 0 { "unknown size".into() } else { HumanBytes(bytes).to_string() };
            eprintln!("downloading {file} ({size})");
        }
    }

    fn download_progress(&self, bytes: u64) {
        let mut guard = self.bar();
        let Some(Bar { bar, printed, .. }) = guard.as_mut() else { return };
        bar.set_position(bytes);
        if !self.bars && printed.elapsed() >= PLAIN_EVERY {
            *printed = Instant::now();
            let total = bar.length().unwrap_or_default();
            eprintln!("downloading: {} of {}", HumanBytes(bytes), HumanBytes(total));
        }
    }

    fn download_finish(&self) {
        if let Some(Bar { bar, .. }) = self.bar().take() {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Terminal {
    fn start(&self, side: Side, images: usize) {
        let style = "{msg} [{bar:30}] {pos}/{len} images, {per_sec}, {eta} left";
        self.begin(images as u64, style, &side.to_string());
        if !self.bars {
            eprintln!("{side}: {images} images");
        }
    }

    fn progress(&self, side: Side, images: usize) {
        let mut guard = self.bar();
        let Some(Bar { bar, begin, printed }) = guard.as_mut() else { return };
        bar.set_position(images as u64);
        if !self.bars && printed.elapsed() >= PLAIN_EVERY {
            *printed = Instant::now();
            let total = bar.length().unwrap_or_default();
            let speed = images as f64 / begin.elapsed().as_secs_f64();
            let left = (total as f64 - images as f64) / speed;
            eprintln!("{side}: {images}/{total} images, {speed:.1}/s, {left:.0} s left");
        }
    }

    fn finish(&self, side: Side) {
        let Some(Bar { bar, begin, .. }) = self.bar().take() else { return };
        // Fewer than all if the run failed or skipped files.
        let images = bar.position();
        bar.finish_and_clear();
        let seconds = begin.elapsed().as_secs_f64();
        let speed = images as f64 / seconds;
        eprintln!("{side}: {images} images in {seconds:.1} s ({speed:.1} images/s)");
    }

    fn cached(&self, side: Side, cache: CacheReport) {
        let CacheReport { hits, misses } = cache;
        eprintln!("{side}: {hits} images were in the cache, {misses} were not");
    }
}

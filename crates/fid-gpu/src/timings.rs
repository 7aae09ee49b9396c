//! Time spent in each stage of a run.

use std::cell::Cell;
use std::fmt::Write;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Seconds spent on one set. Decoding runs on its own threads. The other stages run one after
/// another on one thread, and add up to [`Self::total`] minus the start and end of threads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageSeconds {
    /// Reading and decoding files, summed over all decoding threads.
    pub decode_threads: f64,
    /// Waiting idle for decoded images.
    pub wait: f64,
    /// From packed images to the network's input. `None` on a GPU, which overlaps it with the
    /// network and counts it in [`Self::network`].
    pub preprocess: Option<f64>,
    /// The network, until its features are on the host.
    pub network: f64,
    /// Summing features, and computing statistics from the sums.
    pub moments: f64,
    /// Wall-clock time of the whole set.
    pub total: f64,
    /// Number of images divided by [`Self::total`].
    pub images_per_second: f64,
}

impl StageSeconds {
    /// Adds the seconds of later images of the same set.
    pub(crate) fn add(&mut self, more: Self) {
        self.decode_threads += more.decode_threads;
        self.wait += more.wait;
        if let Some(seconds) = more.preprocess {
            *self.preprocess.get_or_insert_default() += seconds;
        }
        self.network += more.network;
        self.moments += more.moments;
        self.total += more.total;
    }
}

/// Accumulates the time of several calls.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch(Cell<Duration>);

impl Stopwatch {
    /// Calls `run` and adds its duration.
    pub(crate) fn time<T>(&self, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = run();
        self.0.set(self.0.get() + start.elapsed());
        result
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.0.get().as_secs_f64()
    }
}

/// A table of seconds: a column for each set in `folders`, then the stages that run once.
pub(crate) fn table(folders: &[(&str, StageSeconds)], once: &[(&str, f64)]) -> String {
    type Row = (&'static str, fn(&StageSeconds) -> Option<f64>);
    let rows: [Row; 7] = [
        ("decoding, all threads", |stages| Some(stages.decode_threads)),
        ("waiting for images", |stages| Some(stages.wait)),
        ("preprocessing", |stages| stages.preprocess),
        ("network", |stages| Some(stages.network)),
        ("moments", |stages| Some(stages.moments)),
        ("in all", |stages| Some(stages.total)),
        ("images per second", |stages| Some(stages.images_per_second)),
    ];
    let mut text = format!("{:22}", "seconds");
    for (name, _) in folders {
        let _ = write!(text, "{name:>12}");
    }
    text.push('\n');
    for (name, value) in rows.iter().filter(|_| !folders.is_empty()) {
        let _ = write!(text, "{name:22}");
        for (_, stages) in folders {
            let value = value(stages).map_or("in network".into(), |value| format!("{value:.3}"));
            let _ = write!(text, "{value:>12}");
        }
        text.push('\n');
    }
    for (name, seconds) in once {
        let _ = writeln!(text, "{name:22}{seconds:>12.3}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_stage() {
        let stages = StageSeconds {
            decode_threads: 1.5,
            wait: 0.25,
            preprocess: None,
            network: 2.5,
            moments: 0.125,
            total: 3.0,
            images_per_second: 40.0,
        };
        let cpu = StageSeconds { preprocess: Some(0.5), ..stages };
        let text = table(&[("real", stages), ("fake", cpu)], &[("distance", 0.75)]);
        assert_eq!(text.lines().count(), 9, "{text}");
        let cells = |line: &str| -> Vec<String> {
            line[22..]
                .split("  ")
                .map(str::trim)
                .filter(|x| !x.is_empty())
                .map(Into::into)
                .collect()
        };
        let all: Vec<Vec<String>> = text.lines().map(cells).collect();
        assert_eq!(all[0], ["real", "fake"]);
        assert_eq!(all[1], ["1.500", "1.500"]);
        assert_eq!(all[3], ["in network", "0.500"]);
        assert_eq!(all[7], ["40.000", "40.000"]);
        assert_eq!(all[8], ["0.750"]);
    }

    #[test]
    fn a_stopwatch_adds() {
        let watch = Stopwatch::default();
        let pause = || std::thread::sleep(Duration::from_millis(3));
        watch.time(pause);
        watch.time(pause);
        assert!(watch.seconds() >= 0.006);
    }
}

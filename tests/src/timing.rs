//! Command lines and timers of the examples.

use std::collections::HashMap;
use std::fmt::Debug;
use std::str::FromStr;
use std::time::Instant;

use serde_json::{Value, json};

/// Command-line options of the form `--name value`.
pub struct Options(HashMap<String, String>);

impl Options {
    /// Reads the options of this process.
    ///
    /// # Panics
    ///
    /// If an option is not among `names` or has no value.
    pub fn read(names: &[&str]) -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let pairs = arguments.chunks(2).map(|pair| match pair {
            [name, value] if names.contains(&name.as_str()) => (name.clone(), value.clone()),
            _ => panic!("{pair:?}: each of {names:?} takes a value"),
        });
        Self(pairs.collect())
    }

    /// The value of an option; `None` if it is absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of an option, by default `default`.
    ///
    /// # Panics
    ///
    /// If the value cannot be parsed.
    pub fn or<T: FromStr<Err: Debug>>(&self, name: &str, default: T) -> T {
        self.get(name).map_or(default, |value| value.parse().unwrap())
    }
}

/// Repeats `run` until `seconds` have passed, at least once. Returns the number of `rounds`, and
/// for all rounds together `wall_s` and `cpu_s`, the CPU time of all threads of the process (to 10
/// ms on Linux, null elsewhere).
pub fn repeat(seconds: f64, mut run: impl FnMut()) -> Value {
    let (mut rounds, wall, cpu) = (0, Instant::now(), cpu_seconds());
    while rounds == 0 || wall.elapsed().as_secs_f64() < seconds {
        run();
        rounds += 1;
    }
    let cpu_s = cpu_seconds().zip(cpu).map(|(end, start)| end - start);
    json!({ "rounds": rounds, "wall_s": wall.elapsed().as_secs_f64(), "cpu_s": cpu_s })
}

/// Peak memory of the process in bytes; `None` if the system is not Linux.
pub fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// User and system time of the process in seconds, to 10 ms; `None` if the system is not Linux.
pub fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may contain spaces; the third field follows it.
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Reads a file of raw little-endian f32.
///
/// # Panics
///
/// If the file cannot be read.
pub fn read_f32(path: &str) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// Reads a file of raw little-endian f64.
///
/// # Panics
///
/// If the file cannot be read.
pub fn read_f64(path: &str) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

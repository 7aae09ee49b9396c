//! What the examples that time something share.

use std::collections::HashMap;
use std::fmt::Debug;
use std::str::FromStr;
use std::time::Instant;

use serde_json::{Value, json};

/// The program's arguments, each `--name value`.
pub struct Options(HashMap<String, String>);

impl Options {
    /// Reads them.
    ///
    /// # Panics
    ///
    /// At a name that is not among `names`, and at one without a value.
    pub fn read(names: &[&str]) -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let pairs = arguments.chunks(2).map(|pair| match pair {
            [name, value] if names.contains(&name.as_str()) => (name.clone(), value.clone()),
            _ => panic!("{pair:?}: each of {names:?} takes a value"),
        });
        Self(pairs.collect())
    }

    /// The value of an option, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of an option, or what it is without it.
    ///
    /// # Panics
    ///
    /// At a value of another kind.
    pub fn or<T: FromStr<Err: Debug>>(&self, name: &str, default: T) -> T {
        self.get(name).map_or(default, |value| value.parse().unwrap())
    }
}

/// Runs something again and again until `seconds` have gone by, at least once. Gives `rounds` and
/// for all of them together `wall_s` and `cpu_s`, the time of the process on all its threads (to
/// 10 ms, on Linux; else null).
pub fn repeat(seconds: f64, mut run: impl FnMut()) -> Value {
    let (mut rounds, wall, cpu) = (0, Instant::now(), cpu_seconds());
    while rounds == 0 || wall.elapsed().as_secs_f64() < seconds {
        run();
        rounds += 1;
    }
    let cpu_s = cpu_seconds().zip(cpu).map(|(end, start)| end - start);
    json!({ "rounds": rounds, "wall_s": wall.elapsed().as_secs_f64(), "cpu_s": cpu_s })
}

/// The most memory that the process has had so far, in bytes; none where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// User and system time of the process so far, to 10 ms; none where the system does not tell.
pub fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which is in parentheses and may hold spaces: from the third field on.
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// The raw little-endian values of a file.
///
/// # Panics
///
/// If it cannot be read.
pub fn read_f32(path: &str) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// The raw little-endian values of a file.
///
/// # Panics
///
/// If it cannot be read.
pub fn read_f64(path: &str) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

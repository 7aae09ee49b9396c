//! Compares the folders of samples that a training run writes with the same real images, each as soon
//! as it is complete.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, UNIX_EPOCH};

use fid_core::{Preparation, Preset, Tap};
use fid_images::set::is_passed_over;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::evaluate::{Reference, require_images};
use crate::extractor::LazyExtractor;
use crate::metrics::require_settings;
use crate::observer::{Observer, Side};
use crate::samples::Samples;
use crate::side::SideInput;
use crate::stats_file::Recipe;
use crate::{Error, EvalConfig, FidReport, by_name};

/// Settings of [`watch`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WatchConfig {
    /// How to compare; `fake` is the folder whose sub-folders are compared.
    pub run: EvalConfig,
    /// Compares the folders that exist and returns, instead of waiting for more.
    pub once: bool,
    /// Time between two looks. A folder is complete when nothing in it changes from one to the next.
    pub every: Duration,
    /// Comparisons of earlier runs, which are skipped; see [`compared`].
    pub known: HashSet<Watched>,
}

impl WatchConfig {
    /// Compares the sub-folders of `folder` with `real`, looking every five seconds.
    pub fn new(real: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self {
            run: EvalConfig::new(real, folder),
            once: false,
            every: Duration::from_secs(5),
            known: HashSet::new(),
        }
    }
}

/// Identity of one comparison: two are equal if their results are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Watched {
    /// Absolute path of the folder, without links.
    pub folder: String,
    /// Hash of the names, sizes and modification times of its files.
    pub files: String,
    /// The real side: its absolute path, and the same hash.
    pub real: [String; 2],
    /// The encoder; `None` for Inception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// Names of the presets, joined by commas.
    pub preset: String,
    /// Precision of the network.
    pub precision: String,
    /// SHA-256 of the weights.
    pub weights: String,
    /// What is done to the real images before the preset.
    #[serde(default, skip_serializing_if = "Preparation::is_none", with = "by_name")]
    pub real_preparation: Preparation,
    /// What is done to the images of the folder before the preset.
    #[serde(default, skip_serializing_if = "Preparation::is_none", with = "by_name")]
    pub fake_preparation: Preparation,
    /// The random subset of each side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Samples>,
}

/// One result of [`watch`], as a line of a JSON Lines file: the report with a field `watched`.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct WatchLine<'a> {
    /// The result.
    #[serde(flatten)]
    pub report: &'a FidReport,
    /// Identity of the comparison.
    pub watched: &'a Watched,
}

impl<'a> WatchLine<'a> {
    /// The line of a result.
    pub fn new(report: &'a FidReport, watched: &'a Watched) -> Self {
        Self { report, watched }
    }
}

/// The state of a folder, or of a single file, at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    files: u64,
    hash: String,
}

impl State {
    fn of(path: &Path) -> Self {
        let mut hash = Sha256::new();
        let mut files = 0;
        let entries = WalkDir::new(path).sort_by_file_name().into_iter().flatten();
        for entry in entries.filter(|entry| entry.file_type().is_file()) {
            let name = entry.path().strip_prefix(path).unwrap_or(entry.path());
            let metadata = entry.metadata().ok();
            let modified = metadata.as_ref().and_then(|file| file.modified().ok());
            let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            hash.update(name.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(metadata.map_or(0, |file| file.len()).to_le_bytes());
            hash.update(modified.map_or(0, |time| time.as_nanos()).to_le_bytes());
            files += 1;
        }
        Self { files, hash: format!("{:x}", hash.finalize()) }
    }
}

/// The absolute path without links; as given if nothing has this path, such as standard input.
fn canonical(path: &Path) -> String {
    fs::canonicalize(path).unwrap_or_else(|_| path.into()).to_string_lossy().into_owned()
}

/// The parts of [`Watched`] that stay the same for all folders.
fn identity(run: &EvalConfig, recipe: &Recipe) -> Watched {
    let others = run.run.also.iter().map(|preset| preset.name().to_owned());
    let presets: Vec<_> = std::iter::once(recipe.preset.clone()).chain(others).collect();
    Watched {
        folder: String::new(),
        files: String::new(),
        real: [canonical(&run.real), State::of(&run.real).hash],
        encoder: recipe.encoder.clone(),
        preset: presets.join(","),
        precision: recipe.precision.clone(),
        weights: recipe.weights.as_ref().map_or_else(String::new, |it| it.sha256.clone()),
        real_preparation: run.real_preparation,
        fake_preparation: run.fake_preparation,
        samples: run.samples,
    }
}

/// Receives the folder, the identity and the result of each comparison; false ends [`watch`].
pub type OnResult<'a> = dyn FnMut(&Path, &Watched, Result<FidReport, Error>) -> bool + 'a;

/// Compares every sub-folder of a folder, in the order of their names and as they appear, and passes
/// each result to `each`, until that returns false. A folder that cannot be used is passed as an `Err`,
/// and compared again when it changes.
///
/// # Errors
///
/// [`Error`] if the real images, the weights or the device cannot be used, or the folder cannot be
/// listed.
pub fn watch(
    config: &WatchConfig,
    observer: &dyn Observer,
    each: &mut OnResult<'_>,
) -> Result<(), Error> {
    let (run, root) = (&config.run, &config.run.fake);
    // Before the network runs for minutes.
    require_settings(&run.metrics)?;
    run.run.require(&run.metrics.select, Tap::Pool3)?;
    sub_folders(root)?;
    let real = SideInput::open(Side::Real, &run.real, run, observer)?;
    require_images(run, &[&real])?;
    let layer = real.layer().unwrap_or(Tap::Pool3);
    let extractor = LazyExtractor::new(run, layer, observer);
    let recipe = real.recipe(&extractor)?;
    let ours = extractor.get()?.recipe(run.fake_preparation);
    let (a, b) = (run.real.display(), root.display());
    let presets = run.run.encoder.presets();
    let preset =
        Preset::named(&recipe.preset, presets).ok().filter(|_| run.metrics.suite.is_none());
    let differences = recipe.unprepared().differences(&ours.unprepared());
    Error::require_comparable(a, b, differences).map_err(|error| error.suggesting(preset))?;
    let identity = identity(run, &ours);
    let reference = Reference::take(real, run, &extractor, observer)?;

    let mut done = BTreeMap::new();
    let mut seen = BTreeMap::new();
    loop {
        for folder in sub_folders(root)? {
            let state = State::of(&folder);
            let complete = config.once || seen.get(&folder) == Some(&state);
            seen.insert(folder.clone(), state.clone());
            let watched = Watched {
                folder: canonical(&folder),
                files: state.hash.clone(),
                ..identity.clone()
            };
            let old = config.known.contains(&watched) || done.get(&folder) == Some(&state);
            if state.files == 0 || !complete || old {
                continue;
            }
            let begin = Instant::now();
            let fake = SideInput::open(Side::Fake, &folder, run, observer);
            let report = fake.and_then(|fake| reference.compare(fake, begin));
            match report {
                Err(error) if error.is_device_failure() => return Err(error),
                report => {
                    done.insert(folder.clone(), state);
                    if !each(&folder, &watched, report) {
                        return Ok(());
                    }
                }
            }
        }
        if config.once {
            return Ok(());
        }
        sleep(config.every);
    }
}

/// The sub-folders that are neither hidden nor thumbnails or bins of a network drive, in the order of their names, with numbers in numeric order:
/// `step-900` comes before `step-1000`.
fn sub_folders(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let passed_over = is_passed_over(&entry.file_name().to_string_lossy(), true);
            if !passed_over && entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
        folders.sort_by_cached_key(|folder| natural(folder));
        Ok(folders)
    };
    list().map_err(|cause| Error::Watch { path: root.into(), cause })
}

/// A name split into words, each with the number behind it.
fn natural(path: &Path) -> Vec<(String, u128)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut parts = vec![(String::new(), 0u128)];
    let mut in_number = false;
    for c in name.chars() {
        if let Some((word, number)) = parts.last_mut() {
            match c.to_digit(10) {
                Some(digit) => {
                    *number = number.saturating_mul(10).saturating_add(digit.into());
                    in_number = true;
                    continue;
                }
                None if !in_number => {
                    word.push(c);
                    continue;
                }
                None => {}
            }
        }
        in_number = false;
        parts.push((c.to_string(), 0));
    }
    parts
}

/// The comparisons recorded in a JSON Lines file of [`WatchLine`]s; empty if the file is missing.
/// Lines without a comparison, such as those of schema 1, are skipped: their folders are compared again.
///
/// # Errors
///
/// [`io::Error`] if the file cannot be read.
pub fn compared(lines: &Path) -> io::Result<HashSet<Watched>> {
    #[derive(Deserialize)]
    struct Line {
        watched: Watched,
    }
    let file = match fs::File::open(lines) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(error) => return Err(error),
    };
    let mut known = HashSet::new();
    for line in file.split(b'\n') {
        if let Ok(line) = serde_json::from_slice::<Line>(&line?) {
            known.insert(line.watched);
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value() {
        let mut names =
            ["step-1000", "step-900", "b", "a10x2", "a10x10", "a9", "100", "20"].map(Path::new);
        names.sort_by_cached_key(|name| natural(name));
        let sorted = ["20", "100", "a9", "a10x2", "a10x10", "b", "step-900", "step-1000"];
        assert_eq!(names, sorted.map(Path::new));
    }

    #[test]
    fn earlier_comparisons_are_read() {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.child("log.jsonl");
        assert!(compared(&path).unwrap().is_empty());
        let watched = Watched {
            folder: "/a/b".into(),
            files: "01".into(),
            real: ["/real.npz".into(), "02".into()],
            encoder: None,
            preset: "clean".into(),
            precision: "f32".into(),
            weights: "03".into(),
            real_preparation: "resize 9 box".parse().unwrap(),
            fake_preparation: Preparation::default(),
            samples: Some(Samples::new(5, 1)),
        };
        let line = format!("{{\"watched\":{}}}", serde_json::to_string(&watched).unwrap());
        fs::write(&path, format!("{{\"fake\":{{\"path\":\"c\"}}}}\nnothing\n{line}")).unwrap();
        assert_eq!(compared(&path).unwrap(), HashSet::from([watched]));
    }

    #[test]
    fn a_rewrite_of_equal_size_is_another_state() {
        let folder = temp_dir::TempDir::new().unwrap();
        let file = folder.child("a.png");
        fs::write(&file, "one").unwrap();
        let before = State::of(folder.path());
        assert_eq!(State::of(folder.path()), before);
        fs::write(&file, "two").unwrap();
        let later = fs::metadata(&file).unwrap().modified().unwrap() + Duration::from_millis(1);
        fs::File::options().append(true).open(&file).unwrap().set_modified(later).unwrap();
        assert_ne!(State::of(folder.path()), before);
        assert_ne!(canonical(&folder.path().join(".")), "");
        assert_eq!(canonical(&folder.path().join(".")), canonical(folder.path()));
    }
}

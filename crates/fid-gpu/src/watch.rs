//! The folders of samples that a training run writes, each compared with the same real images as soon
//! as it is complete.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;
use walkdir::WalkDir;

use crate::evaluate::{Reference, require_images};
use crate::extractor::LazyExtractor;
use crate::observer::{Observer, Side};
use crate::side::SideInput;
use crate::{Error, EvalConfig, FidReport};

/// What [`watch`] needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WatchConfig {
    /// How to compare; its `fake` is the folder whose sub-folders are compared.
    pub run: EvalConfig,
    /// Compares what is there and ends, instead of waiting for more.
    pub once: bool,
    /// How often to look. A folder is complete when nothing in it has changed from one look to the next.
    pub every: Duration,
    /// Folders that have been compared before, such as [`compared`] gives.
    pub known: HashSet<PathBuf>,
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

/// What tells one look at a folder from the next.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    files: u64,
    bytes: u64,
}

impl Look {
    fn at(folder: &Path) -> Self {
        let files = WalkDir::new(folder).into_iter().flatten().filter(|e| e.file_type().is_file());
        let sizes = files.map(|file| file.metadata().map_or(0, |file| file.len()));
        sizes.fold(Self { files: 0, bytes: 0 }, |look, size| Self {
            files: look.files + 1,
            bytes: look.bytes + size,
        })
    }
}

/// Compares every sub-folder of a folder, in the order of their names and as they appear, and hands
/// each result to `each`, until that returns false. A folder that cannot be used is an `Err` there,
/// and is looked at again when it changes.
///
/// # Errors
///
/// [`Error`] where the real images, the weights or the device cannot be used, or the folder cannot
/// be listed.
pub fn watch(
    config: &WatchConfig,
    observer: &dyn Observer,
    each: &mut dyn FnMut(&Path, Result<FidReport, Error>) -> bool,
) -> Result<(), Error> {
    let (run, root) = (&config.run, &config.run.fake);
    // Before the network runs for minutes.
    sub_folders(root)?;
    let real = SideInput::open(Side::Real, &run.real, run)?;
    require_images(run, &[&real])?;
    let extractor = LazyExtractor::new(&run.run, observer);
    let recipe = real.recipe(&extractor)?;
    let ours = extractor.get()?.recipe();
    let sides = (run.real.display(), root.display());
    Error::require_comparable(sides.0, sides.1, recipe.differences(&ours))?;
    let reference = Reference::take(real, run, &extractor, observer)?;

    let mut done = BTreeMap::new();
    let mut seen = BTreeMap::new();
    loop {
        for folder in sub_folders(root)? {
            let look = Look::at(&folder);
            let complete = config.once || seen.get(&folder) == Some(&look);
            seen.insert(folder.clone(), look.clone());
            let old = config.known.contains(&folder) || done.get(&folder) == Some(&look);
            if look.files == 0 || !complete || old {
                continue;
            }
            let begin = Instant::now();
            let fake = SideInput::open(Side::Fake, &folder, run);
            let report = fake.and_then(|fake| reference.compare(fake, begin));
            if let Err(error @ (Error::Engine(_) | Error::OutOfMemory { .. })) = report {
                // A device that is gone will not come back.
                return Err(error);
            }
            done.insert(folder.clone(), look);
            if !each(&folder, report) {
                return Ok(());
            }
        }
        if config.once {
            return Ok(());
        }
        sleep(config.every);
    }
}

/// The sub-folders that are not hidden, in the order of their names, numbers by their size: `step-900`
/// comes before `step-1000`.
fn sub_folders(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if !hidden && entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
        folders.sort_by_cached_key(|folder| natural(folder));
        Ok(folders)
    };
    list().map_err(|cause| Error::Watch { path: root.into(), cause })
}

/// A name cut into words and numbers.
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

/// The folders of generated images that the lines of a `--jsonl` file are of; none of a file that is
/// not there. Lines of other programs are passed over.
///
/// # Errors
///
/// Where the file cannot be read.
pub fn compared(journal: &Path) -> io::Result<HashSet<PathBuf>> {
    #[derive(Deserialize)]
    struct Line {
        fake: Fake,
    }
    #[derive(Deserialize)]
    struct Fake {
        path: PathBuf,
    }
    let file = match fs::File::open(journal) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(error) => return Err(error),
    };
    let mut folders = HashSet::new();
    for line in file.split(b'\n') {
        if let Ok(line) = serde_json::from_slice::<Line>(&line?) {
            folders.insert(line.fake.path);
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_sorted_by_their_size() {
        let mut names =
            ["step-1000", "step-900", "b", "a10x2", "a10x10", "a9", "100", "20"].map(Path::new);
        names.sort_by_cached_key(|name| natural(name));
        let sorted = ["20", "100", "a9", "a10x2", "a10x10", "b", "step-900", "step-1000"];
        assert_eq!(names, sorted.map(Path::new));
    }

    #[test]
    fn results_of_before_are_known() {
        let folder = temp_dir::TempDir::new().unwrap();
        let path = folder.child("log.jsonl");
        assert!(compared(&path).unwrap().is_empty());
        fs::write(
            &path,
            "{\"fake\":{\"path\":\"a/b\"}}\nnothing\n{\"fake\":{\"path\":\"c\"},\"x\":1}",
        )
        .unwrap();
        let known = compared(&path).unwrap();
        assert_eq!(known, HashSet::from(["a/b".into(), "c".into()]));
    }
}

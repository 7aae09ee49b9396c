//! Reads the files of a recipe, and finds each image's record.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fid_images::decode::ImageFacts;
use fid_images::{ContentKey, read_exact_at};

use super::prefix::prefix;
use super::record::{ENDING, HEADER, Layout};

/// The records of one tap.
#[derive(Debug)]
pub(super) struct Segments {
    layout: Layout,
    files: Vec<Segment>,
    /// Indices of known files; `None` for damaged ones.
    known: HashMap<PathBuf, Option<usize>>,
    /// Sorted by key. A key may have several records, some of them damaged.
    places: Vec<Place>,
}

#[derive(Debug)]
struct Segment {
    file: File,
    records: u32,
}

/// The place of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    prefix: u128,
    file: u32,
    record: u32,
}

/// The result of looking for an image.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    Features(ImageFacts, Vec<f32>),
    /// No sound record; `damaged` records were skipped.
    Nothing {
        damaged: u64,
    },
}

impl Segments {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, files: Vec::new(), known: HashMap::new(), places: Vec::new() }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads new files in the folder, and new records in known files. Returns the files found to be
    /// unusable, with the cause.
    pub(super) fn refresh(&mut self, folder: &Path) -> io::Result<Vec<(PathBuf, io::Error)>> {
        let mut useless = Vec::new();
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let number = name.strip_suffix(ENDING).and_then(|name| name.rsplit_once('@'));
            if number.is_some_and(|(tap, _)| tap == self.layout.tap.name()) {
                paths.push(entry.path());
            }
        }
        paths.sort_unstable();
        for path in paths {
            match self.known.get(&path) {
                Some(&Some(at)) => self.read_on(at),
                Some(None) => {}
                None => match self.open(&path) {
                    Ok(Some(at)) => self.read_on(at),
                    // Another process is just creating it.
                    Ok(None) => {}
                    Err(cause) => {
                        self.known.insert(path.clone(), None);
                        useless.push((path, cause));
                    }
                },
            }
        }
        self.places.sort_unstable();
        Ok(useless)
    }

    /// Opens a file and returns its index; `None` if it has no header yet.
    fn open(&mut self, path: &Path) -> io::Result<Option<usize>> {
        // Opening a pipe would wait for a writer, perhaps forever.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        let file = File::open(path)?;
        if file.metadata()?.len() < HEADER as u64 {
            return Ok(None);
        }
        let mut header = [0; HEADER];
        read_exact_at(&file, &mut header, 0)?;
        if header != self.layout.header {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its header is damaged"));
        }
        self.files.push(Segment { file, records: 0 });
        self.known.insert(path.into(), Some(self.files.len() - 1));
        Ok(Some(self.files.len() - 1))
    }

    /// Adds the new records of a file. Unreadable ones count as missing.
    fn read_on(&mut self, at: usize) {
        let segment = &mut self.files[at];
        let Ok(metadata) = segment.file.metadata() else { return };
        for record in segment.records..self.layout.records(metadata.len()) {
            let mut key = [0; 32];
            let place = self.layout.place(record);
            if read_exact_at(&segment.file, &mut key, place).is_err() {
                return;
            }
            segment.records = record + 1;
            self.places.push(Place { prefix: prefix(&key), file: at as u32, record });
        }
    }

    /// The features of an image.
    pub(super) fn find(&self, key: &ContentKey) -> Found {
        let prefix = prefix(key.as_bytes());
        let first = self.places.partition_point(|place| place.prefix < prefix);
        let (mut damaged, mut bytes) = (0, vec![0; self.layout.record()]);
        let places = self.places[first..].iter().take_while(|place| place.prefix == prefix);
        for place in places {
            let Some(segment) = self.files.get(place.file as usize) else { continue };
            let read = read_exact_at(&segment.file, &mut bytes, self.layout.place(place.record));
            match read.ok().and_then(|()| self.layout.read(key, &bytes)) {
                Some((facts, values)) => return Found::Features(facts, values),
                None => damaged += 1,
            }
        }
        Found::Nothing { damaged }
    }
}

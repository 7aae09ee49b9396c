//! Appends records; each file belongs to one process.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use fid_images::decode::ImageFacts;
use fid_images::{ContentKey, read_exact_at};

use super::prefix::prefix;
use super::record::{ENDING, HEADER, Layout};

/// Damaged files of one writer and one tap before it gives up.
const ATTEMPTS: u32 = 1000;

/// The files to which only this process appends. Later processes continue the files of processes that
/// ended, so there are as many as processes ever ran at once.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    /// The part of file names that identifies the writer.
    name: String,
    /// Locked until dropped, or until the process ends. A separate file, since some systems cannot read
    /// locked files.
    _lock: Option<File>,
    files: HashMap<&'static str, Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    records: u32,
    /// Keys added since the last refresh.
    added: HashSet<u128>,
}

impl Writer {
    /// Finds file names that no other process uses.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let mut number = 0;
        let (name, lock) = loop {
            let name = format!("{number:03}");
            let path = folder.join(format!("{name}.lock"));
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            match file.try_lock() {
                Ok(()) => break (name, Some(file)),
                Err(TryLockError::WouldBlock) => number += 1,
                // Some network file systems have no locks.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                    break (format!("{}-{}", std::process::id(), now.as_nanos()), None);
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        };
        Ok(Self { folder: folder.into(), name, _lock: lock, files: HashMap::new() })
    }

    /// Forgets which keys were added: readers of this process have read them.
    pub(super) fn refresh(&mut self) {
        self.files.values_mut().for_each(|open| open.added.clear());
    }

    /// Appends images' features at one tap, each image once.
    pub(super) fn append<'a>(
        &mut self,
        layout: &Layout,
        images: impl Iterator<Item = (&'a ContentKey, &'a ImageFacts, &'a [f32])>,
    ) -> io::Result<()> {
        let open = match self.files.remove(layout.tap.name()) {
            Some(open) => open,
            None => self.open(layout)?,
        };
        let open = self.files.entry(layout.tap.name()).or_insert(open);
        let mut bytes = Vec::new();
        for (key, facts, values) in images {
            if open.added.insert(prefix(key.as_bytes())) {
                layout.write(key, facts, values, &mut bytes);
            }
        }
        // After a failed write the next one starts at the same place.
        open.file.seek(SeekFrom::Start(layout.place(open.records)))?;
        open.file.write_all(&bytes)?;
        open.records += (bytes.len() / layout.record()) as u32;
        Ok(())
    }

    /// Opens the writer's file of a tap, behind its last complete record: an earlier writer may have
    /// been killed.
    fn open(&self, layout: &Layout) -> io::Result<Open> {
        for attempt in 0..ATTEMPTS {
            let file = format!("{}@{}-{attempt}{ENDING}", layout.tap.name(), self.name);
            let mut options = OpenOptions::new();
            let options = options.create(true).truncate(false).read(true).write(true);
            let mut file = options.open(self.folder.join(file))?;
            let length = file.metadata()?.len();
            if length < HEADER as u64 {
                file.write_all(&layout.header)?;
            } else {
                let mut header = [0; HEADER];
                read_exact_at(&file, &mut header, 0)?;
                if header != layout.header {
                    continue;
                }
            }
            let records = layout.records(length);
            return Ok(Open { file, records, added: HashSet::new() });
        }
        Err(io::Error::other("its files are damaged"))
    }
}

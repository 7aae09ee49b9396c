//! Everything below a path that is no part of its set of images.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::foreign;
use super::names::{bytes, ending, is_hidden, is_image_name, is_set_name};
use super::unread::Unread;
use crate::decode::{Format, look_of_bytes, look_of_ending};
use crate::shared_file::SharedFile;
use crate::skipped::Skipped;

/// First bytes of a file that tell what it is: the mark of tar is at 257, and an SVG file may begin
/// with a comment.
pub(super) const BEGIN: u64 = 512;

/// Endings of files that accompany images, one for each: captions, labels, features.
const SIDECARS: &[&str] = &[
    "txt",
    "caption",
    "json",
    "jsonl",
    "csv",
    "tsv",
    "xml",
    "yaml",
    "yml",
    "md",
    "html",
    "log",
    "cls",
    "npy",
    "npz",
    "pt",
    "pth",
    "pkl",
    "safetensors",
    "py",
];

/// So many sidecars are opened before the rest are taken for what they are named: a set has one for
/// each image, and a network drive takes milliseconds to open one.
const SIDECARS_OPENED: u32 = 100;

/// What a set does not take.
#[derive(Debug, Clone, Default)]
pub(super) struct LeftOut {
    /// Images that cannot be used.
    pub(super) skipped: Vec<Skipped>,
    /// Entries that are no images.
    pub(super) ignored: usize,
    /// Files that look like images, by kind.
    pub(super) unread: Vec<Unread>,
    /// Names of thumbnails, bins and hidden folders, with the number of entries.
    pub(super) passed_over: BTreeMap<String, usize>,
    /// The first file that is itself a set of images, or a store of one, and its first bytes.
    pub(super) set: Option<(PathBuf, Vec<u8>)>,
    /// Sidecars that looked like nothing else.
    sidecars: u32,
}

impl LeftOut {
    /// Nothing but images that cannot be used.
    pub(super) fn of_skipped(skipped: Vec<Skipped>) -> Self {
        Self { skipped, ..Self::default() }
    }

    /// Counts an entry with the name of something that is passed over.
    pub(super) fn pass_over(&mut self, name: &str) {
        self.ignored += 1;
        *self.passed_over.entry(name.into()).or_default() += 1;
    }

    /// Counts a file that is not taken for an image by its name. `path` names it in messages,
    /// `begin` gives its first bytes.
    pub(super) fn add_file(
        &mut self,
        name: &Path,
        path: impl FnOnce() -> PathBuf,
        begin: impl FnOnce() -> Vec<u8>,
    ) {
        let ending = ending(name).unwrap_or_default();
        let hidden = is_hidden(name);
        let by_ending = look_of_ending(&ending).filter(|&look| !is_document(look));
        if let Some(look) = by_ending.filter(|_| !hidden) {
            return self.add_unread(Unread::kind_of(look, false, false), path());
        }
        let sidecar = SIDECARS.contains(&ending.as_str());
        let worth_opening = if hidden {
            is_image_name(name) || by_ending.is_some()
        } else {
            !sidecar || self.sidecars < SIDECARS_OPENED
        };
        let begin = if worth_opening { begin() } else { Vec::new() };
        if let Some(kind) = kind_of(&begin, hidden) {
            return self.add_unread(kind, path());
        }
        self.sidecars += u32::from(sidecar);
        self.ignored += 1;
        if !hidden && (is_set_name(name) || foreign::of(name, &begin).is_some()) {
            let path = path();
            if self.set.as_ref().is_none_or(|(set, _)| bytes(&path) < bytes(set)) {
                self.set = Some((path, begin));
            }
        }
    }

    fn add_unread(&mut self, kind: String, example: PathBuf) {
        match self.unread.iter_mut().find(|other| other.kind == kind) {
            None => self.unread.push(Unread { kind, count: 1, example }),
            Some(same) => {
                same.count += 1;
                if bytes(&example) < bytes(&same.example) {
                    same.example = example;
                }
            }
        }
    }

    /// Adds what another part of the same set leaves out.
    pub(super) fn merge(&mut self, other: Self) {
        self.skipped.extend(other.skipped);
        self.ignored += other.ignored;
        for Unread { kind, count, example } in other.unread {
            self.add_unread(kind.clone(), example);
            let same = self.unread.iter_mut().find(|same| same.kind == kind);
            same.into_iter().for_each(|same| same.count += count - 1);
        }
        for (name, count) in other.passed_over {
            *self.passed_over.entry(name).or_default() += count;
        }
    }

    /// Puts all lists in an order that depends on names alone.
    pub(super) fn sort(&mut self) {
        self.skipped.sort_by(|a, b| bytes(&a.path).cmp(bytes(&b.path)));
        self.unread.sort_by_key(|kind| (Reverse(kind.count), kind.kind.clone()));
    }
}

/// The first bytes of a file; none if it cannot be read, which its reader reports.
pub(super) fn begin_of(path: &Path) -> Vec<u8> {
    let mut begin = Vec::new();
    if let Ok(file) = SharedFile::open(path) {
        let _ = file.take(BEGIN).read_to_end(&mut begin);
    }
    begin
}

/// Papers and licences lie beside many sets of images.
fn is_document(look: &str) -> bool {
    matches!(look, "PDF" | "PostScript")
}

/// The kind of image that a file begins as.
fn kind_of(begin: &[u8], hidden: bool) -> Option<String> {
    let look = look_of_bytes(begin).filter(|&look| !is_document(look));
    let unread = look.map(|look| Unread::kind_of(look, hidden, false));
    unread.or_else(|| Some(Unread::kind_of(&format_of(begin)?.to_string(), hidden, true)))
}

/// The format of an image that is read, by more than the two letters that any text may begin with.
pub(super) fn format_of(begin: &[u8]) -> Option<Format> {
    let format = Format::of(begin)?;
    let certain = match format {
        // Two reserved fields and the length of the next header.
        Format::Bmp => {
            matches!(begin, [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, _, _, 12..=124, 0, 0, 0, ..])
        }
        Format::Pnm => matches!(begin, [b'P', _, _, b'0'..=b'9' | b'#' | b'-', ..]),
        _ => true,
    };
    certain.then_some(format)
}

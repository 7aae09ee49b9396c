//! A folder of features of images: a second run, an interrupted run or a run with another metric passes
//! only new images through the network.
//!
//! ```text
//! DIR/RECIPE/recipe.json        all that shapes the features besides the image; RECIPE is its hash
//!            000.lock           held by the process that adds to the files of this number
//!            pool3@000-0.features
//! ```
//!
//! The key of an image is the hash of its content ([`ContentKey`]), whatever its name and its folder.
//! Only features of single images are stored ([`Tap::read_from`]); logits come from a matrix product
//! whose last bits depend on the batch, and are computed again from pool3.
//!
//! Files only grow, and each has one writer. A killed process leaves at most one partial record at the
//! end, which the next writer overwrites. Every record has a checksum over recipe, tap and content:
//! damaged records count as missing. Nothing is synced; the checksums also find damage by a power cut.

mod prefix;
mod record;
mod report;
mod segments;
#[cfg(test)]
mod tests;
mod writer;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use fid_core::{Preparation, Tap};
use fid_images::ContentKey;
use fid_images::decode::ImageFacts;
use fid_images::prefetch::{KnownImage, KnownImages, Lookup};
use fid_weights::atomic_file::AtomicFile;
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::record::{FORMAT, Layout};
pub use self::report::CacheReport;
use self::segments::{Found, Segments};
use self::writer::Writer;
use crate::{Error, by_name};

/// The sources of everything that shapes a feature before the engine, which adds its own: features
/// kept by another build are never taken for this one's.
const SOURCES: [&str; 3] = [fid_core::SOURCES, fid_images::SOURCES, fid_weights::SOURCES];

/// All that shapes an image's features at a tap, besides the image.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FeatureRecipe {
    format: u32,
    program: &'static str,
    sources: String,
    system: String,
    pub(crate) preset: &'static str,
    /// The encoder, with its input for one of the user's own.
    pub(crate) encoder: String,
    /// Number of its features.
    features: usize,
    /// Hash of the network's weights.
    pub(crate) weights: String,
    pub(crate) precision: &'static str,
    /// The device, with its driver and the kernels chosen for it.
    pub(crate) device: String,
    /// What is done to the image before the preset.
    #[serde(skip_serializing_if = "Preparation::is_none", serialize_with = "by_name::serialize")]
    preparation: Preparation,
}

impl FeatureRecipe {
    pub(crate) fn new(
        preset: &'static str,
        (encoder, features): (String, usize),
        weights: String,
        precision: &'static str,
        device: String,
    ) -> Self {
        Self {
            format: FORMAT,
            program: concat!("fid-gpu ", env!("CARGO_PKG_VERSION")),
            sources: SOURCES.join(" "),
            system: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            preset,
            encoder,
            features,
            weights,
            precision,
            device,
            preparation: Preparation::default(),
        }
    }

    /// The recipe for images of a preparation.
    pub(crate) fn prepared(self, preparation: Preparation) -> Self {
        Self { preparation, ..self }
    }
}

/// The features of one recipe.
#[derive(Debug)]
pub(crate) struct FeatureCache {
    folder: PathBuf,
    recipe: [u8; 32],
    /// Number of values of [`Tap::Pool3`].
    features: usize,
    segments: RwLock<Vec<Segments>>,
    writer: Mutex<Writer>,
    damaged: AtomicU64,
    /// Notes for the reader of the result, each once.
    notes: Mutex<Vec<String>>,
}

/// One of the vectors to read from each image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) cache: &'a FeatureCache,
    /// Index of the preset among the run's.
    pub(crate) preset: usize,
    /// A tap whose features are stored.
    pub(crate) tap: Tap,
}

/// The vectors to read from each image, which the cache may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a>(pub(crate) &'a [Column<'a>]);

impl KnownImages for Known<'_> {
    type Hit = Hit;
    type Miss = Miss;

    /// The features of an image. Call [`FeatureCache::refresh`] for each tap before.
    fn find(&self, key: ContentKey) -> Lookup<Hit, Miss> {
        let found = self.0.iter().map(|column| column.cache.find(&key, column.tap));
        let found = found.collect::<Vec<_>>();
        let known = found.iter().map(Option::is_some).collect();
        match found.into_iter().collect::<Option<Vec<_>>>() {
            Some(found) if !found.is_empty() => {
                let facts = found[0].0;
                Lookup::Hit(Hit { facts, rows: found.into_iter().map(|(_, row)| row).collect() })
            }
            _ => Lookup::Miss(Miss { key, known }),
        }
    }
}

impl Known<'_> {
    /// The column of a tap under a preset.
    pub(crate) fn place(&self, preset: usize, tap: Tap) -> Option<usize> {
        self.0.iter().position(|column| (column.preset, column.tap) == (preset, tap))
    }

    /// Adds a column of images to the cache, if missing: `values` is row-major `[images, dim]`.
    pub(crate) fn add<'a>(
        &self,
        place: usize,
        images: impl Iterator<Item = (&'a Miss, &'a ImageFacts)>,
        values: &[f32],
    ) {
        let Column { cache, tap, .. } = self.0[place];
        let rows = images.zip(values.chunks_exact(cache.dim(tap)));
        let missing = rows.filter(|((miss, _), _)| !miss.known[place]);
        cache.add(tap, missing.map(|((miss, facts), row)| (&miss.key, facts, row)));
    }
}

/// An image whose features are all in the cache.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) facts: ImageFacts,
    /// The features of each requested column.
    pub(crate) rows: Vec<Vec<f32>>,
}

impl KnownImage for Hit {
    fn facts(&self) -> ImageFacts {
        self.facts
    }

    fn bytes(&self) -> u64 {
        self.rows.iter().map(|row| size_of_val(&row[..]) as u64).sum()
    }
}

/// An image with features missing from the cache.
#[derive(Debug)]
pub(crate) struct Miss {
    key: ContentKey,
    /// For each requested column, whether the cache has it.
    known: Vec<bool>,
}

impl FeatureCache {
    /// Creates the folder and checks that it can be written, before minutes of work.
    pub(crate) fn prepare(root: &Path) -> Result<(), Error> {
        let prepare = || {
            fs::create_dir_all(root)?;
            // Removed when dropped.
            AtomicFile::create(&root.join("probe")).map(drop)
        };
        prepare().map_err(|cause| unusable(root, cause))
    }

    /// The cache of a recipe in the folder `root`.
    pub(crate) fn open(root: &Path, recipe: &FeatureRecipe) -> Result<Self, Error> {
        let features = recipe.features;
        let open = || -> io::Result<Self> {
            let text = serde_json::to_string_pretty(recipe).map_err(io::Error::other)?;
            let recipe: [u8; 32] = Sha256::digest(&text).into();
            let name = recipe[..10].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            let folder = root.join(name);
            fs::create_dir_all(&folder)?;
            let description = folder.join("recipe.json");
            if !description.exists() {
                let mut file = AtomicFile::create(&description)?;
                file.write_all(text.as_bytes())?;
                file.commit()?;
            }
            let writer = Mutex::new(Writer::new(&folder)?);
            let (segments, damaged, notes) = Default::default();
            Ok(Self { folder, recipe, features, segments, writer, damaged, notes })
        };
        open().map_err(|cause| unusable(root, cause))
    }

    /// Reads the files of `taps`, to which another process, or this one, may have added.
    pub(crate) fn refresh(&self, taps: &[Tap]) -> Result<(), Error> {
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        for &tap in taps {
            if !segments.iter().any(|known| known.layout().tap == tap) {
                segments.push(Segments::new(Layout::new(tap, self.dim(tap), &self.recipe)));
            }
        }
        // Before the folder is read: records added later may be doubled, but not lost.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).refresh();
        for segments in segments.iter_mut() {
            let useless = segments.refresh(&self.folder);
            for (path, cause) in useless.map_err(|cause| unusable(&self.folder, cause))? {
                let path = path.display();
                self.note(format!("{path} in the cache is not used ({cause}): remove it"));
            }
        }
        Ok(())
    }

    /// Number of values at a tap.
    fn dim(&self, tap: Tap) -> usize {
        if tap == Tap::Pool3 { self.features } else { tap.dim() }
    }

    /// The features of an image at a tap.
    fn find(&self, key: &ContentKey, tap: Tap) -> Option<(ImageFacts, Vec<f32>)> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let segments = segments.iter().find(|known| known.layout().tap == tap)?;
        match segments.find(key) {
            Found::Features(facts, values) => Some((facts, values)),
            Found::Nothing { damaged } => {
                self.damaged.fetch_add(damaged, Ordering::Relaxed);
                None
            }
        }
    }

    /// Adds the finite features of images at a tap. A failed write becomes a note; the run continues.
    fn add<'a>(
        &self,
        tap: Tap,
        images: impl Iterator<Item = (&'a ContentKey, &'a ImageFacts, &'a [f32])>,
    ) {
        let layout = Layout::new(tap, self.dim(tap), &self.recipe);
        let sound = images.filter(|(.., row)| row.iter().all(|value| value.is_finite()));
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(cause) = writer.append(&layout, sound) {
            self.note(format!(
                "features could not be kept in {}: {cause}; the value does not depend on them",
                self.folder.display()
            ));
        }
    }

    /// The notes since the last call.
    pub(crate) fn take_notes(&self) -> Vec<String> {
        let damaged = self.damaged.swap(0, Ordering::Relaxed);
        let mut notes =
            std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        if damaged > 0 {
            let folder = self.folder.display();
            notes.push(format!("{damaged} damaged records in {folder} were computed again"));
        }
        notes
    }

    fn note(&self, note: String) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

fn unusable(path: &Path, cause: io::Error) -> Error {
    Error::Cache { path: path.into(), cause }
}

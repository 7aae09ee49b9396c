//! One side of a comparison: a set of images, or a statistics file.

mod data;
mod lacks;
mod recorded;

use std::path::{Path, PathBuf};
use std::time::Instant;

use fid_core::{Preparation, Preset, Tap};
use fid_images::npz::NpzContent;

pub(crate) use self::data::{IN_MEMORY, SideData};
pub(crate) use self::lacks::lacks;
pub(crate) use self::recorded::require_preparation;
use self::recorded::require_samples;
use crate::extractor::LazyExtractor;
use crate::observer::{Observer, Side};
use crate::open_set::open_set;
use crate::pipeline::Want;
use crate::references::{self, Choice};
use crate::samples::Samples;
use crate::source::{ImageSet, STANDARD_INPUT, SetError, holds_images_among_others, npz_content};
use crate::stats_file::{PickledStats, Wanted, is_pickle_name, require_no_pickle};
use crate::stats_file::{Recipe, StatsFile, StatsReader, is_stats_name, likely_origin};
use crate::{Error, EvalConfig};

/// A side before its features are computed.
pub(crate) struct SideInput {
    side: Side,
    path: PathBuf,
    samples: Option<Samples>,
    kind: Kind,
    /// What the name of a public reference stands for, or a file of that name.
    note: Option<String>,
}

enum Kind {
    Images(ImageSet),
    File(Box<Filed>),
}

/// A statistics file that was read.
struct Filed {
    file: StatsFile,
    /// The layer of its statistics.
    layer: Tap,
    /// Its recipe, recorded or assumed.
    recipe: Recipe,
    /// The images in the same file, as in ADM's reference batches. Opened only if a metric needs
    /// more than the statistics.
    images: Option<ImageSet>,
    /// Where the preset is known from; `None` for a recorded or an assumed one.
    origin: Option<&'static str>,
}

impl SideInput {
    /// Lists the images, or reads the statistics file. The name of a public reference stands for its
    /// file.
    pub(crate) fn open(
        side: Side,
        path: &Path,
        config: &EvalConfig,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let run = &config.run;
        let (encoder, preset, download) = (&run.encoder, run.preset, run.download.as_ref());
        let choice = Choice { encoder, preset, download };
        let Some(found) = references::resolve(path, &choice, observer)? else {
            let opened = Self::open_file(side, path, config, None)?;
            let note = (references::is_name(path) && path.exists()).then(|| {
                let path = path.display();
                format!("{side}: {path} is a local file or folder, not the public reference of that name")
            });
            return Ok(Self { note, ..opened });
        };
        let reference = &found.reference;
        let preset = found.preset.map(|preset| (preset, reference.by));
        let opened = Self::open_file(side, &found.path, config, preset)?;
        let (name, by, path) = (reference.full_name(), reference.by, found.path.display());
        Ok(Self { note: Some(format!("{side}: {name} is {path}, by {by}")), ..opened })
    }

    /// As [`open`](Self::open), of a file. `known` is its preset, and who made it so.
    fn open_file(
        side: Side,
        path: &Path,
        config: &EvalConfig,
        known: Option<(Preset, &'static str)>,
    ) -> Result<Self, Error> {
        let (preparation, samples) = (config.preparation(side), config.samples);
        let encoder = &config.run.encoder;
        let pickle = is_pickle_name(path) && path.is_file();
        if !pickle {
            require_no_pickle(path)?;
        }
        let kind = if pickle || is_statistics(path) {
            let other = |dim| {
                let expected = encoder.statistics();
                Error::OtherFeatures { path: path.into(), dim, expected }
            };
            let (file, layer, written) = if pickle {
                let read = PickledStats::read(path, Wanted::Encoder(encoder.name()))?;
                let dim = read.file.stats.dim();
                (read.file, encoder.layer_of(dim).ok_or_else(|| other(dim))?, read.preset)
            } else {
                let mut reader = StatsReader::open(path)?;
                let dim = reader.dim()?;
                let recorded = reader.meta().and_then(|meta| meta.recipe.encoder.as_ref());
                let layer = match recorded {
                    // The recipes say whether it is this run's.
                    Some(_) => Some(Tap::Pool3),
                    None => encoder.layer_of(dim),
                };
                let layer = layer.ok_or_else(|| other(dim))?;
                let wants = config.wants(side, layer);
                let spatial = wants.iter().any(|want| want.tap == Tap::Spatial);
                let rows = wants.iter().any(|want| want.tap == layer && want.rows);
                (reader.read(dim, spatial.then(|| Tap::Spatial.dim()), rows)?, layer, None)
            };
            let wants = config.wants(side, layer);
            let assumed = || config.assume_preset.map(|preset| (preset, None));
            let written = written.map(|(preset, by)| (preset, Some(by)));
            let known = known.map(|(preset, by)| (preset, Some(by))).or_else(assumed).or(written);
            let origin = known.and_then(|(_, by)| by).filter(|_| file.meta.is_none());
            let recipe = match (&file.meta, known.map(|(preset, _)| preset)) {
                (Some(meta), _) => meta.recipe.clone(),
                (None, Some(preset)) => Recipe::assumed(encoder, preset, layer, preparation),
                (None, None) => {
                    let likely = likely_origin(path).map(|it| (it.program, it.preset.name()));
                    return Err(Error::UnknownOrigin { path: path.into(), likely });
                }
            };
            require_preparation(side, path, &file, preparation)?;
            if let Some(samples) = samples {
                require_samples(path, &file, samples)?;
            }
            let lacking = wants.iter().any(|&want| lacks(&file, layer, want).is_some());
            // They were prepared and drawn when the file was written.
            let open = || open_set(side, path, &config.run, Preparation::default(), None);
            let images = (lacking && holds_images_among_others(path)).then(open).transpose()?;
            Kind::File(Box::new(Filed { file, layer, recipe, images, origin }))
        } else {
            let standard_input = Path::new(STANDARD_INPUT);
            if config.real == standard_input && config.fake == standard_input {
                return Err(Error::Source { side, error: SetError::StandardInputTwice });
            }
            let images = open_set(side, path, &config.run, preparation, samples)?;
            if images.len() < 2 {
                return Err(Error::TooFew { side, path: path.into(), count: images.len() });
            }
            Kind::Images(images)
        };
        Ok(Self { side, path: path.into(), samples, kind, note: None })
    }

    /// Real or fake.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// The path, if the side is a statistics file.
    pub(crate) fn file(&self) -> Option<&Path> {
        matches!(self.kind, Kind::File(_)).then_some(&self.path)
    }

    /// The layer of the statistics, if the side is a file.
    pub(crate) fn layer(&self) -> Option<Tap> {
        match &self.kind {
            Kind::Images(_) => None,
            Kind::File(filed) => Some(filed.layer),
        }
    }

    /// Whether the side contains a feature or can compute it.
    pub(crate) fn has(&self, want: Want) -> bool {
        match &self.kind {
            Kind::Images(_) => true,
            Kind::File(filed) => filed.images.is_some() || filed.lacks(want).is_none(),
        }
    }

    /// Whether the side has the features of the very images that its statistics are of.
    pub(crate) fn has_rows(&self) -> bool {
        match &self.kind {
            Kind::Images(_) => true,
            Kind::File(filed) => filed.lacks(Want::rows(filed.layer)).is_none(),
        }
    }

    /// Number of images, including unreadable ones; `None` if a file does not record it.
    pub(crate) fn num_images(&self) -> Option<u64> {
        match &self.kind {
            Kind::Images(images) => Some(images.len() as u64),
            Kind::File(filed) => match &filed.images {
                Some(images) => Some(images.len() as u64),
                None => filed.file.num_images(),
            },
        }
    }

    /// The path as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The recipe of the side. Statistics and images in one file must agree.
    pub(crate) fn recipe(&self, extractor: &LazyExtractor) -> Result<Recipe, Error> {
        match &self.kind {
            Kind::Images(images) => Ok(extractor.get()?.recipe(images.preparation())),
            Kind::File(filed) if filed.images.is_some() => {
                let ours = extractor.get()?.recipe(filed.recipe.preparation);
                let path = self.path.display();
                let differences = filed.recipe.differences(&ours);
                let sides = (format!("the statistics in {path}"), format!("the images in {path}"));
                Error::require_comparable(sides.0, sides.1, differences)?;
                Ok(ours)
            }
            Kind::File(filed) => Ok(filed.recipe.clone()),
        }
    }

    /// Computes features from images, or returns the statistics of the file.
    pub(crate) fn take(
        self,
        extractor: &LazyExtractor,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<SideData, Error> {
        let note = self.note.clone();
        let mut set = self.take_file(extractor, wants, observer)?;
        set.notes.splice(..0, note);
        Ok(set)
    }

    fn take_file(
        self,
        extractor: &LazyExtractor,
        wants: &[Want],
        observer: &dyn Observer,
    ) -> Result<SideData, Error> {
        let (side, path) = (self.side, self.path);
        match self.kind {
            Kind::Images(images) => {
                let extractor = extractor.get()?;
                let start = Instant::now();
                let set = extractor.run(side, &images, 0..images.len(), wants, observer)?;
                let (preparation, files) = (images.preparation(), vec![set.files.clone()]);
                let samples = self.samples.map(|samples| samples.of(&images));
                let (count, census) = (files[0].images(), set.census.as_ref());
                let made = extractor.meta(count, preparation, samples, files, census);
                SideData::of_images(side, path, images, set, extractor.tap(), made, start.elapsed())
            }
            Kind::File(filed) => {
                let lacking: Vec<_> = wants.iter().filter_map(|&want| filed.lacks(want)).collect();
                let Filed { file, layer, recipe, images, origin } = *filed;
                let mut set = SideData::of_file(side, path, file, layer, &recipe);
                if let Some(by) = origin {
                    let preset = &recipe.preset;
                    set.notes = vec![format!("{side}: {by}'s preset is {preset}")];
                }
                if let Some(images) = images {
                    set.add(extractor, side, &images, &lacking, observer)?;
                }
                Ok(set)
            }
        }
    }
}

impl Filed {
    fn lacks(&self, want: Want) -> Option<Want> {
        lacks(&self.file, self.layer, want)
    }
}

/// Whether a path names a statistics file. Any other `.npz` is one of images, or refused as such; a
/// file that cannot be read is left to the reader of statistics, which says why.
fn is_statistics(path: &Path) -> bool {
    let content = || npz_content(path);
    is_stats_name(path)
        && !path.is_dir()
        && content().is_none_or(|content| matches!(content, NpzContent::Statistics { .. }))
}

//! Merges statistics files.

use std::path::{Path, PathBuf};

use fid_core::{MomentAccumulator, Tap};

use super::{FileRange, StatsError, StatsFile, StatsMeta};
use crate::Error;
use crate::provenance::Versions;

impl StatsFile {
    /// Statistics of the images of all `paths` together, with those of sFID if the files have them:
    /// equal, up to the rounding of f64, to those of one folder with all images, in any order of
    /// `paths`. One file at a time is in memory.
    ///
    /// # Errors
    /// [`Error::Stats`] if a file cannot be read, does not record its number of images, shares images
    /// with another, or if only some have statistics of sFID; [`Error::NotComparable`] if they were
    /// made differently.
    pub fn merge(paths: &[PathBuf], dim: usize) -> Result<Self, Error> {
        let mut moments = MomentAccumulator::new(dim)?;
        let mut spatial: Option<MomentAccumulator> = None;
        let mut total: Option<StatsMeta> = None;
        let mut seen: Vec<(&Path, Vec<FileRange>)> = Vec::new();
        for path in paths {
            let file = Self::read_spatial(path, dim, Tap::Spatial.dim())?;
            let meta = file.meta.ok_or_else(|| StatsError::NotMergeable { path: path.clone() })?;
            if let (Some(total), Some((first, _))) = (&total, seen.first()) {
                let differences = total.recipe.differences(&meta.recipe);
                Error::require_comparable(first.display(), path.display(), differences)?;
            }
            for (other, ranges) in &seen {
                require_distinct(other, ranges, path, &meta.files)?;
            }
            if let Some((first, _)) = seen.first()
                && spatial.is_some() != file.spatial.is_some()
            {
                let (first, path) = (first.to_path_buf(), path.clone());
                let (with, without) = if spatial.is_some() { (first, path) } else { (path, first) };
                return Err(StatsError::SpatialMissing { with, without }.into());
            }
            if let Some(stats) = &file.spatial {
                let part = MomentAccumulator::from_stats(stats)?;
                match &mut spatial {
                    Some(moments) => moments.merge(&part)?,
                    None => spatial = Some(part),
                }
            }
            seen.push((path, meta.files.clone()));
            moments.merge(&MomentAccumulator::from_stats(&file.stats)?)?;
            total = Some(match total {
                None => meta,
                Some(total) => add(total, meta),
            });
        }
        if let Some(census) = total.as_mut().and_then(|total| total.census.as_mut()) {
            census.shorten();
        }
        let spatial = spatial.map(MomentAccumulator::finish).transpose()?;
        Ok(Self::of(moments.finish()?, spatial, total))
    }
}

fn require_distinct(
    a: &Path,
    in_a: &[FileRange],
    b: &Path,
    in_b: &[FileRange],
) -> Result<(), StatsError> {
    let mut pairs = in_a.iter().flat_map(|a| in_b.iter().map(move |b| (a, b)));
    match pairs.clone().find_map(|(a, b)| a.overlap(b)) {
        Some(what) => Err(StatsError::Overlap { a: a.into(), b: b.into(), what }),
        None if pairs.any(|(a, b)| a.drawn_otherwise(b)) => {
            Err(StatsError::DrawnOtherwise { a: a.into(), b: b.into() })
        }
        None => Ok(()),
    }
}

fn add(a: StatsMeta, b: StatsMeta) -> StatsMeta {
    let mut files = a.files;
    b.files.into_iter().for_each(|range| FileRange::insert(&mut files, range));
    StatsMeta {
        format: a.format.max(b.format),
        images: a.images.saturating_add(b.images),
        ddof: a.ddof,
        recipe: a.recipe,
        decoder: join(a.decoder, &b.decoder),
        versions: Versions {
            fid_gpu: join(a.versions.fid_gpu, &b.versions.fid_gpu),
            burn: join(a.versions.burn, &b.versions.burn),
        },
        device: join(a.device, &b.device),
        tap_s: None,
        samples: a.samples.filter(|samples| Some(*samples) == b.samples),
        // A census of a part of the images would mislead.
        census: a.census.zip(b.census).map(|(a, b)| a.merged(&b)),
        files,
    }
}

/// Both texts, unless the first contains the second already.
fn join(a: String, b: &str) -> String {
    if a.split(", ").any(|part| part == b) { a } else { format!("{a}, {b}") }
}

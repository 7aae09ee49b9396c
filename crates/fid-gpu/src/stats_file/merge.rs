//! Merges statistics files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fid_core::{MomentAccumulator, Tap};

use super::{FileRange, StatsError, StatsFile, StatsMeta, StatsReader};
use crate::Error;
use crate::census::Census;
use crate::provenance::Versions;

impl StatsFile {
    /// Statistics of the images of all `paths` together, with those of sFID if the files have them:
    /// equal, up to the rounding of f64, to those of one folder with all images, in any order of
    /// `paths`. One file at a time is in memory, and the features of all if all files were asked to keep
    /// them.
    ///
    /// # Errors
    /// [`Error::Stats`] if a file cannot be read, does not record its number of images, shares images
    /// with another, or if only some have statistics of sFID; [`Error::NotComparable`] if they were
    /// made differently.
    pub fn merge(paths: &[PathBuf], dim: usize) -> Result<Self, Error> {
        Self::merge_noting(paths, dim, &mut |_| ())
    }

    /// As [`merge`](Self::merge). Tells `note` what the files have and the result has not.
    ///
    /// # Errors
    /// As [`merge`](Self::merge).
    pub fn merge_noting(
        paths: &[PathBuf],
        dim: usize,
        note: &mut dyn FnMut(&str),
    ) -> Result<Self, Error> {
        let mut features = Vec::new();
        let (mut keeping, mut lacking) = (None, None);
        let mut moments = MomentAccumulator::new(dim)?;
        let mut spatial: Option<MomentAccumulator> = None;
        let mut total: Option<StatsMeta> = None;
        let mut seen: Vec<(&Path, Vec<FileRange>)> = Vec::new();
        for path in paths {
            let reader = StatsReader::open(path)?;
            let keeps = reader.meta().is_some_and(|meta| meta.features);
            let wanted = keeps && lacking.is_none();
            let file = reader.read(dim, Some(Tap::Spatial.dim()), wanted)?;
            let rows = file.rows().filter(|_| wanted);
            let kind = if keeps && rows.is_some() == wanted { &mut keeping } else { &mut lacking };
            kind.get_or_insert(path);
            features.extend_from_slice(rows.map(|rows| rows.values()).unwrap_or_default());
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
                Some(total) => joined(total, meta),
            });
        }
        if let Some(total) = &mut total {
            total.features &= lacking.is_none();
            total.census.iter_mut().for_each(Census::shorten);
        }
        let spatial = spatial.map(MomentAccumulator::finish).transpose()?;
        let stats = moments.finish()?;
        if let (Some(with), Some(without)) = (keeping, lacking) {
            let [with, without]: [&PathBuf; 2] = [with, without];
            note(&format!(
                "the features in {} are left out: {} does not keep those of every image",
                with.display(),
                without.display()
            ));
        }
        let kept = lacking.is_none() && stats.rows().is_none();
        let features = kept.then(|| Arc::new(features));
        Ok(Self { features, ..Self::of(stats, spatial, total) })
    }
}

/// Refuses sets that have images in common.
pub(crate) fn require_distinct(
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

/// The origin of both sets together.
pub(crate) fn joined(a: StatsMeta, b: StatsMeta) -> StatsMeta {
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
        features: a.features && b.features,
        files,
    }
}

/// Both texts, unless the first contains the second already.
fn join(a: String, b: &str) -> String {
    if a.split(", ").any(|part| part == b) { a } else { format!("{a}, {b}") }
}

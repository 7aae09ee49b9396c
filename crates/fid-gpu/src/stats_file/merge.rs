//! Several statistics files into one.

use std::path::{Path, PathBuf};

use fid_core::MomentAccumulator;

use super::{FORMAT, FileRange, StatsError, StatsFile, StatsMeta};
use crate::Error;
use crate::report::Versions;

impl StatsFile {
    /// Statistics of the images of all `paths` together: exactly what they would have been from
    /// one folder, up to the rounding of f64. The order of `paths` changes nothing but that. Only
    /// one file at a time is in memory.
    ///
    /// # Errors
    /// [`Error::Stats`] if a file cannot be read, does not say its number of images, or has images
    /// that another has; [`Error::NotComparable`] if they were made differently.
    pub fn merge(paths: &[PathBuf], dim: usize) -> Result<Self, Error> {
        let mut moments = MomentAccumulator::new(dim)?;
        let mut total: Option<StatsMeta> = None;
        let mut seen: Vec<(&Path, Vec<FileRange>)> = Vec::new();
        for path in paths {
            let file = Self::read(path, dim)?;
            let meta = file.meta.ok_or_else(|| StatsError::NotMergeable { path: path.clone() })?;
            if let (Some(total), Some((first, _))) = (&total, seen.first()) {
                let differences = total.recipe.differences(&meta.recipe);
                Error::require_comparable(first.display(), path.display(), differences)?;
            }
            for (other, ranges) in &seen {
                require_distinct(other, ranges, path, &meta.files)?;
            }
            seen.push((path, meta.files.clone()));
            moments.merge(&MomentAccumulator::from_stats(&file.stats)?)?;
            total = Some(match total {
                None => meta,
                Some(total) => add(total, meta),
            });
        }
        Ok(Self { stats: moments.finish()?, meta: total })
    }
}

fn require_distinct(
    a: &Path,
    in_a: &[FileRange],
    b: &Path,
    in_b: &[FileRange],
) -> Result<(), StatsError> {
    let pairs = in_a.iter().flat_map(|a| in_b.iter().map(move |b| (a, b)));
    match pairs.filter_map(|(a, b)| a.overlap(b)).next() {
        None => Ok(()),
        Some(what) => Err(StatsError::Overlap { a: a.into(), b: b.into(), what }),
    }
}

fn add(a: StatsMeta, b: StatsMeta) -> StatsMeta {
    let mut files = a.files;
    b.files.into_iter().for_each(|range| FileRange::insert(&mut files, range));
    StatsMeta {
        format: FORMAT,
        images: a.images.saturating_add(b.images),
        ddof: a.ddof,
        recipe: a.recipe,
        decoder: join(a.decoder, &b.decoder),
        versions: Versions {
            fid_gpu: join(a.versions.fid_gpu, &b.versions.fid_gpu),
            burn: join(a.versions.burn, &b.versions.burn),
        },
        device: join(a.device, &b.device),
        precision: join(a.precision, &b.precision),
        files,
    }
}

/// Both, unless the first says it already.
fn join(a: String, b: &str) -> String {
    if a.split(", ").any(|part| part == b) { a } else { format!("{a}, {b}") }
}

//! Computes intervals, outliers and the FID of classes.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use fid_core::metrics::{
    FidInfluence, FidSide, fid_influence, fid_interval, kid_interval, nearest_real, outliers,
};
use fid_core::{FeatureRows, FeatureSlice, FeatureStats, frechet_distance};

use super::per_image::{Class, ImagesConfig, ImagesReport, Influential, Nearest, Outliers};
use crate::Error;
use crate::side::SideData;

impl ImagesReport {
    /// Computes the requested results from the features of two sets.
    pub(crate) fn of(
        config: &ImagesConfig,
        real: &SideData,
        fake: &SideData,
    ) -> Result<Self, Error> {
        let mut report = Self::default();
        let rows = (real.rows_of_stats(), fake.rows_of_stats());
        let has_rows = rows.0.is_some() || rows.1.is_some();
        if has_rows && (config.interval.is_some() || config.outliers > 0) {
            let influence = fid_influence(side(&rows.0, real), side(&rows.1, fake))?;
            if let Some(config) = &config.interval {
                report.fid_interval = Some(fid_interval(&influence, config)?);
                if let (Some(real), Some(fake)) = rows {
                    report.kid_interval = Some(kid_interval(&real, &fake, config)?);
                }
            }
            if config.outliers > 0 {
                report.outliers = Some(Outliers::of(&influence, config.outliers, real, fake)?);
            }
        }
        if let (Some(least), (Some(of_real), Some(of_fake))) = (config.per_class, rows) {
            report.classes = Some(classes(least, (real, of_real), (fake, of_fake))?);
        }
        Ok(report)
    }
}

fn side<'a>(rows: &'a Option<FeatureSlice<'a, f32>>, set: &'a SideData) -> FidSide<'a> {
    match rows {
        Some(rows) => FidSide::Known(rows, &set.stats),
        None => FidSide::Stats(&set.stats),
    }
}

impl Outliers {
    fn of(
        influence: &FidInfluence,
        count: usize,
        real: &SideData,
        fake: &SideData,
    ) -> Result<Self, Error> {
        let of = |influences: &Option<Vec<f64>>| {
            influences.as_ref().map_or_else(Vec::new, |all| outliers(all, count))
        };
        let (of_real, of_fake) = (of(&influence.real), of(&influence.fake));
        let rows = real.rows().zip(fake.rows());
        let nearest = match rows {
            Some((real, fake)) => nearest_real(&real, &fake, &of_fake)?,
            None => Vec::new(),
        };
        let name = |set: &SideData, row: usize| set.images.get(row).cloned().unwrap_or_default();
        let mut nearest = nearest
            .into_iter()
            .map(|nearest| Nearest { path: name(real, nearest.index), distance: nearest.distance });
        let fake = of_fake.iter().map(|image| Influential {
            path: name(fake, image.row),
            influence: image.influence,
            nearest_real: nearest.next(),
        });
        let real = of_real.iter().map(|image| Influential {
            path: name(real, image.row),
            influence: image.influence,
            nearest_real: None,
        });
        Ok(Self { fake: fake.collect(), real: real.collect() })
    }
}

/// The rows of each class; a class is a sub-folder of the root.
fn rows_by_class(set: &SideData) -> BTreeMap<String, Vec<usize>> {
    let mut classes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, path) in set.images.iter().enumerate() {
        if let Some(class) = class(path, set.root()) {
            classes.entry(class).or_default().push(row);
        }
    }
    classes
}

/// The first folder of a path below the root; `None` for an image directly in the root.
fn class(path: &Path, root: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(root).ok()?.components();
    match (parts.next()?, parts.next()) {
        (Component::Normal(folder), Some(_)) => Some(folder.to_string_lossy().into_owned()),
        _ => None,
    }
}

fn classes(
    least: usize,
    (real, of_real): (&SideData, FeatureSlice<'_, f32>),
    (fake, of_fake): (&SideData, FeatureSlice<'_, f32>),
) -> Result<Vec<Class>, Error> {
    let (mut in_real, mut in_fake) = (rows_by_class(real), rows_by_class(fake));
    let mut names: Vec<String> = in_real.keys().chain(in_fake.keys()).cloned().collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Err(Error::NoClasses { real: real.path().into(), fake: fake.path().into() });
    }
    let stats = |rows: &[usize], of: FeatureSlice<'_, f32>| {
        let dim = of.dim();
        let gathered: Vec<f32> = rows
            .iter()
            .flat_map(|&row| &of.values()[row * dim..(row + 1) * dim])
            .copied()
            .collect();
        FeatureStats::from_features(&gathered, dim)
    };
    let mut classes = Vec::with_capacity(names.len());
    for name in names {
        let real = in_real.remove(&name).unwrap_or_default();
        let fake = in_fake.remove(&name).unwrap_or_default();
        let enough = real.len().min(fake.len()) >= least.max(2);
        let distance = || -> Result<f64, Error> {
            let (a, b) = (stats(&real, of_real)?, stats(&fake, of_fake)?);
            Ok(frechet_distance(&a, &b)?.display_value())
        };
        let fid = enough.then(distance).transpose()?;
        classes.push(Class { name, real: real.len(), fake: fake.len(), fid });
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_first_folder() {
        let of = |path: &str, root: &str| class(Path::new(path), Path::new(root));
        assert_eq!(of("a/cat/1.png", "a"), Some("cat".into()));
        assert_eq!(of("a/cat/x/1.png", "a"), Some("cat".into()));
        assert_eq!(of("a.zip/cat/1.png", "a.zip"), Some("cat".into()));
        assert_eq!(of("a/1.png", "a"), None);
        assert_eq!(of("b/cat/1.png", "a"), None);
    }
}

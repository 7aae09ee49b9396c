//! Data of the HTML report that the JSON report does not contain: a map, and pictures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fid_core::metrics::{PrincipalPlane, RandomState, principal_plane};
use fid_core::{FeatureRows, FeatureSlice};

use super::thumbnail::{Thumbnail, thumbnails};
use crate::side::SideData;
use crate::{Error, FidReport};

/// Images of a side on the map, at most.
pub(super) const MAP_IMAGES: usize = 5000;

/// Pictures of a side, at most: each takes up to 40 kB.
pub(super) const PICTURES: usize = 50;

/// The map and the pictures.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlotData {
    /// The map, or the reason why it is missing.
    pub(super) map: Result<Map, String>,
    /// Pictures of real images, by path.
    pub(super) real: BTreeMap<PathBuf, Thumbnail>,
    /// Pictures of generated images, by path.
    pub(super) fake: BTreeMap<PathBuf, Thumbnail>,
}

/// Both sets on their first two principal components.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map {
    pub(super) real: Cloud,
    pub(super) fake: Cloud,
    /// The share of all variance along each axis, from 0 to 1.
    pub(super) shares: [f64; 2],
    /// Seed of the sample, if only some images are shown.
    pub(super) seed: u32,
}

/// A set on the map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cloud {
    /// All images, or a sample; empty for a statistics file.
    pub(super) points: Vec<[f64; 2]>,
    /// Number of all images.
    pub(super) of: usize,
    /// The mean of the whole set.
    pub(super) mean: [f64; 2],
}

impl PlotData {
    pub(super) fn of(real: &SideData, fake: &SideData, report: &FidReport, seed: u32) -> Self {
        let (of_real, of_fake) = wanted(report);
        let pictures = |set: &SideData, wanted: &BTreeSet<&Path>| match &set.source {
            Some(source) => thumbnails(source, wanted),
            None => BTreeMap::new(),
        };
        Self {
            map: Map::of(real, fake, seed),
            real: pictures(real, &of_real),
            fake: pictures(fake, &of_fake),
        }
    }
}

/// The real and the generated images whose pictures are shown.
fn wanted(report: &FidReport) -> (BTreeSet<&Path>, BTreeSet<&Path>) {
    let Some(outliers) = &report.images.outliers else { return Default::default() };
    let fake = || outliers.fake.iter().take(PICTURES);
    let nearest = fake().filter_map(|image| image.nearest_real.as_ref());
    let real = outliers.real.iter().take(PICTURES).map(|image| &image.path);
    let real = real.chain(nearest.map(|image| &image.path)).map(PathBuf::as_path).collect();
    (real, fake().map(|image| image.path.as_path()).collect())
}

impl Map {
    fn of(real: &SideData, fake: &SideData, seed: u32) -> Result<Self, String> {
        let rows = [real, fake].map(|set| {
            let few = || FeatureSlice::new(set.stats.rows()?, set.stats.dim()).ok();
            set.rows().or_else(few)
        });
        if rows.iter().all(Option::is_none) {
            return Err("Neither side has its images here, only mean and covariance.".into());
        }
        let plane = principal_plane(&real.stats, &fake.stats).map_err(Error::from);
        let plane = plane.map_err(|error| format!("{}.", error.chain()))?;
        if plane.variance[0] <= 0.0 {
            return Err("All images have the same features.".into());
        }
        let [of_real, of_fake] = rows;
        Ok(Self {
            real: Cloud::of(&plane, real.stats.mu(), of_real, seed),
            fake: Cloud::of(&plane, fake.stats.mu(), of_fake, seed),
            shares: plane.shares(),
            seed,
        })
    }
}

impl Cloud {
    fn of(
        plane: &PrincipalPlane,
        mean: &[f64],
        rows: Option<FeatureSlice<'_, f32>>,
        seed: u32,
    ) -> Self {
        let of = rows.map_or(0, |rows| rows.num_rows());
        let chosen = sample(of, MAP_IMAGES, seed);
        let points = rows.map_or_else(Vec::new, |rows| plane.project_rows(&rows, &chosen));
        Self { points, of, mean: plane.project(mean) }
    }
}

/// At most `most` of the numbers below `of`, drawn without replacement, in ascending order.
pub(super) fn sample(of: usize, most: usize, seed: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..of).collect();
    if of > most {
        RandomState::new(seed).shuffle(&mut order);
        order.truncate(most);
        order.sort_unstable();
    }
    order
}

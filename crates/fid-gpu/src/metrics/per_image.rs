//! Results about single images: intervals, outliers, classes.

use std::path::PathBuf;

use fid_core::metrics::{Interval, IntervalConfig};
use fid_images::printable;
use serde::{Deserialize, Serialize};

use crate::skipped::lossy;

/// Which results about single images to compute; by default none.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ImagesConfig {
    /// Confidence intervals of FID and KID.
    pub interval: Option<IntervalConfig>,
    /// How many of the images that move the FID most the report lists, per side.
    pub outliers: usize,
    /// Computes the FID of each class with at least this many images on either side, such as
    /// [`Self::MIN_CLASS_IMAGES`]. A class is a sub-folder.
    pub per_class: Option<usize>,
}

/// Results about single images. Fields are `None` unless requested in [`ImagesConfig`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImagesReport {
    /// The interval of the FID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fid_interval: Option<Interval>,
    /// The interval of KID over the whole sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid_interval: Option<Interval>,
    /// The images that move the FID most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outliers: Option<Outliers>,
    /// The FID of each class, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<Class>>,
}

/// The images that move the FID most, the largest influence first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outliers {
    /// Real images; empty if the real side is a statistics file.
    pub real: Vec<Influential>,
    /// Generated images; empty if the fake side is a statistics file.
    pub fake: Vec<Influential>,
}

/// An image and its influence on the FID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Influential {
    /// Path of the image.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Its influence: without it, the FID would be about `influence/(N − 1)` lower.
    pub influence: f64,
    /// For a generated image, the real image with the nearest features.
    pub nearest_real: Option<Nearest>,
}

/// The nearest real image of a generated one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Nearest {
    /// Path of the image.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Euclidean distance of the features.
    pub distance: f64,
}

/// A class of images and its FID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Class {
    /// The sub-folder's name.
    pub name: String,
    /// Number of real images.
    pub real: usize,
    /// Number of generated images.
    pub fake: usize,
    /// The FID of the class; `None` if a side has too few images.
    pub fid: Option<f64>,
}

impl ImagesConfig {
    /// Whether any of these results needs the features of every image.
    pub(crate) fn needs_rows(&self) -> bool {
        self.interval.is_some() || self.outliers > 0 || self.per_class.is_some()
    }
}

impl ImagesReport {
    /// The results as lines of text.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let intervals = [("FID", 4, &self.fid_interval), ("KID", 6, &self.kid_interval)];
        for (name, digits, interval) in intervals {
            let Some(Interval { low, high, level, standard_error, .. }) = interval else {
                continue;
            };
            let percent = level * 100.0;
            lines.push(format!(
                "{name} {percent}% interval: {low:.digits$} to {high:.digits$}  (standard error \
                 {standard_error:.digits$})"
            ));
        }
        for class in self.classes.iter().flatten() {
            let Class { name, real, fake, fid } = class;
            let fid = fid.map_or_else(|| "too few images".into(), |fid| format!("{fid:.4}"));
            let name = printable(name);
            lines.push(format!("FID of {name}: {fid}  ({real} real, {fake} fake)"));
        }
        if let Some(Outliers { real, fake }) = &self.outliers {
            for (side, images) in [("fake", fake), ("real", real)] {
                lines.extend(images.iter().map(|image| image.line(side)));
            }
        }
        lines
    }
}

impl Influential {
    fn line(&self, side: &str) -> String {
        let near = self.nearest_real.as_ref().map_or_else(String::new, |nearest| {
            format!("  (nearest real: {}, {:.3} away)", printable(&nearest.path), nearest.distance)
        });
        format!("{side} {}: influence {:+.4}{near}", printable(&self.path), self.influence)
    }
}

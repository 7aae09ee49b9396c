//! Features and logits that a run leaves in files, with the names of their images.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use fid_core::Tap;
use fid_weights::atomic_file::AtomicFile;

use crate::Error;
use crate::features::{FeatureError, FeatureProblem, save_rows};
use crate::observer::Side;
use crate::pipeline::Want;
use crate::side::SideData;

/// Where to keep what the network gave for each image; by default nowhere.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SaveConfig {
    /// The folder that gets `real-pool3.npy` and `fake-pool3.npy`, f32 `[n, 2048]`.
    pub features: Option<PathBuf>,
    /// The folder that gets `real-logits.npy` and `fake-logits.npy`, f32 `[n, 1008]`: logits without
    /// the classifier's bias, as the Inception Score reads them.
    pub logits: Option<PathBuf>,
}

impl SaveConfig {
    fn kinds(&self) -> impl Iterator<Item = (&Path, Tap, &'static str)> {
        let features = self.features.as_deref().map(|folder| (folder, Tap::Pool3, "pool3"));
        let logits = self.logits.as_deref().map(|folder| (folder, Tap::LogitsUnbiased, "logits"));
        features.into_iter().chain(logits)
    }

    /// What it needs of the network.
    pub(crate) fn wants(&self) -> impl Iterator<Item = Want> {
        self.kinds().map(|(_, tap, _)| Want::rows(tap))
    }

    /// Makes the folders, before the run.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        for (folder, ..) in self.kinds() {
            fs::create_dir_all(folder).map_err(|cause| not_written(folder, cause))?;
        }
        Ok(())
    }

    /// Writes the files of a side, and the list of its images in the order of the rows.
    pub(crate) fn save(&self, side: Side, set: &SideData) -> Result<(), Error> {
        for (folder, tap, name) in self.kinds() {
            if let Some(rows) = set.features.rows(tap) {
                save_rows(&folder.join(format!("{side}-{name}.npy")), rows)?;
                let list = folder.join(format!("{side}-images.txt"));
                write_list(&list, &set.images).map_err(|cause| not_written(&list, cause))?;
            }
        }
        Ok(())
    }
}

fn write_list(path: &Path, images: &[PathBuf]) -> std::io::Result<()> {
    let lines = images.iter().map(|image| format!("{}\n", image.display())).collect::<String>();
    let mut file = AtomicFile::create(path)?;
    file.write_all(lines.as_bytes())?;
    file.commit()
}

fn not_written(path: &Path, cause: std::io::Error) -> Error {
    FeatureError { path: path.into(), problem: FeatureProblem::Write(cause) }.into()
}

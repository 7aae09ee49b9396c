//! Writes features and logits to files, with the names of their images.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use fid_core::Tap;
use fid_images::printable;
use fid_weights::atomic_file::AtomicFile;

use crate::Error;
use crate::config::SaveConfig;
use crate::encoder::Encoder;
use crate::features::{FeatureError, FeatureProblem, save_rows};
use crate::observer::Side;
use crate::side::SideData;

impl SaveConfig {
    /// Creates the folders before the run.
    pub(crate) fn prepare(&self) -> Result<(), Error> {
        for (folder, ..) in self.kinds() {
            fs::create_dir_all(folder).map_err(|cause| not_written(folder, cause))?;
        }
        Ok(())
    }

    /// Writes the `.npy` files of a side, and the list of its images in the order of the rows: one
    /// line a row, with control characters in a name escaped.
    pub(crate) fn save(&self, side: Side, set: &SideData, encoder: &Encoder) -> Result<(), Error> {
        for (folder, tap) in self.kinds() {
            let name = match tap {
                Tap::LogitsUnbiased => "logits",
                _ if *encoder == Encoder::Inception => tap.name(),
                _ => "features",
            };
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
    let lines = images.iter().map(|image| printable(image) + "\n").collect::<String>();
    let mut file = AtomicFile::create(path)?;
    file.write_all(lines.as_bytes())?;
    file.commit()
}

fn not_written(path: &Path, cause: std::io::Error) -> Error {
    FeatureError { path: path.into(), problem: FeatureProblem::Write(cause) }.into()
}

//! The files of a model.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

use crate::error::OnnxProblem;
use crate::scan;

/// The longest model file: protobuf's limit.
const MAX_FILE: u64 = 2 << 30;

/// The files of a model, read once: the hash and the network are of the same bytes.
pub(crate) struct Source {
    pub(crate) model: Vec<u8>,
    /// Other files with weights, by the names that the model has for them.
    pub(crate) data: Vec<(String, Vec<u8>)>,
    /// SHA-256 of the model, followed by the other files in the order of their names.
    pub(crate) sha256: String,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, OnnxProblem> {
        let model = read(path, MAX_FILE).map_err(OnnxProblem::Io)?;
        if model.len() as u64 > MAX_FILE {
            return Err(OnnxProblem::TooLarge);
        }
        let mut hash = Sha256::new_with_prefix(&model);
        let mut data = Vec::new();
        for location in scan::check(&model)? {
            let mut parts = Path::new(&location).components();
            let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
            if !plain {
                return Err(OnnxProblem::DataOutside { location });
            }
            match read(&path.with_file_name(&location), u64::MAX - 1) {
                Ok(content) => {
                    hash.update(&content);
                    data.push((location, content));
                }
                Err(cause) => return Err(OnnxProblem::Data { location, cause }),
            }
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { model, data, sha256 })
    }
}

/// The content of a file, at most one byte more than `limit`.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len().min(limit);
    let mut content = Vec::with_capacity(length as usize + 1);
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok(content)
}

//! Python's pickles: those that are refused. [`super::pickled_stats`] reads some.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use fid_images::npy::{is_object, read_header};
use fid_images::npz::NpzContent;
use fid_images::set::npz_content;

use fid_weights::PickleError;

use super::StatsError;

/// The first byte of a pickle since protocol 2; the protocol follows.
const PROTO: u8 = 0x80;

/// The latest protocol of pickles.
const LATEST: u8 = 5;

/// Refuses a file of pickled Python objects that is named as one or as an array: reading one can run
/// code. Anything else passes, also a file that cannot be read.
pub(crate) fn require_no_pickle(path: &Path) -> Result<(), StatsError> {
    if !path.is_file() {
        return Ok(());
    }
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let ending = ending.to_str().unwrap_or_default();
    let refuse = |load: &str| Err(pickled(path, load));
    match ending {
        "pt" | "pth" | "ckpt" => return refuse("torch.load({file})"),
        "pkl" | "pickle" | "p" => return refuse("pickle.load(open({file}, 'rb'))"),
        "npz" => {
            if let Some(NpzContent::Objects { name }) = npz_content(path) {
                return Err(pickled_array(path, &name));
            }
        }
        _ => {}
    }
    let Ok(file) = File::open(path) else { return Ok(()) };
    let mut file = BufReader::new(file);
    let mut start = [0; 2];
    match file.read_exact(&mut start) {
        Ok(())
            if matches!(ending, "npy" | "npz")
                && start[0] == PROTO
                && (2..=LATEST).contains(&start[1]) =>
        {
            return refuse("pickle.load(open({file}, 'rb'))");
        }
        Ok(()) if ending == "npy" => {}
        _ => return Ok(()),
    }
    match read_header(&mut start.chain(file)) {
        Ok(header) if is_object(&header.descr) => {
            refuse("numpy.load({file}, allow_pickle=True).item()")
        }
        _ => Ok(()),
    }
}

/// The error for a pickle that holds anything but statistics of a known form.
pub(super) fn unreadable(path: &Path, cause: PickleError) -> StatsError {
    let load = loaded(path, "pickle.load(open({file}, 'rb'))");
    StatsError::PickleUnread { path: path.into(), load, cause }
}

/// The error for statistics in an `.npz` file whose values are objects.
pub(super) fn pickled_values(path: &Path) -> StatsError {
    pickled(path, "numpy.load({file}, allow_pickle=True)")
}

/// The error for an object in an `.npz` file.
pub(super) fn pickled_array(path: &Path, name: &str) -> StatsError {
    pickled(path, &format!("numpy.load({{file}}, allow_pickle=True)['{name}'].item()"))
}

/// `load` reads `{file}` in Python.
fn pickled(path: &Path, load: &str) -> StatsError {
    StatsError::Pickled { path: path.into(), load: loaded(path, load) }
}

fn loaded(path: &Path, load: &str) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    load.replace("{file}", &format!("'{name}'"))
}

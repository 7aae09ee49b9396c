//! The files in which an ONNX graph keeps its weights, read from the graph's folder.

use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use prost::bytes::Bytes;

use crate::error::WeightsError;
use crate::format::{DataFiles, FileProblem, MAX_FILE};
use crate::limited::read_limited;

/// Reads the files named in `locations`, of at most [`MAX_FILE`] bytes with the `taken` ones of the
/// graph. A name may lead into a subfolder, and neither it nor a link out of the graph's folder.
pub(super) fn read(
    graph: &Path,
    locations: impl IntoIterator<Item = String>,
    taken: usize,
) -> Result<DataFiles, WeightsError> {
    let mut room = MAX_FILE.saturating_sub(taken as u64);
    let mut files = DataFiles::new();
    for location in locations {
        let unreadable = |cause| WeightsError::Data {
            file: graph.into(),
            data: beside(graph, &location),
            cause,
        };
        let problem = |problem| WeightsError::refused(graph, problem);
        let Some(path) = inside(graph, &location).map_err(unreadable)? else {
            return Err(problem(FileProblem::outside(&location)));
        };
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let content = read_limited(file, length, room).map_err(unreadable)?;
        // All files together.
        let content = content.map_err(|found| match found {
            FileProblem::TooLarge { what, found, .. } => {
                let found = found + (MAX_FILE - room);
                problem(FileProblem::TooLarge { what, found, limit: MAX_FILE })
            }
            other => problem(other),
        })?;
        room -= content.len() as u64;
        files.insert(location, Bytes::from(content));
    }
    Ok(files)
}

/// The path of a regular file in the graph's folder; `None` if it is elsewhere.
fn inside(graph: &Path, location: &str) -> io::Result<Option<PathBuf>> {
    let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(location).components().all(within) {
        return Ok(None);
    }
    let folder = beside(graph, "").canonicalize()?;
    let path = beside(graph, location).canonicalize()?;
    // A pipe or device would never end.
    if path.starts_with(&folder) && !path.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    Ok(path.starts_with(&folder).then_some(path))
}

fn beside(graph: &Path, location: &str) -> PathBuf {
    let folder = graph.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).join(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_outside_the_folder_are_not_read() {
        let folder = temp_dir::TempDir::new().unwrap();
        let inner = folder.child("inner");
        std::fs::create_dir_all(inner.join("sub")).unwrap();
        let graph = inner.join("graph.onnx");
        std::fs::write(folder.child("secret"), "secret").unwrap();
        std::fs::write(inner.join("sub/data"), "data").unwrap();
        let read = |location: &str| read(&graph, [location.to_owned()], 10);
        assert_eq!(*read("./sub/data").unwrap()["./sub/data"], *b"data");
        let absolute = folder.child("secret");
        let mut outside = vec!["../secret", "sub/../../secret", absolute.to_str().unwrap()];
        if cfg!(unix) {
            outside.push("link");
            #[cfg(unix)]
            std::os::unix::fs::symlink(&absolute, inner.join("link")).unwrap();
        }
        for location in outside {
            let error = read(location).unwrap_err();
            let WeightsError::File { problem: FileProblem::ExternalPath { .. }, .. } = error else {
                panic!("{error}")
            };
        }
        for missing in ["sub", "", "none.data"] {
            let error = read(missing).unwrap_err();
            assert!(matches!(error, WeightsError::Data { .. }), "{error}");
        }
    }

    #[test]
    fn graph_and_data_share_one_limit() {
        let folder = temp_dir::TempDir::new().unwrap();
        std::fs::write(folder.child("data"), [0; 11]).unwrap();
        let graph = folder.child("graph.onnx");
        let read = |taken| read(&graph, ["data".to_owned()], taken);
        assert!(read(MAX_FILE as usize - 11).is_ok());
        let error = read(MAX_FILE as usize - 10).unwrap_err();
        let WeightsError::File { problem: FileProblem::TooLarge { found, limit, .. }, .. } = error
        else {
            panic!("{error}")
        };
        assert_eq!((found, limit), (MAX_FILE + 1, MAX_FILE));
    }
}

//! A text file with the path of one image on each line.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::error::SetError;
use super::utf16::as_utf8;
use crate::shared_file::SharedFile;
use crate::skipped::Skipped;

/// The longest line that is taken for a path, in bytes.
const MAX_LINE: u64 = 1 << 16;

/// The name of a list on standard input.
pub const STANDARD_INPUT: &str = "-";

/// Reads a list, in UTF-8 or UTF-16. Paths in a file are relative to its folder, those on standard
/// input to the current one. Blank lines are ignored; the order is kept, and a path listed twice
/// counts twice.
///
/// Returns the folder that paths are relative to, the paths, and those left out.
pub(super) fn read(
    path: &Path,
    skip_bad: bool,
) -> Result<(PathBuf, Vec<PathBuf>, Vec<Skipped>), SetError> {
    if path == Path::new(STANDARD_INPUT) {
        return lines(path, Path::new(""), io::stdin().lock(), skip_bad);
    }
    let base = path.parent().unwrap_or(Path::new(""));
    let file = SharedFile::open(path).map_err(|error| SetError::open(path, error))?;
    lines(path, base, BufReader::new(file), skip_bad)
}

fn lines(
    list: &Path,
    base: &Path,
    reader: impl BufRead,
    skip_bad: bool,
) -> Result<(PathBuf, Vec<PathBuf>, Vec<Skipped>), SetError> {
    let unread = |source| SetError::Open { path: list.into(), source };
    let mut reader = as_utf8(reader).map_err(unread)?;
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    let mut line = Vec::new();
    for number in 1.. {
        let wrong = |cause| SetError::ListLine { list: list.into(), number, cause };
        line.clear();
        let length = reader.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        let length = length.map_err(unread)?;
        if length == 0 {
            break;
        }
        if length as u64 > MAX_LINE {
            return Err(wrong(format!("has more than {MAX_LINE} bytes")));
        }
        let mark = if number == 1 { &b"\xEF\xBB\xBF"[..] } else { b"" };
        let text = line.strip_prefix(mark).unwrap_or(&line);
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.trim_ascii().is_empty() {
            continue;
        }
        if text.contains(&0) {
            let cause = "holds a zero byte: end each path with a line feed instead (find -print)";
            return Err(wrong(cause.into()));
        }
        let path = base.join(path_of(text).map_err(wrong)?);
        // Checked now rather than hours later.
        match unusable(&path) {
            None => files.push(path),
            Some(reason) if skip_bad => skipped.push(Skipped::new(path, reason)),
            Some(reason) => {
                return Err(SetError::Listed { list: list.into(), number, path, reason });
            }
        }
    }
    if files.is_empty() {
        return Err(SetError::EmptyList { list: list.into() });
    }
    Ok((base.into(), files, skipped))
}

fn unusable(path: &Path) -> Option<String> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => None,
        Ok(found) if found.is_dir() => Some("is a folder".into()),
        Ok(_) => Some("is a pipe, socket or device".into()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Some("does not exist".into()),
        Err(cause) => Some(format!("cannot be read: {cause}")),
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "paths of other systems are Unicode")]
fn path_of(text: &[u8]) -> Result<&Path, String> {
    use std::os::unix::ffi::OsStrExt;
    Ok(Path::new(std::ffi::OsStr::from_bytes(text)))
}

#[cfg(not(unix))]
fn path_of(text: &[u8]) -> Result<&Path, String> {
    str::from_utf8(text).map(Path::new).map_err(|_| "is not UTF-8: write the list as UTF-8".into())
}

#[cfg(test)]
mod tests {
    use temp_dir::TempDir;

    use super::*;

    fn read_text(folder: &TempDir, text: &[u8]) -> Result<Vec<PathBuf>, SetError> {
        lines(Path::new("list.txt"), folder.path(), text, false).map(|(_, files, _)| files)
    }

    #[test]
    fn each_line_is_a_path() {
        let folder = TempDir::new().unwrap();
        let names = ["a.png", "# b.png", " c d .jpg", "#"];
        names.iter().for_each(|name| fs::write(folder.child(name), "").unwrap());
        let text = b"\xEF\xBB\xBFa.png\r\n\n# b.png\n   \n c d .jpg\n#\r\na.png";
        let files = read_text(&folder, text).unwrap();
        assert_eq!(files, ["a.png", "# b.png", " c d .jpg", "#", "a.png"].map(|n| folder.child(n)));
    }

    #[test]
    fn errors_name_the_line() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.child("a.png"), "").unwrap();
        fs::create_dir(folder.child("sub")).unwrap();
        for (text, expected) in [
            (&b"a.png\n\ngone.png\n"[..], "line 3 of list.txt"),
            (b"sub\n", "is a folder"),
            (b"a.png\0sub/b.png\0", "zero byte"),
            (b"\n \n", "no paths"),
            (b"", "no paths"),
            (&[b'a'; 100_000], "65536 bytes"),
        ] {
            let error = read_text(&folder, text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let text = &b"gone.png\na.png\nsub\n"[..];
        let (_, files, skipped) = lines(Path::new("-"), folder.path(), text, true).unwrap();
        assert_eq!(files, [folder.child("a.png")]);
        assert_eq!(skipped.len(), 2);
    }
}

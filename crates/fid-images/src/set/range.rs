//! Several files by one name: `shard-{000..009}.tar`, as WebDataset names its shards.

use std::path::{Path, PathBuf};

use super::error::SetError;

/// The most files that one name stands for.
const MAX_FILES: u64 = 100_000;

/// The paths that a name with ranges in braces stands for, in order; `None` if it has no range.
/// Numbers are written with as many digits as the first has.
pub(super) fn expand(path: &Path) -> Result<Option<Vec<PathBuf>>, SetError> {
    let wrong = |cause: &str| SetError::Range { path: path.into(), cause: cause.into() };
    let Some(text) = path.to_str() else { return Ok(None) };
    let Some((before, range, after)) = parts(text) else { return Ok(None) };
    let (first, last) = range.split_once("..").unwrap_or_default();
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (Some(from), Some(to)) = (number(first), number(last)) else {
        return Err(wrong("has a range that is not of two numbers"));
    };
    if to < from {
        return Err(wrong("has a range that ends before it begins"));
    }
    if to - from >= MAX_FILES {
        return Err(wrong("has a range of more than 100000 files"));
    }
    let digits = first.len();
    let mut paths = Vec::new();
    for number in from..=to {
        let path = PathBuf::from(format!("{before}{number:0digits$}{after}"));
        match expand(&path)? {
            Some(more) => paths.extend(more),
            None => paths.push(path),
        }
        if paths.len() as u64 > MAX_FILES {
            return Err(wrong("stands for more than 100000 files"));
        }
    }
    Ok(Some(paths))
}

/// The text before, in and after the first braces that hold two dots.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('{').find_map(|(open, _)| {
        let (range, after) = text[open + 1..].split_once('}')?;
        range.contains("..").then_some((&text[..open], range, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_a_shell() {
        let names = |text: &str| expand(Path::new(text)).unwrap();
        let expected = ["a-08.tar", "a-09.tar", "a-10.tar"].map(PathBuf::from).to_vec();
        assert_eq!(names("a-{08..10}.tar"), Some(expected));
        let expected = ["1/x2", "1/x3", "2/x2", "2/x3"].map(PathBuf::from).to_vec();
        assert_eq!(names("{1..2}/x{2..3}"), Some(expected));
        assert_eq!(names("a{b}c{1..1}").map(|names| names.len()), Some(1));
        for text in ["a.tar", "{}", "{1.2}", "}..{", "{a"] {
            assert_eq!(names(text), None, "{text}");
        }
        for text in [
            "{..}",
            "{1..}",
            "{a..c}",
            "{3..1}",
            "{0..100000}",
            "{+1..2}",
            "{1..5..2}",
            "{0..9999}{0..9999}",
            "{1..99999999999999999999}",
        ] {
            assert!(expand(Path::new(text)).is_err(), "{text}");
        }
    }
}

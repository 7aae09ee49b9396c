//! Why a path may name nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::printable::printable;

/// The rest of a sentence that says that nothing exists at `path`: a guess at what was meant, and
/// the way out.
pub(super) fn guess(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.contains("://") {
        return ": it is an address, and images are read from files: download them, and name their \
                folder"
            .into();
    }
    if text.starts_with('~') || text.starts_with('$') {
        let what = if text.starts_with('~') { "~" } else { "the variable" };
        return format!(
            ": the shell has not expanded {what}, as within quotes: write the path in full"
        );
    }
    let exists =
        |path: &Path| (!path.as_os_str().is_empty() && path.exists()).then(|| path.to_owned());
    if text.contains(['*', '?', '[']) {
        let folder = path.parent().and_then(exists);
        let folder = folder.map_or_else(String::new, |folder| format!(" {}", printable(folder)));
        return format!(
            ": wildcards are not expanded: name the folder{folder}, or write the paths into a list \
             that ends in .txt"
        );
    }
    let bare = text.trim().trim_end_matches(['/', '\\']);
    let found = exists(Path::new(bare)).filter(|_| bare != text).or_else(|| similar(path));
    match found {
        Some(found) => format!(", but '{}' does: is that meant?", printable(found)),
        None => match path.ancestors().skip(1).find_map(exists) {
            // A folder of this path other than the last is missing.
            Some(folder) if path.parent() != Some(&folder) => format!(
                ": '{}' has no '{}' in it; check the spelling",
                printable(&folder),
                printable(next(path, &folder))
            ),
            _ => ": check the spelling and the current folder".into(),
        },
    }
}

/// An entry of the same folder whose name differs by case, or by its ending alone.
fn similar(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let lower = |path: &Path| path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let wanted = lower(path)?;
    let wanted = wanted.trim();
    let stem = |name: &str| name.split_once('.').map_or(name, |(stem, _)| stem).to_owned();
    let mut found: Option<(bool, PathBuf)> = None;
    for entry in fs::read_dir(folder).ok()?.flatten().take(MAX_ENTRIES) {
        let path = parent.join(entry.file_name());
        let Some(name) = lower(&path) else { continue };
        let same = name.trim() == wanted;
        if !same && (stem(&name) != stem(wanted) || stem(wanted).is_empty()) {
            continue;
        }
        // The same name first, then the first by name.
        let candidate = (!same, path);
        if found.as_ref().is_none_or(|best| candidate < *best) {
            found = Some(candidate);
        }
    }
    found.map(|(_, path)| path)
}

/// The most entries of a folder that are compared.
const MAX_ENTRIES: usize = 10_000;

/// The part of `path` behind `folder`, one of its ancestors.
fn next<'a>(path: &'a Path, folder: &Path) -> &'a Path {
    let rest = path.strip_prefix(folder).unwrap_or(path);
    rest.iter().next().map_or(rest, Path::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_guessed() {
        let parent = temp_dir::TempDir::new().unwrap();
        fs::create_dir(parent.child("Photos")).unwrap();
        fs::write(parent.child("set.zip"), "").unwrap();
        for (name, expected) in [
            ("Photos ", "/Photos' does"),
            ("photos", "/Photos' does"),
            ("set", "/set.zip' does"),
            ("set.zip/", "/set.zip' does"),
            ("set.tar", "/set.zip' does"),
            ("Photos/*.png", "wildcards are not expanded: name the folder /"),
            ("a/b/c", "has no 'a' in it"),
            ("other", "check the spelling and the current folder"),
        ] {
            let path = PathBuf::from(format!("{}/{name}", parent.path().display()));
            let guess = guess(&path);
            assert!(guess.contains(expected), "{name}: {guess}");
        }
        for (path, expected) in [
            ("https://example.org/a.zip", "an address"),
            ("~/photos", "not expanded ~"),
            ("$DATA/photos", "not expanded the variable"),
            ("*.png", "name the folder, or"),
        ] {
            assert!(guess(Path::new(path)).contains(expected), "{path}");
        }
    }
}

//! Folders and files that systems and network drives put beside images: thumbnails, bins, snapshots.

/// Names, in lower case: they are compared in any case. Those with a dot in front are hidden anyway.
const NAMES: &[&str] = &[
    "__macosx",                  // macOS: resource forks, in archives
    "network trash folder",      // macOS: bin of a shared volume
    "temporary items",           // macOS: drafts of a shared volume
    "@eadir",                    // Synology: thumbnails and metadata
    "#recycle",                  // Synology: bin
    "#snapshot",                 // Synology: older states of the same files
    "@recycle",                  // QNAP, Asustor: bin
    "@__thumb",                  // QNAP: thumbnails
    "@recently-snapshot",        // QNAP: older states of the same files
    "~snapshot",                 // NetApp: older states of the same files
    "trashbox",                  // Buffalo: bin
    "$recycle.bin",              // Windows: bin
    "recycler",                  // Windows XP: bin
    "recycled",                  // Windows 98: bin
    "system volume information", // Windows: restore points
    "thumbs.db",                 // Windows: thumbnails, in one file
    "ehthumbs.db",               // Windows: thumbnails of videos
    "ehthumbs_vista.db",         // Windows: thumbnails of videos
    "lost+found",                // Linux: what a check of the disk has saved
];

/// Whether a folder or file of this name is passed over: hidden folders, such as `.thumbnails` and
/// `.ipynb_checkpoints`, and those of a fixed list.
///
/// ```
/// use fid_images::set::is_passed_over;
///
/// assert!(is_passed_over("@eaDir", true) && is_passed_over(".git", true));
/// assert!(!is_passed_over("dogs", true));
/// ```
pub fn is_passed_over(name: &str, is_folder: bool) -> bool {
    let hidden = is_folder && name.starts_with('.') && !matches!(name, "." | "..");
    hidden || NAMES.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_and_thumbnails_are_passed_over_and_classes_are_not() {
        for name in ["@eaDir", "#recycle", "$Recycle.Bin", "Thumbs.db", "__MACOSX", "lost+found"] {
            assert!(is_passed_over(name, true) && is_passed_over(name, false), "{name}");
        }
        for name in [".thumbnails", ".Trash-1000", ".ipynb_checkpoints", ".@__thumb"] {
            assert!(is_passed_over(name, true) && !is_passed_over(name, false), "{name}");
        }
        for name in [".", "..", "thumbnails", "recycle", "snapshot", "eaDir", ""] {
            assert!(!is_passed_over(name, true), "{name}");
        }
    }
}

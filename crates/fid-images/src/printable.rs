//! Paths as text.

use std::path::Path;

/// A path as text of one line: control characters and line separators are escaped (`\n`, `\u{1b}`),
/// because lists have a line for each image and a terminal would act on them. Bytes that are not
/// Unicode show as `�`.
///
/// ```
/// assert_eq!(fid_images::printable("photos/a\nb.png"), "photos/a\\nb.png");
/// ```
pub fn printable(path: impl AsRef<Path>) -> String {
    let mut text = String::new();
    for c in path.as_ref().to_string_lossy().chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

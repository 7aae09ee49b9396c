//! Which column of a table holds the images.

use std::io;

use super::fault::bad;

/// Columns with these names come first.
const NAMES: [&str; 2] = ["image", "img"];

/// So many columns are listed in a message.
const LISTED: usize = 12;

/// A column of a table.
pub(super) struct Column<T> {
    pub(super) name: String,
    /// Its type, in the format's words.
    pub(super) kind: String,
    /// How to read it; `None` if its type is not that of images.
    pub(super) images: Option<T>,
}

/// The column of images: the one named `image` or `img`, or the only one with a type of images.
pub(super) fn choose<T>(columns: Vec<Column<T>>) -> io::Result<T> {
    let listed = list(&columns);
    let named = |column: &Column<T>| NAMES.contains(&column.name.to_lowercase().as_str());
    if let Some(other) = columns.iter().find(|column| named(column) && column.images.is_none()) {
        return Err(bad(format!(
            "has a column '{}' of type {}, and images are read from binary values or from structs of \
             'bytes' and 'path': save the encoded images (PNG, JPEG) as binary values",
            other.name.escape_debug(),
            other.kind
        )));
    }
    let mut named = columns.iter().any(named).then_some(named);
    let wanted = |column: &Column<T>| {
        column.images.is_some() && named.as_mut().is_none_or(|named| named(column))
    };
    let found = columns.into_iter().filter(wanted).collect::<Vec<_>>();
    let several = found.len() > 1;
    match found.into_iter().next().and_then(|column| column.images).filter(|_| !several) {
        Some(images) => Ok(images),
        None if several => Err(bad(format!(
            "has several columns that may hold images ({listed}): rename the one that is meant to \
             'image', or drop the others"
        ))),
        None => Err(bad(format!(
            "has no column of images ({listed}): images are read from a column of binary values, or \
             of structs of 'bytes' and 'path', as Hugging Face's datasets writes them"
        ))),
    }
}

fn list<T>(columns: &[Column<T>]) -> String {
    let one = |column: &Column<T>| format!("{} {}", column.name.escape_debug(), column.kind);
    let mut listed = columns.iter().take(LISTED).map(one).collect::<Vec<_>>();
    if columns.len() > LISTED {
        listed.push("…".into());
    }
    if listed.is_empty() { "it has no columns".into() } else { listed.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(columns: &[(&str, bool)]) -> Result<String, String> {
        let column = |&(name, images): &(&str, bool)| Column {
            name: name.to_owned(),
            kind: if images { "binary" } else { "int64" }.to_owned(),
            images: images.then(|| name.to_owned()),
        };
        choose(columns.iter().map(column).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_name_decides_and_then_the_type() {
        for (columns, expected) in [
            (&[("label", false), ("image", true), ("mask", true)][..], "image"),
            (&[("mask", true), ("img", true)], "img"),
            (&[("Image", true)], "Image"),
            (&[("label", false), ("jpg", true)], "jpg"),
        ] {
            assert_eq!(chosen(columns).as_deref(), Ok(expected));
        }
        for (columns, expected) in [
            (
                &[("a", true), ("b", true)][..],
                "several columns that may hold images (a binary, b bin",
            ),
            (&[("image", true), ("img", true)], "several columns"),
            (&[("label", false)], "no column of images (label int64)"),
            (&[], "(it has no columns)"),
            (&[("image", false), ("png", true)], "a column 'image' of type int64"),
        ] {
            let said = chosen(columns).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}

//! What can be wrong with a `.npy` file.

use std::io;

/// Why an array cannot be read. Each message is the rest of a sentence that begins with the array.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The file does not start as `.npy` files do.
    #[error("is no array: it does not begin as .npy files do")]
    NotNpy,
    /// A version of the format that did not exist when this reader was written.
    #[error("has the .npy version {major}.{minor}; 1.0, 2.0 and 3.0 can be read")]
    Version {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The header cannot be parsed.
    #[error("has a header that cannot be understood: {message}")]
    Header {
        /// The parser's message.
        message: String,
    },
    /// The values have a type that the caller does not accept.
    #[error("has the type {found}, not {allowed}{}", way_out(found))]
    Dtype {
        /// The type in NumPy's notation.
        found: String,
        /// The types that can be read.
        allowed: String,
    },
    /// The array has another shape.
    #[error("has the shape {found:?}, not {expected}")]
    Shape {
        /// Its shape.
        found: Vec<u64>,
        /// The shape asked for.
        expected: String,
    },
    /// The file holds fewer values than its shape asks for.
    #[error("is shorter than its shape says")]
    TooShort,
    /// The file goes on after the last value.
    #[error("is longer than its shape says")]
    TooLong,
    /// The bytes cannot be read: the disk fails, or the archive that holds them is damaged.
    #[error("cannot be read")]
    Read(#[source] io::Error),
}

impl From<io::Error> for NpyError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::TooShort,
            _ => Self::Read(error),
        }
    }
}

/// The way out for types that people have.
fn way_out(descr: &str) -> &'static str {
    if is_object(descr) {
        " (pickled Python objects, which can run code when they are read: load the file with the program \
         that wrote it and save plain arrays)"
    } else {
        " (save it again with .astype('<f8'))"
    }
}

/// Whether a type, in NumPy's notation, is one of Python objects, which NumPy stores as a pickle.
pub fn is_object(descr: &str) -> bool {
    descr.trim_start_matches(['<', '>', '|', '=']) == "O" || descr.contains("'|O'")
}

//! Image files. The format is the one that `FUZZ_FORMAT` names, or any.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use fid_fuzz::decode::{Format, decode_data};
use libfuzzer_sys::{Corpus, fuzz_target};

/// A name as `Format` shows it, such as `PNG`.
static WANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FUZZ_FORMAT").ok());

fuzz_target!(|data: &[u8]| -> Corpus {
    let format = Format::of(data).map(|format| format.to_string());
    if WANTED.is_some() && *WANTED != format {
        return Corpus::Reject;
    }
    match decode_data(Path::new("fuzz"), data) {
        Ok(decoded) => assert!(!decoded.image.pixels().is_empty()),
        Err(error) => assert!(error.to_string().contains("fuzz")),
    }
    Corpus::Keep
});

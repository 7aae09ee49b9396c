//! Image files, of the format that `FUZZ_FORMAT` names or of any.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use fid_images::decode::{Format, Limits, decode_data_with, probe_data};
use libfuzzer_sys::{Corpus, fuzz_target};

/// A name as `Format` shows it, such as `PNG`.
static WANTED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("FUZZ_FORMAT").ok());

fuzz_target!(|data: &[u8]| -> Corpus {
    let format = Format::of(data).map(|format| format.to_string());
    if WANTED.is_some() && *WANTED != format {
        return Corpus::Reject;
    }
    // Small images, so that a million executions take minutes and the memory limit of run.sh holds.
    let limits = Limits { max_pixels: 1 << 16, ..Limits::default() };
    let path = Path::new("fuzz");
    match decode_data_with(path, data, &limits) {
        Ok(decoded) => {
            let pixels = decoded.image.pixels().len() as u64;
            let probe = probe_data(path, data, &limits).expect("the image was decoded");
            assert!(pixels > 0 && probe.memory >= pixels, "{probe:?}");
        }
        Err(error) => assert!(error.to_string().contains("fuzz")),
    }
    Corpus::Keep
});

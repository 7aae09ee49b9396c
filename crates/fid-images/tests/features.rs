//! Formats that are compiled out.

use std::path::Path;

use fid_images::decode::{DecodeError, Format, Limits, decode_data, probe_data};

/// The start of a file of each format, and whether its feature is on.
const STARTS: [(&[u8], Format, bool); 7] = [
    (b"BM", Format::Bmp, cfg!(feature = "bmp")),
    (b"GIF89a", Format::Gif, cfg!(feature = "gif")),
    (b"\xff\xd8\xff", Format::Jpeg, cfg!(feature = "jpeg")),
    (b"\x89PNG\r\n\x1a\n", Format::Png, cfg!(feature = "png")),
    (b"P6\n", Format::Pnm, cfg!(feature = "pnm")),
    (b"II\x2a\0", Format::Tiff, cfg!(feature = "tiff")),
    (b"RIFF\0\0\0\0WEBP", Format::WebP, cfg!(feature = "webp")),
];

#[test]
fn a_format_that_is_compiled_out_is_refused_by_name() {
    let path = Path::new("a.img");
    for (data, expected, compiled) in STARTS {
        let errors =
            [decode_data(path, data).err(), probe_data(path, data, &Limits::default()).err()];
        for error in errors {
            match error {
                Some(DecodeError::NotCompiled { format, path }) => {
                    assert!(!compiled && format == expected && path == Path::new("a.img"));
                }
                Some(DecodeError::Damaged { format, .. }) => {
                    assert!(compiled && format == expected);
                }
                other => panic!("{expected}: {other:?}"),
            }
        }
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_table_that_is_compiled_out_names_the_feature() {
    let error = fid_images::set::ImageSet::open("a.parquet", false).unwrap_err().to_string();
    assert!(error.contains("a.parquet is a Parquet table"), "{error}");
    assert!(error.contains("build with the feature `parquet`"), "{error}");
}

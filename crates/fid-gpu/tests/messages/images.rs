//! Images that cannot be decoded.

use crate::bad_images as bad;
use crate::case::{Case, Entry};

/// The run that decodes `photos`, without progress.
const RUN: &str = "photos ok --weights seeded --device cpu --quiet";

pub(crate) fn cases() -> Vec<Case> {
    let (png, jpeg) = (bad::good_png(1), bad::jpeg(22, 17));
    let files: [(&str, &str, Vec<u8>); 14] = [
        ("zero bytes", "photos/a.png", Vec::new()),
        ("cut in the middle, PNG", "photos/a.png", png[..png.len() / 2].to_vec()),
        ("cut at the end, JPEG", "photos/a.jpg", jpeg[..jpeg.len() - 12].to_vec()),
        ("a text file named .png", "photos/a.png", b"once upon a time".to_vec()),
        ("a web page named .jpg", "photos/a.jpg", b"<!DOCTYPE html>".to_vec()),
        ("AVIF named .png", "photos/a.png", b"\0\0\0\x20ftypavif\0\0\0\0".to_vec()),
        ("a palette of no length, GIF", "photos/a.gif", b"GIF89a\x01\0\x01\0\0\0\0".to_vec()),
        ("no width", "photos/a.bmp", bad::bmp(0, 8)),
        ("50,000 x 50,000, PNG", "photos/a.png", bad::png(50_000, 50_000)),
        ("50,000 x 50,000, TIFF", "photos/a.tif", bad::tiff(50_000, 50_000)),
        ("13,000 x 13,000 in 54 bytes, BMP", "photos/a.bmp", bad::bmp(13_000, 13_000)),
        (
            "sides that overflow when multiplied",
            "photos/a.ppm",
            bad::pnm(4_294_967_296, 4_294_967_296),
        ),
        ("a header and nothing else, WebP", "photos/a.webp", b"RIFF\x04\0\0\0WEBP".to_vec()),
        ("a header and nothing else, TIFF", "photos/a.tif", b"II*\0\x08\0\0\0".to_vec()),
    ];
    let mut cases: Vec<_> = files
        .into_iter()
        .map(|(what, name, bytes)| Case::new(what, RUN, &[name, "--skip-bad"]).file(name, bytes))
        .collect();
    let huge = Case::new("3 GiB in one file", RUN, &["photos/huge.png", "--skip-bad"]);
    cases.push(huge.with(Entry::Sparse("photos/huge.png", 3 << 30)));
    cases.into_iter().map(|case| case.file("photos/z.png", png.clone())).collect()
}

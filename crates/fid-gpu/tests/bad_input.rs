//! Images named otherwise than they are, and images of excessive and impossible sizes. The messages
//! for bad input are in `messages/`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::path::Path;

use bad_images as bad;
use fid_gpu::decode::{DecodeError, decode};
use temp_dir::TempDir;

/// The error of a result. `unwrap_err` would print every pixel.
#[track_caller]
fn refused(path: &Path) -> DecodeError {
    decode(path).err().unwrap_or_else(|| panic!("{} is decoded", path.display()))
}

/// The content determines the format, as in Pillow.
#[test]
fn the_extension_does_not_matter() {
    let folder = TempDir::new().unwrap();
    bad::write(folder.path(), "a.jpg", &bad::good_png(3));
    bad::write(folder.path(), "a.png", &bad::good_png(3));
    let [a, b] = ["a.jpg", "a.png"].map(|name| decode(folder.child(name)).unwrap());
    assert_eq!(a.image.pixels(), b.image.pixels());
}

/// Images of excessive and impossible sizes in every format fail at once.
#[test]
fn decompression_bombs_are_refused_by_their_headers() {
    let folder = TempDir::new().unwrap();
    for (ending, bytes) in bad::bombs() {
        assert!(bytes.len() < 100_000);
        let name = format!("a.{ending}");
        bad::write(folder.path(), &name, &bytes);
        let start = std::time::Instant::now();
        let message = refused(&folder.child(&name)).to_string();
        assert!(message.contains("pixels, more than"), "{message}");
        assert!(start.elapsed().as_secs() < 5, "{ending}: {:?}", start.elapsed());
    }
    for (ending, bytes) in bad::hollow() {
        let name = format!("a.{ending}");
        bad::write(folder.path(), &name, &bytes);
        let message = refused(&folder.child(&name)).to_string();
        assert!(message.contains("damaged or incomplete"), "{message}");
    }
    for bytes in [bad::png_text(1 << 24), bad::png_profile(1 << 24)] {
        bad::write(folder.path(), "a.png", &bytes);
        decode(folder.child("a.png")).unwrap();
    }
}

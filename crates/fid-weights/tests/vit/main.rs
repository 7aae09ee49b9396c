//! Vision transformers: their files, positions and features against other programs'.
//! `scripts/fixtures/vit_features.py` makes the fixtures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod features;
mod files;
mod names;
mod packed;

use std::path::PathBuf;

use fid_weights::vit::VitSpec;

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures");
    std::fs::read(PathBuf::from(folder).join(name)).unwrap()
}

/// A network of fewer blocks.
fn shortened(name: &str, depth: usize) -> &'static VitSpec {
    let whole = VitSpec::named(name).unwrap();
    Box::leak(Box::new(VitSpec { depth, ..whole.clone() }))
}

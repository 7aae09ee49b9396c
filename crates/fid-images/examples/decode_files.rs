//! Decodes the files named on standard input, one a line, and prints for each the hash of its pixels
//! as RGB, or the error. For `scripts/compare/with_pillow.py`.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::io::stdin;

use fid_images::decode::{DecodeError, Decoded, decode};
use sha2::{Digest, Sha256};

fn rgb(decoded: &Decoded) -> Vec<u8> {
    let image = &decoded.image;
    match image.channels() {
        3 => image.pixels().to_vec(),
        _ => image.pixels().iter().flat_map(|&gray| [gray; 3]).collect(),
    }
}

fn main() {
    for line in stdin().lines() {
        let path = line.unwrap();
        match decode(&path) {
            Ok(decoded) => {
                let (height, width) = (decoded.image.height(), decoded.image.width());
                let hash: String = Sha256::digest(rgb(&decoded))
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                println!("{path}\tread\t{height}x{width} {hash}");
            }
            Err(error) => {
                let kind = match error {
                    DecodeError::Unsupported { .. } => "unsupported",
                    _ => "refused",
                };
                println!("{path}\t{kind}\t{error}");
            }
        }
    }
}

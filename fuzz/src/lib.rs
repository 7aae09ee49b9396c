//! The readers of files that come from elsewhere, taken out of their crates: these need Burn, which with
//! a sanitizer takes half an hour of CPU time to build and puts half a million counters into every
//! target. Each file is the one of the crates itself; what readers use besides stands in for the rest.

#![allow(dead_code, missing_docs, unreachable_pub, unused_imports)]

// The crates that stay outside, for readers that name them: what they use is here.
extern crate self as fid_inception;
extern crate self as fid_kernels;

// Links: a path would look for its own modules in another folder.
pub mod decode;
#[path = "../../crates/fid-gpu/src/feature_cache/key.rs"]
mod key;
#[path = "../../crates/fid-inception/src/mapped.rs"]
mod mapped;
#[path = "../../crates/fid-inception/src/network.rs"]
pub mod network;
#[path = "../../crates/fid-gpu/src/new_file.rs"]
mod new_file;
mod rest;
#[path = "../../crates/fid-gpu/src/skipped.rs"]
mod skipped;
#[path = "../../crates/fid-gpu/src/source/mod.rs"]
pub mod source;
#[path = "../../crates/fid-gpu/src/stats_file/mod.rs"]
pub mod stats_file;
#[path = "../../crates/fid-inception/src/table.rs"]
mod table;
#[path = "../../crates/fid-inception/src/weights/mod.rs"]
pub mod weights;

pub use mapped::MappedFile;
use rest::feature_cache;
pub use rest::{Error, report};
pub use skipped::Skipped;
pub use fid_core::{FEATURE_DIM, ImageSize, Tap};
pub use table::{ConvLayer, Flow, LayerTable};

//! Any ONNX feature network as an engine of fid-gpu, run on the CPU by rten.
//!
//! [`OnnxEngine`] takes a model with one input `[N,3,size,size]` or `[N,1,size,size]` and one output
//! `[N,features]`. [`OwnInput`] says how images become its input; a model may say so itself, in
//! metadata named `fid.input_size`, `fid.mean`, `fid.std`, `fid.resize`, `fid.output` and
//! `fid.channels`.

mod caught;
mod engine;
mod error;
mod gray;
mod model;
mod own_input;
mod scan;
mod source;

pub use engine::OnnxEngine;
pub use error::{OnnxError, OnnxProblem};
pub use gray::luma;
pub use own_input::{OwnInput, RESIZES, resize_name};

/// A hash of this crate's sources: the version of its arithmetic.
pub const SOURCES: &str = env!("SOURCES");

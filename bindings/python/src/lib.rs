//! The extension module `fid_gpu._native`: what the Python package needs of the library.
//!
//! Long computations run on threads of Rust, which never call Python; see [`interrupt`]. Arrays come in by the buffer
//! protocol or DLPack, and go out as bytes, so that neither NumPy nor PyTorch is needed.

#![expect(clippy::result_large_err, reason = "the library's error, which is rare")]

mod array;
mod comparison;
mod errors;
mod images;
mod interrupt;
mod metrics;
mod network;
mod options;
mod program;
mod statistics;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::comparison::{Comparison, evaluate, statistics_of};
    #[pymodule_export]
    use crate::images::{Images, image_files};
    #[pymodule_export]
    use crate::metrics::{float_rows, frechet_distance, inception_score, kid, mifid, mmd2, prdc};
    #[pymodule_export]
    use crate::network::Network;
    #[pymodule_export]
    use crate::options::encoder;
    #[pymodule_export]
    use crate::program::{devices, run_program, version};
    #[pymodule_export]
    use crate::statistics::Statistics;
}

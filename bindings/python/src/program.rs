//! The command line, and what it prints about the machine.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the program; `arguments` begin with its name. Returns its exit status.
#[pyfunction]
pub(crate) fn run_program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| fid_gpu::cli::run(arguments))
}

/// The devices of this machine, as the program lists them.
#[pyfunction]
pub(crate) fn devices(py: Python<'_>) -> PyResult<String> {
    crate::interrupt::run(py, None, |_| Ok(fid_gpu::list_devices()))
}

/// The version of the package.
#[pyfunction]
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

//! The `fid-gpu` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    fid_gpu::cli::run(std::env::args_os()).into()
}

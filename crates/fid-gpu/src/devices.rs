//! The listing of `fid-gpu devices`.

use std::fmt::Write;

use fid_kernels::device::{AdapterKind, adapters};

/// A line for each device that `--device` takes.
pub fn list() -> String {
    let mut text = String::new();
    for adapter in adapters() {
        let kind = match adapter.kind {
            AdapterKind::Discrete => "discrete GPU",
            AdapterKind::Integrated => "integrated GPU",
            AdapterKind::Virtual => "virtual GPU",
            AdapterKind::Software => "software, slow: for tests",
            _ => "unknown kind",
        };
        let device = format!("{}:{}", adapter.api, adapter.index);
        let limit = adapter.max_binding_bytes >> 20;
        let driver = &adapter.driver;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{device:10} {} ({kind}; {driver}; buffers to {limit} MiB)",
            adapter.name
        );
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let _ = writeln!(text, "{:10} {cores} threads", "cpu");
    text
}

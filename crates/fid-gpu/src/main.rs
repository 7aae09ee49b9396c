//! The `fid-gpu` command: parses, calls the library, prints.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use fid_gpu::cli::{Cli, Command, Compare};
use fid_gpu::observer::{Observer, Silent};
use fid_gpu::terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match (cli.command, cli.compare) {
        (Some(Command::Devices), _) => print(&fid_gpu::devices::list()),
        (Some(Command::Weights(command)), _) => {
            let done = command.run(&Terminal::default()).map_err(anyhow::Error::from);
            done.and_then(|text| print(&text))
        }
        (None, Some(compare)) => run(&compare),
        // clap asks for one of the two.
        (None, None) => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fid-gpu: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(compare: &Compare) -> anyhow::Result<()> {
    let terminal = Terminal::default();
    let observer: &dyn Observer = if compare.quiet { &Silent } else { &terminal };
    let report = fid_gpu::evaluate_with(&compare.config(), observer)?;
    if !compare.quiet {
        report.notes.iter().for_each(|note| eprintln!("note: {note}"));
    }
    let text = if compare.json {
        serde_json::to_string_pretty(&report).context("cannot write the report as JSON")?
    } else {
        report.line()
    };
    print(&format!("{text}\n"))
}

/// Prints a result. A reader that has gone away, as in `fid-gpu devices | head -1`, is no error.
fn print(text: &str) -> anyhow::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

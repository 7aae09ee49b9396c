//! Two processes each compute the features of half of the images; a third merges and compares them.
//!
//! ```text
//! cargo run --release --no-default-features --features cpu --example merge_machines
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::Command;

use fid_gpu::{DeviceChoice, Evaluator, ImageBatch, Metric, Side, WeightsSource};

const SHAPE: [usize; 4] = [4, 16, 16, 3];

/// The evaluator of every process. Sets merge only if evaluators are built with the same settings.
fn build() -> Result<Evaluator, Box<dyn Error>> {
    let builder = Evaluator::builder()
        .weights("seeded".parse::<WeightsSource>()?)
        .device("cpu".parse::<DeviceChoice>()?)
        .metrics([Metric::Fid, Metric::Mind]);
    Ok(builder.build()?)
}

/// Adds the images of one part.
fn add(evaluator: &mut Evaluator, part: usize) -> Result<(), Box<dyn Error>> {
    for (side, step) in [(Side::Real, 7), (Side::Fake, 11)] {
        let count: usize = SHAPE.iter().product();
        let samples = (0..count).map(|at| ((at + part * count) * step % 251) as u8);
        evaluator.update(side, &ImageBatch::nhwc(&samples.collect::<Vec<_>>(), SHAPE)?)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(part) = env::args().nth(1) {
        // A worker: writes its sets to standard output. A file or a socket works as well.
        let mut evaluator = build()?;
        add(&mut evaluator, part.parse()?)?;
        io::stdout().write_all(&evaluator.to_bytes()?)?;
        return Ok(());
    }
    let mut merged = build()?;
    for part in ["0", "1"] {
        let output = Command::new(env::current_exe()?).arg(part).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        println!("part {part}: {} bytes", output.stdout.len());
        merged.merge_bytes(&output.stdout)?;
    }
    let report = merged.compute()?;
    println!("{}", report.lines().join("\n"));

    let mut alone = build()?;
    add(&mut alone, 0)?;
    add(&mut alone, 1)?;
    assert_eq!(report.fid, alone.compute()?.fid, "one process with all images");
    Ok(())
}

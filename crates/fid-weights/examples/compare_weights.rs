//! Compares weights files with the seeded weights they were exported from:
//! `cargo run --release -p fid-weights --example compare_weights -- FILE...`
//!
//! Prints for each file the largest difference of a folded weight, relative to the largest weight of
//! its layer, or why the file was refused.

use fid_weights::{WeightsSource, load};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let expected = load(&WeightsSource::Seeded(0))?.weights;
    for file in std::env::args_os().skip(1) {
        let name = file.to_string_lossy().into_owned();
        let found = match load(&WeightsSource::File(file.into())) {
            Ok(loaded) => loaded.weights,
            Err(error) => {
                let cause = std::error::Error::source(&error).map(|cause| cause.to_string());
                println!("{name}: refused: {error}: {}", cause.unwrap_or_default());
                continue;
            }
        };
        let mut worst = 0.0_f64;
        let mut compare = |a: &[f32], b: &[f32]| {
            let largest = b.iter().fold(0.0_f64, |m, v| m.max(f64::from(v.abs())));
            for (a, b) in a.iter().zip(b) {
                worst = worst.max(f64::from((a - b).abs()) / largest);
            }
        };
        for (a, b) in found.convs.iter().zip(&expected.convs) {
            compare(&a.weight, &b.weight);
            compare(&a.bias, &b.bias);
        }
        let classifier = match (&found.classifier, &expected.classifier) {
            (Some(a), Some(b)) => {
                compare(&a.weight, &b.weight);
                compare(&a.bias, &b.bias);
                ""
            }
            _ => ", no classifier",
        };
        println!("{name}: {worst:.1e}{classifier}");
    }
    Ok(())
}

//! Times the Fréchet distance alone, as `scripts/bench/peer_frechet.py` does for other programs.
//!
//! `cargo run --release -p fid-tests --example time_frechet -- --a FILE --b FILE [--kind sigma]
//! [--threads 1] [--seconds 2]`
//!
//! The files are raw and little-endian. `--kind sigma`: f64, the mean `[2048]`, then the covariance
//! `[2048,2048]`, as in statistics files. `--kind rows`: f32 features `[n,2048]`; up to 2048 rows
//! are kept for the exact distance. The time excludes their statistics. Prints one line of JSON.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use fid_core::{FeatureStats, frechet_distance};
use fid_tests::timing::{Options, read_f32, read_f64, repeat};

const DIM: usize = 2048;

fn read(path: &str, kind: &str) -> FeatureStats {
    match kind {
        "rows" => FeatureStats::from_features(&read_f32(path), DIM).unwrap(),
        _ => {
            let mut mu = read_f64(path);
            let sigma = mu.split_off(DIM);
            FeatureStats::from_mu_sigma(mu, sigma, None).unwrap()
        }
    }
}

fn main() {
    let options = Options::read(&["--a", "--b", "--kind", "--threads", "--seconds"]);
    let threads: usize = options.or("--threads", 1);
    faer::set_global_parallelism(match threads {
        1 => faer::Par::Seq,
        threads => faer::Par::rayon(threads),
    });
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let kind: String = options.or("--kind", "sigma".into());
    let [a, b] = ["--a", "--b"].map(|name| read(options.get(name).unwrap(), &kind));

    let distance = frechet_distance(&a, &b).unwrap();
    let mut report = repeat(options.or("--seconds", 2.0), || {
        frechet_distance(&a, &b).unwrap();
    });
    report["value"] = distance.value.into();
    report["method"] = format!("{:?}", distance.method).into();
    println!("{report}");
}

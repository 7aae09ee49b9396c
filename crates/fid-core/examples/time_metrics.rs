//! Time of a metric on features by rule: `time_metrics METRIC [N] [DIM]`. For CPU seconds and memory
//! run it under `/usr/bin/time -v`.

use std::time::Instant;

use fid_core::metrics::{
    FidInfinityConfig, InceptionScoreConfig, KidBlocksConfig, KidConfig, MifidConfig, MindConfig,
    PolynomialKernel, fid_infinity, inception_score, kid, kid_blocks, mifid, mind, mmd2_unbiased,
};
use fid_core::{FeatureRows, FeatureStats};

/// Features computed when they are read: no memory of their own.
struct Computed {
    n: usize,
    dim: usize,
    salt: u64,
}

impl FeatureRows for Computed {
    fn num_rows(&self) -> usize {
        self.n
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_row(&self, row: usize, out: &mut [f64]) {
        let mut z = self.salt ^ (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for value in out {
            z = z.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *value = (z >> 40) as f64 / f64::from(1 << 24);
        }
    }
}

fn main() -> Result<(), fid_core::Error> {
    let mut arguments = std::env::args().skip(1);
    let metric = arguments.next().unwrap_or("kid".into());
    let mut number = |or| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(or);
    let (n, dim) = (number(5000), number(2048));
    let (real, fake) = (Computed { n, dim, salt: 1 }, Computed { n, dim, salt: 2 });
    let start = Instant::now();
    let result = match metric.as_str() {
        "kid" => format!("{:?}", kid(&real, &fake, &KidConfig::default())?),
        "kid_blocks" => format!("{:?}", kid_blocks(&real, &fake, &KidBlocksConfig::default())?),
        "kid_full" => format!("{}", mmd2_unbiased(&real, &fake, &PolynomialKernel::default())?),
        "is" => format!("{:?}", inception_score(&fake, &InceptionScoreConfig::default())?),
        "mind" => format!("{:?}", mind(&real, &fake, &MindConfig::default())?),
        "mifid" => format!("{:?}", mifid(1.0, &real, &fake, &MifidConfig::default())?),
        "fid_infinity" | "fid_infinity_once" => {
            let reshuffle = metric == "fid_infinity";
            let config =
                FidInfinityConfig { min_images: None, reshuffle, ..FidInfinityConfig::default() };
            let diagonal = (0..dim * dim).map(|at| if at % (dim + 1) == 0 { 0.1 } else { 0.0 });
            let real = FeatureStats::from_mu_sigma(vec![0.5; dim], diagonal.collect(), None)?;
            format!("{:?}", fid_infinity(&real, &fake, &config)?)
        }
        other => format!("no metric '{other}' here"),
    };
    println!("{result}\n{metric}, {n} x {dim}: {:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}

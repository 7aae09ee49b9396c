//! Profiles each step of the network on one CPU thread: time, operations per second, and share of
//! the thread's peak.
//!
//!     cargo run --release -p fid-cpu --example profile_layers -- [RUNS] [IMAGES]
//!
//! Weights are seeded. Times are the shortest of RUNS (5) over a group of IMAGES (2). Operations
//! are those of the layer's definition, two for each multiply-add; Winograd's algorithm needs
//! fewer, so its rate may exceed the peak. The peak is measured with multiply-adds in registers,
//! with the same instruction set.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use std::any::TypeId;
use std::hint::black_box;
use std::time::Instant;

use fid_cpu::{CpuEngine, Isa};
use fid_weights::{WeightsSource, load};
use pulp::{Scalar128b, Simd, WithSimd};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().unwrap());
    let (runs, images) = (arguments.next().unwrap_or(5), arguments.next().unwrap_or(2));
    let isa = Isa::choose().unwrap();
    let engine = CpuEngine::with_isa(&load(&WeightsSource::Seeded(0)).unwrap().weights, isa);
    let value = |at: usize| (at * 7919 % 1013) as f32 / 506.5 - 1.0;
    let input: Vec<f32> = (0..images * 3 * 299 * 299).map(value).collect();
    let steps = engine.profile(&input, runs);
    let peak = peak(isa);

    println!("instructions: {}; one thread; peak {:.1} GFLOP/s\n", isa.name(), peak / 1e9);
    println!("| ms/image | GFLOP/s | of peak | method | layers |");
    println!("|---:|---:|---:|---|---|");
    let mut total = (0.0, 0);
    for step in &steps {
        let seconds = step.time.as_secs_f64();
        total = (total.0 + seconds, total.1 + step.multiply_adds);
        print!("| {:.3} ", seconds * 1e3);
        match step.multiply_adds {
            0 => print!("| | "),
            count => {
                let rate = 2.0 * count as f64 / seconds;
                print!("| {:.1} | {:.0} % ", rate / 1e9, 100.0 * rate / peak);
            }
        }
        println!("| {} | {} |", step.method, step.name);
    }
    let (seconds, count) = total;
    let rate = 2.0 * count as f64 / seconds;
    println!(
        "| {:.1} | {:.1} | {:.0} % | all | {:.2} images/s |",
        seconds * 1e3,
        rate / 1e9,
        100.0 * rate / peak,
        1.0 / seconds
    );
}

/// Peak operations per second of one thread: independent multiply-adds with every value in a
/// register. Shares no code with the network's loops.
fn peak(isa: Isa) -> f64 {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(simd) => fastest(simd, MultiplyAdds::<24>),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(simd) => fastest(simd, MultiplyAdds::<12>),
        #[cfg(target_arch = "aarch64")]
        Isa::Neon(simd) => fastest(simd, MultiplyAdds::<24>),
        _ => fastest(Scalar128b, MultiplyAdds::<12>),
    }
}

/// Rounds of multiply-adds in one measurement.
const ROUNDS: usize = 20_000;

/// `N` chains of multiply-adds.
#[derive(Clone, Copy)]
struct MultiplyAdds<const N: usize>;

impl<const N: usize> WithSimd for MultiplyAdds<N> {
    /// Floating-point operations.
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let fused = TypeId::of::<S>() != TypeId::of::<Scalar128b>();
        let (factor, term) = (simd.splat_f32s(black_box(0.9)), simd.splat_f32s(black_box(0.1)));
        let mut sums = [simd.splat_f32s(black_box(0.0)); N];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = if fused {
                    simd.mul_add_e_f32s(*sum, factor, term)
                } else {
                    simd.add_f32s(simd.mul_f32s(*sum, factor), term)
                };
            }
        }
        black_box(sums.map(|sum| simd.reduce_sum_f32s(sum)));
        2 * N * S::F32_LANES * ROUNDS
    }
}

fn fastest<S: Simd, const N: usize>(simd: S, kernel: MultiplyAdds<N>) -> f64 {
    let run = || {
        let start = Instant::now();
        let operations = simd.vectorize(kernel);
        operations as f64 / start.elapsed().as_secs_f64()
    };
    (0..200).map(|_| run()).fold(0.0, f64::max)
}

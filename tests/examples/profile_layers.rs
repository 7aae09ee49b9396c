//! What each step of the network costs one thread of the CPU: time, operations a second, and their
//! share of what the thread can do at most.
//!
//!     cargo run --release -p fid-tests --example profile_layers -- [RUNS] [IMAGES]
//!
//! Seeded weights; the shortest time of RUNS (5) over IMAGES (2) that pass together. Operations are
//! those of the layer's definition, two for a multiplication and its addition: Winograd's algorithm
//! does fewer, and may pass the peak. The peak is measured here, with the same instructions, as a
//! product of small matrices.

use fid_core::Precision;
use fid_inception::{InceptionV3, WeightsSource, weights};
use fid_kernels::Window;
use fid_kernels::cpu::{DirectFilter, Finish, Isa, Layout, Output, PANEL, Target};
use fid_tests::images::network_input;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().unwrap());
    let (runs, images) = (arguments.next().unwrap_or(5), arguments.next().unwrap_or(2));
    let isa = Isa::choose().unwrap();
    let weights = weights::load(&WeightsSource::Seeded(0)).unwrap().weights;
    let network = InceptionV3::on_cpu(&weights, isa, Precision::F32);
    let input: Vec<f32> = (0..images).flat_map(|k| network_input(k % 3)).collect();
    let steps = network.profile(&input, runs).unwrap();
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

/// Operations a second of the innermost loop on data that are near.
fn peak(isa: Isa) -> f64 {
    const DEPTH: usize = 256;
    const FILTERS: usize = 256;
    const PIXELS: usize = 84;
    let window = Window { size: [1, 1], stride: 1, padding: [0, 0] };
    let filter = DirectFilter::pack(window, DEPTH, &[0.5; FILTERS * DEPTH], &[0.0; FILTERS]);
    let x = vec![0.5; PIXELS * DEPTH];
    let layout = |channels| Layout { height: 1, width: PIXELS, channels, ..Layout::default() };
    let mut values = vec![0.0; PIXELS * FILTERS];
    let mut best = f64::MAX;
    for _ in 0..500 {
        let output = Output { values: &mut values, layout: layout(FILTERS), channel: 0 };
        let mut targets = [Target { output, panels: 0..FILTERS / PANEL, finish: Finish::BiasRelu }];
        let start = std::time::Instant::now();
        filter.run(isa, (&x, layout(DEPTH)), 1, &mut targets);
        best = best.min(start.elapsed().as_secs_f64());
    }
    (2 * PIXELS * FILTERS * DEPTH) as f64 / best
}

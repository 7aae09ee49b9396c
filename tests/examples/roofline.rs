//! Computes bounds on the speed of the network on two GPUs from their data sheets. Measures
//! nothing.
//!
//! `cargo run --release -p fid-tests --example roofline -- [--batch 32]`
//!
//! Prints, in Markdown, for every convolution, pooling and block: operations (two for each
//! multiply-add); the fewest bytes that must move (input and result once, weights once for a batch)
//! and operations per byte; then for each device the bytes that our tiles load and store, from
//! caches or memory, and three times:
//!
//! - *least*: operations at the peak or fewest bytes at the full bandwidth, whichever is longer;
//! - *tiles*: the same, counting operations on the padding of tiles;
//! - *no cache*: as *tiles*, if every byte that a tile loads came from memory.

// A tool for developers.
#![allow(clippy::unwrap_used)]

use fid_core::Tap;
use fid_tests::timing::Options;
use fid_weights::inception::{Conv, Graph, INPUT_SIZE, Window, inception_v3};
use fid_wgpu::TileClass;

/// A device by its data sheet.
struct Sheet {
    name: &'static str,
    class: TileClass,
    /// f32 operations per second.
    peak: f64,
    /// Bytes per second of its memory.
    bandwidth: f64,
}

/// 96 units of 8 lanes at 1.30 GHz, LPDDR4x-4267 on 128 bits: Intel's data sheet of the Core
/// i7-1165G7. NVIDIA's product page of the GeForce RTX 4070.
const SHEETS: [Sheet; 2] = [
    Sheet {
        name: "Intel Iris Xe, 96 EU",
        class: TileClass::Integrated,
        peak: 2.0e12,
        bandwidth: 68e9,
    },
    Sheet { name: "NVIDIA RTX 4070", class: TileClass::Discrete, peak: 29.1e12, bandwidth: 504e9 },
];

/// The cost of an operation for a batch on a device.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    tile_bytes: f64,
    /// Seconds: least, tiles, no cache.
    times: [f64; 3],
}

/// The costs of one or more operations.
#[derive(Debug, Clone, Default)]
struct Row {
    name: String,
    operations: f64,
    least_bytes: f64,
    costs: [Cost; SHEETS.len()],
}

/// Height and width, and channels.
type Shape = ([usize; 2], usize);

struct Count {
    images: usize,
    rows: Vec<Row>,
}

impl Count {
    /// Counts a convolution, or pooling if `filters` is `None`.
    fn operation(
        &mut self,
        name: &str,
        x: &Shape,
        window: Window,
        filters: Option<usize>,
    ) -> Shape {
        let &(size, channels) = x;
        let out = window.output(size);
        let [inputs, pixels] = [size, out].map(|[h, w]| self.images * h * w);
        let sums = filters.map_or(0, |_| channels * window.size[0] * window.size[1]);
        let results = filters.unwrap_or(channels);
        let bytes = |values: usize| 4.0 * values as f64;
        let operations = 2.0 * (pixels * sums * results) as f64;
        let least_bytes = bytes(inputs * channels + sums * results + pixels * results);
        let costs = SHEETS.map(|sheet| {
            // Pooling reads its whole window and pads nothing.
            let (mut read, mut done) =
                (pixels * window.size[0] * window.size[1] * channels, operations);
            if let Some(filters) = filters {
                let [tall, wide] = sheet.class.tile_size(pixels, filters).unwrap();
                let tiles = pixels.div_ceil(tall) * filters.div_ceil(wide);
                read = tiles * (tall + wide) * sums;
                done = 2.0 * (tiles * tall * wide * sums) as f64;
            }
            let tile_bytes = bytes(read + pixels * results);
            let time = |operations: f64, bytes: f64| {
                f64::max(operations / sheet.peak, bytes / sheet.bandwidth)
            };
            let times =
                [time(operations, least_bytes), time(done, least_bytes), time(done, tile_bytes)];
            Cost { tile_bytes, times }
        });
        self.rows.push(Row { name: name.into(), operations, least_bytes, costs });
        (out, results)
    }

    fn pool(&mut self, x: &Shape, stride: usize, padding: usize) -> Shape {
        // Pooling belongs to the block of the previous convolution.
        let block = self.rows.last().map_or("", |row| block(&row.name));
        let window = Window { size: [3; 2], stride, padding: [padding; 2] };
        self.operation(&format!("{block}.pool"), x, window, None)
    }
}

impl Graph for Count {
    type Value = Shape;

    fn conv(&mut self, name: &str, x: &Shape, conv: Conv) -> Shape {
        self.operation(name, x, conv.window(), Some(conv.out_channels))
    }

    fn max_pool(&mut self, x: &Shape, stride: usize, padding: usize) -> Shape {
        self.pool(x, stride, padding)
    }

    fn avg_pool(&mut self, x: &Shape) -> Shape {
        self.pool(x, 1, 1)
    }

    fn concat(&mut self, parts: Vec<Shape>) -> Shape {
        (parts[0].0, parts.iter().map(|part| part.1).sum())
    }

    fn tap(&mut self, _tap: Tap, _x: &Shape) {}
}

/// The part of a name before the first dot.
fn block(name: &str) -> &str {
    name.split('.').next().unwrap()
}

fn sum(name: &str, rows: &[&Row]) -> Row {
    let mut all = Row { name: name.into(), ..Row::default() };
    for row in rows {
        all.operations += row.operations;
        all.least_bytes += row.least_bytes;
        for (all, cost) in all.costs.iter_mut().zip(row.costs) {
            all.tile_bytes += cost.tile_bytes;
            all.times.iter_mut().zip(cost.times).for_each(|(all, time)| *all += time);
        }
    }
    all
}

fn print(rows: &[Row], images: usize) {
    let n = images as f64;
    print!("| | GFLOP | MB least | FLOP/byte |");
    SHEETS.iter().for_each(|s| print!(" {}: MB by tiles | least ms | tiles | no cache |", s.name));
    println!("\n|---|{}", "---:|".repeat(3 + 4 * SHEETS.len()));
    for row in rows {
        let (operations, bytes) = (row.operations / n, row.least_bytes / n);
        print!("| {} | {:.3} | {:.2} ", row.name, operations / 1e9, bytes / 1e6);
        print!("| {:.0} ", operations / bytes);
        for cost in row.costs {
            let [least, tiles, no_cache] = cost.times.map(|time| time / n * 1e3);
            let moved = cost.tile_bytes / n / 1e6;
            print!("| {moved:.1} | {least:.4} | {tiles:.4} | {no_cache:.4} ");
        }
        println!("|");
    }
}

fn main() {
    let images = Options::read(&["--batch"]).or("--batch", 32);
    let mut count = Count { images, rows: Vec::new() };
    inception_v3(&mut count, &([INPUT_SIZE; 2], 3));
    println!("For each image, in batches of {images}:\n");
    print(&count.rows, images);

    let stem = |row: &Row| row.name.starts_with("Conv2d");
    let group = |row: &Row| if stem(row) { "stem".into() } else { block(&row.name).to_owned() };
    let mut names: Vec<String> = count.rows.iter().map(group).collect();
    names.dedup();
    let of = |name: &String| {
        let rows: Vec<&Row> = count.rows.iter().filter(|&row| group(row) == *name).collect();
        sum(name, &rows)
    };
    let mut blocks: Vec<Row> = names.iter().map(of).collect();
    let all = sum("all", &count.rows.iter().collect::<Vec<_>>());
    let bounds = all.costs.map(|cost| cost.times.map(|time| images as f64 / time));
    blocks.push(all);
    println!("\nBy block:\n");
    print(&blocks, images);
    println!();
    for (sheet, [least, tiles, no_cache]) in SHEETS.iter().zip(bounds) {
        println!(
            "{}: at most {least:.0} images/s; {tiles:.0} with our tiles, {no_cache:.0} without caches.",
            sheet.name
        );
    }
}

//! The kernels and the network with every instruction set of this machine: against plain f64 loops,
//! for the shape of every layer and odd sizes, and to the bit against each other.

#![allow(clippy::unwrap_used)]

use fid_core::{Engine, Tap, tolerance};
use fid_cpu::kernels::{
    self, DirectFilter, Finish, Layout, Output, PANEL, Scratch, Target, WinogradFilter,
};
use fid_cpu::{CpuEngine, Isa};
use fid_weights::inception::Window;
use fid_weights::{LayerTable, WeightsSource, load};

const IMAGES: usize = 2;
/// Number of distinct convolutions of the network that use Winograd's algorithm.
const WINOGRAD_LAYERS: usize = 19;

/// Reproducible noise in [-1, 1).
fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// The relative L2 distance, if it is within `bound`.
fn compare(values: &[f32], reference: &[f64], bound: f64) -> Result<f64, String> {
    let pairs = || values.iter().map(|&value| f64::from(value)).zip(reference);
    let difference: f64 = pairs().map(|(value, r)| (value - r) * (value - r)).sum();
    let measured = (difference / reference.iter().map(|r| r * r).sum::<f64>()).sqrt();
    // Not true if a value is not finite.
    if values.len() == reference.len() && measured <= bound {
        return Ok(measured);
    }
    Err(format!("{} values off by {measured:e}, more than {bound:e}", values.len()))
}

fn assert_close(name: &str, values: &[f32], reference: &[f64], bound: f64) {
    match compare(values, reference, bound) {
        Ok(measured) => println!("measured {name}: {measured:.3e}"),
        Err(message) => panic!("{name}: {message}"),
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A convolution with its input and parameters.
struct Case {
    window: Window,
    size: [usize; 2],
    channels: usize,
    filters: usize,
    /// `[image][row][pixel][channel]`.
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Case {
    fn new(window: Window, size: [usize; 2], channels: usize, filters: usize) -> Self {
        let fan = channels * window.size[0] * window.size[1];
        let x = noise(IMAGES * size[0] * size[1] * channels, 1);
        // Outputs have the magnitude of the inputs, as in the network.
        let scale = (fan as f32).sqrt().recip();
        let weight = noise(filters * fan, 2).into_iter().map(|w| w * scale).collect();
        Self { window, size, channels, filters, x, weight, bias: noise(filters, 3) }
    }

    fn name(&self) -> String {
        let Window { size: [kh, kw], stride, padding } = self.window;
        let ([h, w], c, f) = (self.size, self.channels, self.filters);
        format!("{h}x{w}x{c} to {f}, {kh}x{kw} stride {stride} padding {padding:?}")
    }

    fn output(&self) -> [usize; 2] {
        self.window.output(self.size)
    }

    /// The output by definition.
    fn reference(&self) -> Vec<f64> {
        let ([height, width], [rows, columns]) = (self.size, self.output());
        let [kernel_height, kernel_width] = self.window.size;
        let mut result = Vec::new();
        for at in 0..IMAGES * rows * columns {
            let (image, y, x) = (at / (rows * columns), at / columns % rows, at % columns);
            let mut sums: Vec<f64> = self.bias.iter().map(|&b| f64::from(b)).collect();
            for k in 0..kernel_height * kernel_width {
                let row = (y * self.window.stride + k / kernel_width)
                    .wrapping_sub(self.window.padding[0]);
                let column = (x * self.window.stride + k % kernel_width)
                    .wrapping_sub(self.window.padding[1]);
                if row >= height || column >= width {
                    continue;
                }
                let pixel = ((image * height + row) * width + column) * self.channels;
                let pixel = &self.x[pixel..pixel + self.channels];
                for (f, sum) in sums.iter_mut().enumerate() {
                    let kernels = &self.weight[f * self.channels * kernel_height * kernel_width..];
                    let taps = kernels.iter().skip(k).step_by(kernel_height * kernel_width);
                    *sum += pixel
                        .iter()
                        .zip(taps)
                        .map(|(&x, &w)| f64::from(x) * f64::from(w))
                        .sum::<f64>();
                }
            }
            result.extend(sums.into_iter().map(|sum| sum.max(0.0)));
        }
        result
    }

    /// The input with the border that a kernel needs.
    fn input(&self, [before, after]: [[usize; 2]; 2]) -> (Vec<f32>, Layout) {
        let mut layout = layout(self.size, self.channels);
        layout.widen(before, after);
        let mut values = vec![f32::NAN; IMAGES * layout.image_len()];
        layout.clear_border(&mut values, IMAGES);
        let rows = (0..IMAGES).flat_map(|image| layout.rows(image));
        for (row, x) in rows.zip(self.x.chunks_exact(self.size[1] * self.channels)) {
            values[row].copy_from_slice(x);
        }
        assert!(
            values.iter().all(|value| value.is_finite()),
            "values outside image and border are not written"
        );
        (values, layout)
    }

    /// Lets a kernel write to the middle channels of a wider value, and returns these channels.
    fn run(&self, kernel: impl FnOnce(&mut Output<'_>)) -> Vec<f32> {
        const BEFORE: usize = 3;
        let mut layout = layout(self.output(), self.filters + 8);
        layout.widen([2, 1], [0, 3]);
        let mut values = vec![f32::NAN; IMAGES * layout.image_len()];
        kernel(&mut Output { values: &mut values, layout, channel: BEFORE });
        let untouched = values.iter().filter(|value| value.is_nan()).count();
        let written = IMAGES * self.output()[0] * self.output()[1] * self.filters;
        assert_eq!(untouched, values.len() - written, "{}: values outside the slice", self.name());
        let rows = (0..IMAGES).flat_map(|image| layout.rows(image));
        let pixels = rows.flat_map(|row| values[row].chunks_exact(layout.channels));
        pixels.flat_map(|pixel| &pixel[BEFORE..BEFORE + self.filters]).copied().collect()
    }

    fn direct(&self, isa: Isa) -> Vec<f32> {
        let filter = DirectFilter::pack(self.window, self.channels, &self.weight, &self.bias);
        let (x, layout) = self.input([self.window.padding; 2]);
        self.run(|Output { values, layout: to, channel }| {
            let output = Output { values, layout: *to, channel: *channel };
            let panels = 0..self.filters / PANEL;
            let mut targets = [Target { output, panels, finish: Finish::BiasRelu }];
            filter.run(isa, (&x, layout), IMAGES, &mut targets);
        })
    }

    /// The output by Winograd's algorithm, if it supports the window and the size.
    fn winograd(&self, isa: Isa) -> Option<Vec<f32>> {
        let Self { window, channels, weight, bias, .. } = self;
        let filter = WinogradFilter::pack(*window, self.output(), *channels, weight, bias)?;
        let (x, layout) = self.input(filter.border(layout(self.size, self.channels)));
        let run = |output: &mut Output<'_>| {
            filter.run(isa, (&x, layout), IMAGES, output, &mut Scratch::default());
        };
        Some(self.run(run))
    }
}

fn layout([height, width]: [usize; 2], channels: usize) -> Layout {
    Layout { height, width, channels, ..Layout::default() }
}

const fn window(size: [usize; 2], stride: usize, padding: [usize; 2]) -> Window {
    Window { size, stride, padding }
}

/// Checks a case with every algorithm and instruction set; those that fuse must give the same bits.
/// Returns the number of Winograd runs.
fn check(case: &Case) -> usize {
    let reference = case.reference();
    let mut winograd = 0;
    let mut first: Option<[Vec<u32>; 2]> = None;
    for isa in Isa::available() {
        let name = |method: &str| format!("{method} ({}), {}", isa.name(), case.name());
        let (direct, other) = (case.direct(isa), case.winograd(isa));
        assert_close(&name("direct"), &direct, &reference, tolerance::CONVOLUTION);
        if let Some(values) = &other {
            assert_close(&name("winograd"), values, &reference, tolerance::CONVOLUTION);
            winograd += 1;
        }
        if isa.fuses() {
            let all = [bits(&direct), bits(&other.unwrap_or_default())];
            assert!(*first.get_or_insert_with(|| all.clone()) == all, "bits of {}", name("both"));
        }
    }
    winograd
}

#[test]
fn every_layer_shape_matches_the_definition() {
    let mut seen = Vec::new();
    let mut winograd = 0;
    for layer in LayerTable::get().convs() {
        let conv = layer.conv;
        let key = (conv, layer.in_channels);
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        // Large and small images use different schemes, as in the network.
        let size = match layer.in_channels {
            ..=96 => [19, 21],
            97..=300 => [9, 14],
            _ => [5, 9],
        };
        let window = window(conv.kernel, conv.stride, conv.padding);
        winograd += check(&Case::new(window, size, layer.in_channels, conv.out_channels));
    }
    assert_eq!(winograd, WINOGRAD_LAYERS * Isa::available().len());
}

#[test]
fn odd_sizes_match_the_definition() {
    let kernels = [[1, 1], [3, 3], [5, 5], [1, 3], [3, 1], [1, 7], [7, 1]];
    let sizes = [[1, 1], [2, 7], [17, 4], [18, 17], [19, 23]];
    for (kernel, size) in kernels.into_iter().flat_map(|k| sizes.map(|s| (k, s))) {
        let same = window(kernel, 1, kernel.map(|k: usize| k / 2));
        check(&Case::new(same, size, 16, 16));
        check(&Case::new(same, size, 48, 32));
    }
    // Only the direct kernel takes channels that do not fill a vector.
    for channels in [1, 3, 17] {
        assert_eq!(check(&Case::new(window([3, 3], 2, [0, 1]), [7, 8], channels, 16)), 0);
        assert_eq!(check(&Case::new(window([3, 3], 1, [1, 1]), [7, 8], channels, 48)), 0);
    }
    check(&Case::new(window([2, 3], 3, [1, 0]), [8, 11], 5, 32));
}

#[test]
fn the_comparison_rejects_spoiled_results() {
    spoil([9, 14]);
    spoil([18, 17]);
}

fn spoil(size: [usize; 2]) {
    let case = Case::new(window([3, 3], 1, [1, 1]), size, 32, 32);
    let reference = case.reference();
    let isa = Isa::available()[0];
    let rejected = |what: &str, values: &[f32]| {
        let verdict = compare(values, &reference, tolerance::CONVOLUTION);
        assert!(verdict.is_err(), "{what} passes: {verdict:?}");
    };
    for good in [case.direct(isa), case.winograd(isa).unwrap()] {
        let mut spoiled = good.clone();
        spoiled[1000] += 0.01;
        rejected("one value", &spoiled);
        spoiled[1000] = f32::NAN;
        rejected("NaN", &spoiled);
        let swapped: Vec<_> = good.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        rejected("channels swapped", &swapped);
        let mut shifted = good.clone();
        shifted.rotate_right(32);
        rejected("shifted by a pixel", &shifted);
        rejected("one value less", &good[1..]);
    }
    let spoiled_by = |change: &dyn Fn(&mut Case)| {
        let mut case = Case::new(case.window, case.size, case.channels, case.filters);
        change(&mut case);
        [case.direct(isa), case.winograd(isa).unwrap()]
    };
    let transposed = |case: &mut Case| {
        let kernels = case.weight.chunks_exact(9);
        case.weight = kernels.flat_map(|k| (0..9).map(|at| k[at % 3 * 3 + at / 3])).collect();
    };
    let spoiled = [
        spoiled_by(&transposed),
        spoiled_by(&|case| case.weight[77] += 0.05),
        spoiled_by(&|case| case.bias[5] += 0.01),
    ];
    for values in spoiled.concat() {
        rejected("another convolution", &values);
    }
}

#[test]
fn pooling_matches_the_definition() {
    for (stride, padding) in [(2, 0), (1, 1)] {
        let case = Case::new(window([3, 3], stride, [padding; 2]), [9, 14], 32, 32);
        let (x, input) = case.input([[0; 2]; 2]);
        let ([height, width], [rows, columns]) = (case.size, case.output());
        let mut largest = Vec::new();
        let mut means = Vec::new();
        for at in 0..IMAGES * rows * columns * 32 {
            let (channel, at) = (at % 32, at / 32);
            let (image, y, x) = (at / (rows * columns), at / columns % rows, at % columns);
            let from = |at: usize| (at * stride).saturating_sub(padding);
            let to = |at: usize, size: usize| (at * stride + 3 - padding).min(size);
            let pixels =
                (from(y)..to(y, height)).flat_map(|r| (from(x)..to(x, width)).map(move |c| (r, c)));
            let value = |(r, c)| case.x[((image * height + r) * width + c) * 32 + channel];
            let window: Vec<f64> = pixels.map(|p| f64::from(value(p))).collect();
            largest.push(window.iter().copied().fold(f64::MIN, f64::max));
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            means.push((mean + f64::from(case.bias[channel])).max(0.0));
        }
        for isa in Isa::available() {
            let values =
                case.run(|output| kernels::max(isa, case.window, (&x, input), IMAGES, output));
            assert_close("maximum", &values, &largest, 0.0);
            let values = case.run(|output| {
                kernels::average(isa, case.window, (&x, input), IMAGES, &case.bias, output);
            });
            assert_close("mean", &values, &means, tolerance::CONVOLUTION);
        }
    }
}

/// The network with every set that fuses, on batches that are cut in other ways.
#[test]
fn fused_instruction_sets_give_the_same_features() {
    let weights = load(&WeightsSource::Seeded(0)).unwrap().weights;
    let images = noise(3 * 3 * 299 * 299, 4);
    let taps = [Tap::Pool64, Tap::Pool192, Tap::Pool768, Tap::Pool3, Tap::Spatial];
    let run = |isa, batch: usize| {
        let engine = CpuEngine::with_isa(&weights, isa);
        let mut features = vec![Vec::new(); taps.len()];
        for images in images.chunks(batch * 3 * 299 * 299) {
            let rows = engine.extract(images, &taps).unwrap();
            features.iter_mut().zip(rows).for_each(|(all, rows)| all.extend(bits(&rows)));
        }
        (engine.info().arithmetic.clone(), features)
    };
    let fused: Vec<_> = Isa::available().into_iter().filter(|isa| isa.fuses()).collect();
    for (&isa, batch) in fused.iter().zip([3, 1, 2]) {
        assert!(run(isa, batch) == run(fused[0], 3), "{}", isa.name());
    }
    if let Some(&isa) = fused.first() {
        assert_ne!(run(Isa::Portable, 3), run(isa, 3), "portable code rounds differently");
    }
}

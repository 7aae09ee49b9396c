//! The network in plain `f64`: the slow definition that tests compare the fast paths with.

use std::sync::Arc;

use fid_core::{Precision, Tap};

use crate::checkpoint::Weights;
use crate::inception::{Conv, Graph, INPUT_SIZE, Window, inception_v3};

/// An image value, `[C,H,W]` row major.
#[derive(Debug, Clone)]
pub struct Plane {
    channels: usize,
    height: usize,
    width: usize,
    values: Arc<Vec<f64>>,
}

impl Plane {
    fn new(channels: usize, height: usize, width: usize, values: Vec<f64>) -> Self {
        Self { channels, height, width, values: Arc::new(values) }
    }

    fn channel(&self, c: usize) -> &[f64] {
        let size = self.height * self.width;
        &self.values[c * size..(c + 1) * size]
    }

    /// Applies a 3×3 window to every channel. `reduce` gets the values inside the image.
    fn pool(&self, stride: usize, padding: usize, reduce: impl Fn(&[f64]) -> f64) -> Self {
        let window = Window { size: [3, 3], stride, padding: [padding; 2] };
        let [height, width] = window.output([self.height, self.width]);
        let inside = |at: usize, size: usize| {
            let start = (at * stride) as isize - padding as isize;
            start.max(0) as usize..((start + 3) as usize).min(size)
        };
        let mut values = Vec::with_capacity(self.channels * height * width);
        let mut window = Vec::with_capacity(9);
        for c in 0..self.channels {
            let channel = self.channel(c);
            for y in 0..height {
                for x in 0..width {
                    window.clear();
                    for row in inside(y, self.height) {
                        let columns = inside(x, self.width);
                        let start = row * self.width;
                        window.extend(&channel[start + columns.start..start + columns.end]);
                    }
                    values.push(reduce(&window));
                }
            }
        }
        Self::new(self.channels, height, width, values)
    }
}

/// The network over one image, in `f64`.
#[derive(Debug)]
pub struct ReferenceNetwork<'a> {
    weights: &'a Weights,
    precision: Precision,
    next_conv: usize,
    taps: Vec<(Tap, Plane)>,
}

impl<'a> ReferenceNetwork<'a> {
    /// Runs one image, `[3,299,299]` RGB row major in about [-1, 1].
    ///
    /// This defines every [`Precision`] other than f32: the image and the result of each
    /// convolution and mean are rounded to it. The caller passes weights rounded alike, see
    /// [`Weights::rounded`]. Under f32 nothing is rounded.
    ///
    /// # Panics
    ///
    /// If the image has another length.
    pub fn run(weights: &'a Weights, image: &[f64], precision: Precision) -> Self {
        assert_eq!(image.len(), 3 * INPUT_SIZE * INPUT_SIZE, "one [3,299,299] image");
        let mut network = Self { weights, precision, next_conv: 0, taps: Vec::new() };
        let image = network.stored(Plane::new(3, INPUT_SIZE, INPUT_SIZE, image.to_vec()));
        inception_v3(&mut network, &image);
        network
    }

    fn stored(&self, mut plane: Plane) -> Plane {
        if self.precision != Precision::F32 {
            for value in Arc::make_mut(&mut plane.values) {
                *value = f64::from(self.precision.round(*value as f32));
            }
        }
        plane
    }

    /// The values of a tap, [`Tap::dim`] of them. `None` if the tap needs the classifier and the
    /// weights do not contain it.
    pub fn read(&self, tap: Tap) -> Option<Vec<f64>> {
        match tap {
            Tap::LogitsUnbiased | Tap::Logits => {
                let fc = self.weights.classifier.as_ref()?;
                let features = self.read(Tap::Pool3)?;
                let rows = fc.weight.chunks_exact(features.len()).zip(&fc.bias);
                let biased = tap == Tap::Logits;
                let dot = |row: &[f32]| -> f64 {
                    row.iter().zip(&features).map(|(w, f)| f64::from(*w) * f).sum()
                };
                let bias = |b: f32| if biased { f64::from(b) } else { 0.0 };
                Some(rows.map(|(row, b)| dot(row) + bias(*b)).collect())
            }
            Tap::Spatial => {
                let x = self.tapped(tap)?;
                let pixels = 0..x.height * x.width;
                Some(pixels.flat_map(|p| (0..7).map(move |c| x.channel(c)[p])).collect())
            }
            Tap::Pool64 | Tap::Pool192 | Tap::Pool768 | Tap::Pool3 => {
                let x = self.tapped(tap)?;
                let mean = |c| x.channel(c).iter().sum::<f64>() / (x.height * x.width) as f64;
                Some((0..x.channels).map(mean).collect())
            }
        }
    }

    fn tapped(&self, tap: Tap) -> Option<&Plane> {
        self.taps.iter().find(|(seen, _)| *seen == tap).map(|(_, x)| x)
    }
}

impl Graph for ReferenceNetwork<'_> {
    type Value = Plane;

    fn conv(&mut self, _name: &str, x: &Plane, conv: Conv) -> Plane {
        let params = &self.weights.convs[self.next_conv];
        self.next_conv += 1;
        let [kernel_height, kernel_width] = conv.kernel;
        let [pad_y, pad_x] = conv.padding;
        let [height, width] = conv.window().output([x.height, x.width]);
        let mut values = vec![0.0; conv.out_channels * height * width];
        let fan_in = x.channels * kernel_height * kernel_width;

        let filter = |o: usize, out: &mut [f64]| {
            out.fill(f64::from(params.bias[o]));
            let weights = &params.weight[o * fan_in..(o + 1) * fan_in];
            let taps = weights.chunks_exact(kernel_height * kernel_width);
            for (c, kernel) in taps.enumerate() {
                let channel = x.channel(c);
                for (k, &w) in kernel.iter().enumerate() {
                    let (ky, kx) = (k / kernel_width, k % kernel_width);
                    for (y, row) in out.chunks_exact_mut(width).enumerate() {
                        let Some(source_y) = (y * conv.stride + ky).checked_sub(pad_y) else {
                            continue;
                        };
                        if source_y >= x.height {
                            continue;
                        }
                        let source = &channel[source_y * x.width..(source_y + 1) * x.width];
                        // The outputs whose input column lies inside the image.
                        let first = pad_x.saturating_sub(kx).div_ceil(conv.stride);
                        let inside = (x.width + pad_x - kx).div_ceil(conv.stride);
                        for (at, value) in row.iter_mut().enumerate().take(inside).skip(first) {
                            *value += f64::from(w) * source[at * conv.stride + kx - pad_x];
                        }
                    }
                }
            }
            out.iter_mut().for_each(|v| *v = v.max(0.0));
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = conv.out_channels.div_ceil(threads);
        std::thread::scope(|scope| {
            for (part, out) in values.chunks_mut(share * height * width).enumerate() {
                let filter = &filter;
                scope.spawn(move || {
                    for (o, out) in out.chunks_exact_mut(height * width).enumerate() {
                        filter(part * share + o, out);
                    }
                });
            }
        });
        self.stored(Plane::new(conv.out_channels, height, width, values))
    }

    fn max_pool(&mut self, x: &Plane, stride: usize, padding: usize) -> Plane {
        x.pool(stride, padding, |window| window.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    fn avg_pool(&mut self, x: &Plane) -> Plane {
        let mean = |window: &[f64]| window.iter().sum::<f64>() / window.len() as f64;
        self.stored(x.pool(1, 1, mean))
    }

    fn concat(&mut self, parts: Vec<Plane>) -> Plane {
        let (height, width) = (parts[0].height, parts[0].width);
        let values = parts.iter().flat_map(|part| part.values.iter().copied()).collect();
        Plane::new(parts.iter().map(|part| part.channels).sum(), height, width, values)
    }

    fn tap(&mut self, tap: Tap, x: &Plane) {
        self.taps.push((tap, x.clone()));
    }
}

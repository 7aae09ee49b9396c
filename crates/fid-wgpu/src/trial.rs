//! Whether matrix units compute right and faster than other kernels: no property of an adapter tells;
//! and compiling their kernels ahead.

use std::time::{Duration, Instant};

use burn::prelude::*;
use fid_core::{EngineError, Precision, tolerance};
use fid_weights::inception::Window;

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::error::{execution, guard};
use crate::kernels::conv::TileClass;
use crate::packed_conv::PackedConv;
use crate::read::read;

/// Rounds of the timing, each with both kernels, so that a clock that rises favours neither.
const ROUNDS: usize = 8;

/// Time that a round takes at least for each kernel: an idle GPU runs at a fraction of its clock, and
/// needs about a tenth of a second of work to raise it.
const ROUND: Duration = Duration::from_millis(15);

/// A layer of the network and its number of images.
struct Layer {
    window: Window,
    channels: usize,
    filters: usize,
    size: [usize; 2],
    images: usize,
}

/// Small enough for sums in f64: a window of several slices of inputs, padding, and a rest.
const CHECKED: Layer = Layer {
    window: Window { size: [3, 3], stride: 2, padding: [1, 1] },
    channels: 20,
    filters: 40,
    size: [9, 11],
    images: 2,
};

/// A window of one pixel.
const POINT: Window = Window { size: [1, 1], stride: 1, padding: [0, 0] };

/// `Mixed_6e.branch7x7_2`, of middling size: 32 images are 16 GFLOP.
const TIMED: Layer = Layer {
    window: Window { size: [1, 7], stride: 1, padding: [0, 3] },
    channels: 192,
    filters: 192,
    size: [17, 17],
    images: 32,
};

impl GpuDevice {
    /// Whether a convolution on the device's matrix units agrees with its definition in f64.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if the device fails, or has no matrix units ([`GpuDevice::tile_classes`]).
    pub fn matrices_are_right(&self, precision: Precision) -> Result<bool, EngineError> {
        guard(self.burn(), || CHECKED.is_right(TileClass::Matrix, precision, self))
    }

    /// Tries the device's matrix units: [`Self::matrices_are_right`], then the time of a layer of the
    /// network with them and with the tiles of [`GpuDevice::other_tiles`]. Takes about half a second
    /// on a large GPU. Returns the class to use.
    ///
    /// # Errors
    ///
    /// As [`Self::matrices_are_right`].
    pub fn try_matrices(&self, precision: Precision) -> Result<TileClass, EngineError> {
        let other = self.other_tiles(precision);
        if !self.matrices_are_right(precision)? {
            return Ok(other);
        }
        guard(self.burn(), || {
            let classes = [TileClass::Matrix, other];
            let runs = classes.map(|class| TIMED.prepare(class, precision, self));
            let mut least = [f64::INFINITY; 2];
            for round in 0..=ROUNDS {
                for (least, run) in least.iter_mut().zip(&runs) {
                    let seconds = seconds(self, run)?;
                    // The first round compiles.
                    if round > 0 {
                        *least = least.min(seconds);
                    }
                }
            }
            Ok(if least[0] < least[1] { TileClass::Matrix } else { other })
        })
    }
}

impl GpuDevice {
    /// Compiles the kernels for matrix units, if they are the class of the precision: drivers need the
    /// better part of a second for each. Returns at once; the device compiles beside the caller.
    pub fn warm_up(&self, precision: Precision) {
        if self.tile_class(precision) != TileClass::Matrix {
            return;
        }
        // A failure shows again where it matters.
        let _ = guard(self.burn(), || {
            let (weights, bias) = (vec![0.0; 4], [0.0]);
            let class = TileClass::Matrix;
            for conv in PackedConv::by_each_tile(&weights, &bias, POINT, class, precision, self) {
                let image = Tensor::zeros([1, 4, 1, 1], self.burn());
                let input = Activations::from_images(image, precision);
                let rows = Activations::empty(1, [1, 1], conv.channels(), precision, self.burn());
                conv.run(&input, &ChannelSlice { rows, offset: 0 });
            }
            Ok(())
        });
    }
}

/// Seconds of one call, of as many as a round takes.
fn seconds(device: &GpuDevice, run: &Run) -> Result<f64, EngineError> {
    let (start, mut calls) = (Instant::now(), 0);
    while calls == 0 || start.elapsed() < ROUND {
        // Several calls for each wait, as the network has them.
        for _ in 0..4 {
            run.go();
        }
        calls += 4;
        device.burn().sync().map_err(execution)?;
    }
    Ok(start.elapsed().as_secs_f64() / f64::from(calls))
}

/// A convolution with its input and destination.
struct Run {
    conv: PackedConv,
    input: Activations,
    out: ChannelSlice,
}

impl Run {
    fn go(&self) -> Activations {
        self.conv.run(&self.input, &self.out)
    }
}

impl Layer {
    /// Values from -1 to 1, the same in every run, which f16 holds.
    fn values(count: usize) -> Vec<f32> {
        let value = |at: usize| (at.wrapping_mul(2_654_435_761) >> 7 & 0x3ff) as f32 / 512.0 - 1.0;
        (0..count).map(value).collect()
    }

    fn inputs(&self) -> Vec<f32> {
        Self::values(self.images * self.channels * self.size[0] * self.size[1])
    }

    fn weights(&self) -> Vec<f32> {
        Self::values(self.filters * self.channels * self.window.size[0] * self.window.size[1])
    }

    fn prepare(&self, class: TileClass, precision: Precision, device: &GpuDevice) -> Run {
        let bias = vec![0.5; self.filters];
        let (weights, window) = (self.weights(), self.window);
        let conv = PackedConv::new(&weights, &bias, window, class, precision, device);
        let [height, width] = self.size;
        let images = TensorData::new(self.inputs(), [self.images, self.channels, height, width]);
        let images = Tensor::from_data(images, device.burn());
        let input = Activations::from_images(images, precision);
        let (size, channels) = (self.window.output(self.size), conv.channels());
        let rows = Activations::empty(self.images, size, channels, precision, device.burn());
        Run { conv, input, out: ChannelSlice { rows, offset: 0 } }
    }

    /// Whether the convolution agrees with its definition in f64.
    fn is_right(
        &self,
        class: TileClass,
        precision: Precision,
        device: &GpuDevice,
    ) -> Result<bool, EngineError> {
        let bound = match precision {
            Precision::F32 => tolerance::CONVOLUTION,
            // Half of the distance of two f16 values.
            _ => 2f64.powi(-11),
        };
        let computed = self.prepare(class, precision, device).go();
        let ours = read(computed.images_of(0, self.filters))?;
        let (mut wrong, mut right) = (0.0, 0.0);
        for (&ours, theirs) in ours.iter().zip(self.definition()) {
            wrong += (f64::from(ours) - theirs).powi(2);
            right += theirs.powi(2);
        }
        // Written so that a NaN fails.
        Ok(wrong.sqrt() <= bound * right.sqrt())
    }

    /// `max(0, weight ∗ input + bias)`, `[images,filters,height,width]`.
    fn definition(&self) -> Vec<f64> {
        let (inputs, weights) = (self.inputs(), self.weights());
        let ([height, width], [out_height, out_width]) = (self.size, self.window.output(self.size));
        let [rows, columns] = self.window.size;
        let mut out = Vec::new();
        for at in 0..self.images * self.filters * out_height * out_width {
            let (y, x) = (at / out_width % out_height, at % out_width);
            let plane = at / (out_height * out_width);
            let (image, filter) = (plane / self.filters, plane % self.filters);
            let mut sum = 0.5;
            for at in 0..self.channels * rows * columns {
                let (channel, ky, kx) = (at / (rows * columns), at / columns % rows, at % columns);
                let line = (y * self.window.stride + ky).wrapping_sub(self.window.padding[0]);
                let column = (x * self.window.stride + kx).wrapping_sub(self.window.padding[1]);
                if line < height && column < width {
                    let input =
                        ((image * self.channels + channel) * height + line) * width + column;
                    let weight = filter * self.channels * rows * columns + at;
                    sum += f64::from(inputs[input]) * f64::from(weights[weight]);
                }
            }
            out.push(sum.max(0.0));
        }
        out
    }
}

//! How the kernels compute a preset.

use crate::{ImageSize, Preset, ResizeMode, Rounding};

/// How the kernels compute a batch under a preset.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The passes, in their order.
    pub passes: Passes,
    /// The step from a resized value to the network's input.
    pub finish: Finish,
    /// Lines of the intermediate, of [`crate::NETWORK_SIZE`] values each; 0 for one pass.
    pub lines: usize,
}

impl Plan {
    /// The plan for a batch with intermediates of `lines`.
    pub(crate) fn new(preset: Preset, lines: Lines) -> Self {
        let passes = Passes::from(preset);
        Self { passes, finish: Finish::from(preset), lines: lines.of(passes) }
    }
}

/// The passes over the pixels. They depend on the preset alone, so an image's values never depend
/// on the sizes of the other images in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// Each value sums `taps²` pixels.
    One,
    /// Each value of a `[299,columns]` intermediate sums `taps` pixels, and each output value sums
    /// `taps` values of the intermediate.
    Two,
    /// As `Two`, with an intermediate rounded to bytes; the image's shape decides whether rows or
    /// columns come first.
    TwoOfBytes,
}

impl From<Preset> for Passes {
    fn from(preset: Preset) -> Self {
        match (preset.rounding(), preset.resize()) {
            (Rounding::ToBytes, _) => Self::TwoOfBytes,
            (
                _,
                ResizeMode::BilinearHalfPixel
                | ResizeMode::BilinearTf1
                | ResizeMode::BilinearGridSample
                | ResizeMode::PillowNearest,
            ) => Self::One,
            _ => Self::Two,
        }
    }
}

/// Numbers of lines, of 299 values each, that the intermediates of a batch have.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    /// For `Passes::Two`: the columns of all images, times channels.
    pub(crate) columns: usize,
    /// For `Passes::TwoOfBytes`: the rows of all images, or the columns of those that resize them
    /// first, times channels.
    pub(crate) of_bytes: usize,
}

/// Whether presets that round to bytes resize the image's columns first.
pub(crate) fn columns_first(image: ImageSize) -> bool {
    Rounding::ToBytes.columns_first(image.height, image.width)
}

impl Lines {
    /// Adds an image.
    pub(crate) fn with(self, image: ImageSize) -> Self {
        let lines = if columns_first(image) { image.width } else { image.height };
        Self {
            columns: self.columns + image.width * image.channels,
            of_bytes: self.of_bytes + lines * image.channels,
        }
    }

    /// The lines that `passes` need.
    pub(crate) fn of(self, passes: Passes) -> usize {
        match passes {
            Passes::One => 0,
            Passes::Two => self.columns,
            Passes::TwoOfBytes => self.of_bytes,
        }
    }
}

/// The step from a resized value to the network's input: `min(max(value, low), high)·factor +
/// offset`.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// Lower limit of the resized value.
    pub low: f32,
    /// Upper limit of the resized value.
    pub high: f32,
    /// Scale from pixel values, 0 to 255, to the network's range.
    pub factor: f32,
    /// The network's input for a black pixel.
    pub offset: f32,
}

impl From<Preset> for Finish {
    fn from(preset: Preset) -> Self {
        let (low, high) = preset.overshoot().range();
        // Every scaling is the straight line through these two points.
        let (black, white) = (preset.scaling().apply(0.0), preset.scaling().apply(255.0));
        Self {
            // "No limit" is the range of f64. It becomes the range of f32 rather than infinity,
            // which shaders need not support.
            low: low.max(f64::from(f32::MIN)) as f32,
            high: high.min(f64::from(f32::MAX)) as f32,
            factor: ((white - black) / 255.0) as f32,
            offset: black as f32,
        }
    }
}

impl Finish {
    /// Applies the step to one value, as the GPU kernels do.
    pub(crate) fn apply(self, value: f32) -> f32 {
        value.clamp(self.low, self.high) * self.factor + self.offset
    }
}

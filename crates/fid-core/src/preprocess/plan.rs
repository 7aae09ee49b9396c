//! How the kernels compute a preset.

use crate::{ImageSize, PixelScaling, Preset, ResizeMode, Rounding};

/// How the kernels compute a batch under a preset.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The passes, in their order.
    pub passes: Passes,
    /// The step from a resized value to the network's input.
    pub finish: Finish,
    /// Lines of the intermediate, of `side` values each; 0 for one pass.
    pub lines: usize,
    /// Height and width of the output.
    pub side: usize,
    /// The bit of an image's order of passes that is this preset's.
    pub order: u32,
}

impl Plan {
    /// The plan for a batch with intermediates of `lines`.
    /// `order` is the place of the preset in the batch's list.
    pub(crate) fn new(preset: Preset, lines: Lines, order: usize) -> Self {
        let (passes, side, order) = (Passes::from(preset), preset.side(), order as u32);
        Self { passes, finish: Finish::from(preset), lines: lines.of(passes), side, order }
    }
}

/// The passes over the pixels. They depend on the preset alone, so an image's values never depend
/// on the sizes of the other images in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// Each value sums `taps²` pixels.
    One,
    /// Each value of a `[side,columns]` intermediate sums `taps` pixels, and each output value sums
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

/// Numbers of lines that the intermediates of a batch have.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    /// For `Passes::Two`: the columns of all images, times channels.
    pub(crate) columns: usize,
    /// For `Passes::TwoOfBytes`: the rows of all images, or the columns of those that resize them
    /// first, times channels; the more of both if presets differ in the order.
    pub(crate) of_bytes: usize,
}

impl Lines {
    /// Adds an image to a batch for `presets`.
    pub(crate) fn with(self, image: ImageSize, presets: impl Iterator<Item = Preset>) -> Self {
        let ImageSize { height, width, channels } = image;
        let of_bytes = presets.filter(|preset| preset.rounding() == Rounding::ToBytes);
        let lines =
            of_bytes.map(|p| if p.columns_first(height, width) { width } else { height }).max();
        Self {
            columns: self.columns + width * channels,
            of_bytes: self.of_bytes + lines.unwrap_or(0) * channels,
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
    /// Scale from pixel values, 0 to 255, to the network's range, for each channel.
    pub factor: [f32; 3],
    /// The network's input for a black pixel, for each channel.
    pub offset: [f32; 3],
}

impl From<Preset> for Finish {
    fn from(preset: Preset) -> Self {
        let (low, high) = preset.overshoot().range();
        // Every scaling is the straight line through these two points.
        let (black, white) = (ends(preset.scaling(), 0.0), ends(preset.scaling(), 255.0));
        Self {
            // "No limit" is the range of f64. It becomes the range of f32 rather than infinity,
            // which shaders need not support.
            low: low.max(f64::from(f32::MIN)) as f32,
            high: high.min(f64::from(f32::MAX)) as f32,
            factor: [0, 1, 2].map(|k| ((white[k] - black[k]) / 255.0) as f32),
            offset: black.map(|black| black as f32),
        }
    }
}

fn ends(scaling: PixelScaling, value: f64) -> [f64; 3] {
    [0, 1, 2].map(|channel| scaling.apply(channel, value))
}

impl Finish {
    /// Applies the step to one value of a channel, as the GPU kernels do.
    #[inline(always)]
    pub(crate) fn apply(self, channel: usize, value: f32) -> f32 {
        value.clamp(self.low, self.high) * self.factor[channel] + self.offset[channel]
    }
}

//! What a preset asks of the kernels.

use crate::{ImageSize, Preset, ResizeMode, Rounding};

/// How a batch is computed.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The order of the passes.
    pub passes: Passes,
    /// The last step.
    pub finish: Finish,
    /// Lines of the intermediate, each [`crate::NETWORK_SIZE`] values long.
    pub lines: usize,
}

impl Plan {
    /// The plan of a preset for a batch.
    pub(crate) fn new(preset: Preset, lines: Lines) -> Self {
        let passes = Passes::from(preset);
        Self { passes, finish: Finish::from(preset), lines: lines.of(passes) }
    }
}

/// How often the pixels are gone over. It depends on the preset alone, so that an image's value never
/// depends on the sizes of its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// `taps²` pixels for each value.
    One,
    /// `taps` pixels for each value of a `[299, columns]` intermediate, `taps` of those for each value
    /// of the result.
    Two,
    /// Likewise with an intermediate of bytes, by rows first or by columns first as the image is shaped.
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

/// Lines of 299 values that an intermediate has.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lines {
    /// The columns of all images in all channels.
    pub(crate) columns: usize,
    /// The rows of all images in all channels; of those that begin with their columns, these.
    pub(crate) of_bytes: usize,
}

/// Whether an image's bytes are resized by columns first.
pub(crate) fn columns_first(image: ImageSize) -> bool {
    Rounding::ToBytes.columns_first(image.height, image.width)
}

impl Lines {
    /// With one more image.
    pub(crate) fn with(self, image: ImageSize) -> Self {
        let lines = if columns_first(image) { image.width } else { image.height };
        Self {
            columns: self.columns + image.width * image.channels,
            of_bytes: self.of_bytes + lines * image.channels,
        }
    }

    /// Those of a batch that is computed in this way.
    pub(crate) fn of(self, passes: Passes) -> usize {
        match passes {
            Passes::One => 0,
            Passes::Two => self.columns,
            Passes::TwoOfBytes => self.of_bytes,
        }
    }
}

/// The last step, `min(max(value, low), high)·factor + offset`.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// The least value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
    /// What a value is multiplied with.
    pub factor: f32,
    /// What is added to it then.
    pub offset: f32,
}

impl From<Preset> for Finish {
    fn from(preset: Preset) -> Self {
        let (low, high) = preset.overshoot().range();
        // Every scaling is a straight line through these two points.
        let (black, white) = (preset.scaling().apply(0.0), preset.scaling().apply(255.0));
        Self {
            // The range of f64, which means no limit, becomes that of f32, not an infinity, which
            // shaders need not have.
            low: low.max(f64::from(f32::MIN)) as f32,
            high: high.min(f64::from(f32::MAX)) as f32,
            factor: ((white - black) / 255.0) as f32,
            offset: black as f32,
        }
    }
}

impl Finish {
    /// Treats one value, as the ends of the GPU kernels do.
    pub(crate) fn apply(self, value: f32) -> f32 {
        value.clamp(self.low, self.high) * self.factor + self.offset
    }
}

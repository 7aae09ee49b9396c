//! What a preset asks of the kernels.

use fid_core::{Preset, ResizeMode};

/// How a batch is computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) passes: Passes,
    pub(crate) finish: Finish,
    /// The widths of all images in bytes, summed.
    pub(crate) columns: usize,
}

impl Plan {
    /// The plan of a preset for a batch.
    pub(crate) fn new(preset: Preset, columns: usize) -> Self {
        Self { passes: Passes::from(preset.resize()), finish: Finish::from(preset), columns }
    }
}

/// How often the pixels are gone over. It depends on the preset alone, so that an image's value never
/// depends on the sizes of its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passes {
    /// `taps²` pixels for each value.
    One,
    /// `taps` pixels for each value of a `[299, columns]` intermediate, `taps` of those for each value
    /// of the result.
    Two,
}

impl From<ResizeMode> for Passes {
    fn from(mode: ResizeMode) -> Self {
        match mode {
            ResizeMode::BilinearHalfPixel | ResizeMode::BilinearTf1 => Self::One,
            _ => Self::Two,
        }
    }
}

/// The last step, `min(max(value, low), high)·factor + offset`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    pub(crate) low: f32,
    pub(crate) high: f32,
    pub(crate) factor: f32,
    pub(crate) offset: f32,
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

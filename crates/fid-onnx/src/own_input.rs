//! How images become a model's input.

use std::fmt;

use fid_core::{Normalisation, Preset, ResizeMode};

use crate::error::OnnxProblem;

/// Names of resizes: Pillow's filters on bytes, PyTorch's `interpolate` with and without antialias,
/// and TensorFlow 1's.
pub const RESIZES: [(&str, ResizeMode); 10] = [
    ("pil-nearest", ResizeMode::PillowNearest),
    ("pil-box", ResizeMode::PillowBox),
    ("pil-bilinear", ResizeMode::PillowBilinear),
    ("pil-hamming", ResizeMode::PillowHamming),
    ("pil-bicubic", ResizeMode::PillowBicubic),
    ("pil-lanczos", ResizeMode::PillowLanczos),
    ("torch-bilinear", ResizeMode::BilinearHalfPixel),
    ("torch-bilinear-antialias", ResizeMode::BilinearAntialias),
    ("torch-bicubic-antialias", ResizeMode::BicubicAntialias),
    ("tf1-bilinear", ResizeMode::BilinearTf1),
];

/// The name of a resize in [`RESIZES`].
pub fn resize_name(mode: ResizeMode) -> &'static str {
    RESIZES.iter().find(|(_, known)| *known == mode).map_or("another", |(name, _)| name)
}

/// How images become a model's input, and which output has the features. What is `None` is taken
/// from the model's metadata, then from the shapes of its graph, then from the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnInput {
    /// Height and width in pixels, 1..=65535. `fid.input_size`; no default.
    pub size: Option<u16>,
    /// Subtracted from values in 0..=1: one number, or one for each channel. `fid.mean`; default 0.
    pub mean: Option<Vec<f32>>,
    /// Divided by, after the mean; above zero. `fid.std`; default 1.
    pub std: Option<Vec<f32>>,
    /// One of [`RESIZES`]. `fid.resize`; default `pil-bilinear`, torchvision's for files.
    pub resize: Option<ResizeMode>,
    /// Name of the output, or of a value inside the graph. `fid.output`; default: the only output.
    pub output: Option<String>,
    /// 1 for gray or 3 for RGB, where the graph leaves it open. `fid.channels`; default 3.
    pub channels: Option<usize>,
}

impl OwnInput {
    /// Sets one setting by its name in metadata without `fid.`: `input_size`, `mean`, `std`,
    /// `resize`, `output` or `channels`. Unless `over`, a value that is set stays.
    ///
    /// # Errors
    /// [`OnnxProblem::Setting`] for an unknown name or a wrong value.
    pub fn set(&mut self, name: &str, value: &str, over: bool) -> Result<(), OnnxProblem> {
        let wrong = |expected: &str| OnnxProblem::Setting {
            setting: name.into(),
            value: value.into(),
            expected: expected.into(),
        };
        match name {
            "input_size" => {
                let size = value.trim().parse().ok().filter(|size| *size > 0);
                let size = size.ok_or_else(|| wrong("a number of pixels, 1 to 65535"))?;
                put(&mut self.size, size, over);
            }
            "mean" | "std" => {
                let numbers = numbers(value).ok_or_else(|| {
                    wrong("one number for each channel, such as 0.485,0.456,0.406")
                })?;
                if name == "mean" {
                    put(&mut self.mean, numbers, over);
                } else if numbers.iter().all(|std| *std > 0.0) {
                    put(&mut self.std, numbers, over);
                } else {
                    return Err(wrong("numbers above zero"));
                }
            }
            "resize" => {
                let known = RESIZES.iter().find(|(known, _)| *known == value);
                let names = RESIZES.map(|(name, _)| name).join(", ");
                let (_, mode) = known.ok_or_else(|| wrong(&format!("one of {names}")))?;
                put(&mut self.resize, *mode, over);
            }
            "output" => put(&mut self.output, value.into(), over),
            "channels" => {
                let channels = value.trim().parse().ok().filter(|count| matches!(count, 1 | 3));
                put(&mut self.channels, channels.ok_or_else(|| wrong("1 or 3"))?, over);
            }
            _ => {
                return Err(wrong(
                    "the settings are input_size, mean, std, resize, output, channels",
                ));
            }
        }
        Ok(())
    }

    /// The preset of settings that are complete.
    pub(crate) fn preset(&self, channels: usize) -> Result<Preset, OnnxProblem> {
        let size = self.size.ok_or(OnnxProblem::NoSize)?;
        let mean = each(self.mean.as_deref(), 0.0, "mean", channels)?;
        let std = each(self.std.as_deref(), 1.0, "std", channels)?;
        let resize = self.resize.unwrap_or(ResizeMode::PillowBilinear);
        Ok(Preset::own(size, resize, Normalisation { mean, std }))
    }
}

fn put<T>(place: &mut Option<T>, value: T, over: bool) {
    if over || place.is_none() {
        *place = Some(value);
    }
}

/// Finite numbers separated by commas or spaces.
fn numbers(text: &str) -> Option<Vec<f32>> {
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    let numbers = parts.map(|part| part.parse().ok().filter(|value: &f32| value.is_finite()));
    numbers.collect::<Option<Vec<_>>>().filter(|numbers| matches!(numbers.len(), 1 | 3))
}

/// Numbers for three channels; a gray model has one number, which stands in all three places.
fn each(
    numbers: Option<&[f32]>,
    default: f32,
    setting: &str,
    channels: usize,
) -> Result<[f32; 3], OnnxProblem> {
    match numbers {
        None => Ok([default; 3]),
        Some([one]) => Ok([*one; 3]),
        Some([red, green, blue]) if channels == 3 => Ok([*red, *green, *blue]),
        Some(numbers) => Err(OnnxProblem::Setting {
            setting: setting.into(),
            value: list(numbers),
            expected: format!(
                "{channels} numbers, one for each channel of the model, or one number"
            ),
        }),
    }
}

fn list(numbers: &[f32]) -> String {
    let texts: Vec<_> = numbers.iter().map(f32::to_string).collect();
    texts.join(",")
}

/// Every setting that is not `None`, as `size 28, mean 0.5, …`.
impl fmt::Display for OwnInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.size.map(|size| format!("size {size}")),
            self.mean.as_deref().map(|mean| format!("mean {}", list(mean))),
            self.std.as_deref().map(|std| format!("std {}", list(std))),
            self.resize.map(|mode| format!("resize {}", resize_name(mode))),
            self.channels.map(|channels| format!("channels {channels}")),
            self.output.as_ref().map(|output| format!("output {output}")),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

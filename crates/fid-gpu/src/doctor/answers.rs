//! Built-in results of the original programs for one small image.

use anyhow::{Context, ensure};
use fid_core::{NETWORK_SIZE, Preset};
use safetensors::{Dtype, SafeTensors};

/// The image as files, with the expected results.
pub(super) struct Answers {
    tensors: SafeTensors<'static>,
    /// Rows and columns that are kept of the network's input.
    grid: Vec<usize>,
}

pub(super) const PNG: &[u8] = include_bytes!("image.png");
pub(super) const JPEG: &[u8] = include_bytes!("image.jpg");

impl Answers {
    pub(super) fn built_in() -> anyhow::Result<Self> {
        let tensors = SafeTensors::deserialize(include_bytes!("answers.safetensors"))?;
        let grid = tensors.tensor("grid")?.data();
        let grid = grid.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]).into());
        Ok(Self { grid: grid.collect(), tensors })
    }

    /// Pixels that Pillow reads, row-major `[height, width, 3]`; `kind` is `png` or `jpg`.
    pub(super) fn pixels(&self, kind: &str) -> anyhow::Result<&[u8]> {
        Ok(self.tensors.tensor(kind)?.data())
    }

    /// Some values of the network input `[3, 299, 299]` that the preset's program computes.
    pub(super) fn fed(&self, preset: Preset) -> anyhow::Result<Vec<f32>> {
        self.floats(preset.name())
    }

    /// The same values of a `[3, 299, 299]`.
    pub(super) fn on_grid(&self, input: &[f32]) -> anyhow::Result<Vec<f32>> {
        let size = NETWORK_SIZE;
        ensure!(input.len() == 3 * size * size, "{} values instead of 3·299·299", input.len());
        let planes = input.chunks_exact(size * size);
        let values = planes.flat_map(|plane| {
            let row = move |&y: &usize| self.grid.iter().map(move |&x| plane[y * size + x]);
            self.grid.iter().flat_map(row)
        });
        Ok(values.collect())
    }

    /// PyTorch's `pool3` of the picture, `[2048]`, under the weights `seeded:0` and the preset
    /// `pytorch-fid`.
    pub(super) fn pool3(&self) -> anyhow::Result<Vec<f32>> {
        self.floats("pool3")
    }

    fn floats(&self, name: &str) -> anyhow::Result<Vec<f32>> {
        let tensor = self.tensors.tensor(name).with_context(|| format!("no answer for {name}"))?;
        ensure!(tensor.dtype() == Dtype::F32, "the answer for {name} is {:?}", tensor.dtype());
        let (values, _) = tensor.data().as_chunks();
        Ok(values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }
}

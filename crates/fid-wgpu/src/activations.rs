//! Activations in the layout of the kernels.

use burn::prelude::*;
use burn::tensor::DType;
use fid_core::Precision;

use crate::kernels::dtype;
use crate::ops::{FidOps, Ops};

type Dispatched = burn::backend::tensor::FloatTensor<Ops>;

/// A batch of activations as a matrix, `[images·height·width + 1, channels]`: a row for each pixel,
/// with channels padded to a multiple of four. The last row is zeros; windows read it for padding.
///
/// Cheap to clone. Kernels write in place, and all clones see the result.
#[derive(Debug, Clone)]
pub struct Activations {
    data: Tensor<2>,
    images: usize,
    size: [usize; 2],
}

/// The destination of a kernel: the channels of `rows` from `offset` on.
#[derive(Debug, Clone)]
pub struct ChannelSlice {
    /// The activations to write to.
    pub rows: Activations,
    /// The first channel, a multiple of four.
    pub offset: usize,
}

impl Activations {
    /// Allocates activations of `images` images of `size`, `[height, width]`. The values are
    /// undefined until a kernel has written every channel.
    pub fn empty(
        images: usize,
        size: [usize; 2],
        channels: usize,
        precision: Precision,
        device: &Device,
    ) -> Self {
        let shape = [images * size[0] * size[1] + 1, channels.next_multiple_of(4)];
        Self { data: Tensor::empty(shape, (device, dtype(precision))), images, size }
    }

    /// Converts `[images,channels,height,width]` f32; padding channels are zeros.
    pub fn from_images(images: Tensor<4>, precision: Precision) -> Self {
        let [count, _, height, width] = images.dims();
        let data = Tensor::from_dispatch(Ops::activations(images.into_dispatch(), precision));
        Self { data, images: count, size: [height, width] }
    }

    /// Uploads a matrix, row-major `[rows,channels]`, as one image a pixel high; padding channels
    /// are zeros.
    pub fn from_values(mut values: Vec<f32>, channels: usize, device: &Device) -> Self {
        let (count, width) = (values.len() / channels, channels.next_multiple_of(4));
        if width > channels {
            let filled = values.chunks_exact(channels).flat_map(|row| {
                row.iter().copied().chain(std::iter::repeat_n(0.0, width - channels))
            });
            values = filled.collect();
        }
        values.resize((count + 1) * width, 0.0);
        let data = TensorData::new(values, [count + 1, width]);
        Self { data: Tensor::from_data(data, device), images: 1, size: [1, count] }
    }

    /// Converts `channels` channels from `offset` on to `[images,channels,height,width]` f32.
    pub fn images_of(&self, offset: usize, channels: usize) -> Tensor<4> {
        let [height, width] = self.size;
        let pixels = self.data.clone().narrow(0, 0, self.images * height * width);
        let values = pixels.narrow(1, offset, channels).cast(DType::F32);
        values.reshape([self.images, height, width, channels]).permute([0, 3, 1, 2])
    }

    /// The whole matrix, with padding channels and the row of zeros.
    pub fn matrix(&self) -> Tensor<2> {
        self.data.clone()
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Number of channels, with padding.
    pub fn channels(&self) -> usize {
        self.data.dims()[1]
    }

    /// Activations that a kernel has written, `[images·height·width + 1, channels]`.
    pub(crate) fn of_kernel(data: Dispatched, images: usize, size: [usize; 2]) -> Self {
        Self { data: Tensor::from_dispatch(data), images, size }
    }

    /// These activations with `data`, which a kernel has written.
    pub(crate) fn written(&self, data: Dispatched) -> Self {
        Self { data: Tensor::from_dispatch(data), ..*self }
    }

    pub(crate) fn dispatch(&self) -> Dispatched {
        self.data.clone().into_dispatch()
    }
}

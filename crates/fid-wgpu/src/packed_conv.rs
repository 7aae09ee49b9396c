//! Convolutions with their weights arranged for the kernels, and pooling.

use burn::module::Param;
use burn::prelude::*;
use fid_core::Precision;
use fid_weights::inception::Window;

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::kernels::conv::{ConvPlan, Geometry, Pool, Table, TileClass};
use crate::kernels::dtype;
use crate::ops::{FidOps, Ops};

/// A convolution with its weights on the device, arranged for the device's tiles.
///
/// The weight is a matrix for each tile of filters, one tile after the other: a row for each kernel
/// position and, within it, input channel; a column for each filter. Filters, channels and rows that
/// fill up a tile, a four or a slice are zeros.
#[derive(Module, Debug)]
pub struct PackedConv {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    window: Window,
    /// Input channels, with those that fill up a four.
    in_channels: usize,
    /// Filters, with those that fill up a four.
    filters: usize,
    /// Tiles of one width.
    #[module(skip)]
    table: Table,
}

impl PackedConv {
    /// Arranges and uploads `weight`, `[filters,channels,height,width]` with the height and width
    /// of `window`, and `bias`, `[filters]`. The weight is rounded to the precision, which must be
    /// that of the [`Activations`].
    ///
    /// # Panics
    ///
    /// If the lengths do not agree, or the device cannot run the class
    /// ([`GpuDevice::tile_classes`]): mistakes of the caller.
    pub fn new(
        weight: &[f32],
        bias: &[f32],
        window: Window,
        class: TileClass,
        precision: Precision,
        device: &GpuDevice,
    ) -> Self {
        require_class(class, precision, device);
        let table = class.table().for_filters(bias.len());
        Self::with_table(weight, bias, window, table, precision, device)
    }

    /// The same convolution by each tile of the class alone, suitable or not: for tests.
    pub fn by_each_tile(
        weight: &[f32],
        bias: &[f32],
        window: Window,
        class: TileClass,
        precision: Precision,
        device: &GpuDevice,
    ) -> Vec<Self> {
        require_class(class, precision, device);
        let by = |tile| {
            let table = Table { tiles: vec![tile], busy: 0 };
            Self::with_table(weight, bias, window, table, precision, device)
        };
        class.table().tiles.into_iter().map(by).collect()
    }

    /// With tiles that differ in pixels alone.
    fn with_table(
        weight: &[f32],
        bias: &[f32],
        window: Window,
        table: Table,
        precision: Precision,
        device: &GpuDevice,
    ) -> Self {
        let (filters, area) = (bias.len(), window.size[0] * window.size[1]);
        let channels = weight.len() / (filters * area);
        assert_eq!(weight.len(), filters * channels * area, "weight of {filters} filters");
        let in_channels = channels.next_multiple_of(4);
        let tile = table.tile(0, filters);
        let width = tile.filters();
        let fan = tile.rows(area * in_channels);
        let mut packed = vec![0.0; filters.div_ceil(width) * fan * width];
        for (at, &value) in weight.iter().enumerate() {
            let (filter, channel, position) =
                (at / area / channels, at / area % channels, at % area);
            let row = position * in_channels + channel;
            packed[(filter / width * fan + row) * width + filter % width] = value;
        }
        let mut padded = bias.to_vec();
        padded.resize(filters.next_multiple_of(width), 0.0);
        let device = device.burn();
        let weight = Tensor::from_data(packed.as_slice(), (device, dtype(precision)));
        Self {
            weight: Param::from_tensor(weight),
            bias: Param::from_tensor(Tensor::from_data(padded.as_slice(), device)),
            window,
            in_channels,
            filters: filters.next_multiple_of(4),
            table,
        }
    }

    /// Channels that it writes: its filters, and zeros up to a multiple of four.
    pub fn channels(&self) -> usize {
        self.filters
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// `max(0, weight ∗ input + bias)`, written into its slice of `out`, which is returned.
    ///
    /// # Panics
    ///
    /// If `input` has other channels than the weights, or `out` another size than the window gives
    /// or an offset that is not a multiple of four: mistakes of the caller.
    pub fn run(&self, input: &Activations, out: &ChannelSlice) -> Activations {
        self.run_with(true, input, out)
    }

    /// As [`Self::run`], without the ReLU: `weight ∗ input + bias`.
    ///
    /// # Panics
    ///
    /// As [`Self::run`].
    pub fn run_linear(&self, input: &Activations, out: &ChannelSlice) -> Activations {
        self.run_with(false, input, out)
    }

    fn run_with(&self, relu: bool, input: &Activations, out: &ChannelSlice) -> Activations {
        // The kernels read weights and write results without looking at the lengths of tensors.
        assert_eq!(input.channels(), self.in_channels, "channels of the input");
        let geometry = geometry(&self.window, input, out, self.filters);
        let tile = self.table.tile(geometry.pixels(), self.filters);
        let plan = ConvPlan { geometry, tile, relu };
        let written = Ops::conv(
            input.dispatch(),
            self.weight.val().into_dispatch(),
            self.bias.val().into_dispatch(),
            out.rows.dispatch(),
            plan,
        );
        out.rows.written(written)
    }
}

fn require_class(class: TileClass, precision: Precision, device: &GpuDevice) {
    let possible = device.tile_classes(precision);
    assert!(possible.contains(&class), "{class:?} tiles in {precision} on this device");
}

/// Pools `input` into its slice of `out`, which is returned.
///
/// # Panics
///
/// If `out` has another size than the window gives, or an offset that is not a multiple of four:
/// mistakes of the caller.
pub fn pool(pool: Pool, window: &Window, input: &Activations, out: &ChannelSlice) -> Activations {
    let geometry = geometry(window, input, out, input.channels());
    out.rows.written(Ops::pool(input.dispatch(), out.rows.dispatch(), pool, geometry))
}

/// The geometry of a call; panics if the destination does not fit.
fn geometry(window: &Window, input: &Activations, out: &ChannelSlice, filters: usize) -> Geometry {
    assert_eq!(window.output(input.size()), out.rows.size(), "size of the destination");
    assert_eq!(input.images(), out.rows.images(), "images of the destination");
    assert!(out.offset.is_multiple_of(4), "offset of the destination");
    assert!(out.offset + filters <= out.rows.channels(), "slice of the destination");
    Geometry {
        window: *window,
        input: input.size(),
        in_channels: input.channels(),
        output: out.rows.size(),
        images: input.images(),
        filters,
        out_channels: out.rows.channels(),
        out_offset: out.offset,
    }
}

//! Convolutions with weights in the layout of the kernels, and pooling.

use burn::module::Param;
use burn::prelude::*;
use fid_core::Precision;
use fid_weights::inception::Window;

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::kernels::conv::{ConvPlan, Geometry, Pool, Table, TileClass};
use crate::kernels::dtype;
use crate::ops::{FidOps, Ops};

/// A convolution with its weights on the device, in the layout of the device's tiles.
///
/// The weight is `[tile of filters][kernel position][input channel][filter of the tile]`. Filters
/// are padded to whole tiles, channels to a multiple of four and rows to whole slices, with zeros.
#[derive(Module, Debug)]
pub struct PackedConv {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    #[module(skip)]
    window: Window,
    /// Input channels, padded to a multiple of four.
    in_channels: usize,
    /// Filters, padded to a multiple of four.
    filters: usize,
    /// Tiles of one width: the packed weights depend on it.
    #[module(skip)]
    table: Table,
}

impl PackedConv {
    /// Packs and uploads `weight`, `[filters,channels,height,width]` with the height and width of
    /// `window`, and `bias`, `[filters]`. Rounds the weight to the precision, which must be that of
    /// the [`Activations`].
    ///
    /// # Panics
    ///
    /// If the lengths disagree, or the device cannot run the class ([`GpuDevice::tile_classes`]).
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

    /// The same convolution once for each tile of the class, suitable or not; for tests.
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

    /// `table` has tiles that differ only in their number of pixels.
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

    /// Number of channels that it writes: its filters, padded with zeros to a multiple of four.
    pub fn channels(&self) -> usize {
        self.filters
    }

    /// The window over the input.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Writes `max(0, weight ∗ input + bias)` into the channels of `out` and returns its rows.
    ///
    /// # Panics
    ///
    /// If `input` has other channels than the weights, or `out` has another size than the window's
    /// output, too few channels or an offset that is not a multiple of four.
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
        // The kernels do not check their reads and writes against the lengths of the tensors.
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
    assert!(possible.contains(&class), "the device cannot run {class:?} tiles in {precision}");
}

/// Pools `input` into the channels of `out` and returns its rows.
///
/// # Panics
///
/// If `out` has another size than the window's output, too few channels or an offset that is not a
/// multiple of four.
pub fn pool(pool: Pool, window: &Window, input: &Activations, out: &ChannelSlice) -> Activations {
    let geometry = geometry(window, input, out, input.channels());
    out.rows.written(Ops::pool(input.dispatch(), out.rows.dispatch(), pool, geometry))
}

/// The geometry of a call.
///
/// # Panics
///
/// If the destination does not fit.
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

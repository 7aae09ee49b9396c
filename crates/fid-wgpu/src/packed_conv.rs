//! Convolutions with weights in the layout of the kernels, and pooling.

use burn::module::Param;
use burn::prelude::*;
use burn::tensor::DType;
use fid_core::Precision;
use fid_weights::inception::Window;
use rayon::prelude::*;

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::kernels::conv::matrix::{self, MatrixPlan, MatrixTile, MatrixUnit, Values, split};
use crate::kernels::conv::{After, ConvPlan, Geometry, Pool, Table, Tile, TileClass};
use crate::kernels::dtype;
use crate::ops::{FidOps, Ops};

/// A convolution with its weights on the device, in the layout of the device's tiles.
///
/// Filters are padded to whole tiles, channels to a multiple of four and rows to whole slices, with
/// zeros. For the kernels of CubeCL, the weight is
/// `[tile of filters][kernel position][input channel][filter of the tile]`; for matrix
/// units `[part][kernel position][input channel][filter]`, the parts being high and low halves.
#[derive(Module, Debug)]
pub struct PackedConv {
    weight: Param<Tensor<1>>,
    /// The bias, and for matrix units also the factors that undo the scales of the filters.
    finish: Param<Tensor<1>>,
    #[module(skip)]
    window: Window,
    /// Input channels, padded to a multiple of four.
    in_channels: usize,
    /// Filters, padded to a multiple of four.
    filters: usize,
    /// Tiles of one width: the packed weights depend on it.
    #[module(skip)]
    tiles: Tiles,
}

/// The tiles of a convolution, all of one width.
#[derive(Debug, Clone)]
enum Tiles {
    Cube(Table),
    Matrix(MatrixTile),
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
        let tiles = match class_tiles(class, precision, device) {
            ClassTiles::Cube(table) => Tiles::Cube(table.for_filters(bias.len())),
            ClassTiles::Matrix(unit, values) => {
                Tiles::Matrix(matrix::for_filters(bias.len(), unit, values))
            }
        };
        Self::with_tiles(weight, bias, window, tiles, precision, device)
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
        let each: Vec<_> = match class_tiles(class, precision, device) {
            ClassTiles::Cube(table) => table.each().into_iter().map(Tiles::Cube).collect(),
            ClassTiles::Matrix(unit, values) => {
                matrix::all(unit, values).into_iter().map(Tiles::Matrix).collect()
            }
        };
        let by = |tiles| Self::with_tiles(weight, bias, window, tiles, precision, device);
        each.into_iter().map(by).collect()
    }

    fn with_tiles(
        weight: &[f32],
        bias: &[f32],
        window: Window,
        tiles: Tiles,
        precision: Precision,
        device: &GpuDevice,
    ) -> Self {
        let (filters, area) = (bias.len(), window.size[0] * window.size[1]);
        let channels = weight.len() / (filters * area);
        assert_eq!(weight.len(), filters * channels * area, "weight of {filters} filters");
        let in_channels = channels.next_multiple_of(4);
        let (packed, finish, stored) = match &tiles {
            Tiles::Cube(table) => {
                let tile = table.tile(0, filters);
                let packed = pack(weight, filters, area, in_channels, tile);
                let mut bias = bias.to_vec();
                bias.resize(filters.next_multiple_of(tile.filters()), 0.0);
                (packed, bias, dtype(precision))
            }
            Tiles::Matrix(tile) => {
                let packed = split::pack(weight, bias, area, in_channels, tile);
                let factors = if tile.values == Values::Whole { DType::F32 } else { DType::F16 };
                (packed.weights, packed.finish, factors)
            }
        };
        let device = device.burn();
        let weight = Tensor::from_data(packed.as_slice(), (device, stored));
        Self {
            weight: Param::from_tensor(weight),
            finish: Param::from_tensor(Tensor::from_data(finish.as_slice(), device)),
            window,
            in_channels,
            filters: filters.next_multiple_of(4),
            tiles,
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
        self.run_then(After::Relu, input, out)
    }

    /// As [`Self::run`], with something else than the ReLU after `weight ∗ input + bias`.
    ///
    /// # Panics
    ///
    /// As [`Self::run`].
    pub fn run_then(&self, after: After, input: &Activations, out: &ChannelSlice) -> Activations {
        assert_eq!(input.channels(), self.in_channels, "channels of the input");
        self.run_with(after, &ChannelSlice { rows: input.clone(), offset: 0 }, out, None)
    }

    /// As [`Self::run`] for a part of the input's channels. The last filters, as many as `beside` has
    /// channels, go there and the others to `out`.
    ///
    /// # Panics
    ///
    /// As [`Self::run`], and if tiles other than those of matrix units shall read a part of the
    /// channels or write beside `out`.
    pub(crate) fn run_slice(
        &self,
        input: &ChannelSlice,
        out: &ChannelSlice,
        beside: Option<&Activations>,
    ) -> Activations {
        self.run_with(After::Relu, input, out, beside)
    }

    fn run_with(
        &self,
        after: After,
        input: &ChannelSlice,
        out: &ChannelSlice,
        beside: Option<&Activations>,
    ) -> Activations {
        // The kernels do not check their reads and writes against the lengths of the tensors.
        let last = beside.map_or(0, Activations::channels);
        let sizes = beside.map(|beside| (beside.images(), beside.size()));
        assert!(sizes.is_none_or(|it| it == (out.rows.images(), out.rows.size())), "size beside");
        let first = self.filters.checked_sub(last);
        let first = first.unwrap_or_else(|| panic!("{last} channels of {} filters", self.filters));
        let geometry = Geometry {
            filters: self.filters,
            beside: last,
            ..geometry(&self.window, input, self.in_channels, out, first)
        };
        let [weight, finish] = [&self.weight, &self.finish].map(|it| it.val().into_dispatch());
        let (rows, written) = (input.rows.dispatch(), out.rows.dispatch());
        out.rows.written(match &self.tiles {
            Tiles::Cube(table) => {
                let whole = geometry.in_row == geometry.in_channels && beside.is_none();
                assert!(whole, "these tiles read and write whole rows");
                let tile = table.tile(geometry.pixels(), self.filters);
                Ops::conv(rows, weight, finish, written, ConvPlan { geometry, tile, after })
            }
            &Tiles::Matrix(tile) => {
                let plan = MatrixPlan { geometry, tile, after };
                let beside = beside.map_or(written.clone(), Activations::dispatch);
                Ops::matrix_conv(rows, weight, finish, written, beside, plan)
            }
        })
    }
}

/// The tiles of a class.
enum ClassTiles {
    Cube(Table),
    Matrix(MatrixUnit, Values),
}

/// The tiles of a class on a device.
///
/// # Panics
///
/// If the device cannot run the class.
fn class_tiles(class: TileClass, precision: Precision, device: &GpuDevice) -> ClassTiles {
    let possible = device.tile_classes(precision);
    assert!(possible.contains(&class), "the device cannot run {class:?} tiles in {precision}");
    let unit = device.adapter().and_then(|adapter| adapter.matrix);
    match (class.table(), unit) {
        (Some(table), _) => ClassTiles::Cube(table),
        (None, Some(unit)) => ClassTiles::Matrix(unit, Values::of(precision, unit)),
        (None, None) => unreachable!("only devices with matrix units run {class:?}"),
    }
}

/// The weights in the layout of the kernels of CubeCL.
fn pack(weight: &[f32], filters: usize, area: usize, in_channels: usize, tile: Tile) -> Vec<f32> {
    let channels = weight.len() / (filters * area);
    let width = tile.filters();
    let fan = tile.rows(area * in_channels);
    let mut packed = vec![0.0; filters.div_ceil(width) * fan * width];
    let tiles = packed.par_chunks_exact_mut(fan * width);
    tiles.zip(weight.par_chunks(width * channels * area)).for_each(|(packed, weight)| {
        let filters: Vec<_> = weight.chunks_exact(channels * area).collect();
        for position in 0..area {
            for channel in 0..channels {
                let row = &mut packed[(position * in_channels + channel) * width..][..width];
                for (packed, filter) in row.iter_mut().zip(&filters) {
                    *packed = filter[channel * area + position];
                }
            }
        }
    });
    packed
}

/// Pools `input` into the channels of `out` and returns its rows.
///
/// # Panics
///
/// If `out` has another size than the window's output, too few channels or an offset that is not a
/// multiple of four.
pub fn pool(pool: Pool, window: &Window, input: &Activations, out: &ChannelSlice) -> Activations {
    let channels = input.channels();
    let whole = ChannelSlice { rows: input.clone(), offset: 0 };
    let geometry = geometry(window, &whole, channels, out, channels);
    out.rows.written(Ops::pool(input.dispatch(), out.rows.dispatch(), pool, geometry))
}

/// The geometry of a call that reads `channels` of `input` and writes `filters` channels of `out`.
///
/// # Panics
///
/// If a slice does not fit its rows.
fn geometry(
    window: &Window,
    input: &ChannelSlice,
    channels: usize,
    out: &ChannelSlice,
    filters: usize,
) -> Geometry {
    let (from, to) = (&input.rows, &out.rows);
    assert_eq!(window.output(from.size()), to.size(), "size of the destination");
    assert_eq!(from.images(), to.images(), "images of the destination");
    assert!(input.offset.is_multiple_of(4), "offset of the input");
    assert!(input.offset + channels <= from.channels(), "slice of the input");
    assert!(out.offset.is_multiple_of(4), "offset of the destination");
    assert!(out.offset + filters <= to.channels(), "slice of the destination");
    Geometry {
        window: *window,
        input: from.size(),
        in_channels: channels,
        in_row: from.channels(),
        in_offset: input.offset,
        output: to.size(),
        images: from.images(),
        filters,
        out_channels: to.channels(),
        out_offset: out.offset,
        beside: 0,
    }
}

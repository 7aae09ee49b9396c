//! Weights as the kernels read them.

use burn::prelude::*;
use fid_core::Precision;

use super::rows::dtype;
use super::{ConvPlan, Geometry, Rows, Slice, Table, TileClass, Window};
use crate::ops::{FidOps, Ops};

/// A convolution with its weights on the device, arranged for the device's tiles.
///
/// The weight is a matrix for each tile of filters, one tile after the other: a row for each kernel
/// position and, within it, input channel; a column for each filter. Filters, channels and rows that
/// fill up a tile, a four or a slice are zeros.
#[derive(Debug, Clone)]
pub struct PackedConv {
    weight: Tensor<1>,
    bias: Tensor<1>,
    window: Window,
    filters: usize,
    /// Tiles of one width.
    table: Table,
}

impl PackedConv {
    /// Arranges and uploads `weight`, `[filters,channels,height,width]` with the height and width
    /// of `window`, and `bias`, `[filters]`. The weight is rounded to the precision, in which the
    /// [`Rows`] must be, too.
    ///
    /// # Panics
    ///
    /// Where the lengths do not agree, or the device cannot run the class
    /// ([`TileClass::of_device`]): mistakes of the caller.
    pub fn new(
        weight: &[f32],
        bias: &[f32],
        window: Window,
        class: TileClass,
        precision: Precision,
        device: &Device,
    ) -> Self {
        let possible = TileClass::of_device(device, precision);
        assert!(possible.contains(&class), "{class:?} tiles in {precision} on this device");
        let table = class.table().for_filters(bias.len());
        Self::with_table(weight, bias, window, table, precision, device)
    }

    /// The same by each tile of the class alone, whether or not it suits: for tests.
    pub fn by_each_tile(
        weight: &[f32],
        bias: &[f32],
        window: Window,
        class: TileClass,
        precision: Precision,
        device: &Device,
    ) -> Vec<Self> {
        let possible = TileClass::of_device(device, precision);
        assert!(possible.contains(&class), "{class:?} tiles in {precision} on this device");
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
        device: &Device,
    ) -> Self {
        let (filters, area) = (bias.len(), window.size[0] * window.size[1]);
        let channels = weight.len() / (filters * area);
        assert_eq!(weight.len(), filters * channels * area, "weight of {filters} filters");
        let tile = table.tile(0, filters);
        let width = tile.filters();
        let fan = tile.rows(area * channels.next_multiple_of(4));
        let mut packed = vec![0.0; filters.div_ceil(width) * fan * width];
        for (at, &value) in weight.iter().enumerate() {
            let (filter, channel, position) =
                (at / area / channels, at / area % channels, at % area);
            let row = position * channels.next_multiple_of(4) + channel;
            packed[(filter / width * fan + row) * width + filter % width] = value;
        }
        let mut padded = bias.to_vec();
        padded.resize(filters.next_multiple_of(width), 0.0);
        Self {
            weight: Tensor::from_data(packed.as_slice(), (device, dtype(precision))),
            bias: Tensor::from_data(padded.as_slice(), device),
            window,
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
    /// Where `out` has another size than the window gives: a mistake of the caller.
    pub fn run(&self, input: &Rows, out: &Slice) -> Rows {
        self.run_with(true, input, out)
    }

    /// `weight ∗ input + bias`, likewise.
    ///
    /// # Panics
    ///
    /// As [`Self::run`].
    pub fn run_linear(&self, input: &Rows, out: &Slice) -> Rows {
        self.run_with(false, input, out)
    }

    fn run_with(&self, relu: bool, input: &Rows, out: &Slice) -> Rows {
        let geometry = Geometry::new(&self.window, input, out, self.filters);
        let (weight, bias) = (self.weight.clone(), self.bias.clone());
        let tile = self.table.tile(geometry.pixels(), self.filters);
        let plan = ConvPlan { geometry, tile, relu };
        let written = Ops::conv(
            input.dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
            out.rows.dispatch(),
            plan,
        );
        out.rows.written(written)
    }
}

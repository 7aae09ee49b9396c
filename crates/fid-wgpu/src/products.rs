//! Inner products of feature vectors on a GPU, for metrics over all pairs of images.

use std::collections::VecDeque;

use fid_core::metrics::TileProducts;
use fid_core::{Error, Precision};
use fid_weights::inception::Window;

use crate::activations::{Activations, ChannelSlice};
use crate::device::GpuDevice;
use crate::error::guard;
use crate::kernels::conv::{After, TileClass};
use crate::packed_conv::PackedConv;
use crate::read::Reading;

/// Rows of a left tile. Many, because every right row is read, rounded and uploaded for each left
/// tile.
const LEFT: usize = 4096;

/// Rows of a right tile. Few, so that a block of products takes 8 MiB, and a fifth of a second on a
/// slow GPU: the system resets a GPU that seems to hang.
const RIGHT: usize = 512;

/// A 1×1 convolution is a matrix product: pixels are right rows, filters are left rows.
const WINDOW: Window = Window { size: [1, 1], stride: 1, padding: [0, 0] };

/// Products of the rows of a left tile, which stays on the device, with the rows of right tiles.
///
/// They run as 1×1 convolutions by the network's kernels: in f32, each sum in the order of the
/// values. The device computes and copies a tile that is begun while the caller reads the previous
/// one.
#[derive(Debug)]
pub struct WgpuProducts {
    device: GpuDevice,
    class: TileClass,
    /// The left tile as a convolution, and its rows and columns.
    left: Option<(PackedConv, [usize; 2])>,
    begun: VecDeque<Begun>,
}

/// Products on their way.
#[derive(Debug)]
struct Begun {
    products: Reading,
    /// For each right row, the factor that undoes its scale.
    undo: Vec<f32>,
}

impl WgpuProducts {
    /// No products yet, on `device`.
    pub fn new(device: &GpuDevice) -> Self {
        let class = device.tile_class(Precision::F32);
        Self { device: device.clone(), class, left: None, begun: VecDeque::new() }
    }
}

/// The rows of the left and the right tile such that each tile and the products fit a buffer of
/// `limit` bytes; at least 1. WebGPU's smallest limit, 128 MiB, has room for rows of half a million
/// values.
fn tiles(limit: u64, dim: usize) -> [usize; 2] {
    // Padding adds fewer than 64 filters and 16 channels.
    let row = 4 * (dim as u64 + 16);
    let fit = usize::try_from(limit / row).unwrap_or(usize::MAX);
    let left = LEFT.min(fit.saturating_sub(64)).max(1);
    let products = usize::try_from(limit / (4 * (left as u64 + 64))).unwrap_or(usize::MAX);
    // Activations end with a row of zeros.
    let right = RIGHT.min(fit.saturating_sub(1)).min(products.saturating_sub(1)).max(1);
    [left, right]
}

/// Scales a row by a power of two to a largest value near 1, where split values lose nothing. Returns
/// the factor that undoes it.
fn scale(row: &mut [f32]) -> f32 {
    let largest = row.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    if !largest.is_normal() {
        return 1.0;
    }
    // Exponents outside this range would leave f32.
    let exponent = (largest.log2().floor() as i32).clamp(-100, 100);
    let factor = 2.0f32.powi(-exponent);
    row.iter_mut().for_each(|value| *value *= factor);
    1.0 / factor
}

impl TileProducts for WgpuProducts {
    fn tiles(&self, dim: usize) -> [usize; 2] {
        tiles(self.device.max_buffer_bytes(), dim)
    }

    /// 2⁻²³: Vulkan and WebGPU let a device round to either neighbour. 2⁻²¹ on matrix units: both
    /// factors lose their last two bits, and sums of a slice are truncated.
    fn rounding(&self) -> f64 {
        let bits = if self.class == TileClass::Matrix { 4.0 } else { 1.0 };
        bits * f64::from(f32::EPSILON)
    }

    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error> {
        let filters = rows.len() / dim;
        // Frees the previous tile first.
        self.left = None;
        let (class, device) = (self.class, &self.device);
        let conv = guard(device.burn(), || {
            let bias = vec![0.0; filters];
            Ok(PackedConv::new(&rows, &bias, WINDOW, class, Precision::F32, device))
        });
        self.left = Some((conv.map_err(Error::products)?, [filters, dim]));
        Ok(())
    }

    fn begin(&mut self, mut rows: Vec<f32>) -> Result<(), Error> {
        let Some((conv, [_, dim])) = &self.left else { return Err(Error::NoTileBegun) };
        let count = rows.len() / dim;
        let scaled = |row| if self.class == TileClass::Matrix { scale(row) } else { 1.0 };
        let undo = rows.chunks_exact_mut(*dim).map(scaled).collect();
        let device = self.device.burn();
        let products = guard(device, || {
            let input = Activations::from_values(rows, *dim, device);
            let out = Activations::empty(1, [1, count], conv.channels(), Precision::F32, device);
            let products =
                conv.run_then(After::Nothing, &input, &ChannelSlice { rows: out, offset: 0 });
            Reading::start(products.matrix())
        });
        self.begun.push_back(Begun { products: products.map_err(Error::products)?, undo });
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        let (Some((conv, [filters, _])), Some(begun)) = (&self.left, self.begun.pop_front()) else {
            return Err(Error::NoTileBegun);
        };
        let Begun { products, undo } = begun;
        let values = guard(self.device.burn(), || products.wait()).map_err(Error::products)?;
        // Drops padding filters and the row of zeros.
        let rows = values.chunks_exact(conv.channels()).zip(undo);
        Ok(rows.flat_map(|(row, undo)| row[..*filters].iter().map(move |x| x * undo)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fit_the_buffers_of_every_device() {
        for limit in [16 << 20, 128 << 20, u64::from(u32::MAX)] {
            for dim in [1, 64, 2048, 2049, 50_000] {
                let [left, right] = tiles(limit, dim);
                let filled = |n: usize, to: usize| n.next_multiple_of(to) as u64;
                assert!(left > 0 && right > 0);
                assert!(4 * filled(left, 64) * filled(dim, 16) <= limit, "{dim} {limit}: {left}");
                assert!(4 * (right as u64 + 1) * filled(dim, 4) <= limit, "{dim} {limit}: {right}");
                assert!(4 * (right as u64 + 1) * filled(left, 4) <= limit, "{dim} {limit}");
            }
        }
        assert_eq!(tiles(128 << 20, 2048), [LEFT, RIGHT]);
    }
}

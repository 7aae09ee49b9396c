//! Sums of products of features on the GPU.

use burn::prelude::*;

use crate::ops::{FidOps, Ops};

/// Computes Σ x·xᵀ over `rows`, `[n,dim]` row major: `[dim,dim]` f32, of which only elements with
/// column ≥ row are written. The sums have a fixed order, so results repeat to the bit.
///
/// # Panics
///
/// If `rows` is not a whole number of rows, or the device fails.
pub(crate) fn gram(rows: Vec<f32>, dim: usize, device: &Device) -> Tensor<2> {
    let (count, padded) = (rows.len() / dim, dim.next_multiple_of(4));
    let data = if padded == dim {
        rows
    } else {
        let mut data = vec![0.0; count * padded];
        data.chunks_exact_mut(padded)
            .zip(rows.chunks_exact(dim))
            .for_each(|(padded, row)| padded[..dim].copy_from_slice(row));
        data
    };
    let rows: Tensor<2> = Tensor::from_data(TensorData::new(data, [count, padded]), device);
    let gram: Tensor<2> = Tensor::from_dispatch(Ops::gram(rows.into_dispatch()));
    if padded == dim { gram } else { gram.slice([..dim, ..dim]) }
}

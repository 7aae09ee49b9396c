//! The CPU twin of `kernel.rs`, from the CPU backend's own matrix product.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;

/// `partial + (features − shift)ᵀ (features − shift)`.
pub(crate) fn add_gram(features: FlexTensor, shift: FlexTensor, partial: FlexTensor) -> FlexTensor {
    let dim = shift.layout().num_elements();
    let centred = Flex::float_sub(features, shift.reshape([1, dim].into()));
    let gram = Flex::float_matmul(Flex::float_transpose(centred.clone()), centred);
    Flex::float_add(partial, gram)
}

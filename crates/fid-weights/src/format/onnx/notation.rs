//! Texts by which layers and convolutions are compared.

use super::linear::Linear;
use crate::inception::ConvLayer;

/// The pairs of numbers at the same places of two flows; `None` if the flows differ in anything
/// else.
pub(super) fn numbers_at_same_places(ours: &str, theirs: &str) -> Option<Vec<(usize, usize)>> {
    let (mut ours, mut theirs) = (ours.split('#'), theirs.split('#'));
    if ours.next()? != theirs.next()? {
        return None;
    }
    let mut pairs = Vec::new();
    loop {
        let ((our, our_rest), (their, their_rest)) = match (ours.next(), theirs.next()) {
            (None, None) => return Some(pairs),
            (Some(our), Some(their)) => (leading_number(our), leading_number(their)),
            _ => return None,
        };
        if our_rest != their_rest {
            return None;
        }
        pairs.push((our?, their?));
    }
}

/// The number that a text starts with, and the rest of the text.
pub(super) fn leading_number(text: &str) -> (Option<usize>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.parse().ok(), rest)
}

/// A layer's shape and geometry, as text.
pub(super) fn needed(layer: &ConvLayer) -> String {
    let ([height, width], stride) = (layer.conv.padding, layer.conv.stride);
    format!(
        "weight {:?} stride {:?} padding {:?} dilation [1, 1]",
        layer.weight_shape(),
        [stride; 2],
        [height, width, height, width]
    )
}

/// A convolution's shape and geometry, as the same text.
pub(super) fn shown(conv: &Linear<'_>) -> String {
    let window = conv.window.map(|window| window.to_string()).unwrap_or_default();
    format!("weight {:?} {window}", conv.weight.dims)
}

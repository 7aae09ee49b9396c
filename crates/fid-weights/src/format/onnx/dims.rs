//! Arithmetic of shapes, as ONNX defines it.

use super::proto::NodeProto;

/// Stands for a length that is known only when the graph runs, such as the number of images. No
/// exporter writes this number; the extremes of `i64` stand for ends of slices.
pub(super) const UNKNOWN: i64 = i64::MIN + 0x5eed;

/// The number of values of a shape; `None` if it is no shape, or too large for any memory.
pub(super) fn size(dims: &[i64]) -> Option<usize> {
    let lengths = dims.iter().map(|&length| usize::try_from(length).ok());
    lengths.into_iter().try_fold(1_usize, |size, length| size.checked_mul(length?))
}

/// A dimension of `rank`, counted from the end if negative.
pub(super) fn axis(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis.checked_add(rank)? } else { axis };
    (0..rank).contains(&axis).then_some(axis as usize)
}

/// Several different dimensions of `rank`, sorted.
pub(super) fn axes(axes: &[i64], rank: usize) -> Option<Vec<usize>> {
    let found: Option<Vec<_>> = axes.iter().map(|&at| axis(at, rank)).collect();
    let mut found = found?;
    found.sort_unstable();
    found.is_sorted_by(|a, b| a < b).then_some(found)
}

/// The permutation of a `Transpose`.
pub(super) fn permutation(node: &NodeProto, rank: usize) -> Option<Vec<usize>> {
    let Some(perm) = node.ints("perm") else { return Some((0..rank).rev().collect()) };
    axes(perm, rank).filter(|sorted| sorted.len() == rank)?;
    perm.iter().map(|&at| axis(at, rank)).collect()
}

/// The positions that a `Squeeze` removes; without `positions`, all of length 1.
pub(super) fn squeezed(dims: &[i64], positions: Option<&[i64]>) -> Option<Vec<usize>> {
    match positions {
        Some(positions) => axes(positions, dims.len()),
        None => Some((0..dims.len()).filter(|&at| dims[at] == 1).collect()),
    }
}

/// The positions of the new dimensions in the result of an `Unsqueeze`, in order.
pub(super) fn unsqueezed(positions: &[i64], rank: usize) -> Option<Vec<usize>> {
    axes(positions, rank.checked_add(positions.len())?)
}

/// The shape that a `Reshape` to `target` gives a constant.
pub(super) fn reshaped(dims: &[i64], target: &[i64], zeros: bool) -> Option<Vec<i64>> {
    let kept = |(at, &length): (usize, &i64)| match length {
        0 if !zeros => dims.get(at).copied(),
        length => Some(length),
    };
    let shape: Option<Vec<_>> = target.iter().enumerate().map(kept).collect();
    let mut shape = shape?;
    if let Some(open) = shape.iter().position(|&length| length == -1) {
        let product = |lengths: &[i64]| lengths.iter().try_fold(1_i64, |a, &b| a.checked_mul(b));
        let known = product(&shape[..open])?.checked_mul(product(&shape[open + 1..])?)?;
        shape[open] = product(dims)?.checked_div(known)?;
    }
    Some(shape)
}

/// The shape of an operation on two shapes; lengths of 1 are repeated.
pub(super) fn broadcast(a: &[i64], b: &[i64]) -> Option<Vec<i64>> {
    let rank = a.len().max(b.len());
    let length =
        |dims: &[i64], at: usize| (at + dims.len()).checked_sub(rank).map_or(1, |k| dims[k]);
    let pairs = (0..rank).map(|at| (length(a, at), length(b, at)));
    pairs
        .map(|pair| match pair {
            (1, length) | (length, 1) => Some(length),
            (a, b) => (a == b).then_some(a),
        })
        .collect()
}

/// The places of `dims`, row major, that the values of the wider shape `wide` come from.
pub(super) fn places(dims: &[i64], wide: &[i64]) -> Vec<usize> {
    let mut places = vec![0];
    for (at, &length) in wide.iter().enumerate() {
        let own = (at + dims.len()).checked_sub(wide.len()).map_or(1, |k| dims[k]) as usize;
        let step = |index: usize| if own == 1 { 0 } else { index };
        places = places
            .iter()
            .flat_map(|&place| (0..length as usize).map(move |index| place * own + step(index)))
            .collect();
    }
    places
}

/// The places that a `Slice` of one dimension keeps; `None` if they depend on unknown lengths.
pub(super) fn slice(length: i64, start: i64, end: i64, step: i64) -> Option<Vec<usize>> {
    if [length, start, end].contains(&UNKNOWN) || step == 0 || !(0..=1 << 16).contains(&length) {
        return None;
    }
    let from_end = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
    let low = if step < 0 { -1 } else { 0 };
    let high = length + low;
    let (start, end) =
        (from_end(start).clamp(0, high.max(0)), from_end(end).clamp(low, high.max(low)));
    let mut places = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        places.push(usize::try_from(at).ok().filter(|&at| (at as i64) < length)?);
        at = at.saturating_add(step);
    }
    Some(places)
}

//! The network in plain `f64`: the slow definition that tests compare the fast paths with.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use fid_core::Positions;
use rayon::prelude::*;

use super::network::{LinearLayer, NormLayer, TokenGraph, vit};
use super::positions::interpolated;
use super::spec::Activation;
use super::spec::HEAD;
use super::weights::VitWeights;

/// Features of one image in `f64`, [`super::VitSpec::features`] of them. The image is `[3,side,side]`
/// row major, normalised; a last patch that it does not fill is zero there. Positions are
/// interpolated by `rule` and not rounded.
///
/// # Panics
/// If the image is empty or not square, and as [`super::positions()`].
pub fn reference(weights: &VitWeights, image: &[f64], rule: Positions) -> Vec<f64> {
    let side = (image.len() / 3).isqrt();
    assert!(side > 0 && 3 * side * side == image.len(), "one [3,side,side] image");
    vit(&mut Network { weights, image, side, rule }, weights.spec).values
}

struct Network<'a> {
    weights: &'a VitWeights,
    image: &'a [f64],
    side: usize,
    rule: Positions,
}

/// Tokens of the image, `[count,channels]` row major.
#[derive(Clone)]
struct Tokens {
    count: usize,
    values: Vec<f64>,
}

impl Tokens {
    fn channels(&self) -> usize {
        self.values.len() / self.count
    }

    fn as_mat(&self) -> MatRef<'_, f64> {
        MatRef::from_row_major_slice(&self.values, self.count, self.channels())
    }

    /// `x·Wᵀ + b`, without bias where it is empty.
    fn linear(&self, weight: &[f32], bias: &[f32]) -> Self {
        let columns = self.channels();
        let rows = weight.len() / columns;
        let weight: Vec<_> = weight.iter().copied().map(f64::from).collect();
        let weight = MatRef::from_row_major_slice(&weight, rows, columns).transpose();
        let mut values = vec![0.0; self.count * rows];
        let result = MatMut::from_row_major_slice_mut(&mut values, self.count, rows);
        matmul(result, Accum::Replace, self.as_mat(), weight, 1.0, Par::rayon(0));
        for token in values.chunks_exact_mut(rows) {
            token.iter_mut().zip(bias).for_each(|(value, &bias)| *value += f64::from(bias));
        }
        Self { count: self.count, values }
    }
}

impl TokenGraph for Network<'_> {
    type Value = Tokens;

    fn embed(&mut self) -> Tokens {
        let (side, patch) = (self.side, self.weights.spec.patch);
        let grid = side.div_ceil(patch);
        let mut patches = Vec::with_capacity(grid * grid * 3 * patch * patch);
        for (y, x) in (0..grid).flat_map(|y| (0..grid).map(move |x| (y * patch, x * patch))) {
            for channel in self.image.chunks_exact(side * side) {
                for (y, x) in (y..y + patch).flat_map(|y| (x..x + patch).map(move |x| (y, x))) {
                    let inside = y < side && x < side;
                    patches.push(if inside { channel[y * side + x] } else { 0.0 });
                }
            }
        }
        let patches = Tokens { count: grid * grid, values: patches };
        let patches = patches.linear(&self.weights.patch.weight, &self.weights.patch.bias);
        let class = self.weights.class_token.iter().copied().map(f64::from);
        let tokens = class.chain(patches.values);
        let positions = interpolated(self.weights, grid, self.rule);
        let values = tokens.zip(positions).map(|(value, position)| value + position).collect();
        Tokens { count: 1 + grid * grid, values }
    }

    fn norm(&mut self, x: &Tokens, layer: NormLayer) -> Tokens {
        let norm = self.weights.norm(layer);
        let mut result = x.clone();
        for token in result.values.chunks_exact_mut(x.channels()) {
            let count = token.len() as f64;
            let mean = token.iter().sum::<f64>() / count;
            let variance = token.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
            let deviation = (variance + self.weights.spec.norm_eps).sqrt();
            for ((value, &scale), &shift) in token.iter_mut().zip(&norm.scale).zip(&norm.shift) {
                *value = (*value - mean) / deviation * f64::from(scale) + f64::from(shift);
            }
        }
        result
    }

    fn linear(&mut self, x: &Tokens, layer: LinearLayer, activation: Activation) -> Tokens {
        let linear = self.weights.linear(layer);
        let mut result = x.linear(&linear.weight, &linear.bias);
        let of = match activation {
            Activation::Identity => return result,
            Activation::Gelu => |x: f64| x / 2.0 * libm::erfc(-x / f64::sqrt(2.0)),
            Activation::QuickGelu => |x| x * logistic(1.702 * x),
        };
        result.values.par_iter_mut().for_each(|value| *value = of(*value));
        result
    }

    fn add_linear(&mut self, mut to: Tokens, x: &Tokens, layer: LinearLayer) -> Tokens {
        let linear = self.weights.linear(layer);
        let added = x.linear(&linear.weight, &linear.bias);
        to.values.iter_mut().zip(added.values).for_each(|(to, added)| *to += added);
        to
    }

    fn attention(&mut self, qkv: &Tokens) -> Tokens {
        let (count, width) = (qkv.count, qkv.channels() / 3);
        let head = |head: usize| {
            let part = |which: usize| qkv.as_mat().subcols(which * width + head * HEAD, HEAD);
            let scale = 1.0 / (HEAD as f64).sqrt();
            let mut shares = vec![0.0; count * count];
            let scores = MatMut::from_row_major_slice_mut(&mut shares, count, count);
            matmul(scores, Accum::Replace, part(0), part(1).transpose(), scale, Par::Seq);
            shares.chunks_exact_mut(count).for_each(softmax);
            let shares = MatRef::from_row_major_slice(&shares, count, count);
            let mut values = vec![0.0; count * HEAD];
            let result = MatMut::from_row_major_slice_mut(&mut values, count, HEAD);
            matmul(result, Accum::Replace, shares, part(2), 1.0, Par::Seq);
            values
        };
        let heads: Vec<_> = (0..width / HEAD).into_par_iter().map(head).collect();
        let mut values = Vec::with_capacity(count * width);
        for token in 0..count {
            heads.iter().for_each(|head| values.extend(&head[token * HEAD..][..HEAD]));
        }
        Tokens { count, values }
    }

    fn gate(&mut self, x: &Tokens) -> Tokens {
        let half = x.channels() / 2;
        let tokens = x.values.chunks_exact(2 * half).flat_map(|token| {
            let (a, b) = token.split_at(half);
            a.iter().zip(b).map(|(a, b)| a * logistic(*a) * b)
        });
        Tokens { count: x.count, values: tokens.collect() }
    }

    fn class_token(&mut self, x: &Tokens) -> Tokens {
        Tokens { count: 1, values: x.values[..x.channels()].to_vec() }
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softmax(scores: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score = (*score - largest).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}

//! Toom-Cook convolution, which Winograd's algorithm is built on: `m` outputs of an `r`-tap filter
//! from `m + r − 1` products.
//!
//! A polynomial of degree `m + r − 2` is determined by its values at that many points and at
//! infinity. With the points `0, ±p₁, …, ±p_Q, ∞` the even and the odd powers of a pair of points
//! share their sums. (A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016;
//! the matrices follow from the points by Lagrange's formula.)

use pulp::Simd;

use crate::isa::multiply_add;

/// 4 products.
pub(super) const FOUR: Points<1> = Points::new([1.0]);
/// 6 products.
pub(super) const SIX: Points<2> = Points::new([0.75, 1.5]);
/// 10 products.
pub(super) const TEN: Points<4> = Points::new([1.0 / 3.0, 0.75, 1.25, 2.5]);

/// The points of an algorithm with `A = 2Q + 2` products: zero, `Q` pairs, infinity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Points<const Q: usize> {
    /// The positive point of each pair.
    pairs: [f32; Q],
    /// Coefficients of `Π (x² − pᵢ²)` in powers of `x²`, without the leading 1.
    product: [f32; Q],
    /// For each pair, the coefficients of the product without that pair.
    without: [[f32; Q]; Q],
}

impl<const Q: usize> Points<Q> {
    pub(super) const fn new(pairs: [f32; Q]) -> Self {
        let mut without = [[0.0; Q]; Q];
        let mut i = 0;
        while i < Q {
            without[i] = product(&pairs, i);
            i += 1;
        }
        Self { pairs, product: product(&pairs, Q), without }
    }

    /// Transforms a filter of `r` taps into `2Q + 2` factors for the transformed inputs: its value
    /// at each point, divided by the point's Lagrange factor.
    pub(super) fn filter(&self, taps: &[f64]) -> Vec<f64> {
        let pairs = self.pairs.iter().flat_map(|&p| [f64::from(p), -f64::from(p)]);
        let points: Vec<_> = std::iter::once(0.0).chain(pairs).collect();
        let at = |&point: &f64| {
            let others = points.iter().filter(|&&other| other != point);
            let factor: f64 = others.map(|other| point - other).product();
            taps.iter().rev().fold(0.0, |sum, tap| sum * point + tap) / factor
        };
        points.iter().map(at).chain(taps.last().copied()).collect()
    }

    /// Transforms the inputs of one tile to one value for each point, in the order of
    /// [`Points::filter`].
    #[inline(always)]
    pub(super) fn input<S: Simd, const A: usize>(&self, simd: S, x: [S::f32s; A]) -> [S::f32s; A] {
        let mut out = x;
        out[0] = alternate::<S, A>(simd, &self.product, &x, 0);
        out[A - 1] = alternate::<S, A>(simd, &self.product, &x, 1);
        for i in 0..Q {
            let without = &self.without[i][..Q - 1];
            let even = alternate::<S, A>(simd, without, &x, 2);
            let odd = alternate::<S, A>(simd, without, &x, 1);
            let odd = simd.mul_f32s(simd.splat_f32s(self.pairs[i]), odd);
            out[1 + 2 * i] = simd.add_f32s(even, odd);
            out[2 + 2 * i] = simd.sub_f32s(even, odd);
        }
        out
    }

    /// Transforms the products at the points to the outputs of one tile.
    #[inline(always)]
    pub(super) fn output<S: Simd, const A: usize, const M: usize>(
        &self,
        simd: S,
        products: [S::f32s; A],
    ) -> [S::f32s; M] {
        let mut outputs = [products[0]; M];
        for (j, output) in outputs.iter_mut().enumerate() {
            for i in 0..Q {
                let [plus, minus] = [products[1 + 2 * i], products[2 + 2 * i]];
                let term = match j % 2 {
                    0 => simd.add_f32s(plus, minus),
                    _ => simd.sub_f32s(plus, minus),
                };
                let factor = simd.splat_f32s(power(self.pairs[i], j));
                *output = match (i, j) {
                    (_, 0) => simd.add_f32s(*output, term),
                    (0, _) => simd.mul_f32s(factor, term),
                    _ => multiply_add(simd, factor, term, *output),
                };
            }
        }
        outputs[M - 1] = simd.add_f32s(outputs[M - 1], products[A - 1]);
        outputs
    }
}

/// Sums every other input from `first` on, times the coefficients and a leading 1.
//
// Loops instead of iterators: a closure may be compiled outside the function for which the vector
// instructions are enabled.
#[inline(always)]
fn alternate<S: Simd, const A: usize>(
    simd: S,
    coefficients: &[f32],
    x: &[S::f32s; A],
    first: usize,
) -> S::f32s {
    let mut sum = x[first + 2 * coefficients.len()];
    for (power, &factor) in coefficients.iter().enumerate() {
        sum = multiply_add(simd, simd.splat_f32s(factor), x[first + 2 * power], sum);
    }
    sum
}

/// The coefficients of `Π (x² − pᵢ²)` over all pairs except `skip`, without the leading 1.
const fn product<const Q: usize>(pairs: &[f32; Q], skip: usize) -> [f32; Q] {
    let mut coefficients = [0.0; Q];
    let (mut i, mut degree) = (0, 0);
    while i < Q {
        if i != skip {
            // Multiplies by (x² − p²); the leading 1 is implicit before and after.
            let square = pairs[i] * pairs[i];
            let mut power = degree;
            while power > 0 {
                let leading = if power == degree { 1.0 } else { coefficients[power] };
                coefficients[power] = coefficients[power - 1] - square * leading;
                power -= 1;
            }
            coefficients[0] *= -square;
            if degree == 0 {
                coefficients[0] = -square;
            }
            degree += 1;
        }
        i += 1;
    }
    coefficients
}

#[inline(always)]
fn power(base: f32, exponent: usize) -> f32 {
    let mut product = 1.0;
    for _ in 0..exponent {
        product *= base;
    }
    product
}

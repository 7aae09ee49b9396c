//! The Fréchet distance between two Gaussians.

mod cross_trace;

pub use cross_trace::CrossTraceMethod;
pub(crate) use cross_trace::{covariance_factor, cross_trace};

use crate::{Error, FeatureStats};

/// A Fréchet distance and its parts, so that one can see which of them moved.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FrechetDistance {
    /// `mean_term + trace_a + trace_b − 2·cross_trace`, raw: for (nearly) identical sets rounding
    /// may leave it below 0, by at most about 1e-10 of the traces. See
    /// [`display_value`](Self::display_value).
    pub value: f64,
    /// `|μa − μb|²`.
    pub mean_term: f64,
    /// `tr Σa`.
    pub trace_a: f64,
    /// `tr Σb`.
    pub trace_b: f64,
    /// `tr √(ΣaΣb)`.
    pub cross_trace: f64,
    /// How `cross_trace` was found.
    pub method: CrossTraceMethod,
    /// Size of the negative eigenvalues that were taken as zero, in units of the trace; 0 where the
    /// method has none. More than about 1e-6 of the traces says that a covariance came from
    /// low-precision sums.
    pub clamped: f64,
}

impl FrechetDistance {
    /// The value as people should see it: not below 0, which a distance cannot be.
    pub fn display_value(&self) -> f64 {
        self.value.max(0.0)
    }
}

/// The squared 2-Wasserstein distance between the Gaussians with these means and covariances
/// (Dowson & Landau 1982), which on Inception features is FID (Heusel et al. 2017):
/// `|μa − μb|² + tr Σa + tr Σb − 2 tr √(ΣaΣb)`.
///
/// Real by construction: the last term is computed from symmetric matrices or singular values, see
/// [`CrossTraceMethod`]. Never needs more images than dimensions. Symmetric in its arguments up to
/// rounding.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::NotPositive`] if a covariance has an eigenvalue that is negative
/// beyond rounding; [`Error::NoConvergence`] and [`Error::Overflow`] instead of a NaN.
pub fn frechet_distance(a: &FeatureStats, b: &FeatureStats) -> Result<FrechetDistance, Error> {
    if a.dim() != b.dim() {
        return Err(Error::DimMismatch { a: a.dim(), b: b.dim() });
    }
    let mean_term: f64 = a.mu().iter().zip(b.mu()).map(|(a, b)| (a - b).powi(2)).sum();
    let (trace_a, trace_b) = (a.trace(), b.trace());
    let cross = cross_trace(a, b)?;
    let value = mean_term + (trace_a + trace_b - 2.0 * cross.value);
    if !value.is_finite() {
        return Err(Error::Overflow { what: "distance" });
    }
    Ok(FrechetDistance {
        value,
        mean_term,
        trace_a,
        trace_b,
        cross_trace: cross.value,
        method: cross.method,
        clamped: cross.clamped,
    })
}

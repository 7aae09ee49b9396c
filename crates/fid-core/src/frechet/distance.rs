//! The distance and its terms.

use super::cross_trace::{CrossTraceMethod, cross_trace};
use crate::error::Error;
use crate::stats::FeatureStats;

/// A Fréchet distance and its terms.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FrechetDistance {
    /// `mean_term + trace_a + trace_b − 2·cross_trace`, not clamped: for nearly identical sets
    /// rounding may make it negative, by at most about 1e-10 of the traces. See
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
    /// How `cross_trace` was computed.
    pub method: CrossTraceMethod,
    /// Sum of the sizes of negative eigenvalues that were taken as zero, in units of the trace.
    /// More than about 1e-6 of the traces indicates that a covariance was summed in low precision.
    /// 0 if the method computes no eigenvalues.
    pub clamped: f64,
}

impl FrechetDistance {
    /// The value to show to people: 0 if rounding made `value` negative.
    pub fn display_value(&self) -> f64 {
        self.value.max(0.0)
    }
}

/// The squared 2-Wasserstein distance between the Gaussians with these means and covariances
/// (Dowson & Landau 1982), which on Inception features is FID (Heusel et al. 2017):
/// `|μa − μb|² + tr Σa + tr Σb − 2 tr √(ΣaΣb)`.
///
/// Real by construction: the last term is computed from symmetric matrices or singular values, see
/// [`CrossTraceMethod`]. Needs no more images than dimensions. Symmetric in its arguments up to
/// rounding.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::NotPositive`] if a covariance has an eigenvalue that is
/// negative beyond rounding; [`Error::NoConvergence`] and [`Error::Overflow`] instead of a NaN.
pub fn frechet_distance(a: &FeatureStats, b: &FeatureStats) -> Result<FrechetDistance, Error> {
    if a.dim() != b.dim() {
        return Err(Error::DimMismatch { a: a.dim(), b: b.dim() });
    }
    let mean_term: f64 = a.mu().iter().zip(b.mu()).map(|(a, b)| (a - b).powi(2)).sum();
    let trace_a = a.trace();
    let trace_b = b.trace();
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

//! The bounds of this crate's tests, each with its unit and reason.

/// Distance against its closed form, relative to the sum of the traces; d ≤ 64. Orthogonal factors
/// and spectra are rounded before the distance sees them: a few hundred ε.
pub(super) const CLOSED_FORM: f64 = 1e-12;

/// FID(a,a) by every method, relative to the traces. The squared form is used while its estimated
/// error is below 1e-10; the other methods are within a few ε·√d.
pub(super) const IDENTITY: f64 = 1e-10;

/// FID(a,b) against FID(b,a), relative to the traces. Two different matrices are decomposed, so not
/// bit-equal.
pub(super) const SYMMETRY: f64 = 1e-12;

/// Two ways of summing the same moments, relative to the largest element. Chan's formula keeps
/// errors near √n·ε.
pub(super) const MOMENTS: f64 = 1e-12;

/// Features moved by a constant, relative: they are f32, so moving them rounds them by 2⁻²⁴ of the
/// moved value.
pub(super) const SHIFTED_FEATURES: f64 = 1e-5;

/// Two methods on the same regular covariances, relative to the traces.
pub(super) const METHODS_AGREE: f64 = 1e-11;

/// Our singular-value methods against the textbook's symmetric root on *singular* covariances,
/// relative to the traces: the textbook squares, so each null direction contributes up to √ε ≈
/// 1e-8, and there are up to d of them. The error is that of the textbook.
pub(super) const TEXTBOOK_SINGULAR: f64 = 1e-6;

/// The same small set through its rows and through its f64 covariance, relative to the traces. The
/// covariance has lost the exact null space; half-factors restore it to `√(d·ε)` in the worst
/// direction.
pub(super) const ROWS_AGAINST_SIGMA: f64 = 1e-9;

/// Sampled position of an axis table, relative to the length of the axis: scale and position are
/// each rounded to 24 bits.
pub(super) const AXIS_POSITION: f64 = 1.0 / (1 << 22) as f64;

/// Sum of the weights of one position, absolute: up to 68 weights (for 5000 pixels) whose
/// magnitudes sum to at most 1.3, each rounded to 24 bits.
pub(super) const WEIGHT_SUM: f64 = 1.0 / (1 << 22) as f64;

/// f64 preprocessing against PyTorch's f32, absolute in the range −1..1: about ten roundings of
/// values up to 1, doubled by the scaling.
pub(super) const PREPROCESS_F32: f64 = 1e-6;

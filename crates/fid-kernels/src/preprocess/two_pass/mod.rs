//! Columns first, then rows. A filter of `taps` pixels each way costs `taps²` loads for each value in
//! one pass, 54² for a photo of 12 megapixels; here it costs `taps` for each value of each pass.
//!
//! Pillow goes over the rows first. The order changes the sum by its roundings alone, and this one
//! reads the pixels as they lie: neighbouring threads, or lanes, take neighbouring bytes.

pub(crate) mod host;
pub(crate) mod kernel;

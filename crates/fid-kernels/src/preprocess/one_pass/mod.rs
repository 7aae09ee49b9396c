//! Every output value straight from its rectangle of pixels.

pub(crate) mod host;
pub(crate) mod kernel;

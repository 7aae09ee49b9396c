//! Plots as SVG elements. The document's style sheet replaces their colours, for light and dark.

mod chart;
mod infinity;
mod map;
mod spectra;

pub(super) use self::infinity::infinity;
pub(super) use self::map::map;
pub(super) use self::spectra::spectra;

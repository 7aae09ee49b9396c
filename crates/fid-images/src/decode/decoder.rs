//! The decoder of each compiled format.

use fid_core::Image8;

#[cfg(feature = "bmp")]
use super::bmp;
use super::conversions::Conversions;
use super::fault::Fault;
use super::format::Format;
#[cfg(feature = "gif")]
use super::gif;
#[cfg(feature = "jpeg")]
use super::jpeg;
use super::limits::Limits;
#[cfg(feature = "png")]
use super::png;
#[cfg(feature = "pnm")]
use super::pnm;
use super::probe::Probe;
#[cfg(feature = "tiff")]
use super::tiff;
#[cfg(feature = "webp")]
use super::webp;

pub(super) fn decode(
    format: Format,
    data: &[u8],
    limits: &Limits,
) -> Result<(Image8, Conversions), Fault> {
    #[allow(unreachable_patterns, reason = "reached if a format is compiled out")]
    match format {
        #[cfg(feature = "bmp")]
        Format::Bmp => bmp::decode(data, limits),
        #[cfg(feature = "gif")]
        Format::Gif => gif::decode(data, limits),
        #[cfg(feature = "jpeg")]
        Format::Jpeg => jpeg::decode(data, limits),
        #[cfg(feature = "png")]
        Format::Png => png::decode(data, limits),
        #[cfg(feature = "pnm")]
        Format::Pnm => pnm::decode(data, limits),
        #[cfg(feature = "tiff")]
        Format::Tiff => tiff::decode(data, limits),
        #[cfg(feature = "webp")]
        Format::WebP => webp::decode(data, limits),
        _ => {
            let _ = (data, limits);
            Err(Fault::NotCompiled)
        }
    }
}

pub(super) fn probe(format: Format, data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    #[allow(unreachable_patterns, reason = "reached if a format is compiled out")]
    match format {
        #[cfg(feature = "bmp")]
        Format::Bmp => bmp::probe(data, limits),
        #[cfg(feature = "gif")]
        Format::Gif => gif::probe(data, limits),
        #[cfg(feature = "jpeg")]
        Format::Jpeg => jpeg::probe(data, limits),
        #[cfg(feature = "png")]
        Format::Png => png::probe(data, limits),
        #[cfg(feature = "pnm")]
        Format::Pnm => pnm::probe(data, limits),
        #[cfg(feature = "tiff")]
        Format::Tiff => tiff::probe(data, limits),
        #[cfg(feature = "webp")]
        Format::WebP => webp::probe(data, limits),
        _ => {
            let _ = (data, limits);
            Err(Fault::NotCompiled)
        }
    }
}

//! The sections of the document, in their order.

mod census;
mod images;
mod provenance;
mod tables;
mod value;

use maud::{Markup, html};

pub(super) use self::census::census;
pub(super) use self::images::images;
pub(super) use self::provenance::provenance;
pub(super) use self::tables::{metrics, tables};
pub(super) use self::value::{parts, value};
use super::blocks::{figure, missing, section, sides};
use super::numbers::{Numbers, rounded};
use super::plot_data::{Cloud, PlotData};
use super::plots;
use crate::{FidReport, Metric};

/// Why a metric has no value, as a sentence.
fn why_not(report: &FidReport, metric: Metric) -> String {
    let missing = report.metrics.not_computed.iter().find(|missing| missing.metric == metric);
    let reason = missing.map_or_else(|| "it was not requested".into(), |it| it.reason.clone());
    format!("Left out: {reason}.")
}

/// The plot of FID against the number of images.
pub(super) fn number_of_images(report: &FidReport, numbers: &Numbers) -> Markup {
    let content = match &report.metrics.fid_infinity {
        None => missing(&why_not(report, Metric::FidInfinity)),
        Some(fid) => figure(
            plots::infinity(fid),
            html! {
                span.fake { span aria-hidden="true" { "●" } " FID of N generated images" }
                span { span aria-hidden="true" { "■" } " FID∞ and its standard error" }
            },
            html! {
                "FID is too large for finitely many images, by about a constant over their number. The line "
                "through the points meets infinitely many images at FID∞ = "
                (numbers.at("/metrics/fid_infinity/value", 4))
                @if numbers.has("/metrics/fid_infinity/standard_error") {
                    " (standard error " (numbers.at("/metrics/fid_infinity/standard_error", 4)) ")"
                }
                ". Each point uses all real images. Points that bend away from the line, as they do with few images, "
                "mean that FID∞ cannot be trusted. A steep line means that the value says more about the number "
                "of images than about their content."
            },
        ),
    };
    section("count", "FID against the number of images", content)
}

/// The plot of the eigenvalues.
pub(super) fn spectra(report: &FidReport, numbers: &Numbers) -> Markup {
    let content = match &report.explanation {
        None => missing("Left out: the eigenvalues were not computed."),
        Some(explanation) => figure(
            plots::spectra(&explanation.real.eigenvalues, &explanation.fake.eigenvalues),
            sides(),
            html! {
                "How much the features vary in each direction. The real ones vary in about "
                (numbers.at("/explanation/real/effective_dimensions", 0)) " directions, the generated ones in "
                "about " (numbers.at("/explanation/fake/effective_dimensions", 0)) ". A curve that falls "
                "early belongs to images that vary in few ways; it also ends at the number of images."
            },
        ),
    };
    section("spectra", "Eigenvalues of the covariances", content)
}

/// The map of the features.
pub(super) fn map(data: &PlotData) -> Markup {
    let content = match &data.map {
        Err(reason) => missing(reason),
        Ok(map) => figure(
            plots::map(map),
            sides(),
            html! {
                "The features on the two axes along which both sets together vary most; each image has the same weight. "
                (shown("real", &map.real, map.seed)) " " (shown("generated", &map.fake, map.seed))
                " The large marks are the means of the whole sets. The two axes hold "
                (rounded(100.0 * (map.shares[0] + map.shares[1]), 1))
                " % of the variance: points far apart here are far apart, points close here may be apart elsewhere."
            },
        ),
    };
    section("map", "Map of the features", content)
}

/// A sentence that says how many images of a side are on the map.
fn shown(side: &str, cloud: &Cloud, seed: u32) -> String {
    let Cloud { points, of, .. } = cloud;
    match points.len() {
        0 => format!("The {side} images are not available: only their mean is shown."),
        shown if shown < *of => {
            format!("{shown} of {of} {side} images are shown, drawn at random (seed {seed}).")
        }
        _ => format!("All {of} {side} images are shown."),
    }
}

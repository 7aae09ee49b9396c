//! The sections of the value and its parts.

use maud::{Markup, html};

use super::super::blocks::{missing, name, section};
use super::super::numbers::{Numbers, rounded};
use crate::FidReport;
use crate::stats_file::is_standard;

/// The value with its interval, and the two sides.
pub(in super::super) fn value(report: &FidReport, numbers: &Numbers) -> Markup {
    let random = report.weights.as_ref().filter(|weights| weights.random);
    let other = Some(&report.precision).filter(|precision| !is_standard(precision));
    html! {
        header id="value" {
            p.sides {
                span.fake { span aria-hidden="true" { "▲ " } (name(&report.fake.path)) }
                " compared with "
                span.real { span aria-hidden="true" { "● " } (name(&report.real.path)) }
            }
            h1 { (report.name()) " " (numbers.at("/fid", 4)) }
            (interval(report, numbers))
            p {
                "Preset " (report.preset) ". "
                (count(numbers, "/real/images")) " real and " (count(numbers, "/fake/images"))
                " generated images. Lower is closer; equal sets give 0."
            }
            @if let Some(precision) = other {
                p.warning {
                    "The network was computed in " (precision) ": the value is not comparable with published FID."
                }
            }
            @if let Some(weights) = random {
                p.warning {
                    "The weights are random (" (weights.name) "): the value is not comparable with published FID."
                }
            }
        }
    }
}

fn count(numbers: &Numbers, pointer: &str) -> Markup {
    if numbers.has(pointer) {
        numbers.at(pointer, 0)
    } else {
        html! { "an unknown number of" }
    }
}

fn interval(report: &FidReport, numbers: &Numbers) -> Markup {
    let Some(interval) = &report.images.fid_interval else {
        return missing(
            "No confidence interval: neither side's images are available, or they are too few.",
        );
    };
    // Two decimals suffice for levels such as 0.999.
    let percent = rounded(interval.level * 100.0, 2);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    html! {
        p.interval {
            (percent) " % interval " (numbers.at("/fid_interval/low", 4)) " to "
            (numbers.at("/fid_interval/high", 4)) " (standard error "
            (numbers.at("/fid_interval/standard_error", 4)) ")"
        }
        p.small {
            "For the expected value at these numbers of images, by the jackknife; with few images it is too wide. "
            "It says nothing about infinitely many images: see the section on the number of images below."
        }
    }
}

/// The two terms, with remarks.
pub(in super::super) fn parts(report: &FidReport, numbers: &Numbers) -> Markup {
    let (means, covariances) = (report.mean_term.max(0.0), report.trace_term.max(0.0));
    let whole = means + covariances;
    let share = |part: f64| if whole > 0.0 { 100.0 * part / whole } else { 0.0 };
    let remarks = report.explanation.iter().flat_map(|explanation| &explanation.remarks);
    let content = html! {
        @if whole > 0.0 {
            div.bar aria-hidden="true" {
                span.means style={ "width:" (rounded(share(means), 2)) "%" } {}
                span.covariances style={ "width:" (rounded(share(covariances), 2)) "%" } {}
            }
        }
        table {
            thead { tr { th scope="col" { "term" } th scope="col" { "value" } th scope="col" { "share" } } }
            tbody {
                tr {
                    th scope="row" { span.swatch.means aria-hidden="true" {} "the means, |μ" sub { "real" } " − μ" sub { "fake" } "|²" }
                    td { (numbers.at("/mean_term", 4)) }
                    td { (rounded(share(means), 0)) " %" }
                }
                tr {
                    th scope="row" {
                        span.swatch.covariances aria-hidden="true" {}
                        "the covariances, tr Σ" sub { "real" } " + tr Σ" sub { "fake" } " − 2 tr √(Σ" sub { "real" } "Σ" sub { "fake" } ")"
                    }
                    td { (numbers.at("/trace_term", 4)) }
                    td { (rounded(share(covariances), 0)) " %" }
                }
            }
        }
        p {
            "The spread of the features: tr Σ" sub { "real" } " = " (numbers.at("/real/trace", 4)) ", tr Σ"
            sub { "fake" } " = " (numbers.at("/fake/trace", 4)) "."
        }
        ul { @for remark in remarks { li { (remark) } } }
    };
    section("parts", "What the value is made of", content)
}

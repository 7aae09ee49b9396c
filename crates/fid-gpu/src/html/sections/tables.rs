//! Tables of metrics, presets and classes.

use maud::{Markup, html};

use super::super::blocks::section;
use super::super::numbers::Numbers;
use crate::{FidReport, Metric};

/// Rows of the table of metrics: metric, title, JSON pointer, digits.
const VALUES: [(Metric, &str, &str, usize); 18] = [
    (Metric::Fid, "FID", "/fid", 4),
    (Metric::Fid64, "FID at 64 features", "/metrics/fid_64", 4),
    (Metric::Fid192, "FID at 192 features", "/metrics/fid_192", 4),
    (Metric::Fid768, "FID at 768 features", "/metrics/fid_768", 4),
    (Metric::Sfid, "sFID", "/metrics/sfid", 4),
    (Metric::FidInfinity, "FID∞", "/metrics/fid_infinity/value", 4),
    (Metric::Kid, "KID, mean of the subsets", "/metrics/kid/mean", 6),
    (Metric::Kid, "KID, deviation of the subsets", "/metrics/kid/std", 6),
    (Metric::InceptionScore, "Inception Score of the generated images", "/metrics/is/mean", 4),
    (Metric::InceptionScore, "Inception Score, deviation of the splits", "/metrics/is/std", 4),
    (Metric::Prdc, "Precision", "/metrics/prdc/precision", 4),
    (Metric::Prdc, "Recall", "/metrics/prdc/recall", 4),
    (Metric::Prdc, "F-score", "/metrics/prdc/f_score", 4),
    (Metric::Prdc, "Density", "/metrics/prdc/density", 4),
    (Metric::Prdc, "Coverage", "/metrics/prdc/coverage", 4),
    (Metric::Mind, "MIND", "/metrics/mind/value", 4),
    (Metric::Mifid, "MiFID", "/metrics/mifid/value", 4),
    (Metric::Cmmd, "CMMD", "/metrics/cmmd/value", 4),
];

/// Every metric with its value, or the reason why it is missing.
pub(in super::super) fn metrics(report: &FidReport, numbers: &Numbers) -> Markup {
    let content = html! {
        table {
            thead { tr { th scope="col" { "metric" } th scope="col" { "value" } } }
            tbody {
                @for (_, name, pointer, digits) in VALUES.iter().filter(|(_, _, at, _)| numbers.has(at)) {
                    (numbers.row(name, pointer, *digits))
                }
                @if numbers.has("/kid_interval") {
                    tr {
                        th scope="row" { "KID over the whole sets, interval" }
                        td { (numbers.at("/kid_interval/low", 6)) " to " (numbers.at("/kid_interval/high", 6)) }
                    }
                }
            }
        }
        @for missing in &report.metrics.not_computed {
            p.missing { (missing.metric) " is left out: " (missing.reason) "." }
        }
    };
    section("metrics", "All metrics", content)
}

/// FID under each preset and of each class, if there are several.
pub(in super::super) fn tables(report: &FidReport, numbers: &Numbers) -> Markup {
    let presets = html! {
        table {
            thead { tr { th scope="col" { "preset" } th scope="col" { "FID" } } }
            tbody {
                @for (index, under) in report.presets.iter().enumerate() {
                    (numbers.row(&under.preset, &format!("/presets/{index}/fid"), 4))
                }
            }
        }
    };
    let of_classes = report.images.classes.as_deref().unwrap_or_default();
    let classes = html! {
        table {
            thead {
                tr { th scope="col" { "class" } th scope="col" { "FID" } th scope="col" { "real" } th scope="col" { "generated" } }
            }
            tbody {
                @for (index, class) in of_classes.iter().enumerate() {
                    tr {
                        th scope="row" { (class.name) }
                        td { (numbers.at(&format!("/classes/{index}/fid"), 4)) }
                        td { (numbers.at(&format!("/classes/{index}/real"), 0)) }
                        td { (numbers.at(&format!("/classes/{index}/fake"), 0)) }
                    }
                }
            }
        }
    };
    html! {
        @if !report.presets.is_empty() { (section("presets", "Under other presets", presets)) }
        @if !of_classes.is_empty() { (section("classes", "Classes", classes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_row() {
        for metric in Metric::ALL {
            assert!(VALUES.iter().any(|(of, ..)| of == metric), "{metric}");
        }
    }
}

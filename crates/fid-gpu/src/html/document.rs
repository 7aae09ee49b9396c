//! The whole document.

use maud::{DOCTYPE, PreEscaped, html};

use super::blocks::name;
use super::numbers::{Numbers, rounded};
use super::plot_data::PlotData;
use super::sections;
use crate::FidReport;

const STYLE: &str = include_str!("style.css");

/// Allows the document its own style and pictures, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The HTML document of a report.
pub(super) fn document(report: &FidReport, data: &PlotData, command: &str) -> String {
    let numbers = Numbers::new(report);
    let title = format!("FID {}", rounded(report.fid, 4));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content={ "fid-gpu " (report.versions.fid_gpu) };
                title { (title) ": " (name(&report.fake.path)) " and " (name(&report.real.path)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (sections::value(report, &numbers))
                main {
                    (sections::parts(report, &numbers))
                    (sections::number_of_images(report, &numbers))
                    (sections::spectra(report, &numbers))
                    (sections::map(data))
                    (sections::images(report, data, &numbers))
                    (sections::metrics(report, &numbers))
                    (sections::tables(report, &numbers))
                    (sections::census(report, &numbers))
                    (sections::provenance(report, &numbers, command))
                }
            }
        }
    }
    .into_string()
}

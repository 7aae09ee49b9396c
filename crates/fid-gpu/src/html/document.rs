//! The whole document.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::numbers::Numbers;
use super::sections;
use super::series::Series;
use crate::FidReport;

const STYLE: &str = include_str!("style.css");

/// What the page may do: show its own style and pictures, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The page of a report.
pub(super) fn document(report: &FidReport, series: &Series, command: &str) -> String {
    let numbers = Numbers::new(report);
    let title = format!("FID {}", super::numbers::rounded(report.fid, 4));
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
                    (sections::map(series))
                    (sections::images(report, series, &numbers))
                    (sections::metrics(report, &numbers))
                    (sections::tables(report, &numbers))
                    (sections::provenance(report, &numbers, command))
                }
            }
        }
    }
    .into_string()
}

/// What a path is called, short.
pub(super) fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A section with its heading.
pub(super) fn section(id: &str, heading: &str, content: Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { (heading) }
            (content)
        }
    }
}

/// A part that is left out, and why.
pub(super) fn missing(reason: &str) -> Markup {
    html! { p.missing { (reason) } }
}

/// A plot with its legend and what it says; or why there is none.
pub(super) fn figure(plot: Result<String, String>, legend: Markup, caption: Markup) -> Markup {
    match plot {
        Ok(svg) => html! {
            figure {
                p.legend { (legend) }
                div.frame { (PreEscaped(svg)) }
                figcaption { (caption) }
            }
        },
        Err(reason) => missing(&reason),
    }
}

/// How the two sides look in every plot.
pub(super) fn sides() -> Markup {
    html! {
        span.real { span aria-hidden="true" { "●" } " real" }
        span.fake { span aria-hidden="true" { "▲" } " generated" }
    }
}

//! Building blocks of the document.

use maud::{Markup, PreEscaped, html};

/// The last part of a path.
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

/// A placeholder for a part that is left out, with the reason.
pub(super) fn missing(reason: &str) -> Markup {
    html! { p.missing { (reason) } }
}

/// A plot with legend and caption, or the reason why it is missing.
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

/// The legend of the two sides, the same in every plot.
pub(super) fn sides() -> Markup {
    html! {
        span.real { span aria-hidden="true" { "●" } " real" }
        span.fake { span aria-hidden="true" { "▲" } " generated" }
    }
}

//! Numbers of the JSON report, for people.

use maud::{Markup, html};
use serde_json::Value;

/// The JSON report, from which all numbers in the document come.
pub(super) struct Numbers {
    json: Value,
}

impl Numbers {
    pub(super) fn new(report: &impl serde::Serialize) -> Self {
        // A report of strings, numbers and lists always serialises.
        Self { json: serde_json::to_value(report).unwrap_or_default() }
    }

    /// The whole JSON report, indented.
    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(&self.json).unwrap_or_default()
    }

    /// The number at a JSON pointer (RFC 6901), rounded for people, with all digits in `value`; a dash if
    /// missing.
    pub(super) fn at(&self, pointer: &str, digits: usize) -> Markup {
        match self.json.pointer(pointer).and_then(Value::as_f64).filter(|x| x.is_finite()) {
            Some(x) => html! { data data-at=(pointer) value=(x) { (rounded(x, digits)) } },
            None => html! { "–" },
        }
    }

    /// Whether the report has a value at a JSON pointer.
    pub(super) fn has(&self, pointer: &str) -> bool {
        self.json.pointer(pointer).is_some_and(|value| !value.is_null())
    }

    /// A row of a table: a name, and the number at a pointer.
    pub(super) fn row(&self, name: &str, pointer: &str, digits: usize) -> Markup {
        html! { tr { th scope="row" { (name) } td { (self.at(pointer, digits)) } } }
    }
}

/// A number with `digits` decimals; never `-0`, and a dash for NaN and infinity.
pub(super) fn rounded(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return "–".into();
    }
    let text = format!("{x:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.into(),
        _ => text,
    }
}

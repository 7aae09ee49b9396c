//! The section of what the images of each side are.

use maud::{Markup, html};

use super::super::blocks::{missing, section};
use super::super::numbers::Numbers;
use crate::{Census, FidReport};

/// Counts in the table: what they count, and their key.
const COUNTS: [(&str, &str); 8] = [
    ("images", "images"),
    ("JPEG or lossy WebP", "lossy"),
    ("distinct sizes", "distinct_sizes"),
    ("gray", "gray"),
    ("with transparency, dropped", "alpha"),
    ("of a single colour", "uniform"),
    ("equal to an earlier one", "repeats"),
    ("equal to a real one", "equal_to_real"),
];

/// A table of both sides: formats, sizes, gray and transparent images, repeats, colours.
pub(in super::super) fn census(report: &FidReport, numbers: &Numbers) -> Markup {
    let sides = [("/real", &report.real.census), ("/fake", &report.fake.census)];
    if sides.iter().all(|(_, census)| census.is_none()) {
        let why = "Left out: neither side's images were counted.";
        return section("census", "What the images are", missing(why));
    }
    let row = |name: &str, cell: &dyn Fn(&str, &Census) -> Markup| {
        html! {
            tr {
                th scope="row" { (name) }
                @for (side, census) in &sides {
                    td { @match census {
                        Some(census) => (cell(&format!("{side}/census"), census)),
                        None => "–",
                    } }
                }
            }
        }
    };
    let triple = |pointer: String, keys: [&str; 3], between: &str, digits: usize| {
        let number = |key: &str| numbers.at(&format!("{pointer}/{key}"), digits);
        html! { (number(keys[0])) (between) (number(keys[1])) (between) (number(keys[2])) }
    };
    let extent = |side: &'static str| {
        move |pointer: &str, _: &Census| {
            triple(format!("{pointer}/{side}"), ["min", "median", "max"], " / ", 0)
        }
    };
    let formats = |pointer: &str, census: &Census| {
        html! {
            @for (index, of) in census.formats.iter().enumerate() {
                @if index > 0 { ", " }
                (of.format) " " (numbers.at(&format!("{pointer}/formats/{index}/images"), 0))
            }
        }
    };
    let content = html! {
        table {
            thead { tr { td {} th scope="col" { "real" } th scope="col" { "generated" } } }
            tbody {
                (row("formats", &formats))
                (row("width, least / median / most", &extent("width")))
                (row("height, least / median / most", &extent("height")))
                @for (name, key) in COUNTS {
                    (row(name, &|pointer, _| numbers.at(&format!("{pointer}/{key}"), 0)))
                }
                (row("mean red, green, blue", &|pointer, _| {
                    triple(format!("{pointer}/colours/mean"), ["0", "1", "2"], ", ", 1)
                }))
            }
        }
        p.small { "Of the images as decoded, before they are resized. The notes below say what of it moves the value." }
    };
    section("census", "What the images are", content)
}

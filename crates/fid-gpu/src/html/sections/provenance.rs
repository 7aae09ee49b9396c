//! The section that says how the value was made.

use maud::{Markup, html};

use super::super::blocks::section;
use super::super::numbers::Numbers;
use crate::{FidReport, SetReport};

/// Everything needed to compute the value again, the notes, and the whole report.
pub(in super::super) fn provenance(report: &FidReport, numbers: &Numbers, command: &str) -> Markup {
    let text = |name: &str, value: Option<&str>| {
        html! { @if let Some(value) = value { tr { th scope="row" { (name) } td.text { (value) } } } }
    };
    let weights = report.weights.as_ref();
    let content = html! {
        @for note in &report.notes { p.note { (note) } }
        table {
            tbody {
                (text("command", Some(command)))
                (side("real", "/real", &report.real, numbers))
                (side("generated", "/fake", &report.fake, numbers))
                (text("preset", Some(&report.preset)))
                (text("precision", Some(&report.precision)))
                (text("weights", weights.map(|weights| weights.name.as_str())))
                (text("SHA-256 of the weights", weights.map(|weights| weights.sha256.as_str())))
                (text("device", report.device.as_deref()))
                (text("driver", report.driver.as_deref()))
                (text("kernels", report.kernels.as_deref()))
                (numbers.row("batch size", "/batch_size", 0))
                (text("trace of the root", Some(&report.trace_method.to_string())))
                (text("versions", Some(&format!(
                    "fid-gpu {}, Burn {}", report.versions.fid_gpu, report.versions.burn
                ))))
                (text("made", Some(&date(report.timestamp))))
                (numbers.row("seconds", "/seconds/total", 1))
            }
        }
        details {
            summary { "The whole report (JSON)" }
            pre id="report" { (numbers.text()) }
        }
    };
    section("provenance", "How it was made", content)
}

fn side(name: &str, pointer: &str, set: &SetReport, numbers: &Numbers) -> Markup {
    html! {
        tr { th scope="row" { (name) } td.text { (set.path.display()) } }
        (numbers.row(&format!("{name}: images"), &format!("{pointer}/images"), 0))
        @if !set.preparation.is_none() {
            tr { th scope="row" { (name) ": preparation" } td.text { (set.preparation) } }
        }
        @if let Some(drawn) = &set.samples {
            tr { th scope="row" { (name) ": drawn" } td.text { (drawn) } }
        }
        @if set.ignored_files > 0 {
            (numbers.row(&format!("{name}: other files, ignored"), &format!("{pointer}/ignored_files"), 0))
        }
        @if !set.unread.is_empty() {
            tr {
                th scope="row" { (name) ": look like images, not read" }
                td.text { @for kind in &set.unread { (kind) br; } }
            }
        }
        @if !set.passed_over.is_empty() {
            tr {
                th scope="row" { (name) ": thumbnails, bins, hidden folders" }
                td.text { (set.passed_over.join(", ")) }
            }
        }
        @if !set.skipped.is_empty() {
            tr {
                th scope="row" { (name) ": left out" }
                td.text { @for file in &set.skipped { (file.path.display()) " (" (file.reason) ")" br; } }
            }
        }
        @if let Some(made) = &set.statistics {
            tr { th scope="row" { (name) ": statistics made by" } td.text { (made.decoder) ", " (made.device) } }
        }
    }
}

/// A date and time, UTC, of seconds since 1970 (Gregorian calendar, by H. Hinnant's `civil_from_days`).
pub(super) fn date(seconds: u64) -> String {
    let (days, time) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on.
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(date(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(date(951_827_696), "2000-02-29 12:34:56 UTC");
        assert_eq!(date(1_709_164_800), "2024-02-29 00:00:00 UTC");
        assert_eq!(date(4_102_444_799), "2099-12-31 23:59:59 UTC");
    }
}

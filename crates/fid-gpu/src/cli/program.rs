//! The program: parses, calls the library, prints.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use fid_core::FEATURE_DIM;
use fid_images::printable;

use super::{
    Cli, Command, Doctor, FeatureResult, How, Merge, OutputArgs, Sides, Stats, Watch, hint,
    metric_hint, threshold_hint,
};
use crate::jsonl::JsonLines;
use crate::observer::{Observer, Silent};
use crate::source::Unread;
use crate::stats_file::{StatsFile, StatsMeta};
use crate::terminal::Terminal;
use crate::threshold::{Threshold, ThresholdError};
use crate::watch::WatchLine;
use crate::{CacheReport, Error, FidReport, Skipped, StageSeconds};

/// Exit status of a value above a limit.
const WORSE: u8 = 1;
/// Exit status of an error, or wrong usage.
const FAILED: u8 = 2;
/// Exit status of sets or runs that are not comparable.
const NOT_COMPARABLE: u8 = 3;

/// Runs the program with `arguments`, the first of which is its name, and returns its exit status:
/// 0 done, 1 a value above a limit, 2 an error or wrong usage, 3 sets or runs that are not comparable.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let cli = match Cli::of(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe, as in `fid-gpu --help | head -1`, is no error.
            let _ = error.print();
            return error.exit_code() as u8;
        }
    };
    let passed = |()| true;
    let done = match cli.command {
        None => match cli.sides.sides(&cli.how) {
            Ok(Sides::Both(real, fake)) => compare(&real, &fake, &cli.how),
            Ok(Sides::Fake(fake)) => one_set(&fake, &cli.how).map(passed),
            Err(message) => Err(anyhow::anyhow!(message)),
        },
        Some(Command::Fid(fid)) => compare(&fid.real, &fid.fake, &fid.how),
        #[cfg(feature = "html")]
        Some(Command::Report(args)) => report(&args, &arguments),
        Some(Command::Frechet(args)) => of_features(args.run(), &args.files.output),
        Some(Command::Kid(args)) => of_features(args.run(), &args.files.output),
        Some(Command::Prdc(args)) => of_features(args.run(), &args.files.output),
        Some(Command::Cmmd(args)) => of_features(args.run(), &args.files.output),
        Some(Command::Stats(args)) => stats(&args).map(passed),
        Some(Command::Merge(args)) => merge(&args).map(passed),
        Some(Command::Watch(args)) => watch(&args),
        Some(Command::Devices) => print(crate::list_devices()).map(passed),
        Some(Command::Doctor(args)) => doctor(&args).map(passed),
        Some(Command::Weights(command)) => {
            let done = command.run(&Terminal::default()).map_err(anyhow::Error::from);
            done.and_then(print).map(passed)
        }
        Some(Command::Refs(command)) => {
            let done = command.run(&Terminal::default()).map_err(anyhow::Error::from);
            done.and_then(print).map(passed)
        }
        Some(Command::Completions(args)) => print(args.text(Cli::command())).map(passed),
        Some(Command::Man(args)) => args.run(Cli::command()).and_then(print).map(passed),
    };
    match done {
        Ok(true) => 0,
        Ok(false) => WORSE,
        Err(error) => {
            eprintln!("fid-gpu: {error:#}");
            if let Some(hint) = way_out(&error) {
                eprintln!("{hint}");
            }
            let sides = error.downcast_ref().is_some_and(Error::is_not_comparable);
            let runs = matches!(error.downcast_ref(), Some(ThresholdError::NotComparable { .. }));
            if sides || runs { NOT_COMPARABLE } else { FAILED }
        }
    }
}

/// The way out of an error, in terms of the command line.
fn way_out(error: &anyhow::Error) -> Option<String> {
    let threshold = || error.downcast_ref().and_then(threshold_hint);
    error.downcast_ref().and_then(hint).or_else(threshold)
}

/// Compares two sets; whether the value is within its limits.
fn compare(real: &Path, fake: &Path, how: &How) -> anyhow::Result<bool> {
    // Opened before minutes of work.
    let threshold = how.threshold.threshold()?;
    let mut lines = how.threshold.json_lines()?;
    let (terminal, output) = (Terminal::default(), &how.output);
    let report = crate::evaluate_with(&how.config(real, fake)?, observer(output, &terminal))?;
    tell(&report, how, || {
        let lines = report.lines().join("\n");
        match &report.explanation {
            Some(explanation) => {
                let mut facts = report.census_lines();
                facts.extend(report.device.as_ref().map(|device| format!("network: {device}")));
                format!("{lines}\n\n{}\n{}", explanation.text(), facts.join("\n")).trim_end().into()
            }
            None => lines,
        }
    })?;
    if let Some(error) = &report.not_saved {
        return Err(anyhow::anyhow!("{error}"));
    }
    let passed = judge(&report, &report, &threshold, lines.as_mut())?;
    match report.metrics.not_computed.first() {
        // With all metrics, the note was enough.
        Some(missing) if !report.requested.is_all() => {
            let (metric, reason) = (missing.metric, &missing.reason);
            let hint = metric_hint(metric, None);
            Err(anyhow::anyhow!("{metric} could not be computed: {reason}\n{hint}"))
        }
        _ => Ok(passed),
    }
}

/// Computes the metrics of one set.
fn one_set(fake: &Path, how: &How) -> anyhow::Result<()> {
    let mut lines = how.threshold.json_lines()?;
    let (terminal, output) = (Terminal::default(), &how.output);
    let config = how.config(Path::new(""), fake)?;
    let report = crate::evaluate_one(&config, observer(output, &terminal))?;
    if !output.quiet {
        report.notes.iter().for_each(|note| eprintln!("note: {note}"));
    }
    if how.run.timings {
        eprint!("{}", report.timings());
    }
    print_result(output, &report, || report.lines().join("\n"))?;
    if let Some(error) = &report.not_saved {
        return Err(anyhow::anyhow!("{error}"));
    }
    lines.as_mut().map_or(Ok(()), |lines| lines.append(&report))?;
    Ok(())
}

/// Compares two sets and writes the HTML report; whether the value is within its limits.
#[cfg(feature = "html")]
fn report(args: &super::Report, arguments: &[OsString]) -> anyhow::Result<bool> {
    use crate::html::{self, Page};

    let how = &args.how;
    let threshold = how.threshold.threshold()?;
    let mut lines = how.threshold.json_lines()?;
    Page::check_target(&args.target)?;
    let terminal = Terminal::default();
    let command = html::command_line(arguments);
    let page = html::page(&args.config()?, &command, observer(&how.output, &terminal))?;
    let saved = page.save(&args.target);
    // The value is printed even if the disk is full.
    tell(&page.report, how, || {
        let fid = page.report.lines().into_iter().next().unwrap_or_default();
        match &saved {
            Ok(()) => format!("{fid}\n{}: {}", args.target.display(), html::size(&args.target)),
            Err(_) => fid,
        }
    })?;
    saved?;
    if let Some(error) = &page.report.not_saved {
        return Err(anyhow::anyhow!("{error}"));
    }
    judge(&page.report, &page.report, &threshold, lines.as_mut())
}

/// Prints a value of two feature files.
fn of_features(
    value: Result<FeatureResult<impl serde::Serialize>, Error>,
    output: &OutputArgs,
) -> anyhow::Result<bool> {
    let value = value?;
    print_result(output, &value, || value.line.clone())?;
    Ok(true)
}

/// Compares every folder; whether all values are within their limits.
fn watch(args: &Watch) -> anyhow::Result<bool> {
    let how = &args.how;
    let threshold = how.threshold.threshold()?;
    let mut json_lines = how.threshold.json_lines()?;
    let config = args.config()?;
    let (terminal, output) = (Terminal::default(), &how.output);
    let mut judged = Ok(true);
    let mut noted = HashSet::new();
    crate::watch::watch(&config, observer(output, &terminal), &mut |folder, watched, report| {
        match report {
            Ok(report) => {
                // Notes about the folder are its own; others are the same for every folder.
                for note in report.notes.iter().filter(|_| !output.quiet) {
                    if note.starts_with("fake: ") {
                        eprintln!("note: {}: {note}", printable(folder));
                    } else if noted.insert(note.clone()) {
                        eprintln!("note: {note}");
                    }
                }
                let named = |line: &String| format!("{}: {line}", printable(folder));
                let text = report.lines().iter().map(named).collect::<Vec<_>>().join("\n");
                let line = WatchLine::new(&report, watched);
                judged = print_result(output, &line, || text)
                    .and_then(|()| judge(&report, &line, &threshold, json_lines.as_mut()));
            }
            Err(error) => {
                eprintln!("fid-gpu: {}: {}", folder.display(), error.chain());
                if let Some(hint) = hint(&error) {
                    eprintln!("{hint}");
                }
            }
        }
        matches!(judged, Ok(true))
    })?;
    judged
}

/// Prints a report, for people as `lines`, with its notes and timings.
fn tell(report: &FidReport, how: &How, lines: impl FnOnce() -> String) -> anyhow::Result<()> {
    if !how.output.quiet {
        report.notes.iter().for_each(|note| eprintln!("note: {note}"));
    }
    if how.run.timings {
        eprint!("{}", report.timings());
    }
    print_result(&how.output, report, lines)
}

/// Appends a result as `line` to the JSON Lines file, and says why it is too high if it is.
fn judge(
    report: &FidReport,
    line: &impl serde::Serialize,
    threshold: &Threshold,
    lines: Option<&mut JsonLines>,
) -> anyhow::Result<bool> {
    if let Some(lines) = lines {
        lines.append(line)?;
    }
    let reasons = threshold.check(report)?;
    reasons.iter().for_each(|reason| eprintln!("fid-gpu: {reason}"));
    Ok(reasons.is_empty())
}

fn stats(args: &Stats) -> anyhow::Result<()> {
    let terminal = Terminal::default();
    let observer = observer(&args.output, &terminal);
    let made = crate::save_statistics(&args.config()?, &args.target, observer)?;
    if args.run.timings {
        eprint!("{}", made.timings());
    }
    let (stages, weights_seconds) = (Some(made.stages), Some(made.weights_seconds));
    let (skipped, cache) = (made.skipped, made.cache);
    let (unread, passed_over) = (made.unread, made.passed_over);
    let meta = made.file.meta.as_ref();
    let saved = Saved { meta, skipped, unread, passed_over, cache, stages, weights_seconds };
    tell_saved(&made.file, &saved, &args.target, &args.output)
}

fn merge(args: &Merge) -> anyhow::Result<()> {
    StatsFile::check_target(&args.target).map_err(Error::from)?;
    let dim = args.files.first().map_or(Ok(FEATURE_DIM), |first| StatsFile::dim_of(first));
    let dim = dim.map_err(Error::from)?;
    let mut note = |note: &str| {
        if !args.output.quiet {
            eprintln!("note: {note}");
        }
    };
    let file = StatsFile::merge_noting(&args.files, dim, &mut note)?;
    file.save(&args.target).map_err(Error::from)?;
    let saved = Saved { meta: file.meta.as_ref(), ..Saved::default() };
    tell_saved(&file, &saved, &args.target, &args.output)
}

fn doctor(args: &Doctor) -> anyhow::Result<()> {
    let terminal = Terminal::default();
    let diagnosis = args.run(observer(&args.output, &terminal))?;
    if args.output.json {
        print_result(&args.output, &diagnosis, String::new)?;
    } else {
        print(diagnosis.text())?;
    }
    match diagnosis.failed() {
        0 => Ok(()),
        failed => Err(anyhow::anyhow!("{failed} stages failed")),
    }
}

/// The provenance in a file, and facts about the run that the file does not contain.
#[derive(Default, serde::Serialize)]
struct Saved<'a> {
    #[serde(flatten)]
    meta: Option<&'a StatsMeta>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Skipped>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<Unread>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_over: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stages: Option<StageSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights_seconds: Option<f64>,
}

/// Prints what a file contains that was written.
fn tell_saved(
    file: &StatsFile,
    saved: &Saved,
    path: &Path,
    output: &OutputArgs,
) -> anyhow::Result<()> {
    print_result(output, saved, || {
        let images = file.stats.num_images().unwrap_or_default();
        format!("{}: {images} images", path.display())
    })
}

fn observer<'a>(output: &OutputArgs, terminal: &'a Terminal) -> &'a dyn Observer {
    if output.quiet { &Silent } else { terminal }
}

fn print_result(
    output: &OutputArgs,
    report: &impl serde::Serialize,
    line: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    let text = if output.json {
        serde_json::to_string_pretty(report).context("cannot write the report as JSON")?
    } else {
        line()
    };
    print(format!("{text}\n"))
}

/// Prints a result. A closed pipe, as in `fid-gpu devices | head -1`, is no error.
fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    match io::stdout().write_all(text.as_ref()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

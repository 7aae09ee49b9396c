//! Conflicts between `--suite` and `--preset`.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::Parser;
use clap::error::ErrorKind;
use fid_core::Preset;

use super::{Cli, Command};

impl Cli {
    /// Parses a command line, which begins with the program's name.
    ///
    /// # Errors
    ///
    /// [`clap::Error`] for wrong usage, and for a suite with the preset of another program.
    pub fn of(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(arguments)?;
        if let Some(message) = cli.conflict() {
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        if cli.command.is_none()
            && let Err(message) = cli.sides.sides(&cli.how)
        {
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        Ok(cli)
    }

    fn conflict(&self) -> Option<String> {
        let (suite, presets) = match &self.command {
            None => (self.how.metrics.suite, &self.how.run.preset),
            #[cfg(feature = "html")]
            Some(Command::Report(report)) => (report.how.metrics.suite, &report.how.run.preset),
            Some(Command::Fid(fid)) => (fid.how.metrics.suite, &fid.how.run.preset),
            Some(Command::Watch(watch)) => (watch.how.metrics.suite, &watch.how.run.preset),
            Some(Command::Stats(stats)) => (stats.suite, &stats.run.preset),
            Some(_) => return None,
        };
        let (suite, asked) = (suite?, presets.as_ref()?);
        let needed = suite.preset();
        (Preset::named(asked.first(), Preset::INCEPTION) != Ok(needed)).then(|| {
            format!(
                "--suite {suite} has the preset {needed}, and --preset says {}: leave --preset out, or name \
                 the metrics one by one with --metrics",
                asked.first()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Cli {
        Cli::try_parse_from([&["fid-gpu"], args].concat()).unwrap()
    }

    #[test]
    fn a_suite_has_one_preset() {
        for before in [
            &["fid", "a", "b"][..],
            &["--real", "a", "--fake", "b"],
            &["stats", "a", "-o", "b.npz"],
            #[cfg(feature = "html")]
            &["report", "a", "b", "-o", "c.html"],
            &["watch", "a", "--real", "b"],
        ] {
            let with = |more: &[&str]| parsed(&[before, more].concat()).conflict();
            assert_eq!(with(&["--suite", "adm"]), None);
            assert_eq!(with(&["--preset", "clean"]), None);
            for alias in ["adm", "ttur", "torch-fidelity", "adm,clean"] {
                assert_eq!(with(&["--suite", "adm", "--preset", alias]), None, "{alias}");
            }
            for other in ["clean", "pytorch-fid", "clean,adm", "all"] {
                let message = with(&["--suite", "adm", "--preset", other]).unwrap();
                assert!(message.contains("torch-fidelity"), "{message}");
            }
        }
    }
}

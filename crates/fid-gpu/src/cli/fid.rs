//! `fid-gpu fid`, and the arguments of every comparison.

use std::path::{Path, PathBuf};

use clap::Args;
use fid_core::Preset;

use super::{MetricArgs, OutputArgs, RunArgs, SidesArgs, ThresholdArgs};
use crate::{Error, EvalConfig, SaveConfig, Suite};

/// The two sides, as options or as bare paths.
#[derive(Debug, Args)]
pub struct SideArgs {
    /// Real images: a folder, archive, array, list of paths, or a statistics file; see below
    #[arg(long, value_name = "INPUT")]
    pub real: Option<PathBuf>,

    /// Generated images, in the same ways
    #[arg(long, value_name = "INPUT")]
    pub fake: Option<PathBuf>,

    /// The same without options: the real images and the generated ones
    #[arg(value_name = "REAL FAKE", num_args = 0..=2, conflicts_with_all = ["real", "fake"])]
    pub paths: Vec<PathBuf>,
}

/// The sides of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sides {
    /// Real and generated images.
    Both(PathBuf, PathBuf),
    /// Generated images alone.
    Fake(PathBuf),
}

impl SideArgs {
    /// The sides named on the command line.
    ///
    /// # Errors
    ///
    /// What is missing, in words, if `how` asks for a comparison and only one side is named.
    pub fn sides(&self, how: &How) -> Result<Sides, String> {
        let named = match (&self.real, &self.fake, &self.paths[..]) {
            (Some(real), Some(fake), _) | (_, _, [real, fake]) => {
                return Ok(Sides::Both(real.clone(), fake.clone()));
            }
            (None, None, []) => {
                return Err(
                    "nothing to compare: name the real images and the generated ones, as in \
                    `fid-gpu photos samples`"
                        .into(),
                );
            }
            (Some(_), None, _) => return Err("--fake is missing: the generated images".into()),
            (None, Some(fake), _) => fake,
            (None, None, paths) => &paths[0],
        };
        let limits = how.threshold.any().then(|| "a limit of the FID".to_string());
        let config = how.config(Path::new(""), named).map_err(|error| error.to_string())?;
        match config.needs_both().or(limits) {
            None => Ok(Sides::Fake(named.clone())),
            Some(_) if !self.paths.is_empty() && !named.exists() => Err(format!(
                "'{}' is neither a command nor a file or folder: `fid-gpu --help` lists the commands",
                named.display()
            )),
            Some(what) => {
                let missing = if self.fake.is_some() { "--real" } else { "a second path" };
                Err(format!(
                    "{missing} is missing: {what} compares two sets (one is enough for --metrics is)"
                ))
            }
        }
    }
}

/// The arguments of `fid`.
#[derive(Debug, Args)]
pub struct Fid {
    /// Real images: a folder, archive, array, list of paths, or a statistics file; see below
    #[arg(value_name = "REAL")]
    pub real: PathBuf,

    /// Generated images, in the same ways
    #[arg(value_name = "FAKE")]
    pub fake: PathBuf,

    /// How to compare.
    #[command(flatten)]
    pub how: How,
}

/// How to compare two sides.
#[derive(Debug, Args)]
pub struct How {
    /// The images.
    #[command(flatten)]
    pub images: SidesArgs,

    /// The preset of statistics files that do not record how they were made
    ///
    /// Files of fid-gpu record it. Those of other programs contain only the numbers: name the preset that
    /// treats images as the program did, and pass it as --preset, too, if the other side is images. The
    /// weights are assumed to be the same.
    #[arg(long, value_name = "NAME")]
    pub assume_preset: Option<String>,

    /// Save the statistics of the real images in a file, for later comparisons without the images
    ///
    /// The same file as `fid-gpu stats REAL -o FILE.npz` writes. pytorch-fid, TTUR and clean-fid read it,
    /// too. An existing file is replaced.
    #[arg(long, value_name = "NPZ")]
    pub save_stats: Option<PathBuf>,

    /// The metrics.
    #[command(flatten)]
    pub metrics: MetricArgs,

    /// Save the features of every image: real-pool3.npy and fake-pool3.npy in a folder
    ///
    /// f32, [images, 2048], with the names of the images in real-images.txt and fake-images.txt: one line
    /// a row, control characters in a name escaped.
    #[arg(long, value_name = "DIR")]
    pub save_features: Option<PathBuf>,

    /// Save the logits of every image, without bias: real-logits.npy and fake-logits.npy in a folder
    #[arg(long, value_name = "DIR")]
    pub save_logits: Option<PathBuf>,

    /// Explain the value: its parts, and what may be wrong if it is odd
    #[arg(long)]
    pub explain: bool,

    /// Limits.
    #[command(flatten)]
    pub threshold: ThresholdArgs,

    /// The network.
    #[command(flatten)]
    pub run: RunArgs,

    /// The output.
    #[command(flatten)]
    pub output: OutputArgs,
}

impl How {
    /// The library's configuration.
    ///
    /// # Errors
    ///
    /// [`Error::Core`] if the encoder does not have a preset.
    pub fn config(&self, real: &Path, fake: &Path) -> Result<EvalConfig, Error> {
        let run = self.run.config(self.metrics.suite)?;
        let encoder = &run.encoder;
        let named = |name: &String| Preset::named(name, encoder.presets());
        let assumed = self.assume_preset.as_ref().map(named).transpose()?;
        let mut metrics = self.metrics.config();
        metrics.select = metrics.select.usual_for(encoder.name());
        Ok(EvalConfig {
            real_preparation: self.images.real(),
            fake_preparation: self.images.fake(),
            samples: self.images.both.samples(self.metrics.seed),
            assume_preset: assumed.or(self.metrics.suite.map(Suite::preset)),
            save_stats: self.save_stats.clone(),
            metrics,
            save: SaveConfig {
                features: self.save_features.clone(),
                logits: self.save_logits.clone(),
            },
            explain: self.explain,
            run,
            ..EvalConfig::new(real, fake)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::StatsConfig;
    use crate::cli::{Cli, Command};

    fn parsed(args: &[&str]) -> Command {
        Cli::try_parse_from([&["fid-gpu"], args].concat()).unwrap().command.unwrap()
    }

    #[test]
    fn the_library_has_the_defaults_of_the_command_line() {
        let Command::Fid(Fid { real, fake, how }) = parsed(&["fid", "a", "b"]) else { panic!() };
        let mut of_arguments = how.config(&real, &fake).unwrap();
        // The library downloads nothing unasked.
        of_arguments.run.download = None;
        assert_eq!(format!("{of_arguments:#?}"), format!("{:#?}", EvalConfig::new("a", "b")));

        let Command::Stats(stats) = parsed(&["stats", "a", "-o", "b.npz"]) else { panic!() };
        let mut of_arguments = stats.config().unwrap();
        of_arguments.run.download = None;
        assert_eq!(format!("{of_arguments:#?}"), format!("{:#?}", StatsConfig::new("a")));
    }

    #[test]
    fn classes_have_one_least_size() {
        let Command::Fid(fid) = parsed(&["fid", "a", "b", "--per-class"]) else { panic!() };
        let least = fid.how.metrics.config().images.per_class;
        assert_eq!(least, Some(crate::ImagesConfig::MIN_CLASS_IMAGES));
    }
}

//! Shell completions and man pages, made from the command line's own definition.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each command into this folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl Completions {
    /// The script that teaches the shell.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "fid-gpu", &mut text);
        text
    }
}

impl Man {
    /// The main page, or nothing once all pages are in the folder.
    ///
    /// # Errors
    ///
    /// Names the folder that cannot be written.
    pub fn run(&self) -> anyhow::Result<Vec<u8>> {
        let named = |path: &Path, error: io::Error| {
            anyhow::anyhow!("{}: cannot write man pages there: {error}", path.display())
        };
        let mut page = Vec::new();
        match &self.dir {
            None => clap_mangen::Man::new(Cli::command()).render(&mut page)?,
            Some(folder) => std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
                .map_err(|error| named(folder, error))?,
        }
        Ok(page)
    }
}

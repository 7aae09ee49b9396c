//! Shell completions and man pages, made from the command line's own definition.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Write a page for each command into this folder, which is created if missing
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

impl Completions {
    /// The completion script of `command` for the shell.
    pub fn text(&self, mut command: Command) -> Vec<u8> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "fid-gpu", &mut text);
        text
    }
}

impl Man {
    /// The main page of `command`; or writes all pages into the folder and returns nothing.
    ///
    /// # Errors
    ///
    /// An error that names the folder, if it cannot be written.
    pub fn run(&self, command: Command) -> anyhow::Result<Vec<u8>> {
        let mut page = Vec::new();
        match &self.dir {
            None => clap_mangen::Man::new(command).render(&mut page)?,
            Some(folder) => std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(command, folder))
                .with_context(|| format!("cannot write man pages into {}", folder.display()))?,
        }
        Ok(page)
    }
}

//! A run of the program that must fail.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use temp_dir::TempDir;

use crate::bad_images as bad;

/// Something in the folder of a run.
#[derive(Clone)]
pub(crate) enum Entry {
    /// A file with these bytes.
    File(&'static str, Vec<u8>),
    /// A file of this length without contents on the disk.
    Sparse(&'static str, u64),
    /// A link to the second path.
    Link(&'static str, &'static str),
    /// A named pipe.
    Pipe(&'static str),
    /// A socket.
    Socket(&'static str),
}

/// A run of the program in a folder of its own.
#[derive(Clone)]
pub(crate) struct Case {
    /// The input, in words.
    pub(crate) what: &'static str,
    /// The arguments.
    pub(crate) args: Vec<String>,
    /// The folder's entries, besides `ok` with two images.
    pub(crate) entries: Vec<Entry>,
    /// The exit status.
    pub(crate) status: i32,
    /// What the message must contain.
    pub(crate) names: Vec<&'static str>,
}

impl Case {
    /// A run with arguments separated by spaces, which must end with exit status 2.
    pub(crate) fn new(what: &'static str, args: &str, names: &[&'static str]) -> Self {
        let args = args.split(' ').map(Into::into).collect();
        Self { what, args, entries: Vec::new(), status: 2, names: names.to_vec() }
    }

    /// Adds an entry to the folder.
    pub(crate) fn with(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Adds a file to the folder.
    pub(crate) fn file(self, name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(Entry::File(name, bytes.into()))
    }

    /// Sets the exit status.
    pub(crate) fn status(self, status: i32) -> Self {
        Self { status, ..self }
    }

    /// The lines on standard error, joined by semicolons, and the exit status.
    pub(crate) fn run(&self) -> (String, i32) {
        let folder = TempDir::new().unwrap();
        let (at, home) = (folder.child("at"), folder.child("home"));
        fs::create_dir_all(at.join("ok")).unwrap();
        for seed in [1, 2] {
            bad::write(&at.join("ok"), &format!("{seed}.png"), &bad::good_png(seed));
        }
        for entry in &self.entries {
            entry.make(&at);
        }
        let run = Command::new(env!("CARGO_BIN_EXE_fid-gpu"))
            .args(&self.args)
            .current_dir(&at)
            .env("HOME", &home)
            .env("XDG_CACHE_HOME", &home)
            .env_remove("TORCH_HOME")
            .env_remove("FID_GPU_CACHE")
            .env("FID_GPU_OFFLINE", "1")
            .output()
            .unwrap();
        assert!(run.stdout.is_empty(), "{}: {}", self.what, String::from_utf8_lossy(&run.stdout));
        let said = String::from_utf8(run.stderr).unwrap();
        // clap's own lines about usage follow a blank one.
        let said = said.split("\n\nUsage:").next().unwrap();
        let lines: Vec<_> = said.lines().filter(|line| !line.is_empty()).map(str::trim).collect();
        (lines.join("; "), run.status.code().unwrap())
    }
}

impl Entry {
    fn make(&self, folder: &Path) {
        let (Self::File(name, _)
        | Self::Sparse(name, _)
        | Self::Link(name, _)
        | Self::Pipe(name)
        | Self::Socket(name)) = self;
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match self {
            Self::File(_, bytes) => fs::write(path, bytes).unwrap(),
            Self::Sparse(_, length) => fs::File::create(path).unwrap().set_len(*length).unwrap(),
            Self::Link(_, target) => symlink(target, path).unwrap(),
            Self::Pipe(_) => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            Self::Socket(_) => drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
        }
    }
}

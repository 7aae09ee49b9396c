//! Killed runs leave complete files, and repeating the command gives the same result.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fid_core::FeatureStats;
use fid_gpu::stats_file::StatsFile;
use temp_dir::TempDir;

/// Dimension of the file that the child rewrites: large enough that writing takes a while.
const DIM: usize = 700;

/// Environment variable with the path that [`writes_forever`] writes.
const TARGET: &str = "FID_TEST_TARGET";

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// One of two files whose values differ in every byte.
fn statistics(template: &StatsFile, which: usize) -> StatsFile {
    let row = |n: usize| (0..DIM).map(move |at| ((at * 7 + n * 31 + which * 501) % 997) as f32);
    let rows = (0..DIM + 5).flat_map(row).collect::<Vec<_>>();
    let mut file = template.clone();
    file.stats = FeatureStats::from_features(&rows, DIM).unwrap();
    file.meta = None;
    file
}

fn template() -> StatsFile {
    let fixture = "../../tests/fixtures/stats/savez.npz";
    StatsFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture), 3).unwrap()
}

#[test]
#[ignore = "never ends: a_killed_writer_leaves_one_file_or_the_other runs and kills it"]
fn writes_forever() {
    let target = std::env::var_os(TARGET).expect("run by the other test alone");
    let files = [0, 1].map(|which| statistics(&template(), which));
    loop {
        files.iter().for_each(|file| file.save(target.as_ref()).unwrap());
    }
}

#[test]
fn a_killed_writer_leaves_one_file_or_the_other() {
    let folder = TempDir::new().unwrap();
    let target = folder.child("a.npz");
    let whole = [0, 1].map(|which| {
        statistics(&template(), which).save(&target).unwrap();
        fs::read(&target).unwrap()
    });
    let mut begun = 0;
    for round in 0..24 {
        let _ = fs::remove_file(&target);
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "writes_forever"])
            .env(TARGET, &target)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !target.exists() {
            assert!(start.elapsed() < Duration::from_secs(60), "the writer writes nothing");
            sleep(Duration::from_millis(1));
        }
        // Kill at times spread over the writing of a few files.
        sleep(Duration::from_micros(round * 1700 % 23_000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let left = fs::read(&target).unwrap();
        assert!(whole.contains(&left), "round {round}: {} bytes of neither", left.len());
        begun += names(folder.path()).len() - 1;

        let other = usize::from(left == whole[0]);
        statistics(&template(), other).save(&target).unwrap();
        assert_eq!(fs::read(&target).unwrap(), whole[other]);
        assert_eq!(names(folder.path()), ["a.npz"], "round {round}");
    }
    println!("killed in the middle of a file: {begun} of 24");
    assert!(begun > 0, "never killed while it wrote");
}

/// The command that computes statistics of four sample images.
fn command(folder: &TempDir, target: &Path) -> Command {
    let images = folder.child("images");
    if !images.exists() {
        fs::create_dir(&images).unwrap();
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/real");
        for name in ["0002.bmp", "0007.ppm", "0013.pgm", "0008.gif"] {
            fs::copy(samples.join(name), images.join(name)).unwrap();
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
    command.arg("stats").arg(images).arg("-o").arg(target);
    command.args(["--weights", "seeded", "--device", "cpu", "--quiet"]);
    command.stdout(Stdio::null());
    command
}

fn finish(mut child: Child) {
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}");
}

#[test]
fn a_repeated_command_after_a_kill_writes_the_same_file() {
    let folder = TempDir::new().unwrap();
    let (sound, target) = (folder.child("sound.npz"), folder.child("target.npz"));
    let start = Instant::now();
    finish(command(&folder, &sound).spawn().unwrap());
    let takes = start.elapsed();
    // The last run but one is killed near its end; the last gets SIGINT, as from Ctrl-C.
    for (part, signal) in [(0.15, 9), (0.5, 9), (0.8, 9), (0.97, 9), (0.4, 2)] {
        let mut child = command(&folder, &target).spawn().unwrap();
        sleep(takes.mul_f64(part));
        let process = child.id().to_string();
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(process).status().unwrap();
        let status = child.wait().unwrap();
        if sent.success() && !target.exists() {
            // A shell adds 128 and reports 130 after Ctrl-C.
            assert_eq!(status.signal(), Some(signal), "{status}");
        }
        if target.exists() {
            assert_eq!(fs::read(&target).unwrap(), fs::read(&sound).unwrap());
        }
    }
    finish(command(&folder, &target).spawn().unwrap());
    assert_eq!(fs::read(&target).unwrap(), fs::read(&sound).unwrap());
    let mut left = names(folder.path());
    left.sort();
    assert_eq!(left, ["images", "sound.npz", "target.npz"]);
}

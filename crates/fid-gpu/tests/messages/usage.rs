//! Arguments that contradict each other or the inputs.

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("one path", "ok", &["second path"]),
        Case::new("a command that does not exist", "stat", &["'stat'", "--help"]),
        Case::new("one side, and two are compared", "--fake ok", &["--real"]),
        Case::new(
            "one side, and two are explained",
            "--fake ok --metrics is --explain",
            &["--real"],
        ),
        Case::new(
            "--kid-subset-size 1",
            "ok ok --metrics kid --kid-subset-size 1",
            &["--kid-subset-size"],
        ),
        Case::new(
            "fewer images than a KID subset",
            "ok ok --metrics kid",
            &["--kid-subset-size 2"],
        ),
        Case::new("fewer images than splits", "ok ok --metrics is", &["--is-splits 2"]),
        Case::new("fewer images than neighbours", "ok ok --metrics prdc", &["--neighbours 1"]),
        Case::new("more samples than images", "ok ok --samples 3", &["ok", "--samples"]),
        Case::new(
            "a crop larger than an image",
            "ok ok --center-crop 9 --weights seeded --device cpu --quiet",
            &["ok/1.png", "--resize"],
        ),
        Case::new("the real side alone", "--real ok", &["--fake"]),
        Case::new("an unknown metric", "ok ok --metrics fidd", &["fidd", "--metrics"]),
        Case::new("an unknown preset", "ok ok --preset cleaner", &["cleaner", "pytorch-fid"]),
        Case::new("a device that does not exist", "ok ok --device toaster", &["toaster", "cpu"]),
        Case::new("the CPU twice", "ok ok --device cpu,vulkan:0,cpu", &["list it once"]),
        Case::new("auto in a list", "ok ok --device auto,cpu", &["by name"]),
        Case::new("weights that do not exist", "ok ok --weights w.pth --device cpu", &["w.pth"]),
        Case::new("--shard 9/8", "stats ok -o a.npz --shard 9/8", &["9/8"]),
    ]
}

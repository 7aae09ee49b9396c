//! Feature files that cannot be used, and settings that do not fit them.

use crate::case::Case;
use crate::sets::npy;

pub(crate) fn cases() -> Vec<Case> {
    let bytes = (0..24u16).flat_map(|at| f32::from(at * at % 7).to_le_bytes()).collect::<Vec<_>>();
    let run = |what, args: &str, names: &[&'static str]| {
        Case::new(what, args, names).file("a.npy", npy("<f4", "(8, 3)", &bytes))
    };
    vec![
        run(
            "features: fewer than a KID subset",
            "kid a.npy a.npy",
            &["a.npy", "--kid-subset-size 8"],
        ),
        run(
            "features: a KID subset of 1",
            "kid a.npy a.npy --kid-subset-size 1",
            &["--kid-subset-size"],
        ),
        run(
            "features: as many neighbours as images",
            "prdc a.npy a.npy --neighbours 8",
            &["a.npy", "--neighbours 7"],
        ),
        run("features: of two networks", "frechet a.npy b.npy", &["a.npy", "b.npy"])
            .file("b.npy", npy("<f4", "(4, 6)", &bytes)),
        run("features: not finite", "frechet a.npy b.npy", &["b.npy", "row 1"])
            .file("b.npy", npy("<f4", "(2, 3)", &[&bytes[..20], &[0, 0, 0xC0, 0x7F]].concat())),
        run("features: integers", "frechet a.npy b.npy", &["b.npy", ".astype"])
            .file("b.npy", npy("<i4", "(8, 3)", &bytes)),
        run("features: pickled objects", "frechet a.npy b.npy", &["b.npy"])
            .file("b.npy", npy("|O", "()", &bytes)),
    ]
}

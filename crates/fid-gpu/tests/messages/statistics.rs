//! Statistics files that cannot be used.

use crate::case::Case;
use crate::sets::{archive, npy, zip_of};

fn file(what: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    let run = "a.npz ok --assume-preset pytorch-fid --weights seeded --device cpu";
    Case::new(what, run, &["a.npz"]).file("a.npz", bytes)
}

pub(crate) fn cases() -> Vec<Case> {
    let mu =
        |what, descr: &str, shape: &str| file(what, zip_of("mu.npy", &npy(descr, shape, &[0; 64])));
    let statistics = || {
        let (mu, sigma) = (vec![0; 2048 * 4], vec![0; 2048 * 2048 * 4]);
        let sigma = npy("<f4", "(2048, 2048)", &sigma);
        archive(&[("mu.npy", &npy("<f4", "(2048,)", &mu)), ("sigma.npy", &sigma)])
    };
    const CLEAN: &str = "cifar10_clean_custom_na.npz";
    let clean = |what, flags: &str, names: &[&'static str]| {
        let run = format!("{CLEAN} ok --weights seeded --device cpu --quiet{flags}");
        Case::new(what, &run, names).file(CLEAN, statistics())
    };
    vec![
        clean(".npz: of another program", "", &[CLEAN, "--assume-preset clean"]),
        clean(".npz: of another preset", " --assume-preset clean", &["--preset clean"]).status(3),
        clean(
            ".npz: KID of statistics",
            " --assume-preset clean --preset clean --metrics kid",
            &[CLEAN, "--with-features"],
        ),
        clean(
            ".npz: samples of statistics",
            " --assume-preset clean --preset clean --samples 2",
            &[CLEAN, "--samples 2"],
        ),
        file(".npz: no archive", b"mu and sigma"),
        file(".npz: an archive of nothing", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        file(
            ".npz: unknown names",
            archive(&[
                ("a.npy", &npy("<f8", "(3,)", &[0; 24])),
                ("b.npy", &npy("<f8", "(3, 3)", &[0; 72])),
            ]),
        ),
        mu(".npz: a shape of 2 to the 62", "<f8", "(4611686018427387904,)"),
        mu(".npz: a shape whose product overflows", "<f8", "(4294967296, 4294967296, 2)"),
        mu(".npz: a negative shape", "<f8", "(-1,)"),
        mu(".npz: features of another network", "<f8", "(1000,)"),
        mu(".npz: pickled objects", "|O", "(2048,)"),
        file(".npz: a pickle", b"\x80\x04}\x94."),
        mu(".npz: integers", "<i8", "(2048,)"),
        mu(".npz: fewer values than the shape", "<f8", "(2048,)"),
        file(".npz: 64 MiB in 64 kB", zip_of("mu.npy", &npy("<f8", "(2048,)", &vec![0; 64 << 20]))),
    ]
}

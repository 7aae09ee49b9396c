use fid_images::npy::NpyError;
use fid_images::with_causes;

use super::super::{MemberProblem, StatsError, StatsFile};
use super::fixture;

const MU: [f64; 3] = [0.5, -1.25, 3.0];
const SIGMA: [f64; 9] = [2.0, 0.5, 0.25, 0.5, 3.0, -0.75, 0.25, -0.75, 4.0];

#[test]
fn every_form_that_numpy_writes_is_read_alike() {
    for name in
        ["savez", "compressed", "f32", "fortran", "header_v2", "header_v3", "no_ending", "adm"]
    {
        let file = StatsFile::read(&fixture(&format!("{name}.npz")), 3).unwrap();
        assert_eq!(file.stats.mu(), MU, "{name}");
        assert_eq!(file.stats.sigma(), SIGMA, "{name}");
        assert_eq!(file.stats.num_images(), None);
        assert!(file.meta.is_none() && file.stats.rows().is_none());
    }
}

#[test]
fn provenance_and_features_may_come_from_numpy() {
    let file = StatsFile::read(&fixture("features_fortran.npz"), 3).unwrap();
    assert_eq!(file.stats.rows(), Some(&[1., 2., 3., 3., 2.5, 1.5, 2., 0., 0.5][..]));
    let meta = file.meta.unwrap();
    assert_eq!((meta.images, meta.recipe.preset.as_str()), (3, "pytorch-fid"));
    assert_eq!(meta.files[0].first, 3);
}

/// Each message names the file, the member, and what to do.
#[test]
fn unreadable_files_are_named() {
    for (name, parts) in [
        ("bad_keys", &["'mu'", "'feats.npy'", "'sigma'"][..]),
        ("bad_shape", &["'mu'", "[2]", "[3]"]),
        ("bad_flat", &["'sigma'", "[9]", "[3, 3]"]),
        ("bad_big_endian", &["'mu'", "big-endian", "astype"]),
        ("bad_int", &["'sigma'", "<i4", "astype"]),
        ("bad_object", &["'mu'", "pickled", "plain arrays"]),
        ("bad_nan", &["mu", "NaN"]),
    ] {
        let name = format!("{name}.npz");
        let message = StatsFile::read(&fixture(&name), 3).unwrap_err();
        let message = with_causes(&message);
        for part in parts.iter().chain([&name.as_str()]) {
            assert!(message.contains(part), "no {part} in: {message}");
        }
    }
}

#[test]
fn another_dimension_is_an_error() {
    let error = StatsFile::read(&fixture("savez.npz"), 2048).unwrap_err();
    let StatsError::Member { problem: MemberProblem::Npy(problem), .. } = error else {
        panic!("{error}");
    };
    let NpyError::Shape { found, .. } = problem else { panic!("{problem}") };
    assert_eq!(found, [3]);
}

#[test]
fn a_missing_file_is_named() {
    let error = StatsFile::read(&fixture("no-such.npz"), 3).unwrap_err();
    assert!(matches!(&error, StatsError::Open { .. }), "{error}");
    assert!(error.to_string().contains("no-such.npz"));
}

use fid_images::npy::NpyError;
use fid_images::npz::ArrayError;
use fid_images::with_causes;

use super::super::{MemberProblem, StatsError, StatsFile, require_no_pickle};
use super::fixture;

const MU: [f64; 3] = [0.5, -1.25, 3.0];
const SIGMA: [f64; 9] = [2.0, 0.5, 0.25, 0.5, 3.0, -0.75, 0.25, -0.75, 4.0];

#[test]
fn every_form_that_numpy_writes_is_read_alike() {
    for name in [
        "savez",
        "compressed",
        "f32",
        "f16",
        "big_endian",
        "fortran",
        "leading_one",
        "column",
        "header_v2",
        "header_v3",
        "no_ending",
        "adm",
        "mean_cov",
        "mean_covariance",
        "m_s",
        "mu_fid",
        "two_pairs",
    ] {
        assert_eq!(StatsFile::dim_of(&fixture(&format!("{name}.npz"))).unwrap(), 3, "{name}");
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

/// As clean-fid names them, and in f64; the mean is in f32.
#[test]
fn features_of_other_programs_are_read() {
    let file = StatsFile::read_features(&fixture("feats.npz"), 3).unwrap();
    let rows = file.rows().unwrap();
    assert_eq!(rows.values(), [1., 2., 3., 3., 2.5, 1.5, 2., 0., 0.5]);
    assert_eq!(file.num_images(), Some(3));
    assert!(StatsFile::read(&fixture("bad_feats.npz"), 3).is_ok());
    let error = StatsFile::read_features(&fixture("bad_feats.npz"), 3).unwrap_err();
    assert!(error.to_string().contains("'feats' does not have the mean"), "{error}");
}

/// Nothing is unpickled, also under the name of an array.
#[test]
fn pickles_are_named_and_not_read() {
    let folder = temp_dir::TempDir::new().unwrap();
    let renamed = folder.child("stats.npz");
    std::fs::copy(fixture("pickled.pkl"), &renamed).unwrap();
    let torch = folder.child("stats.pt");
    std::fs::write(&torch, b"PK").unwrap();
    for (path, load) in [
        (fixture("pickled.npy"), "numpy.load('pickled.npy', allow_pickle=True).item()"),
        (fixture("pickled.npz"), "numpy.load('pickled.npz', allow_pickle=True)['stats'].item()"),
        (fixture("pickled.pkl"), "pickle.load(open('pickled.pkl', 'rb'))"),
        (renamed, "pickle.load(open('stats.npz', 'rb'))"),
        (torch, "torch.load('stats.pt')"),
    ] {
        let error = require_no_pickle(&path).unwrap_err().to_string();
        for part in [load, "run code", "numpy.savez('new.npz', mu=numpy.asarray(s['mu'], float),"] {
            assert!(error.contains(part), "no {part} in: {error}");
        }
    }
    for sound in ["savez.npz", "feats.npz", "no-such.pkl"] {
        require_no_pickle(&fixture(sound)).unwrap();
    }
}

/// Each message names the file, the member, and what to do.
#[test]
fn unreadable_files_are_named() {
    for (name, parts) in [
        ("bad_keys", &["'mu'", "'feats'", "'sigma'"][..]),
        ("bad_shape", &["'mu'", "[2]", "[3]"]),
        ("bad_flat", &["'sigma'", "[9]", "[3, 3]"]),
        ("bad_int", &["'sigma'", "<i4", "astype"]),
        (
            "bad_object",
            &["s = numpy.load('bad_object.npz', allow_pickle=True) and", "pickled", "plain arrays"],
        ),
        ("pickled", &["'pickled.npz', allow_pickle=True)['stats'].item()", "numpy.savez", "mu="]),
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
    let StatsError::Member { problem: MemberProblem::Array(problem), .. } = error else {
        panic!("{error}");
    };
    let ArrayError::Npy(NpyError::Shape { found, .. }) = problem else { panic!("{problem}") };
    assert_eq!(found, [3]);
}

#[test]
fn a_missing_file_is_named() {
    let error = StatsFile::read(&fixture("no-such.npz"), 3).unwrap_err();
    assert!(matches!(&error, StatsError::Open { .. }), "{error}");
    assert!(error.to_string().contains("no-such.npz"));
}

//! Pickles of arrays: those of NumPy 1 and 2 (`scripts/fixtures/pickles.py`), and hostile ones.

use super::super::{PickleError, PickledArrays};

macro_rules! fixture {
    ($name:literal) => {
        &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pickles/", $name))[..]
    };
}

const MU: [f64; 3] = [0.5, -1.25, 3.0];
const SIGMA: [f64; 9] = [2.0, 0.5, 0.25, 0.75, 3.0, -0.75, 1.25, -1.5, 4.0];

fn refused(bytes: &[u8]) -> PickleError {
    PickledArrays::read(bytes).unwrap_err()
}

#[test]
fn every_form_that_numpy_writes_is_read() {
    for (name, file) in [
        ("numpy 1, protocol 2", fixture!("edm2_numpy1_protocol2.pkl")),
        ("numpy 1, protocol 3", fixture!("edm2_numpy1_protocol3.pkl")),
        ("numpy 1, protocol 4", fixture!("edm2_numpy1_protocol4.pkl")),
        ("numpy 1, protocol 5", fixture!("edm2_numpy1_protocol5.pkl")),
        ("numpy 2, protocol 2", fixture!("edm2_numpy2_protocol2.pkl")),
        ("numpy 2, protocol 3", fixture!("edm2_numpy2_protocol3.pkl")),
        ("numpy 2, protocol 4", fixture!("edm2_numpy2_protocol4.pkl")),
        ("numpy 2, protocol 5", fixture!("edm2_numpy2_protocol5.pkl")),
        ("f32", fixture!("f32.pkl")),
        ("big endian", fixture!("big_endian.pkl")),
        ("Fortran, protocol 4", fixture!("fortran_protocol4.pkl")),
        ("Fortran, protocol 5", fixture!("fortran_protocol5.pkl")),
        ("strided", fixture!("strided.pkl")),
        ("a NumPy integer", fixture!("scalar.pkl")),
    ] {
        let file = PickledArrays::read(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file.keys(&[]).unwrap(), ["num_images", "fid", "fd_dinov2"], "{name}");
        assert_eq!(file.keys(&["fid"]).unwrap(), ["mu", "sigma"], "{name}");
        assert_eq!(file.integer(&["num_images"]), Some(7), "{name}");
        for (metric, factor) in [("fid", 1.0), ("fd_dinov2", 2.0)] {
            let mu = file.array(&[metric, "mu"]).unwrap().unwrap();
            let sigma = file.array(&[metric, "sigma"]).unwrap().unwrap();
            assert_eq!((mu.shape, sigma.shape), (vec![3], vec![3, 3]), "{name}");
            assert_eq!(mu.values, MU.map(|value| value * factor), "{name}");
            assert_eq!(sigma.values, SIGMA.map(|value| value * factor), "{name}");
        }
        assert!(file.array(&["fid", "nu"]).is_none() && file.array(&["kid", "mu"]).is_none());
        assert!(file.array(&["fid"]).unwrap().is_err() && file.integer(&["fid"]).is_none());
    }
}

#[test]
fn other_content_is_refused_by_name() {
    let integers = PickledArrays::read(fixture!("integers.pkl")).unwrap();
    let error = integers.array(&["fid", "mu"]).unwrap().unwrap_err().to_string();
    assert!(error.contains("'fid.mu'") && error.contains("\"<i8\""), "{error}");
    assert!(
        matches!(refused(fixture!("objects.pkl")), PickleError::Foreign { name } if name == "fractions.Fraction")
    );
    for (file, cause) in [
        (fixture!("protocol_0.pkl"), "protocol 2 to 5"),
        (fixture!("list.pkl"), "it holds a list"),
        (b"", "protocol 2 to 5"),
        (b"\x80\x04}.N.", "something follows"),
    ] {
        let error = refused(file).to_string();
        assert!(error.contains(cause), "{error}");
    }
}

#[test]
fn nothing_else_is_called() {
    for (call, name) in [
        (&b"\x80\x04cposix\nsystem\nX\x04\0\0\0true\x85R."[..], "posix.system"),
        (b"\x80\x04X\x08\0\0\0builtinsX\x04\0\0\0eval\x93.", "builtins.eval"),
        (b"\x80\x04cnumpy\nload\n.", "numpy.load"),
        (b"\x80\x04cnumpy.core.multiarray\nfromfile\n.", "numpy.core.multiarray.fromfile"),
        (b"\x80\x04c_codecs\ndecode\n.", "_codecs.decode"),
        // Those of state dicts.
        (b"\x80\x04ctorch._utils\n_rebuild_tensor_v2\n.", "torch._utils._rebuild_tensor_v2"),
    ] {
        assert!(matches!(refused(call), PickleError::Foreign { name: found } if found == name));
    }
    for call in [
        &b"\x80\x04c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0hex\x86R."[..],
        b"\x80\x04cbuiltins\nbytes\nK\x09\x85R.",
        b"\x80\x04cnumpy\ndtype\nK\x01\x85R.",
        b"\x80\x04cnumpy\nndarray\n)R.",
        b"\x80\x04cnumpy\nndarray\n)\x81.",
        b"\x80\x04cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\n\x85R.",
    ] {
        assert!(matches!(refused(call), PickleError::Content { .. }));
    }
}

#[test]
fn no_damaged_file_is_read_wrongly_or_ends_the_program() {
    for whole in [fixture!("edm2_numpy2_protocol4.pkl"), fixture!("edm2_numpy1_protocol2.pkl")] {
        for length in 0..whole.len() {
            refused(&whole[..length]);
        }
        for at in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed[at] ^= 0xff;
            if let Ok(file) = PickledArrays::read(&changed) {
                let _ = (file.integer(&["num_images"]), file.keys(&["fid"]));
                for part in ["mu", "sigma"] {
                    if let Some(Ok(array)) = file.array(&["fid", part]) {
                        assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
                    }
                }
            }
        }
    }
    // A shape that takes more than there is.
    let huge = b"\x80\x04}X\x01\0\0\0acnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\0\0\0f8\x85R(K\x03X\x01\0\0\0<tbC\x00\x86Rs.";
    let huge = PickledArrays::read(huge).unwrap();
    let error = huge.array(&["a"]).unwrap().unwrap_err().to_string();
    assert!(error.contains("has 0 bytes"), "{error}");
    let large = b"\x80\x04}X\x01\0\0\0acnumpy.core.numeric\n_frombuffer\n(C\x00cnumpy\ndtype\nX\x02\0\0\0f8\x85R(K\x03X\x01\0\0\0<tbJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86X\x01\0\0\0CtRs.";
    let large = PickledArrays::read(large).unwrap();
    let error = large.array(&["a"]).unwrap().unwrap_err().to_string();
    assert!(error.contains("claims the shape"), "{error}");
}

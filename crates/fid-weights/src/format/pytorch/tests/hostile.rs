//! Files that are made to do harm.

use super::{entries, fixture};
use crate::format::named::Entry;
use crate::format::problem::FileProblem;

/// The legacy form around the pickle of something.
fn legacy(pickle: &[u8], keys: &[u8], storages: &[u8]) -> Vec<u8> {
    const HEAD: &[u8] =
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    [HEAD, b"\x80\x02", pickle, b".", b"\x80\x02]", keys, b".", storages].concat()
}

fn problem(file: &[u8]) -> FileProblem {
    entries(file).unwrap_err()
}

/// `{"t": tensor of a FloatStorage "k" with `count` values}`, its offset, shape and strides as
/// pickled.
fn tensor(count: u32, place: &[u8]) -> Vec<u8> {
    let storage = b"}X\x01\0\0\0tctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0kX\x03\0\0\0cpuJ";
    let pickle = [storage, &count.to_le_bytes()[..], b"tQ", place, b"\x89NtRs"].concat();
    let values = [&u64::from(count.min(4)).to_le_bytes()[..], &[0; 16]].concat();
    legacy(&pickle, b"X\x01\0\0\0ka", &values)
}

#[test]
fn calls_are_refused_by_name_and_not_run() {
    let system: &[u8] = b"cposix\nsystem\nX\x04\0\0\0true\x85R";
    let by_stack: &[u8] = b"X\x08\0\0\0builtinsX\x04\0\0\0eval\x93X\x01\0\0\x001\x85R";
    for (call, name) in [
        (system, "posix.system"),
        (by_stack, "builtins.eval"),
        (b"ctorch\nload\n", "torch.load"),
        (b"ctorch.storage\n_load_from_bytes\n", "torch.storage._load_from_bytes"),
        (b"ctorch\nUntypedStorage\n", "torch.UntypedStorage"),
        (b"cnumpy.core.multiarray\n_reconstruct\n", "numpy.core.multiarray._reconstruct"),
    ] {
        for pickle in [call.to_vec(), [b"}X\x01\0\0\0t", call, b"s"].concat()] {
            let problem = problem(&legacy(&pickle, b"", b""));
            assert!(matches!(&problem, FileProblem::Foreign { name: n } if n == name), "{problem}");
        }
    }
    // Known functions with the arguments of an attacker, and steps that make objects in other ways.
    for pickle in [
        &b"ccollections\nOrderedDict\n]\x85R"[..],
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
        b"ccollections\nOrderedDict\n)\x81",
        b"(icollections\nOrderedDict\n",
        b"(X\x01\0\0\0ao",
        b"\x82\x01",
        b"Pid\n",
    ] {
        assert!(matches!(problem(&legacy(pickle, b"", b"")), FileProblem::Damaged { .. }));
    }
}

#[test]
fn depth_and_repetition_cost_nothing() {
    // Nested tuples, nested marks, and lists that each hold the one before twice: a reader that
    // copies would make 2^60 values of them.
    let deep = [&b")"[..], &[0x85; 200_000]].concat();
    let marks = vec![b'('; 240_000];
    let mut doubling = b"]q\x00".to_vec();
    for level in 0..60 {
        doubling.extend([b']', b'q', level + 1, b'(', b'h', level, b'h', level, b'e']);
    }
    let itself = b"}q\x00X\x01\0\0\0ah\x00s".to_vec();
    for pickle in [deep, marks, doubling] {
        assert!(matches!(problem(&legacy(&pickle, b"", b"")), FileProblem::Damaged { .. }));
    }
    let file = legacy(&itself, b"", b"");
    assert_eq!(entries(&file).unwrap()["a"].dtype(), "a dictionary");
    let endless = legacy(&vec![b'N'; 1_000_000], b"", b"");
    assert!(problem(&endless).to_string().contains("250000 steps"));
}

#[test]
fn declared_lengths_are_not_believed() {
    for pickle in [
        &b"X\xff\xff\xff\xffabc"[..],
        b"T\xff\xff\xff\xffabc",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc",
        b"\x8a\xffabc",
    ] {
        assert!(matches!(problem(&legacy(pickle, b"", b"")), FileProblem::Damaged { .. }));
    }
    let good = b"K\x00K\x04\x85K\x01\x85";
    assert_eq!(entries(&tensor(4, good)).unwrap()["t"].bytes().unwrap().len(), 16);
    let short = problem(&tensor(5, good)).to_string();
    assert!(short.contains("cut short") || short.contains("16 bytes"), "{short}");
    problem(&tensor(u32::MAX >> 1, good));
    for place in [
        &b"K\x01K\x04\x85K\x01\x85"[..],        // begins too late
        b"K\x00K\x04\x85K\x02\x85",             // steps too far
        b"K\x00J\xff\xff\xff\x7f\x85K\x00\x85", // 2^31 values of one
        b"K\x00J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87K\x00K\x00K\x00\x87",
        b"J\xff\xff\xff\x7fK\x02\x85K\x02\x85",
    ] {
        let file = tensor(4, place);
        let entries = entries(&file).unwrap();
        assert!(entries["t"].bytes().is_err());
    }
    for place in [
        &b"K\x00J\xff\xff\xff\xff\x85K\x01\x85"[..],       // -1 values
        b"K\x00K\x04\x85)",                                // an axis without a stride
        b"K\x00(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01t(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01t",
    ] {
        problem(&tensor(4, place));
    }
}

/// An archive of entries with any compression method.
fn archive(entries: &[(&str, u16, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, method, data) in entries {
        let at = file.len() as u32;
        let length = (data.len() as u32).to_le_bytes();
        let common = [
            &[0, 0][..],
            &method.to_le_bytes(),
            &[0; 4],
            &crc32fast::hash(data).to_le_bytes(),
            &length,
            &length,
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        file.extend([b"PK\x03\x04\x14\0", &common[..], name.as_bytes(), data].concat());
        let rest = [&[0; 10][..], &at.to_le_bytes(), name.as_bytes()].concat();
        directory.extend([b"PK\x01\x02\x14\0\x14\0", &common[..], &rest].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let at = (file.len() as u32).to_le_bytes();
    let length = (directory.len() as u32).to_le_bytes();
    file.extend(directory);
    file.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &length, &at, &[0, 0]].concat());
    file
}

#[test]
fn archives_are_not_unpacked_and_not_believed() {
    let pickle = &b"\x80\x02}."[..];
    assert!(entries(&archive(&[("a/data.pkl", 0, pickle)])).unwrap().is_empty());
    let bomb = problem(&archive(&[("a/data.pkl", 8, pickle)])).to_string();
    assert!(bomb.contains("compressed"), "{bomb}");
    let twice = problem(&archive(&[("a/data.pkl", 0, pickle); 2])).to_string();
    assert!(twice.contains("two entries"), "{twice}");
    let none = problem(&archive(&[("a/b", 0, pickle)])).to_string();
    assert!(none.contains("data.pkl"), "{none}");
    let big = problem(&archive(&[("a/data.pkl", 0, pickle), ("a/byteorder", 0, b"big")]));
    assert!(big.to_string().contains("big-endian"), "{big}");

    // A directory of 65 534 entries that does not exist, and entries that share their bytes.
    let mut many = archive(&[("a/data.pkl", 0, pickle)]);
    let end = many.len() - 22;
    many[end + 10..end + 12].copy_from_slice(&[0xfe, 0xff]);
    assert!(problem(&many).to_string().contains("65534 entries"));
    let data = vec![0; 10_000];
    let mut overlap = archive(&[("a/data.pkl", 0, pickle), ("b", 0, &data), ("c", 0, b"")]);
    // "c" gets the offset and the lengths of "b".
    let last = overlap.len() - 22 - 47;
    let (place, size) = (30 + 10 + 4_u32, 10_000_u32);
    overlap[last + 42..last + 46].copy_from_slice(&place.to_le_bytes());
    overlap[last + 20..last + 24].copy_from_slice(&size.to_le_bytes());
    overlap[last + 24..last + 28].copy_from_slice(&size.to_le_bytes());
    assert!(problem(&overlap).to_string().contains("cut short"));

    // Every byte of an archive changed, one at a time: an error or the same names, never a panic.
    let file = fixture!("zip.pt");
    for at in 0..file.len() {
        let mut changed = file.to_vec();
        changed[at] ^= 0xff;
        if let Ok(entries) = entries(&changed) {
            entries.values().for_each(|entry| drop(entry.bytes()));
        }
    }
}

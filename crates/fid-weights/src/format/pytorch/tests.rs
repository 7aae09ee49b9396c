mod arrays;
mod hostile;

use super::entries;
use crate::format::named::Entry;
use crate::format::problem::FileProblem;

/// Files that PyTorch 2.15 wrote, see `scripts/fixtures/pth.py`.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/", $name))
    };
}
use fixture;

fn floats(entry: &impl Entry) -> Vec<f32> {
    let bytes = entry.bytes().unwrap();
    bytes.as_chunks().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
}

#[test]
fn every_form_that_pytorch_writes_is_read() {
    let files = [
        &fixture!("zip.pt")[..],
        fixture!("zip_protocol_4.pt"),
        fixture!("legacy.pt"),
        fixture!("legacy_protocol_4.pt"),
    ];
    for file in files {
        let entries = entries(file).unwrap();
        let names: Vec<_> = entries.keys().map(String::as_str).collect();
        assert_eq!(names, ["counter", "dense", "half", "parameter", "part", "transposed"]);
        let [counter, half] = [&entries["counter"], &entries["half"]];
        assert_eq!((counter.dtype().as_str(), half.dtype().as_str()), ("I64", "F16"));
        assert_eq!((counter.shape(), half.shape()), (vec![], vec![2]));
        assert_eq!(*counter.bytes().unwrap(), 7_i64.to_le_bytes());
        let dense: Vec<_> = (0..12_u8).map(f32::from).collect();
        assert_eq!(entries["dense"].shape(), [3, 4]);
        assert_eq!(floats(&entries["dense"]), dense);
        assert_eq!(entries["transposed"].shape(), [3, 4]);
        let transposed = [0., 3., 6., 9., 1., 4., 7., 10., 2., 5., 8., 11.];
        assert_eq!(floats(&entries["transposed"]), transposed);
        assert_eq!(floats(&entries["part"]), [5., 6., 7.]);
        assert_eq!(floats(&entries["parameter"]), [0.5, -2.]);
    }
}

#[test]
fn a_whole_module_is_refused_with_the_way_out() {
    let problem = entries(fixture!("module.pt")).unwrap_err();
    assert!(matches!(&problem, FileProblem::Foreign { name } if name.contains("Linear")));
    assert!(problem.to_string().contains("model.state_dict()"), "{problem}");
}

#[test]
fn no_file_cut_short_is_read() {
    for file in [&fixture!("zip.pt")[..], fixture!("legacy.pt")] {
        for length in 0..file.len() {
            let cut = &file[..length];
            assert!(super::recognise(cut) || length < 4, "{length}");
            assert!(entries(cut).is_err(), "{length}");
        }
    }
}

#[test]
fn a_flipped_bit_among_the_values_is_found_in_an_archive() {
    let mut file = fixture!("zip.pt").to_vec();
    let values: Vec<u8> = (0..12_u8).flat_map(|value| f32::from(value).to_le_bytes()).collect();
    let at = file.windows(values.len()).position(|part| part == values).unwrap();
    file[at + 7] ^= 1;
    let problem = entries(&file).unwrap_err().to_string();
    assert!(problem.contains("checksum"), "{problem}");
}

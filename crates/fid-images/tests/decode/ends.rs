//! Files without their last bytes: what Pillow still reads is read, what it refuses is refused.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Rgb, decode_bytes, expected, fixture, fixtures};

/// Files without an end mark that libjpeg reads by chance: whether its buffer of bits, or its
/// arithmetic decoder, runs dry depends on where a group of bytes happens to end.
const BY_CHANCE: [&str; 4] =
    ["422_2x2.jpg", "damaged_arithmetic.jpg", "damaged_bits.jpg", "gray.jpeg"];

#[test]
fn files_without_their_ends_are_read_where_pillow_reads_them() {
    let stored = std::fs::read(fixtures("cut.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    let cuts: BTreeMap<String, String> = serde_json::from_value(stored["files"].clone()).unwrap();
    let images = expected();
    let (mut wrong, mut read) = (Vec::new(), 0);
    for (name, verdicts) in cuts.iter().filter(|(name, _)| !BY_CHANCE.contains(&name.as_str())) {
        let data = fixture(name);
        for (less, verdict) in verdicts.bytes().enumerate() {
            let keep = data.len() - 1 - less;
            let result = decode_bytes(name, &data[..keep]);
            let same = result.is_ok_and(|got| Rgb::of(&got) == images[name]);
            read += usize::from(same);
            if same != (verdict == b'1') {
                wrong.push(format!("{name} without its last {} bytes: read {same}", less + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cuts.len() == images.len() && read > 1800, "only {read} were read");
}

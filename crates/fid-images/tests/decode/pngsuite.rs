//! PNG files made to try decoders, against Pillow's pixels.

use std::fs;

use fid_images::decode::{Format, decode};
use sha2::{Digest, Sha256};

#[test]
fn pngsuite_decodes_as_pillow_does() {
    let folder = super::fixtures("pngsuite");
    let stored: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let expected = stored["expected"].as_object().unwrap();
    assert!(expected.len() > 80, "only {} files", expected.len());
    let mut wrong = Vec::new();
    for (name, want) in expected {
        let decoded = match decode(folder.join(name)) {
            Ok(decoded) => decoded,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        assert_eq!(decoded.format, Some(Format::Png));
        let image = &decoded.image;
        let repeat = 3 / image.channels();
        let rgb: Vec<u8> =
            image.pixels().iter().flat_map(|&v| std::iter::repeat_n(v, repeat)).collect();
        let hash: String = Sha256::digest(&rgb).iter().map(|byte| format!("{byte:02x}")).collect();
        let got = format!("{}x{} {hash}", image.height(), image.width());
        if got != want.as_str().unwrap() {
            wrong.push(format!("{name}: {got} instead of {want}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

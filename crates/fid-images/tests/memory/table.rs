//! A Parquet file with one large row group is read page by page.

use fid_images::set::ImageSet;
use temp_dir::TempDir;

use super::peak;

/// Pages of one row group, and images of each.
const PAGES: usize = 40;
const IMAGES: usize = 8;

/// A field of Thrift's compact protocol: the step from the number of the one before, and an integer.
fn integer(step: u8, value: usize) -> Vec<u8> {
    [vec![step << 4 | 6], varint(2 * value)].concat()
}

fn varint(value: usize) -> Vec<u8> {
    if value < 128 {
        return vec![value as u8];
    }
    [vec![value as u8 | 128], varint(value / 128)].concat()
}

fn structure(step: u8, fields: &[Vec<u8>]) -> Vec<u8> {
    [vec![step << 4 | 12], fields.concat(), vec![0]].concat()
}

/// A list of structures.
fn list(step: u8, elements: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let head = vec![step << 4 | 9, (elements.len() as u8) << 4 | 12];
    let elements = elements.iter().flat_map(|fields| [fields.concat(), vec![0]].concat());
    head.into_iter().chain(elements).collect()
}

fn text(step: u8, text: &str) -> Vec<u8> {
    [vec![step << 4 | 8], varint(text.len()), text.as_bytes().to_vec()].concat()
}

/// A file of one column that is never null, in pages like this one.
fn parquet(codec: usize, unpacked: usize, page: &[u8]) -> Vec<u8> {
    let values = [integer(1, IMAGES), integer(1, 0), integer(1, 3), integer(1, 3)];
    let header =
        [integer(1, 0), integer(1, unpacked), integer(1, page.len()), structure(2, &values)];
    let pages = [header.concat(), vec![0], page.to_vec()].concat().repeat(PAGES);
    let rows = PAGES * IMAGES;
    let column = [
        integer(1, 6),
        integer(3, codec),
        integer(1, rows),
        integer(2, pages.len()),
        integer(2, 4),
    ];
    let schema = [vec![text(4, "rows"), integer(1, 1)], {
        vec![integer(1, 6), integer(2, 0), text(1, "image")]
    }];
    let group = [vec![list(1, &[vec![structure(3, &column)]]), integer(2, rows)]];
    let footer = [integer(1, 1), list(1, &schema), integer(1, rows), list(1, &group), vec![0]];
    let footer = footer.concat();
    let length = (footer.len() as u32).to_le_bytes().to_vec();
    [b"PAR1".to_vec(), pages, footer, length, b"PAR1".to_vec()].concat()
}

#[test]
fn a_large_row_group_is_read_page_by_page() {
    let folder = TempDir::new().unwrap();
    let mut image = b"P5 1024 1024 255\n".to_vec();
    image.resize(image.len() + (1 << 20), 7);
    let value = [(image.len() as u32).to_le_bytes().to_vec(), image].concat();
    let page = value.repeat(IMAGES);
    let packed = snap::raw::Encoder::new().compress_vec(&page).unwrap();
    for (name, content, most) in [
        // The image's file and its pixels.
        ("plain.parquet", parquet(0, page.len(), &page), 4 << 20),
        // Pages of 64 MiB, one more with what it was unpacked from, and an image.
        ("packed.parquet", parquet(1, page.len(), &packed), 84 << 20),
    ] {
        std::fs::write(folder.child(name), &content).unwrap();
        drop(content);
        let taken = peak(|| {
            let set = ImageSet::open(folder.child(name), false).unwrap();
            assert_eq!(set.len(), PAGES * IMAGES);
            for index in (0..set.len()).step_by(3) {
                assert_eq!(set.decode(index).unwrap().image.pixels()[..2], [7; 2]);
            }
        });
        println!("{name}: {} MiB", taken >> 20);
        assert!(taken < most, "{name}: {taken} bytes");
    }
}

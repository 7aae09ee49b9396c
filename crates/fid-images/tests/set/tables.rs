//! Tables of images as pyarrow, datasets, polars, DuckDB and webdataset write them
//! (`scripts/fixtures/tables.py`), pixel by pixel, and damaged ones.

use std::fs;
use std::path::PathBuf;

use fid_images::set::ImageSet;
use temp_dir::TempDir;

use super::python::{expected, fixture};
use super::{identity, open, read, text};

const COUNT: usize = 5;

fn table(name: &str) -> PathBuf {
    fixture("tables").join(name)
}

fn rgb() -> Vec<Result<Vec<u8>, String>> {
    expected("sets/rgb", COUNT, [6, 7, 3]).into_iter().map(|image| Ok(image.3)).collect()
}

/// Tables with one image in each row.
const WHOLE: [&str; 28] = [
    "datasets.parquet",
    "datasets-2.parquet",
    "none-1.parquet",
    "none-2.parquet",
    "snappy-1.parquet",
    "snappy-2.parquet",
    "gzip-1.parquet",
    "gzip-2.parquet",
    "zstd-1.parquet",
    "zstd-2.parquet",
    "lz4-1.parquet",
    "lz4-2.parquet",
    "delta.parquet",
    "delta-length.parquet",
    "pages.parquet",
    "crc.parquet",
    "large.parquet",
    "polars.parquet",
    "duckdb-v1.parquet",
    "duckdb-v2.parquet",
    "file.arrow",
    "stream.arrow",
    "legacy.arrow",
    "large.arrow",
    "view.arrow",
    "polars.arrow",
    "polars-stream.arrow",
    "plain.feather",
];

#[test]
fn tables_of_other_programs_are_read() {
    let rgb = rgb();
    for name in WHOLE {
        let set = open(&table(name));
        assert_eq!(set.len(), COUNT, "{name}");
        for range in [0..COUNT, 1..4, 4..5] {
            assert_eq!(read(&set, range.clone()), rgb[range], "{name}");
        }
        for index in [4, 0, 2] {
            let pixels = set.decode(index).unwrap().image.pixels().to_vec();
            assert_eq!(rgb[index], Ok(pixels), "{name}");
        }
        assert_eq!(set.path(3), table(&format!("{name}#3")), "{name}");
    }
}

#[test]
fn values_of_a_dictionary_are_read() {
    assert_eq!(read(&open(&table("twice.parquet")), 0..10), [rgb(), rgb()].concat());
}

#[test]
fn shards_of_webdataset_are_read() {
    let set = open(&table("web-000000.tar"));
    assert_eq!((read(&set, 0..COUNT), set.ignored()), (rgb(), 10));
    assert_eq!(set.path(1), table("web-000000.tar/000001.png"));
}

#[test]
fn a_row_without_bytes_names_a_file() {
    for name in ["paths.parquet", "paths.arrow"] {
        let set = open(&table(name));
        let found = read(&set, 0..9);
        assert_eq!(found[..COUNT], rgb(), "{name}");
        for (row, expected) in [
            (5, "neither bytes nor a path"),
            (6, "neither bytes nor a path"),
            (7, "files/gone.png, is missing"),
            (8, "the address https://example.org/a.png"),
        ] {
            let said = found[row].as_ref().unwrap_err();
            assert!(said.contains(&format!("{name}#{row} ")), "{said}");
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn a_folder_of_tables_is_one_set() {
    let set = open(&table("disk"));
    assert_eq!((read(&set, 0..COUNT), set.ignored()), (rgb(), 0));
    assert_eq!(set.path(4), table("disk/data-00001-of-00002.arrow#1"));
    let parent = TempDir::new().unwrap();
    let copy = |from: &str, to: &str| fs::copy(table(from), parent.child(to)).unwrap();
    copy("datasets.parquet", "part-10.parquet");
    copy("paths.parquet", "part-9.parquet");
    copy("paths.arrow", "cache-123.arrow");
    fs::write(parent.child("README.md"), "").unwrap();
    let set = open(parent.path());
    assert_eq!((set.len(), set.ignored()), (14, 2));
    assert!(set.path(0).ends_with("part-9.parquet#0"));
    assert_eq!(read(&set, 9..14), rgb());
    // Of a range in braces, the same.
    let range = open(&parent.child("part-{9..10}.parquet"));
    assert_eq!(identity(&set), identity(&range));
    copy("datasets.parquet", "test-0.parquet");
    let said = ImageSet::open(parent.path(), false).unwrap_err().to_string();
    assert!(said.contains("several sets (part-9.parquet, test-0.parquet"), "{said}");
    // Images come first.
    fs::write(parent.child("a.ppm"), super::ppm(0)).unwrap();
    assert_eq!(open(parent.path()).len(), 1);
}

#[test]
fn tables_that_are_not_read_say_why() {
    for (name, expected) in [
        ("brotli-1.parquet", "compressed by Brotli, which is not read: write it"),
        ("encrypted.parquet", "is encrypted: save it without"),
        ("encrypted-column.parquet", "is encrypted: save it without"),
        ("empty.parquet", "has no rows"),
        ("empty.arrow", "has no rows"),
        ("none.parquet", "no column of images (tags list, meta struct)"),
        (
            "several.parquet",
            "several columns that may hold images (tags list, meta struct, a struct, b",
        ),
        ("integers.parquet", "a column 'image' of type int64"),
        ("text.parquet", "a column 'image' of type text"),
        ("compressed.arrow", "is compressed: write it without"),
        ("lz4.feather", "is compressed: write it without"),
    ] {
        let error = ImageSet::open(table(name), false).unwrap_err();
        let said = text(&error);
        assert!(said.contains(name) && said.contains(expected), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}

/// Opens a changed table and reads it: the error of the set, or those of its images.
fn outcome(
    parent: &TempDir,
    name: &str,
    content: &[u8],
) -> Result<Vec<Result<Vec<u8>, String>>, String> {
    fs::write(parent.child(name), content).unwrap();
    let set = ImageSet::open(parent.child(name), false).map_err(|error| text(&error))?;
    // What the file claims may be any number.
    Ok(read(&set, 0..set.len().min(20)))
}

#[test]
fn cut_tables_are_refused() {
    let parent = TempDir::new().unwrap();
    for name in WHOLE {
        let content = fs::read(table(name)).unwrap();
        // The last 8 bytes are the end mark of a stream.
        for end in (0..content.len())
            .step_by(content.len() / 30)
            .chain([content.len() - 8, content.len() - 1])
        {
            let said = outcome(&parent, name, &content[..end]).unwrap_err();
            assert!(said.contains(name) && said.contains("again"), "{name} {end}: {said}");
        }
    }
}

/// A byte of the file is changed, at one place of many: no panic, and no other number of images without an
/// error. What a page's values are may change, which only the images' own checksums tell.
#[test]
fn changed_tables_do_no_harm() {
    let parent = TempDir::new().unwrap();
    let rgb = rgb();
    for name in [
        "snappy-1.parquet",
        "zstd-2.parquet",
        "delta.parquet",
        "lz4-1.parquet",
        "twice.parquet",
        "gzip-1.parquet",
        "pages.parquet",
        "delta-length.parquet",
        "file.arrow",
        "stream.arrow",
        "view.arrow",
    ] {
        let content = fs::read(table(name)).unwrap();
        let mut refused = 0;
        let step = std::env::var("FID_TEST_STEP").map_or(37, |step| step.parse().unwrap());
        for at in (0..content.len()).step_by(step) {
            for value in [0, 0xFF, content[at] ^ 0x01] {
                let mut changed = content.clone();
                changed[at] = value;
                match outcome(&parent, name, &changed) {
                    Err(said) => {
                        refused += 1;
                        assert!(said.contains(name), "{name} {at} {value}: {said}");
                    }
                    Ok(images) => {
                        for (image, found) in images.into_iter().enumerate() {
                            if let Ok(pixels) = found {
                                let known = rgb.iter().any(|it| it.as_ref() == Ok(&pixels));
                                assert!(known, "{name} {at} {value}: {image}");
                            }
                        }
                    }
                }
            }
        }
        assert!(refused > 0, "{name} is never refused");
    }
}

#[test]
fn a_checksum_of_a_page_is_compared() {
    let parent = TempDir::new().unwrap();
    let mut content = fs::read(table("crc.parquet")).unwrap();
    // Some images are statistics, in headers, as well.
    let images = content.windows(4).enumerate().filter(|(_, four)| four == b"IDAT");
    let images = images.map(|(at, _)| at).collect::<Vec<_>>();
    content[images[images.len() / 2] + 9] ^= 1;
    for found in outcome(&parent, "crc.parquet", &content).unwrap() {
        let said = found.unwrap_err();
        assert!(said.contains("the page at byte 4 is damaged: its checksum is wrong"), "{said}");
    }
}

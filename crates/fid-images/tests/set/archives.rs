//! Members of archives that cannot be read: refused by name, or skipped on request.

use super::*;

/// The error for a file, and the set that is left with bad images skipped.
fn both(name: &str, content: &[u8]) -> (String, Result<ImageSet, SetError>) {
    let parent = TempDir::new().unwrap();
    let path = parent.child(name);
    fs::write(&path, content).unwrap();
    let error = ImageSet::open(&path, false).err().unwrap_or_else(|| panic!("{name} is taken"));
    assert!(error.can_be_skipped() || ImageSet::open(&path, true).is_err(), "{error}");
    (text(&error), ImageSet::open(&path, true))
}

fn three() -> Vec<(String, Vec<u8>)> {
    (0..3).map(|image| (format!("{image}.ppm"), ppm(image))).collect()
}

/// The entries of a zip archive's directory.
fn entries(content: &[u8]) -> Vec<usize> {
    let begins = |at: &usize| content[*at..].starts_with(b"PK\x01\x02");
    (0..content.len()).filter(begins).collect()
}

#[test]
fn an_encrypted_member_is_named_and_can_be_left_out() {
    let mut content = zip_of(&three(), CompressionMethod::Stored);
    let entry = entries(&content)[1]; // the first is a folder
    content[entry + 8] |= 1;
    let (said, rest) = both("a.zip", &content);
    assert!(said.contains("a.zip/0.ppm is encrypted"), "{said}");
    let rest = rest.unwrap();
    assert_eq!((rest.len(), rest.skipped().len()), (2, 1));
    assert!(rest.skipped()[0].path.ends_with("a.zip/0.ppm"));
    assert!(rest.path(0).ends_with("a.zip/1.ppm"));
    // Encrypted text files are ignored like other text files.
    let mut content = zip_of(&[("a.txt".into(), vec![1])], CompressionMethod::Stored);
    let entry = entries(&content)[1];
    content[entry + 8] |= 1;
    assert!(both("a.zip", &content).0.contains("no images"));
}

#[test]
fn links_in_archives_are_named() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("a.ppm", options).unwrap();
    zip.write_all(&ppm(0)).unwrap();
    zip.add_symlink("b.ppm", "a.ppm", options).unwrap();
    let (said, rest) = both("a.zip", &zip.finish().unwrap().into_inner());
    assert!(said.contains("a.zip/b.ppm is a link"), "{said}");
    assert_eq!(rest.unwrap().len(), 1);

    for kind in [::tar::EntryType::Symlink, ::tar::EntryType::Link, ::tar::EntryType::Fifo] {
        // Without the end mark: a header and a block each.
        let mut bytes = tar_of(&three(), "")[..3 * 1024].to_vec();
        let mut tar = ::tar::Builder::new(Vec::new());
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        tar.append_link(&mut header, "x.png", "0.ppm").unwrap();
        bytes.extend(tar.into_inner().unwrap());
        let (said, rest) = both("a.tar", &bytes);
        let expected = if kind == ::tar::EntryType::Fifo { "no plain file" } else { "a link" };
        assert!(said.contains(&format!("a.tar/x.png is {expected}")), "{said}");
        assert_eq!(rest.unwrap().len(), 3);
    }
}

#[test]
fn two_members_of_one_name_are_refused() {
    let mut content = zip_of(&three(), CompressionMethod::Stored);
    for at in 0..content.len() - 5 {
        if content[at..].starts_with(b"1.ppm") {
            content[at] = b'0';
        }
    }
    let (said, rest) = both("a.zip", &content);
    assert!(said.contains("two members have the same name"), "{said}");
    assert!(rest.is_err());
}

/// The headers before a member can be of any length, and all of them are kept in memory.
#[test]
fn a_name_without_end_is_refused() {
    for kind in [::tar::EntryType::GNULongName, ::tar::EntryType::XHeader] {
        let name = vec![b'a'; 3 << 20];
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(name.len() as u64);
        header.set_path("././@LongLink").unwrap();
        header.set_cksum();
        let mut content = header.as_bytes().to_vec();
        content.extend(name);
        content.extend(tar_of(&three(), ""));
        let (said, rest) = both("a.tar", &content);
        assert!(said.contains("too long"), "{said}");
        assert!(rest.is_err());
    }
}

/// A tar archive that says a member is longer than the file.
#[test]
fn sizes_beyond_the_archive_are_refused() {
    for size in [1 << 20, 1 << 40, u64::MAX / 2] {
        let mut header = ::tar::Header::new_gnu();
        header.set_path("a.ppm").unwrap();
        header.set_size(size);
        header.set_cksum();
        let content = [&header.as_bytes()[..], &[0; 4096]].concat();
        let (said, rest) = both("a.tar", &content);
        assert!(said.contains("ends within a member"), "{size}: {said}");
        assert!(rest.is_err());
    }
}

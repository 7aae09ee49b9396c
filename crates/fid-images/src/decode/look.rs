//! Images and videos that are recognised and not read, told by their first bytes or by the ending of
//! a name, so that nothing that looks like a picture is passed over without a word.

/// The name of the format that a file begins as, if it is one of images or of videos that this crate
/// does not read, such as `AVIF` or `MP4 video`. `None` for what is read and for anything else.
///
/// 64 bytes tell every format apart; more are looked at for DICOM alone, whose mark is at 128.
pub fn look_of_bytes(begin: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, mark: &[u8]| begin.get(offset..).is_some_and(|b| b.starts_with(mark));
    if at(4, b"ftyp") {
        return look_of_brands(begin);
    }
    if let Some((_, name)) = MARKS.iter().find(|(mark, _)| begin.starts_with(mark)) {
        return Some(name);
    }
    let holds = |text: &[u8]| begin.windows(text.len()).any(|window| window == text);
    match begin {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some("AVI video"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] if holds(b"webm") => Some("WebM video"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some("Matroska video"),
        // Sound has the same mark; the first packet names the codec.
        [b'O', b'g', b'g', b'S', ..] if holds(b"theora") => Some("Ogg video"),
        [0, 0, 1, 0xB3 | 0xBA, ..] => Some("MPEG video"),
        // A count of pictures, and a reserved byte in the first entry.
        [0, 0, 1, 0, 1..=255, 0, _, _, _, 0, ..] => Some("ICO"),
        [0, 0, 2, 0, 1..=255, 0, _, _, _, 0, ..] => Some("CUR"),
        [0x0A, 0 | 2 | 3 | 5, 1, 1 | 2 | 4 | 8, ..] => Some("PCX"),
        [0x01, 0xDA, 0 | 1, 1 | 2, ..] => Some("SGI"),
        [b'P', b'F', b' ' | 0x09..=0x0D, ..] => Some("PFM of colours"),
        [b'P', b'7', b' ' | 0x09..=0x0D, ..] => Some("PAM"),
        _ if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") => Some("QuickTime video"),
        _ if begin.starts_with(&[1, 0, 0, 0]) && at(40, b" EMF") => Some("EMF"),
        _ if at(128, b"DICM") => Some("DICOM"),
        _ if begin.starts_with(b"#define ") && holds(b"_width ") => Some("XBM"),
        _ => is_svg(begin).then_some("SVG"),
    }
}

/// The name of the format that the ending of a file's name (in lower case, without a dot) stands
/// for, if it is one of images or of videos that this crate does not read.
pub fn look_of_ending(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "avif" | "avifs" => "AVIF",
        "heic" | "heics" | "heif" | "heifs" | "hif" => "HEIC",
        "jxl" => "JPEG XL",
        "jp2" | "j2k" | "j2c" | "jpc" | "jpf" | "jpx" | "jpm" => "JPEG 2000",
        "jxr" | "wdp" | "hdp" => "JPEG XR",
        "jls" => "JPEG-LS",
        "ico" => "ICO",
        "cur" | "ani" => "CUR",
        "icns" => "ICNS",
        "tga" | "icb" | "vda" | "vst" => "TGA",
        "psd" | "psb" => "PSD",
        "xcf" => "XCF",
        "kra" => "Krita",
        "svg" | "svgz" => "SVG",
        "eps" | "ps" | "ai" => "PostScript",
        "pdf" => "PDF",
        "wmf" => "WMF",
        "emf" => "EMF",
        "exr" => "OpenEXR",
        "hdr" | "rgbe" => "Radiance HDR",
        "dds" => "DDS",
        "ktx" | "ktx2" => "KTX",
        "pcx" | "dcx" => "PCX",
        "qoi" => "QOI",
        "ff" | "farbfeld" => "farbfeld",
        "fits" | "fit" | "fts" => "FITS",
        "dcm" | "dicom" => "DICOM",
        "nii" | "nrrd" | "mha" => "a scanner's volume",
        "sgi" | "rgb" | "rgba" | "bw" => "SGI",
        "ras" => "Sun raster",
        "xbm" => "XBM",
        "xpm" => "XPM",
        "pam" => "PAM",
        "bpg" => "BPG",
        "flif" => "FLIF",
        "mng" | "jng" => "MNG",
        "djvu" | "djv" => "DjVu",
        "dpx" | "cin" => "DPX",
        "blp" => "BLP",
        "pct" | "pict" => "PICT",
        "fli" | "flc" => "FLI",
        "cr2" | "cr3" | "crw" | "nef" | "nrw" | "arw" | "srf" | "sr2" | "dng" | "orf" | "rw2"
        | "raf" | "pef" | "srw" | "x3f" | "3fr" | "erf" | "iiq" | "kdc" | "mrw" => {
            "a camera's raw file"
        }
        "mp4" | "m4v" | "3gp" | "3g2" => "MP4 video",
        "mov" | "qt" => "QuickTime video",
        "webm" => "WebM video",
        "mkv" => "Matroska video",
        "avi" => "AVI video",
        "mpg" | "mpeg" | "m2v" | "m2ts" | "mts" | "vob" => "MPEG video",
        "ogv" => "Ogg video",
        "flv" | "f4v" => "FLV video",
        "wmv" | "asf" => "WMV video",
        _ => return None,
    })
}

/// Marks at the beginning of a file that need no closer look.
const MARKS: &[(&[u8], &str)] = &[
    (b"\xFF\x0A", "JPEG XL"),
    (b"\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL"),
    (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
    (b"II\xBC\x01", "JPEG XR"),
    (b"icns", "ICNS"),
    (b"8BPS", "PSD"),
    (b"gimp xcf", "XCF"),
    (b"%PDF-", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\xC5\xD0\xD3\xC6", "PostScript"),
    (b"\xD7\xCD\xC6\x9A", "WMF"),
    (b"\x76\x2F\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"DDS ", "DDS"),
    (b"\xABKTX ", "KTX"),
    (b"qoif", "QOI"),
    (b"farbfeld", "farbfeld"),
    (b"SIMPLE  =", "FITS"),
    (b"\x59\xA6\x6A\x95", "Sun raster"),
    (b"/* XPM */", "XPM"),
    (b"BPG\xFB", "BPG"),
    (b"FLIF", "FLIF"),
    (b"\x8AMNG\r\n\x1A\n", "MNG"),
    (b"\x8BJNG\r\n\x1A\n", "MNG"),
    (b"AT&TFORM", "DjVu"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"BLP1", "BLP"),
    (b"BLP2", "BLP"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"IIRO\x08\0", "a camera's raw file"),
    (b"IIU\0", "a camera's raw file"),
    (b"FOVb", "a camera's raw file"),
    (b"FLV\x01", "FLV video"),
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "WMV video"),
];

/// Files of the ISO base media format (ISO/IEC 14496-12), told apart by their brands: the major one,
/// behind its version the compatible ones.
fn look_of_brands(begin: &[u8]) -> Option<&'static str> {
    let claimed = begin.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = begin.get(8..claimed.min(begin.len())).unwrap_or_default();
    let name = |brand: &[u8]| match brand {
        b"avif" | b"avis" => Some("AVIF"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some("HEIC")
        }
        b"crx " => Some("a camera's raw file"),
        b"qt  " => Some("QuickTime video"),
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V "
        | b"dash" | b"3gp4" | b"3gp5" | b"3gp6" | b"3g2a" | b"MSNV" => Some("MP4 video"),
        _ => None,
    };
    let named = brands.chunks_exact(4).find_map(name);
    // A general brand of images, whose codec no other brand names.
    let general = brands.starts_with(b"mif1") || brands.starts_with(b"msf1");
    named.or(general.then_some("HEIF"))
}

/// An XML text whose first element, or whose declaration, is `svg`.
fn is_svg(begin: &[u8]) -> bool {
    let text = begin.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(begin).trim_ascii_start();
    let holds = |name: &[u8]| text.windows(name.len()).any(|window| window == name);
    let xml = text.starts_with(b"<?xml") || text.starts_with(b"<!--");
    text.starts_with(b"<svg")
        || text.starts_with(b"<!DOCTYPE svg")
        || xml && (holds(b"<svg") || holds(b"<!DOCTYPE svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_videos_that_are_not_read_have_a_name() {
        let ftyp = |brands: &[u8]| {
            [&(8 + brands.len() as u32).to_be_bytes()[..], b"ftyp", brands, b"meta"].concat()
        };
        for (begin, name) in [
            (ftyp(b"avif\0\0\0\0avifmif1miaf"), "AVIF"),
            (ftyp(b"mif1\0\0\0\0mif1avif"), "AVIF"),
            (ftyp(b"heic\0\0\0\0mif1heic"), "HEIC"),
            (ftyp(b"mif1\0\0\0\0mif1"), "HEIF"),
            (ftyp(b"isom\0\0\x02\0isomiso2avc1mp41"), "MP4 video"),
            (ftyp(b"qt  \0\0\0\0qt  "), "QuickTime video"),
            (b"\0\0\0\x0cJXL \r\n\x87\n".to_vec(), "JPEG XL"),
            (b"\0\0\0\x0cjP  \r\n\x87\n".to_vec(), "JPEG 2000"),
            (b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0".to_vec(), "ICO"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=".to_vec(), "SVG"),
            (b"\xef\xbb\xbf\n<svg>".to_vec(), "SVG"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm".to_vec(), "WebM video"),
            (b"RIFF\0\0\0\0AVI LIST".to_vec(), "AVI video"),
            (b"PF\n2 2\n-1.0\n".to_vec(), "PFM of colours"),
        ] {
            assert_eq!(look_of_bytes(&begin), Some(name));
        }
    }

    #[test]
    fn formats_that_are_read_and_texts_have_none() {
        for begin in [
            &b"\x89PNG\r\n\x1a\n"[..],
            b"\xff\xd8\xff\xe0",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"II\x2a\0\x08\0\0\0",
            b"P6 2 2 255 ",
            b"Pf 2 2 -1 ",
            b"<?xml version=\"1.0\"?>\n<html>",
            b"OggS\0\x02 vorbis",
            b"",
            b"once upon a time",
        ] {
            assert_eq!(look_of_bytes(begin), None, "{}", begin.escape_ascii());
        }
        for ending in
            ["png", "apng", "jpg", "jpeg", "jpe", "jfif", "mpo", "webp", "bmp", "dib", "gif"]
        {
            assert_eq!(look_of_ending(ending), None, "{ending}");
        }
        for ending in ["tif", "tiff", "pnm", "pbm", "pgm", "ppm", "pfm", "txt", "json", ""] {
            assert_eq!(look_of_ending(ending), None, "{ending}");
        }
        assert_eq!(look_of_ending("avif"), Some("AVIF"));
        assert_eq!(look_of_ending("mkv"), Some("Matroska video"));
    }
}

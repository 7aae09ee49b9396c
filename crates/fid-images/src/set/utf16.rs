//! Text in UTF-16, as Windows saves it, to UTF-8.

use std::io::{self, BufRead, Cursor, Read};

/// Number of leading bytes that decide the encoding.
const BEGIN: u64 = 64;

/// The longest text in UTF-16 that is read, in bytes: some ten million paths.
const MAX_BYTES: u64 = 1 << 30;

/// The same text in UTF-8 if it is in UTF-16; anything else unchanged.
///
/// # Errors
///
/// Errors of the reader; [`io::ErrorKind::InvalidData`] for what is no UTF-16.
pub(super) fn as_utf8<'a>(mut reader: impl BufRead + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut begin = Vec::new();
    reader.by_ref().take(BEGIN).read_to_end(&mut begin)?;
    let Some(unit) = unit_of(&begin) else {
        return Ok(Box::new(Cursor::new(begin).chain(reader)));
    };
    let mut bytes = begin;
    let rest = MAX_BYTES - bytes.len() as u64;
    if reader.by_ref().take(rest).read_to_end(&mut bytes)? as u64 == rest {
        return Err(invalid("it is UTF-16 and longer than a gibibyte: save it as UTF-8"));
    }
    let (pairs, odd) = bytes.as_chunks();
    let text = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)));
    let text = text.collect::<Result<String, _>>().ok().filter(|_| odd.is_empty());
    let text = text.ok_or_else(|| invalid("it is no valid UTF-16: save it as UTF-8"))?;
    Ok(Box::new(Cursor::new(text.into_bytes())))
}

/// How two bytes make a unit, if a text begins as one in UTF-16: with a byte order mark, or with
/// every other byte zero.
fn unit_of(begin: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let zeros = |at: usize| {
        let is_zero = |byte: &u8| *byte == 0;
        let long_enough = begin.len() >= 8 && begin.len().is_multiple_of(2);
        long_enough
            && begin.iter().skip(at).step_by(2).all(is_zero)
            && !begin.iter().skip(1 - at).step_by(2).any(is_zero)
    };
    match begin {
        [0xFF, 0xFE, ..] => Some(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => Some(u16::from_be_bytes),
        _ if zeros(1) => Some(u16::from_le_bytes),
        _ if zeros(0) => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        as_utf8(bytes)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn text_of_either_byte_order_is_read() {
        let text = "ok/ä 😀.png\r\nok/1.png\r\n".repeat(20);
        let ascii = "ok/0.png\r\nok/1.png\r\n";
        let encode = |text: &str, order: fn(u16) -> [u8; 2], mark: bool| {
            let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
            units.flat_map(order).collect::<Vec<_>>()
        };
        for order in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            assert_eq!(read(&encode(&text, order, true)).unwrap(), format!("\u{feff}{text}"));
            assert_eq!(read(&encode(ascii, order, false)).unwrap(), ascii);
        }
        for same in ["", "a.png\n", &text, "a\0b", "a.png\0b.png\0c.png"] {
            assert_eq!(read(same.as_bytes()).unwrap(), same);
        }
    }

    #[test]
    fn what_is_no_utf_16_is_an_error() {
        let unmarked = [&b"a\0".repeat(40)[..], b"\0\xD8"].concat();
        for bytes in [&b"\xFF\xFEa"[..], b"\xFF\xFE\0\xD8a\0", &unmarked] {
            let error = read(bytes).unwrap_err().to_string();
            assert!(error.contains("save it as UTF-8"), "{error}");
        }
    }
}

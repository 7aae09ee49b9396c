//! The header of a `.npy` file: a Python dictionary literal.

/// The first bytes of every `.npy` file.
pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The contents of a `.npy` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The type in NumPy's notation, such as `<f8`; of structured types the literal text.
    pub descr: String,
    /// Whether the first index moves fastest.
    pub fortran: bool,
    /// The length of each axis, as the file claims it.
    pub shape: Vec<u64>,
}

/// Parses `{'descr': '<f8', 'fortran_order': False, 'shape': (2048,), }`, keys in any order.
///
/// The error is a phrase.
pub(super) fn parse(text: &str) -> Result<Header, String> {
    let mut parser = Parser { rest: text };
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    parser.expect('{')?;
    while !parser.take('}') {
        let key = parser.string()?;
        parser.expect(':')?;
        match key {
            "descr" => descr = Some(parser.descr()?),
            "fortran_order" => fortran = Some(parser.boolean()?),
            "shape" => shape = Some(parser.tuple()?),
            _ => return Err(format!("it has the unknown key '{key}'")),
        }
        if !parser.take(',') {
            parser.expect('}')?;
            break;
        }
    }
    if !parser.rest.trim().is_empty() {
        return Err("something follows the dictionary".into());
    }
    match (descr, fortran, shape) {
        (Some(descr), Some(fortran), Some(shape)) => Ok(Header { descr, fortran, shape }),
        _ => Err("it lacks one of 'descr', 'fortran_order', 'shape'".into()),
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        let after = self.rest.strip_prefix(wanted);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        let found = self.rest.chars().next();
        let found = found.map_or_else(|| "the end".to_owned(), |found| format!("'{found}'"));
        Err(format!("expected '{wanted}', found {found}"))
    }

    fn string(&mut self) -> Result<&'a str, String> {
        let quote = if self.take('"') { '"' } else { '\'' };
        if quote == '\'' {
            self.expect(quote)?;
        }
        let (text, rest) = self.rest.split_once(quote).ok_or("a string does not end")?;
        self.rest = rest;
        Ok(text)
    }

    /// A type is a string, or for structured arrays a list, which is kept for the error message.
    fn descr(&mut self) -> Result<String, String> {
        if !self.take('[') {
            return self.string().map(str::to_owned);
        }
        let (list, rest) = self.rest.split_once(']').ok_or("a list does not end")?;
        self.rest = rest;
        Ok(format!("[{list}]"))
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.rest = self.rest.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err("'fortran_order' is neither True nor False".into())
    }

    fn tuple(&mut self) -> Result<Vec<u64>, String> {
        self.expect('(')?;
        let mut values = Vec::new();
        while !self.take(')') {
            values.push(self.number()?);
            if !self.take(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(values)
    }

    fn number(&mut self) -> Result<u64, String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        // Python 2 wrote long integers as 2048L.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().map_err(|_| {
            let end = rest.find([',', ')']).unwrap_or(rest.len());
            let found = [digits, &rest[..end]].concat();
            format!("'{}' in the shape is not a size", found.escape_debug())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_numpy_writes() {
        let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }          \n";
        let header = Header { descr: "<f8".into(), fortran: false, shape: vec![3, 4] };
        assert_eq!(parse(text), Ok(header.clone()));
        let other = "{ \"shape\" : ( 3L ,4L ),'fortran_order':True,'descr':'<f8'}";
        assert_eq!(parse(other), Ok(Header { fortran: true, ..header }));
        let vector = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }\n");
        assert_eq!(vector.map(|header| header.shape), Ok(vec![7]));
        let scalar = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n");
        assert_eq!(scalar.map(|header| header.shape), Ok(vec![]));
    }

    #[test]
    fn structured_types_are_kept_for_the_message() {
        let text = "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }";
        assert_eq!(parse(text).map(|header| header.descr), Ok("[('a', '<f8')]".into()));
    }

    #[test]
    fn garbage_is_an_error_not_a_panic() {
        for text in [
            "",
            "{",
            "{}",
            "{'descr'",
            "{'descr': ",
            "{'descr': '<f8}",
            "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}",
            "{'descr': '<f8', 'fortran_order': True, 'shape': (1, -1)}",
            "{'descr': '<f8', 'fortran_order': True, 'shape': (1 2)}",
            "{'descr': '<f8', 'fortran_order': True, 'shape': 12}",
            "{'descr': '<f8', 'fortran_order': True, 'shape': (99999999999999999999999,)}",
            "{'descr': '<f8', 'fortran_order': True, 'shape': (1,), 'more': 1}",
            "{'descr': '<f8', 'fortran_order': True}",
            "{'descr': '<f8', 'fortran_order': True, 'shape': (1,)} __import__('os')",
            "{'descr': [(((",
            "ü{",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

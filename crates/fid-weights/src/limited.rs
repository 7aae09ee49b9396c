//! Reading a file of at most some length.

use std::io::{self, Read};

use crate::format::FileProblem;

/// Reads to the end, or until `limit` is passed: the length that the system states for a file may
/// change, and is 0 for pipes and devices.
pub(super) fn read_limited(
    file: impl Read,
    length: u64,
    limit: u64,
) -> io::Result<Result<Vec<u8>, FileProblem>> {
    let too_large = |found| Ok(Err(FileProblem::TooLarge { what: "content", found, limit }));
    if length > limit {
        return too_large(length);
    }
    // One byte more shows the end without growing.
    let mut content = Vec::with_capacity(length as usize + 1);
    file.take(limit + 1).read_to_end(&mut content)?;
    match content.len() as u64 {
        found if found > limit => too_large(found),
        _ => Ok(Ok(content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_longer_than_it_says_is_refused_within_the_limit() {
        let read = |length| read_limited(io::repeat(7), length, 1000).unwrap();
        for (length, expected) in [(0, 1001), (1000, 1001), (5000, 5000)] {
            let problem = read(length).unwrap_err();
            assert!(matches!(problem, FileProblem::TooLarge { found, .. } if found == expected));
        }
        let whole = read_limited(&[7; 1000][..], 10, 1000).unwrap();
        assert_eq!(whole.unwrap(), [7; 1000]);
    }
}

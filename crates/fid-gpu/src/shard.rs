//! Shards: one of several parts of a folder.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// The `index`-th of `count` parts of a sorted list, counted from 1 and written `2/8`.
///
/// Shards are runs of consecutive files whose lengths differ by at most one. Concatenated in order,
/// they are the whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// The text is not a shard in the form `2/8`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no part of a whole: write 2/8 for the second of eight, from 1/8 to 8/8")]
pub struct BadShard {
    text: String,
}

impl Shard {
    /// The shard's range of indices in a list of `len` files.
    pub fn range(self, len: usize) -> Range<usize> {
        // Below 2⁹⁶: cannot overflow.
        let bound = |part: u32| (len as u128 * u128::from(part) / u128::from(self.count)) as usize;
        bound(self.index - 1)..bound(self.index)
    }
}

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Self, BadShard> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let (index, count) = (index.parse().ok()?, count.parse().ok()?);
            (1 <= index && index <= count).then_some(Self { index, count })
        };
        parse().ok_or_else(|| BadShard { text: text.into() })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_whole_in_order() {
        for len in [0, 1, 7, 8, 1000] {
            for count in [1, 2, 3, 8, 11] {
                let parts = (1..=count).map(|index| Shard { index, count }.range(len));
                let lengths = parts.clone().map(|range| range.len()).collect::<Vec<_>>();
                assert_eq!(parts.flatten().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
                let spread = lengths.iter().max().unwrap() - lengths.iter().min().unwrap();
                assert!(spread <= 1, "{lengths:?}");
            }
        }
        assert_eq!(Shard { index: u32::MAX, count: u32::MAX }.range(usize::MAX).end, usize::MAX);
    }

    #[test]
    fn only_parts_are_parsed() {
        assert_eq!("2/8".parse(), Ok(Shard { index: 2, count: 8 }));
        for text in ["", "2", "0/8", "9/8", "1/0", "-1/8", "1/2/3", "a/b", "1 / 2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}

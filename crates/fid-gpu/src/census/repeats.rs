//! Equal images, by the hashes of their pixels.

/// What tells a set's images apart: 16 bytes an image.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    /// A hash of each image's size and pixels. 64 bits: two of a million different images are equal
    /// with probability 3·10⁻⁸.
    pub(crate) hashes: Vec<u64>,
    /// The place of each image in its set's list.
    pub(crate) places: Vec<usize>,
}

impl Contents {
    /// How many images of `self` equal one of `real`, and the first of them with the one it equals, by
    /// their index.
    pub(crate) fn equal_to(&self, real: &Self) -> (u64, Option<[usize; 2]>) {
        let real = sorted(&real.hashes);
        let equal = |&hash: &u64| {
            let at = real.partition_point(|&(other, _)| other < hash);
            real.get(at).filter(|&&(other, _)| other == hash).map(|&(_, index)| index)
        };
        let found = self.hashes.iter().enumerate();
        let mut found = found.filter_map(|(index, hash)| Some([index, equal(hash)?]));
        let first = found.next();
        (u64::from(first.is_some()) + found.count() as u64, first)
    }
}

/// Hashes with the index of their images, in order.
fn sorted(hashes: &[u64]) -> Vec<(u64, usize)> {
    let mut sorted: Vec<_> = hashes.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    sorted
}

/// The repeats in a set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeats {
    /// Images that equal an earlier one.
    pub(super) count: u64,
    /// How often the rarest image occurs.
    pub(super) least_copies: u64,
    /// The first image that equals an earlier one, behind that one, by their index.
    pub(super) first: Option<[usize; 2]>,
}

impl Repeats {
    pub(super) fn of(hashes: &[u64]) -> Self {
        let sorted = sorted(hashes);
        let runs = || sorted.chunk_by(|a, b| a.0 == b.0);
        let pairs = runs().filter_map(|run| match run {
            [(_, first), (_, second), ..] => Some([*first, *second]),
            _ => None,
        });
        Self {
            count: (hashes.len() - runs().count()) as u64,
            least_copies: runs().map(<[_]>::len).min().unwrap_or_default() as u64,
            first: pairs.min_by_key(|[_, second]| *second),
        }
    }
}

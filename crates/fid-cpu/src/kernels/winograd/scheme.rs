//! The Winograd scheme of a convolution: the sizes of its tiles and the transformation of its
//! kernels. Square kernels are transformed along both axes, rows and columns of taps along one.

use fid_weights::inception::Window;

use super::transform::{FOUR, SIX, TEN};

/// The smallest side of an image with enough tiles to amortize reading transformed weights, which
/// are several times larger than the kernels.
const LARGE_SIDE: usize = 17;

/// The tile of outputs that is computed together, and the number of its products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// 3×3: 4×4 outputs from 6×6 products instead of 144.
    Square3,
    /// 3×3 on small images: 2×2 outputs from 4×4 products instead of 36, with fewer weights to
    /// read.
    Small3,
    /// 5×5: 2×2 outputs from 6×6 products instead of 100.
    Square5,
    /// 1×3 or 3×1: 4 outputs from 6 products instead of 12.
    Line3(Axis),
    /// 1×7 or 7×1: 4 outputs from 10 products instead of 28.
    Line7(Axis),
}

/// The direction of a line of taps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Row,
    Column,
}

impl Scheme {
    /// The scheme for a window and an output of `[height, width]`; `None` if direct convolution is
    /// faster.
    pub(super) fn of(window: Window, [height, width]: [usize; 2]) -> Option<Self> {
        let large = height.min(width) >= LARGE_SIDE;
        match (window.stride, window.size) {
            (1, [3, 3]) if large => Some(Self::Square3),
            (1, [3, 3]) => Some(Self::Small3),
            (1, [5, 5]) if large => Some(Self::Square5),
            (1, [1, 3]) => Some(Self::Line3(Axis::Row)),
            (1, [3, 1]) => Some(Self::Line3(Axis::Column)),
            (1, [1, 7]) => Some(Self::Line7(Axis::Row)),
            (1, [7, 1]) => Some(Self::Line7(Axis::Column)),
            _ => None,
        }
    }

    /// Whether the scheme is for images with few tiles.
    pub(super) fn is_for_few(self) -> bool {
        matches!(self, Self::Small3 | Self::Line3(_))
    }

    /// Outputs of a tile, `[height, width]`.
    pub(super) fn outputs(self) -> [usize; 2] {
        match self {
            Self::Square3 => [4, 4],
            Self::Small3 | Self::Square5 => [2, 2],
            Self::Line3(axis) | Self::Line7(axis) => axis.line(4),
        }
    }

    /// Inputs of a tile, `[height, width]`; there is a product for each.
    pub(super) fn inputs(self) -> [usize; 2] {
        match self {
            Self::Small3 => [4, 4],
            Self::Square3 | Self::Square5 => [6, 6],
            Self::Line3(axis) => axis.line(6),
            Self::Line7(axis) => axis.line(10),
        }
    }

    pub(super) fn points(self) -> usize {
        let [height, width] = self.inputs();
        height * width
    }

    /// The transformation of a kernel, `[point][tap]`.
    pub(super) fn matrix(self) -> Vec<Vec<f64>> {
        let taps = |count: usize, transform: &dyn Fn(&[f64]) -> Vec<f64>| {
            let unit = |tap: usize| {
                transform(
                    &std::array::from_fn::<_, 7, _>(|at| f64::from(u8::from(at == tap)))[..count],
                )
            };
            (0..count).map(unit).collect::<Vec<_>>()
        };
        // `[tap][point]` along one axis.
        let line = match self {
            Self::Small3 => taps(3, &|unit| FOUR.filter(unit)),
            Self::Square3 | Self::Line3(_) => taps(3, &|unit| SIX.filter(unit)),
            Self::Square5 => taps(5, &|unit| SIX.filter(unit)),
            Self::Line7(_) => taps(7, &|unit| TEN.filter(unit)),
        };
        let points = 0..line[0].len();
        match self {
            Self::Line3(_) | Self::Line7(_) => {
                points.map(|point| line.iter().map(|tap| tap[point]).collect()).collect()
            }
            Self::Small3 | Self::Square3 | Self::Square5 => {
                let row = |y: usize, x: usize| {
                    let products = line
                        .iter()
                        .flat_map(|above| line.iter().map(move |left| above[y] * left[x]));
                    products.collect()
                };
                points
                    .clone()
                    .flat_map(|y| points.clone().map(move |x| (y, x)))
                    .map(|(y, x)| row(y, x))
                    .collect()
            }
        }
    }
}

impl Axis {
    fn line(self, len: usize) -> [usize; 2] {
        match self {
            Self::Row => [1, len],
            Self::Column => [len, 1],
        }
    }
}

//! Precision, recall, density and coverage.

use super::distances::{Exact, Frame, Tiled, for_each_block};
use super::neighbours::{require_neighbours, squared_radii};
use super::products::{CpuProducts, TileProducts};
use crate::error::Error;
use crate::features::FeatureRows;

/// Lower bound on the denominator of the F-score, precision plus recall (torch-fidelity 0.4.0).
const F_SCORE_FLOOR: f64 = 1e-5;

/// Whether a ball contains its surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Distance ≤ radius: Kynkäänniemi et al., torch-fidelity, ADM.
    Closed,
    /// Distance < radius: `prdc`, dgm-eval.
    Open,
}

/// The balls of [`prdc`]. Programs differ; values with different settings are not comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PrdcConfig {
    /// A ball reaches to this neighbour, the vector itself not counted.
    pub neighbours: usize,
    /// Whether a vector at exactly that distance is inside.
    pub boundary: Boundary,
}

impl PrdcConfig {
    /// torch-fidelity 0.4.0's `--prc`: 3 neighbours (`kthvalue(4)`, itself counted), `<=`.
    pub const TORCH_FIDELITY: Self = Self { neighbours: 3, boundary: Boundary::Closed };
    /// `evaluator.py` of guided-diffusion (ADM): 3 neighbours, `<=`. ADM also rounds features and
    /// squared distances to f16, this crate does not: see docs/PRECISION.md.
    pub const ADM: Self = Self { neighbours: 3, boundary: Boundary::Closed };
    /// The `prdc` package as its authors and dgm-eval use it: 5 neighbours, `<`.
    pub const PRDC: Self = Self { neighbours: 5, boundary: Boundary::Open };
}

impl Default for PrdcConfig {
    fn default() -> Self {
        Self::TORCH_FIDELITY
    }
}

/// Precision, recall, density and coverage of a generated set, and the counts behind them.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Prdc {
    /// Share of generated images inside a ball around a real one: whether they are realistic.
    pub precision: f64,
    /// Share of real images inside a ball around a generated one: whether the generator covers
    /// them.
    pub recall: f64,
    /// `2PR / max(1e-5, P + R)`.
    pub f_score: f64,
    /// Average number of real balls around a generated image, divided by `neighbours`; may be more
    /// than 1.
    pub density: f64,
    /// Share of real images whose ball contains a generated one.
    pub coverage: f64,
    /// Generated images inside a real ball.
    pub fakes_inside: u64,
    /// Real images inside a generated ball.
    pub reals_inside: u64,
    /// Pairs of a generated image and a real ball around it.
    pub pairs_inside: u64,
    /// Real images whose ball contains a generated one.
    pub reals_covered: u64,
    /// Number of real images.
    pub num_real: usize,
    /// Number of generated images.
    pub num_fake: usize,
    /// The settings used.
    pub config: PrdcConfig,
}

/// Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020).
/// Swapped sides exchange precision and recall, and give another density and coverage.
///
/// Every decision is that of the exact distance: products in f32 settle the clear cases, the rest
/// is computed from differences in f64, always in the same order. So a copy of a real image is
/// exactly as far from others as that image, and `<` and `<=` are exact. The number of threads, the
/// order of the images and the device of the products ([`prdc_by`]) change nothing.
///
/// Computes (n² + m²)/2 + nm products of d values in f32 for n real and m generated images, with
/// faer's global parallelism. Needs as much memory as
/// [`neighbour_distances`](super::neighbour_distances), never n × m.
///
/// # Errors
/// [`Error::DimMismatch`]; [`Error::Neighbours`] unless 0 < `neighbours` < n, m;
/// [`Error::NotFinite`]; [`Error::Overflow`].
pub fn prdc(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &PrdcConfig,
) -> Result<Prdc, Error> {
    prdc_by(real, fake, config, &mut CpuProducts::default())
}

/// [`prdc`] with products computed by `products`. The counts are the same.
///
/// # Errors
/// Those of [`prdc`] and of `products`.
pub fn prdc_by(
    real: &dyn FeatureRows,
    fake: &dyn FeatureRows,
    config: &PrdcConfig,
    products: &mut dyn TileProducts,
) -> Result<Prdc, Error> {
    let names = ["real features", "fake features"];
    let k = config.neighbours;
    require_neighbours(names[0], real, k)?;
    require_neighbours(names[1], fake, k)?;
    let frame = Frame::new(&[(names[0], real), (names[1], fake)])?;
    let real = Tiled::new(real, &frame);
    let fake = Tiled::new(fake, &frame);
    let radii_real =
        Radii::new(squared_radii(&real, &frame, k, products)?, &frame, config.boundary);
    let radii_fake =
        Radii::new(squared_radii(&fake, &frame, k, products)?, &frame, config.boundary);

    let mut exact = Exact::new(real.rows, fake.rows);
    let mut covered = vec![false; real.len()];
    let mut recalled = vec![false; real.len()];
    let mut precise = vec![false; fake.len()];
    let mut pairs_inside = 0u64;
    for_each_block(&real, &fake, false, products, |block, bounds| {
        block.pairs(false, |i, j, norms, product| {
            let lower = bounds.lower(norms, product);
            if lower > radii_real.scaled[i] && (recalled[i] || lower > radii_fake.scaled[j]) {
                return;
            }
            let upper = bounds.upper(norms, product);
            let mut known = None;
            let mut square = || *known.get_or_insert_with(|| exact.squared(i, j));
            if radii_real.holds(i, lower, upper, &mut square) {
                pairs_inside += 1;
                (covered[i], precise[j]) = (true, true);
            }
            recalled[i] = recalled[i] || radii_fake.holds(j, lower, upper, &mut square);
        });
    })?;

    let count = |flags: &[bool]| flags.iter().filter(|&&flag| flag).count() as u64;
    let num_real = real.len();
    let num_fake = fake.len();
    let fakes_inside = count(&precise);
    let reals_inside = count(&recalled);
    let reals_covered = count(&covered);
    let precision = fakes_inside as f64 / num_fake as f64;
    let recall = reals_inside as f64 / num_real as f64;
    Ok(Prdc {
        precision,
        recall,
        f_score: 2.0 * precision * recall / (precision + recall).max(F_SCORE_FLOOR),
        density: pairs_inside as f64 / (k as f64 * num_fake as f64),
        coverage: reals_covered as f64 / num_real as f64,
        fakes_inside,
        reals_inside,
        pairs_inside,
        reals_covered,
        num_real,
        num_fake,
        config: *config,
    })
}

/// Balls around the vectors of a set.
struct Radii {
    /// Squared radii in units of the features.
    squares: Vec<f64>,
    /// Squared radii in units of the frame.
    scaled: Vec<f64>,
    boundary: Boundary,
}

impl Radii {
    fn new(squares: Vec<f64>, frame: &Frame, boundary: Boundary) -> Self {
        let scale = frame.scale * frame.scale;
        // An open ball of radius 0 is empty.
        let scaled = |&square: &f64| match boundary {
            Boundary::Open if square == 0.0 => f64::NEG_INFINITY,
            _ => square * scale,
        };
        Self { scaled: squares.iter().map(scaled).collect(), squares, boundary }
    }

    /// Whether a vector is inside ball `index`, from the bounds on its squared distance if they
    /// decide, else from `square`.
    fn holds(&self, index: usize, lower: f64, upper: f64, square: impl FnOnce() -> f64) -> bool {
        if lower > self.scaled[index] {
            return false;
        }
        upper < self.scaled[index]
            || match self.boundary {
                Boundary::Closed => square() <= self.squares[index],
                Boundary::Open => square() < self.squares[index],
            }
    }
}

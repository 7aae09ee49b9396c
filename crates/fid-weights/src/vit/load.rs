//! Loading the weights of a vision transformer from any source.

use sha2::{Digest, Sha256};

use super::file::VitFile;
use super::loaded::LoadedVit;
use super::part::Part;
use super::seeded::draw;
use super::spec::VitSpec;
use super::weights::VitWeights;
use crate::error::WeightsError;
use crate::floats::le_bytes;
use crate::identity::{WeightsFormat, WeightsIdentity, hex};
use crate::source::WeightsSource;

/// Reads, checks and folds the weights of a network.
///
/// ```no_run
/// use fid_weights::WeightsSource;
/// use fid_weights::vit::{VitSpec, load};
///
/// let spec = VitSpec::named("dinov2-l14").ok_or("no such network")?;
/// let loaded = load(spec, &WeightsSource::Seeded(0))?;
/// assert_eq!(loaded.weights.blocks.len(), 24);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a file cannot be read, is damaged, or holds another network or values that are not finite. A
/// file with one bad tensor gives no weights at all.
pub fn load(spec: &'static VitSpec, source: &WeightsSource) -> Result<LoadedVit, WeightsError> {
    match source {
        WeightsSource::File(path) => VitFile::open(spec, path)?.load(),
        WeightsSource::Seeded(seed) => {
            let mut hash = Sha256::new();
            let take = |part: Part| -> Result<_, WeightsError> {
                let values = draw(spec, part, *seed);
                hash.update(le_bytes(&values));
                Ok(values.into())
            };
            let weights = VitWeights::assemble(spec, true, take)?;
            let (name, sha256) = (source.to_string(), hex(hash.finalize()));
            let identity = WeightsIdentity { name, sha256, format: WeightsFormat::Seeded };
            Ok(LoadedVit { weights, identity })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vit::seeded;

    /// `scripts/fixtures/seeded_vit.py NETWORK --seed SEED --depth DEPTH --sha256` prints the hashes;
    /// it shares no code with this crate.
    #[test]
    fn bits_are_those_of_the_python_script() {
        let golden = [
            (
                "dinov2-s14",
                0,
                12,
                "0a1b3590382faaa216696aa40828c8722f475f59b3f0bcea05324fc547b4c8cb",
            ),
            (
                "dinov2-g14",
                7,
                1,
                "e4fced3b73425fe3acb1594f8fb05b38339573093df07c79ec606d2fa4edcf0b",
            ),
            ("clip-b32", 0, 12, "0fab31ba398405d1ce1375b076d6f4ff350a8fc2948448f81f66e1cf679d0733"),
        ];
        for (name, seed, depth, expected) in golden {
            let spec = VitSpec { depth, ..VitSpec::named(name).unwrap().clone() };
            let spec = Box::leak(Box::new(spec));
            let loaded = load(spec, &WeightsSource::Seeded(seed)).unwrap();
            assert_eq!(loaded.identity.sha256, expected, "{name}");
            assert_eq!(loaded.identity.name, format!("seeded:{seed}"));
            assert_eq!(
                loaded.weights.blocks[0].qkv.weight,
                seeded(spec, seed).blocks[0].qkv.weight
            );
        }
    }
}

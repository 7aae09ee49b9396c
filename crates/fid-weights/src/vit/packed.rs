//! Packed files of vision transformers: every tensor in the order of [`VitWeights`], LayerScale
//! folded.

use std::io::{self, Write};
use std::path::Path;

use super::loaded::LoadedVit;
use super::part::Part;
use super::spec::VitSpec;
use super::weights::VitWeights;
use crate::container::{Header, PackedError, Reader, write};
use crate::floats::Floats;

/// Tells these files from Inception's.
const KIND: u8 = 2;

/// The tensors of a packed file.
fn parts(spec: &VitSpec) -> impl Iterator<Item = Part> {
    Part::all(spec).into_iter().filter(|part| !matches!(part, Part::LayerScale(_)))
}

impl LoadedVit {
    /// Writes a packed file.
    ///
    /// # Errors
    /// The error of `out`.
    pub fn write_packed(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { weights, identity } = self;
        let header = Header::new(KIND, &identity.sha256, weights.spec.name);
        write(header, parts(weights.spec).filter_map(|part| weights.part(part)), out)
    }
}

impl VitWeights {
    /// Maps the packed file of a source with the given SHA-256.
    ///
    /// # Errors
    /// If the file cannot be read or is not exactly what [`LoadedVit::write_packed`] wrote.
    pub fn open_packed(
        spec: &'static VitSpec,
        file: &Path,
        sha256: &str,
    ) -> Result<Self, PackedError> {
        let (mut reader, _) = Reader::open(file, &[Header::new(KIND, sha256, spec.name)])?;
        let take = |part: Part| reader.take(part.count(spec)).ok_or(());
        let weights = Self::assemble(spec, false, take).ok();
        reader.whole(weights)
    }

    /// A tensor; none for LayerScale, which is folded.
    fn part(&self, part: Part) -> Option<&Floats> {
        Some(match part {
            Part::ClassToken => &self.class_token,
            Part::Positions => &self.positions,
            Part::PatchWeight => &self.patch.weight,
            Part::PatchBias => &self.patch.bias,
            Part::Scale(layer) => &self.norm(layer).scale,
            Part::Shift(layer) => &self.norm(layer).shift,
            Part::Weight(layer) => &self.linear(layer).weight,
            Part::Bias(layer) => &self.linear(layer).bias,
            Part::LayerScale(_) => return None,
        })
    }
}

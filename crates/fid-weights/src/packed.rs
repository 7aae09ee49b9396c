//! Packed files: folded weights in a file that is mapped and used in place.
//!
//! They hold weight and bias of each layer in the order of [`LayerTable`], then of the classifier.
//! Packed files hold only weights that passed every check; the checksum finds a file that was
//! damaged since.

use std::io::{self, Write};
use std::path::Path;

use crate::checkpoint::{Classifier, FoldedConv, Weights};
use crate::container::{Header, Reader, write};
use crate::floats::Floats;
use crate::inception::LayerTable;
use crate::loaded::LoadedWeights;

pub use crate::container::{PACKED_VERSION, PackedError};

fn header(sha256: &str, classifier: bool) -> Option<Header> {
    Header::new(classifier.into(), sha256, "")
}

impl LoadedWeights {
    /// Writes a packed file.
    ///
    /// # Errors
    /// The error of `out`.
    pub fn write_packed(&self, out: &mut impl Write) -> io::Result<()> {
        let Weights { convs, classifier } = &self.weights;
        let header = header(&self.identity.sha256, classifier.is_some());
        let convs = convs.iter().flat_map(|conv| [&conv.weight, &conv.bias]);
        let classifier = classifier.iter().flat_map(|fc| [&fc.weight, &fc.bias]);
        write(header, convs.chain(classifier), out)
    }
}

/// Maps the packed file of a source with the given SHA-256.
///
/// # Errors
/// If the file cannot be read or is not exactly what [`LoadedWeights::write_packed`] wrote.
pub fn open_packed(file: &Path, sha256: &str) -> Result<Weights, PackedError> {
    let headers = [false, true].map(|classifier| header(sha256, classifier));
    let (mut reader, classifier) = Reader::open(file, &headers)?;
    let weights = weights(classifier == 1, &mut |count| reader.take(count));
    reader.whole(weights)
}

fn weights(classifier: bool, take: &mut impl FnMut(usize) -> Option<Floats>) -> Option<Weights> {
    let mut pair = |shape: &[usize], count| Some((take(shape.iter().product())?, take(count)?));
    let table = LayerTable::get();
    let convs = table.convs().iter().map(|layer| {
        let (weight, bias) = pair(&layer.weight_shape(), layer.conv.out_channels)?;
        Some(FoldedConv { weight, bias })
    });
    let convs = convs.collect::<Option<_>>()?;
    let shape = table.fc_shape();
    let classifier = match classifier.then(|| pair(&shape, shape[0])) {
        None => None,
        Some(pair) => pair.map(|(weight, bias)| Some(Classifier { weight, bias }))?,
    };
    Some(Weights { convs, classifier })
}

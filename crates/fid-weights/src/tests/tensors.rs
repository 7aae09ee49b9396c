//! Tensors by name, and the checks on them.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{folded, folded_sample, same_bits, sample};
use crate::checkpoint::{Checkpoint, Norm};
use crate::floats::le_bytes;
use crate::format::FileProblem;
use crate::format::named::{self, Entries, Entry};
use crate::inception::LayerTable;

/// An entry made up for a test.
#[derive(Clone)]
pub(super) struct Fake {
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub values: Cow<'static, [f32]>,
}

impl Entry for Fake {
    fn dtype(&self) -> String {
        self.dtype.into()
    }
    fn shape(&self) -> Vec<i64> {
        self.shape.iter().map(|&length| length as i64).collect()
    }
    fn bytes(&self) -> Result<Cow<'_, [u8]>, FileProblem> {
        Ok(le_bytes(&self.values))
    }
}

pub(super) fn entries(checkpoint: &'static Checkpoint) -> Entries<Fake> {
    let mut entries = Entries::new();
    let mut add = |name: String, shape: &[usize], values: &'static [f32]| {
        entries.insert(name, Fake { dtype: "F32", shape: shape.to_vec(), values: values.into() });
    };
    for (conv, layer) in checkpoint.convs.iter().zip(LayerTable::get().convs()) {
        let (name, filters) = (&layer.name, [layer.conv.out_channels]);
        add(format!("{name}.conv.weight"), &layer.weight_shape(), &conv.weight);
        match &conv.norm {
            Norm::Folded { bias } => add(format!("{name}.conv.bias"), &filters, bias),
            Norm::Batch { gamma, beta, mean, var } => {
                add(format!("{name}.bn.weight"), &filters, gamma);
                add(format!("{name}.bn.bias"), &filters, beta);
                add(format!("{name}.bn.running_mean"), &filters, mean);
                add(format!("{name}.bn.running_var"), &filters, var);
            }
        }
    }
    let classifier = checkpoint.classifier.as_ref().unwrap();
    add("fc.weight".into(), &LayerTable::get().fc_shape(), &classifier.weight);
    add("fc.bias".into(), &[1008], &classifier.bias);
    entries
}

#[test]
fn folded_tensors_give_the_same_bits() {
    static FOLDED: OnceLock<Checkpoint> = OnceLock::new();
    let entries = entries(FOLDED.get_or_init(folded_sample));
    assert!(same_bits(&named::checkpoint(&entries).unwrap().fold(), folded()));
}

/// The problem of a checkpoint after one change.
fn problem(change: impl FnOnce(&mut Entries<Fake>)) -> FileProblem {
    let mut entries = entries(sample());
    change(&mut entries);
    named::checkpoint(&entries).unwrap_err()
}

fn set(entries: &mut Entries<Fake>, name: &str, change: impl FnOnce(&mut Fake)) {
    change(entries.get_mut(name).unwrap());
}

#[test]
fn every_missing_and_unexpected_tensor_is_named() {
    let problem = problem(|entries| {
        entries.remove("Mixed_5b.branch1x1.bn.bias");
        let extra = entries["fc.bias"].clone();
        (0..9).for_each(|i| drop(entries.insert(format!("AuxLogits.{i}"), extra.clone())));
        // The counters of batch normalisation are neither needed nor in the way.
        entries.insert("Conv2d_1a_3x3.bn.num_batches_tracked".into(), extra);
    });
    let text = problem.to_string();
    let FileProblem::Names { missing, unexpected, .. } = problem else { panic!("{problem}") };
    assert_eq!(missing, ["Mixed_5b.branch1x1.bn.bias"]);
    assert_eq!(unexpected.len(), 9);
    assert!(text.contains(r#"unexpected "AuxLogits.0", "AuxLogits.1""#), "{text}");
    assert!(text.contains("and 5 more"), "{text}");
}

#[test]
fn bad_tensors_are_named() {
    let name = "Mixed_6c.branch7x7_2.bn.running_var";
    let shape = problem(|entries| set(entries, "fc.weight", |fc| fc.shape = vec![1000, 2048]));
    assert!(matches!(shape, FileProblem::Shape { found, .. } if found == [1000, 2048]));
    let dtype = problem(|entries| set(entries, name, |entry| entry.dtype = "F16"));
    assert!(matches!(dtype, FileProblem::DType { found, .. } if found == "F16"));
    let short = problem(|entries| set(entries, name, |var| var.values.to_mut().truncate(159)));
    assert!(matches!(short, FileProblem::Length { expected: 160, found: 159, .. }), "{short}");
    let nan = problem(|entries| set(entries, name, |var| var.values.to_mut()[5] = f32::NAN));
    assert!(matches!(nan, FileProblem::NotFinite { index: 5, .. }));
    let negative = problem(|entries| set(entries, name, |var| var.values.to_mut()[7] = -1.0));
    assert!(negative.to_string().contains(name));
    assert!(matches!(negative, FileProblem::NegativeVariance { index: 7, .. }));
}

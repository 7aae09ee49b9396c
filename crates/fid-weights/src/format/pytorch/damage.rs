//! The error of a file that breaks the rules of its format.

use std::fmt::Display;

use crate::format::problem::{FileProblem, plain};
use crate::identity::WeightsFormat;

pub(super) fn damaged(cause: impl Display) -> FileProblem {
    FileProblem::Damaged { format: WeightsFormat::Pytorch, cause: plain(&cause.to_string(), 300) }
}

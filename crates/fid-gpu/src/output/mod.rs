//! Files that a run leaves.

pub(crate) mod features;

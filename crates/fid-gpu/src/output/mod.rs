//! Files that a run writes.

pub(crate) mod features;

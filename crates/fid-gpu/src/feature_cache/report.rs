//! Cache hits and misses of a run.

use serde::{Deserialize, Serialize};

/// How many of a set's images were in the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CacheReport {
    /// Images whose features were in the cache.
    pub hits: u64,
    /// Images that ran through the network.
    pub misses: u64,
}

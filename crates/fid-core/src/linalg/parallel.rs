//! Work on several threads, in the terms of faer's [`Par`].

use faer::Par;
use rayon::prelude::*;

/// Number of threads that `par` allows.
pub(super) fn degree(par: Par) -> usize {
    match par {
        Par::Seq => 1,
        Par::Rayon(threads) => threads.get(),
    }
}

/// Calls `work` with each item, on several threads if `par` allows it.
pub(super) fn for_each<T: Send>(par: Par, items: Vec<T>, work: impl Fn(T) + Sync + Send) {
    match par {
        Par::Seq => items.into_iter().for_each(work),
        Par::Rayon(_) => items.into_par_iter().with_max_len(1).for_each(work),
    }
}

//! How much memory files and decoded images may take while they wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Grants memory if the budget has room for it, or if it is for the image that is due: that one must
/// come through for the others to be used up.
///
/// So the reservations exceed the budget by at most one image, whatever the number of threads.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    in_use: u64,
    /// The index of the image that the consumer waits for.
    due: usize,
    /// The consumer is gone.
    closed: bool,
}

/// Part of a memory budget, given back when dropped.
#[derive(Debug)]
pub struct Reservation<'a> {
    budget: &'a MemoryBudget,
    bytes: u64,
}

impl MemoryBudget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until `bytes` may be used for image `index`; `None` once the consumer is gone.
    pub(super) fn reserve(&self, index: usize, bytes: u64) -> Option<Reservation<'_>> {
        let fits = |state: &State| state.in_use.saturating_add(bytes) <= self.bytes;
        let waits = |state: &mut State| !(state.closed || state.due >= index || fits(state));
        let guard = self.changed.wait_while(self.state(), waits);
        let mut state = guard.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        state.in_use = state.in_use.saturating_add(bytes);
        Some(Reservation { budget: self, bytes })
    }

    /// The consumer waits for image `index`.
    pub(super) fn set_due(&self, index: usize) {
        self.state().due = index;
        self.changed.notify_all();
    }

    /// The consumer is gone.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic leaves these numbers half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation<'_> {
    /// Gives back everything above `bytes`.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let freed = self.bytes.saturating_sub(bytes);
        self.bytes -= freed;
        self.budget.state().in_use -= freed;
        self.budget.changed.notify_all();
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    /// Many threads reserve memory for images of all sizes, which are taken in order: no thread waits
    /// for ever, and only the image that is due exceeds the budget.
    #[test]
    fn only_the_due_image_exceeds_the_budget() {
        const COUNT: usize = 400;
        const THREADS: usize = 7;
        let budget = MemoryBudget::new(100);
        let size = |index: usize| [1, 30, 99, 100, 250][index * 13 % 5];
        let (used, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            let queues = (0..THREADS).map(|thread| {
                let (sender, receiver) = std::sync::mpsc::sync_channel(4);
                let (budget, used, most) = (&budget, &used, &most);
                scope.spawn(move || {
                    for index in (thread..COUNT).step_by(THREADS) {
                        let reservation = budget.reserve(index, size(index)).unwrap();
                        let now = used.fetch_add(size(index), Ordering::SeqCst) + size(index);
                        most.fetch_max(now, Ordering::SeqCst);
                        sender.send((index, reservation)).unwrap();
                    }
                });
                receiver
            });
            let queues = queues.collect::<Vec<_>>();
            for index in 0..COUNT {
                budget.set_due(index);
                let (got, reservation) = queues[index % THREADS].recv().unwrap();
                assert_eq!(got, index);
                used.fetch_sub(size(index), Ordering::SeqCst);
                drop(reservation);
            }
        });
        let most = most.into_inner();
        assert!(most <= 350, "{most} in use");
        assert_eq!(budget.state().in_use, 0);
    }

    #[test]
    fn closing_wakes_waiting_threads() {
        let budget = MemoryBudget::new(1);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| budget.reserve(5, 2).is_none());
            thread::sleep(std::time::Duration::from_millis(20));
            budget.close();
            assert!(waiting.join().unwrap());
        });
    }
}

//! How much memory decoded images may take while they wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets a decoder begin when there is room for its image, or when it is its image's turn: that one
/// must come through for the others to be used up.
///
/// So no more is in use than the room, or one image, whatever the number of threads.
#[derive(Debug)]
pub(super) struct Gate {
    room: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    in_use: u64,
    /// The image that is waited for.
    due: usize,
    /// Nobody waits for any.
    closed: bool,
}

/// Room that is taken, until this is dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    gate: &'a Gate,
    bytes: u64,
}

impl Gate {
    pub(super) fn new(room: u64) -> Self {
        Self { room, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until `bytes` may be used for image `index`; none if nobody wants it any more.
    pub(super) fn enter(&self, index: usize, bytes: u64) -> Option<Permit<'_>> {
        let fits = |state: &State| state.in_use.saturating_add(bytes) <= self.room;
        let waits = |state: &mut State| !(state.closed || state.due >= index || fits(state));
        let state = self.changed.wait_while(self.state(), waits);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        state.in_use = state.in_use.saturating_add(bytes);
        Some(Permit { gate: self, bytes })
    }

    /// Image `index` is waited for.
    pub(super) fn wants(&self, index: usize) {
        self.state().due = index;
        self.changed.notify_all();
    }

    /// No image is waited for any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Numbers, which no panic leaves half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Gives back all but `bytes`.
    pub(super) fn keep(&mut self, bytes: u64) {
        let freed = self.bytes.saturating_sub(bytes);
        self.bytes -= freed;
        self.gate.state().in_use -= freed;
        self.gate.changed.notify_all();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.keep(0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    /// Images of all sizes by many threads, taken in order: it ends, and never exceeds the room
    /// but by the one image that is due.
    #[test]
    fn no_more_than_the_room_and_the_image_that_is_due() {
        const COUNT: usize = 400;
        const THREADS: usize = 7;
        let gate = Gate::new(100);
        let size = |index: usize| [1, 30, 99, 100, 250][index * 13 % 5];
        let (used, most) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            let queues = (0..THREADS).map(|thread| {
                let (sender, receiver) = std::sync::mpsc::sync_channel(4);
                let (gate, used, most) = (&gate, &used, &most);
                scope.spawn(move || {
                    for index in (thread..COUNT).step_by(THREADS) {
                        let permit = gate.enter(index, size(index)).unwrap();
                        let now = used.fetch_add(size(index), Ordering::SeqCst) + size(index);
                        most.fetch_max(now, Ordering::SeqCst);
                        sender.send((index, permit)).unwrap();
                    }
                });
                receiver
            });
            let queues = queues.collect::<Vec<_>>();
            for index in 0..COUNT {
                gate.wants(index);
                let (got, permit) = queues[index % THREADS].recv().unwrap();
                assert_eq!(got, index);
                used.fetch_sub(size(index), Ordering::SeqCst);
                drop(permit);
            }
        });
        let most = most.into_inner();
        assert!(most <= 350, "{most} in use");
        assert_eq!(gate.state().in_use, 0);
    }

    #[test]
    fn who_waits_when_nobody_listens_is_let_go() {
        let gate = Gate::new(1);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.enter(5, 2).is_none());
            thread::sleep(std::time::Duration::from_millis(20));
            gate.close();
            assert!(waiting.join().unwrap());
        });
    }
}

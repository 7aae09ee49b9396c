//! Memory for intermediate results that is used again.

use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use crate::kernels::tokens::Tokens;

/// Memory that nobody is using.
#[derive(Debug, Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<f32>>>>);

impl Buffers {
    /// Tokens whose values are not defined.
    pub(super) fn tokens(&self, tokens: usize, channels: usize) -> Buffer {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let size = tokens * channels;
        let nearest = (0..idle.len()).min_by_key(|&at| idle[at].capacity().abs_diff(size));
        let values = nearest.map(|at| idle.swap_remove(at)).unwrap_or_default();
        Buffer { tokens: Tokens::new(values, tokens, channels), home: self.clone() }
    }
}

/// Tokens whose memory goes back when they are dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    tokens: Tokens,
    home: Buffers,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let values = mem::take(&mut self.tokens).into_values();
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(values);
    }
}

impl Deref for Buffer {
    type Target = Tokens;

    fn deref(&self) -> &Tokens {
        &self.tokens
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Tokens {
        &mut self.tokens
    }
}

//! The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), the source of NumPy's legacy
//! generator and of PyTorch's CPU generator.

/// Words of the state.
const N: usize = 624;

/// Distance of the words that one step mixes.
const M: usize = 397;

/// The generator, 32 bits per call.
#[derive(Debug, Clone)]
pub(super) struct Mt19937 {
    state: [u32; N],
    at: usize,
}

impl Mt19937 {
    /// Seeded by the authors' `init_genrand`.
    pub(super) fn new(seed: u32) -> Self {
        let mut state = [seed; N];
        for i in 1..N {
            let before = state[i - 1];
            state[i] =
                1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { state, at: N }
    }

    /// The next 32 bits.
    pub(super) fn next_u32(&mut self) -> u32 {
        if self.at == N {
            self.refill();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7FFF_FFFF);
            let twist = if y & 1 == 0 { 0 } else { 0x9908_B0DF };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ twist;
        }
        self.at = 0;
    }
}

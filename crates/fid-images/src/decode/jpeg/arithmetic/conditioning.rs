//! The parameters of arithmetic coding (T.81, B.2.4.3).

use crate::decode::fault::Fault;

/// Tables that a scan can name.
pub(super) const TABLES: usize = 16;

/// The parameters that DAC segments set: bounds between small and large differences, and between low and high
/// coefficients.
pub(in super::super) struct Conditioning {
    pub(super) dc: [(u8, u8); TABLES],
    pub(super) ac: [u8; TABLES],
}

impl Default for Conditioning {
    fn default() -> Self {
        Self { dc: [(0, 1); TABLES], ac: [5; TABLES] }
    }
}

impl Conditioning {
    pub(in super::super) fn read(&mut self, body: &[u8]) -> Result<(), Fault> {
        let wrong = || Fault::damaged("its arithmetic conditioning is wrong");
        let (pairs, rest) = body.as_chunks::<2>();
        for &[index, value] in pairs {
            let index = usize::from(index);
            let (low, high) = (value & 15, value >> 4);
            if index < TABLES && low <= high {
                self.dc[index] = (low, high);
            } else if (TABLES..2 * TABLES).contains(&index) {
                self.ac[index - TABLES] = value;
            } else {
                return Err(wrong());
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(wrong()) }
    }
}

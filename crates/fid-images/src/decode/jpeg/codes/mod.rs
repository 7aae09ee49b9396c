//! Huffman codes (T.81, B.2.4.2 and Annex C).

mod standard;

use crate::decode::fault::Fault;

fn wrong() -> Fault {
    Fault::damaged("a Huffman table is wrong")
}

/// A code as a file lists it. Whether it is one shows when a scan uses it.
pub(super) struct Listed {
    /// The number of codes of each length, 1 to 16.
    counts: [u8; 16],
    /// Their symbols, shortest codes first.
    symbols: Vec<u8>,
}

/// The codes that are in force, by class and index.
#[derive(Default)]
pub(super) struct Codes {
    dc: [Option<Listed>; 4],
    ac: [Option<Listed>; 4],
}

impl Codes {
    /// Reads the tables of a DHT segment.
    pub(super) fn read(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((&[head, ref counts @ ..], rest)) = body.split_first_chunk::<17>() {
            let total = counts.iter().map(|&n| usize::from(n)).sum::<usize>();
            let tables = if head & 0x10 == 0 { &mut self.dc } else { &mut self.ac };
            let place = tables.get_mut(usize::from(head & !0x10)).ok_or_else(wrong)?;
            let (symbols, rest) = rest.split_at_checked(total).ok_or_else(wrong)?;
            if total > 256 {
                return Err(wrong());
            }
            *place = Some(Listed { counts: *counts, symbols: symbols.to_vec() });
            body = rest;
        }
        if body.is_empty() { Ok(()) } else { Err(wrong()) }
    }

    /// Fills the places that a baseline file may leave empty.
    pub(super) fn add_standard(&mut self) {
        let [dc0, dc1, ..] = &mut self.dc;
        let [ac0, ac1, ..] = &mut self.ac;
        for (place, (counts, symbols)) in [
            (dc0, (&standard::LUMINANCE_DC, &standard::SIZES[..])),
            (dc1, (&standard::CHROMINANCE_DC, &standard::SIZES[..])),
            (ac0, (&standard::LUMINANCE_AC, &standard::LUMINANCE_SYMBOLS[..])),
            (ac1, (&standard::CHROMINANCE_AC, &standard::CHROMINANCE_SYMBOLS[..])),
        ] {
            place.get_or_insert_with(|| Listed { counts: *counts, symbols: symbols.to_vec() });
        }
    }

    /// The code that a scan names for DC differences.
    pub(super) fn dc(&self, index: u8) -> Result<Huffman, Fault> {
        let listed = pick(&self.dc, index)?;
        if listed.symbols.iter().any(|&size| size > 15) {
            return Err(wrong());
        }
        Huffman::new(listed)
    }

    /// The code that a scan names for AC coefficients.
    pub(super) fn ac(&self, index: u8) -> Result<Huffman, Fault> {
        Huffman::new(pick(&self.ac, index)?)
    }
}

fn pick(tables: &[Option<Listed>; 4], index: u8) -> Result<&Listed, Fault> {
    let table = tables.get(usize::from(index)).and_then(Option::as_ref);
    table.ok_or(Fault::damaged("a Huffman table is missing"))
}

/// A Huffman code, ready for reading.
pub(super) struct Huffman {
    /// For the next `SHORT` bits: length (0: longer than that) and symbol of the code they begin with.
    short: Vec<(u8, u8)>,
    /// For each length, the first 16 bits that no code of this or a smaller length begins with.
    limits: [u32; 17],
    /// For each length, what to add to a code to find its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// Codes up to this length are found in one step.
    pub(super) const SHORT: u32 = 9;

    fn new(listed: &Listed) -> Result<Self, Fault> {
        let Listed { counts, symbols } = listed;
        let mut table = Self {
            short: vec![(0, 0); 1 << Self::SHORT],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.clone(),
        };
        let (mut code, mut at) = (0u32, 0usize);
        for length in 1..=16u32 {
            let count = usize::from(counts[length as usize - 1]);
            // No code may be all ones.
            if count > 0 && code as usize + count >= 1 << length {
                return Err(wrong());
            }
            table.offsets[length as usize] = at as i32 - code as i32;
            for &symbol in &symbols[at..at + count] {
                if length <= Self::SHORT {
                    let spare = Self::SHORT - length;
                    let begin = (code << spare) as usize;
                    table.short[begin..begin + (1 << spare)].fill((length as u8, symbol));
                }
                code += 1;
            }
            at += count;
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// Length and symbol of a code of at most `SHORT` bits that `bits` begin with.
    #[inline]
    pub(super) fn short(&self, bits: usize) -> Option<(u32, u8)> {
        let (length, symbol) = self.short[bits & ((1 << Self::SHORT) - 1)];
        (length > 0).then_some((length.into(), symbol))
    }

    /// Length and symbol of the code that 16 bits begin with. Anything else has 17 bits and
    /// means 0, as in libjpeg.
    #[cold]
    pub(super) fn long(&self, bits: usize) -> (u32, u8) {
        for length in Self::SHORT + 1..=16 {
            if (bits as u32) < self.limits[length as usize] {
                let code = (bits >> (16 - length)) as i32;
                let at = (code + self.offsets[length as usize]) as usize;
                return (length, self.symbols.get(at).copied().unwrap_or(0));
            }
        }
        (17, 0)
    }
}

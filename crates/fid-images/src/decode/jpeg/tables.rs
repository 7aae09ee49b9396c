//! Blocks, their order, and quantisation tables (T.81, B.2.4.1).

use crate::decode::fault::Fault;

/// The coefficients of a block, row by row, lowest frequencies first.
pub(super) type Block = [i16; 64];

/// Where the `k`-th coefficient of the zigzag order stands in a block (T.81, Figure A.6), with
/// the last one repeated: runs in damaged data may go 16 steps too far.
pub(super) const NATURAL: [usize; 80] = natural();

const fn natural() -> [usize; 80] {
    let mut order = [63; 80];
    let (mut row, mut column) = (0, 0);
    let mut k = 0;
    while k < 64 {
        order[k] = row * 8 + column;
        if (row + column) % 2 == 0 {
            // Up and right.
            if column == 7 {
                row += 1;
            } else if row == 0 {
                column += 1;
            } else {
                (row, column) = (row - 1, column + 1);
            }
        } else if row == 7 {
            column += 1;
        } else if column == 0 {
            row += 1;
        } else {
            (row, column) = (row + 1, column - 1);
        }
        k += 1;
    }
    order
}

/// Step sizes, in the order of [`Block`].
pub(super) type Steps = [u16; 64];

/// Reads the tables of a DQT segment into their places.
pub(super) fn read_steps(mut body: &[u8], tables: &mut [Option<Steps>; 4]) -> Result<(), Fault> {
    while let Some((&head, rest)) = body.split_first() {
        let width = if head >> 4 == 0 { 1 } else { 2 };
        let place = tables.get_mut(usize::from(head & 15));
        let (Some(place), Some(values)) = (place, rest.get(..64 * width)) else {
            return Err(Fault::damaged("a quantisation table is wrong"));
        };
        let mut steps = [0; 64];
        for (k, value) in values.chunks_exact(width).enumerate() {
            steps[NATURAL[k]] = value.iter().fold(0, |sum, &byte| sum << 8 | u16::from(byte));
        }
        *place = Some(steps);
        body = &rest[64 * width..];
    }
    Ok(())
}

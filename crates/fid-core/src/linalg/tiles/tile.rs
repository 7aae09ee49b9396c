//! One square block of a matrix.

/// Side of a tile. A tile takes 18 KiB, so that both factors of a product fit in a core's first
/// cache.
pub(crate) const TILE: usize = 48;

/// Column-major.
pub(crate) type Tile = [[f64; TILE]; TILE];

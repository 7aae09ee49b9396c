//! Decoding a set ahead of its use: on several threads, in order, within a memory budget.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::thread;
//!
//! use fid_images::prefetch::{Loaded, NothingKnown, Prefetcher};
//! use fid_images::set::ImageSet;
//!
//! let folder = temp_dir::TempDir::new()?;
//! for gray in 0..9 {
//!     std::fs::write(folder.child(format!("{gray}.pgm")), format!("P2 1 1 255 {gray}"))?;
//! }
//!
//! let set = ImageSet::open(folder.path(), false)?;
//! let prefetcher = Prefetcher::new(set.images(0..set.len()), None::<NothingKnown>);
//! thread::scope(|scope| {
//!     let images = prefetcher.start(scope, NonZeroUsize::MIN);
//!     for (index, image) in images.enumerate() {
//!         let Ok(Loaded::Decoded(decoded, ..)) = image.result else { panic!("not decoded") };
//!         assert_eq!(decoded.image.pixels(), [index as u8]);
//!     }
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod known;
mod loaded;
mod memory_budget;
mod prefetcher;

pub use known::{KnownImage, KnownImages, Lookup, NothingKnown};
pub use loaded::{Loaded, Prefetched};
pub use memory_budget::Reservation;
pub use prefetcher::{PrefetchedImages, Prefetcher};

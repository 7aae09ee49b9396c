//! Tests of the crate, one topic per file. Bounds are in [`tolerance`], generators in [`data`].

mod compare;
pub(crate) mod data;
mod frechet;
mod frechet_singular;
mod large;
mod moments;
mod precision;
mod preset;
mod resample;
mod spectrum;
mod stats;
mod textbook;
mod tiles;
mod tolerance;

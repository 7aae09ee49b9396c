//! Merging evaluators, in one process or through serialized bytes.
//!
//! The bytes have [a header](crate::state_bytes); then, for each side and each of its taps, the moments and the f32
//! rows of every image, as far as the header lists them.

use std::path::PathBuf;
use std::sync::Arc;

use fid_core::Preparation;
use serde::{Deserialize, Serialize};

use super::Evaluator;
use super::error::MergeError;
use super::set::MemorySet;
use crate::census::Tally;
use crate::observer::Side;
use crate::pipeline::TapPart;
use crate::state_bytes::{MAX_IMAGES, Reader, damaged, put_moments, put_rows, seal, unseal};
use crate::stats_file::Recipe;
use crate::{Error, by_name};

/// The first bytes of a state; the last one is the version.
const MAGIC: [u8; 8] = *b"fidgpuE\x02";

/// Both sides of an evaluator, with the recipe of their features.
struct State {
    recipe: Recipe,
    sides: [SideState; 2],
}

/// The images of a side; empty if the side is fixed statistics.
struct SideState {
    header: SideHeader,
    parts: Vec<TapPart>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    recipe: Recipe,
    sides: [SideHeader; 2],
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct SideHeader {
    images: u64,
    #[serde(default, skip_serializing_if = "Preparation::is_none", with = "by_name")]
    preparation: Preparation,
    names: Option<Vec<String>>,
    taps: Vec<TapHeader>,
    /// Counts of the images; not of those that were added as features.
    #[serde(default)]
    tally: Tally,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct TapHeader {
    preset: String,
    layer: String,
    dim: usize,
    /// Whether moments follow.
    moments: bool,
    /// Whether the rows of every image follow.
    rows: bool,
    /// Whether the moments are stored as f32 rows instead of mean and covariance.
    #[serde(default)]
    exact: bool,
}

impl Evaluator {
    /// Appends the images of another evaluator's sets to this one's. Sides of `other` that are
    /// [statistics](Self::set_statistics) are skipped.
    ///
    /// # Errors
    ///
    /// [`Error::NotComparable`] if the recipes differ, [`Error::Merge`] if `other` keeps different
    /// features, [`Error::Update`] if it has images for a side that is statistics here. On error
    /// the sets are unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let state = other.state()?;
        self.merge_state(state)
    }

    /// Serializes the sets for [`merge_bytes`](Self::merge_bytes) in another process or on another
    /// machine.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] if the device fails.
    ///
    /// ```
    /// use fid_gpu::{Evaluator, Side};
    ///
    /// let build = || Evaluator::of_features("my encoder", 2).build();
    /// let (mut first, mut second) = (build()?, build()?);
    /// first.update_features(Side::Real, &[0.0, 1.0, 2.0, 3.0])?;
    /// second.update_features(Side::Real, &[4.0, 5.0])?;
    /// first.merge_bytes(&second.to_bytes()?)?;
    /// assert_eq!(first.num_images(Side::Real)?, Some(3));
    /// # Ok::<(), fid_gpu::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.state()?.encode()
    }

    /// Merges the state that another evaluator serialized with [`to_bytes`](Self::to_bytes), as
    /// [`merge`](Self::merge) does. The result is exact up to f64 rounding in large sets.
    ///
    /// # Errors
    ///
    /// As [`merge`](Self::merge), and [`Error::Merge`] if the bytes are not a state or are damaged.
    pub fn merge_bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.merge_state(State::decode(bytes)?)
    }

    fn state(&self) -> Result<State, Error> {
        let side = |set: &MemorySet| -> Result<SideState, Error> {
            if set.is_fixed() {
                return Ok(SideState { header: SideHeader::default(), parts: Vec::new() });
            }
            let parts: Vec<TapPart> = set.collection.parts()?;
            Ok(SideState { header: SideHeader::of(set), parts })
        };
        let [real, fake] = &self.sets;
        let sides = [side(real)?, side(fake)?];
        Ok(State { recipe: self.recipe.clone(), sides })
    }

    fn merge_state(&mut self, state: State) -> Result<(), Error> {
        let differences = self.recipe.differences(&state.recipe);
        Error::require_comparable("this evaluator", "the other evaluator", differences)?;
        for ((set, new), side) in self.sets.iter().zip(&state.sides).zip([Side::Real, Side::Fake]) {
            if new.header.images == 0 {
                continue;
            }
            set.require_growing()?;
            if set.preparation != new.header.preparation {
                let (ours, theirs) = (&set.preparation, &new.header.preparation);
                let difference =
                    format!("preparation '{ours}' and preparation '{theirs}' of {side} images");
                let differences = vec![difference];
                Error::require_comparable("this evaluator", "the other evaluator", differences)?;
            }
            let (ours, theirs) = (SideHeader::of(set).layout(), new.header.layout());
            if ours != theirs {
                return Err(MergeError::Layout { side, ours, theirs }.into());
            }
        }
        for (set, new) in self.sets.iter_mut().zip(state.sides) {
            if new.header.images > 0 {
                set.collection.merge(new.header.images as usize, &new.parts)?;
                set.collection.tally.merge(&new.header.tally);
                let names = new.header.names.into_iter().flatten().map(PathBuf::from);
                set.names.iter_mut().for_each(|known| known.extend(names.clone()));
            }
        }
        Ok(())
    }
}

impl SideHeader {
    fn of(set: &MemorySet) -> Self {
        let taps = set.collection.taps().iter().map(|kept| TapHeader {
            preset: kept.preset.name().into(),
            layer: kept.tap.name().into(),
            dim: kept.dim,
            moments: kept.moments.is_some(),
            rows: kept.rows.is_some(),
            exact: false,
        });
        let names = set.names.as_ref();
        let names =
            names.map(|names| names.iter().map(|name| name.display().to_string()).collect());
        let (images, tally) = (set.collection.num_images() as u64, set.collection.tally.clone());
        let preparation = set.preparation;
        Self { images, preparation, names, taps: taps.collect(), tally }
    }

    /// A description of the layout, which must be equal in sets to be merged.
    fn layout(&self) -> String {
        let taps = self.taps.iter().map(|tap| {
            let TapHeader { preset, layer, dim, moments, rows, .. } = tap;
            let kept = match (moments, rows) {
                (true, true) => "moments and rows",
                (true, false) => "moments",
                _ => "rows",
            };
            format!("{kept} of {layer}[{dim}] under {preset}")
        });
        let names = self.names.as_ref().map(|_| "names".to_owned());
        taps.chain(names).collect::<Vec<_>>().join(", ")
    }
}

impl State {
    fn encode(self) -> Result<Vec<u8>, Error> {
        let mut data = Vec::new();
        let mut headers = Vec::new();
        for SideState { mut header, parts } in self.sides {
            for (tap, part) in header.taps.iter_mut().zip(parts).filter(|_| header.images > 0) {
                if let Some(moments) = part.moments {
                    tap.exact = put_moments(&mut data, moments)?;
                }
                part.rows.iter().for_each(|rows| put_rows(&mut data, rows));
            }
            headers.push(header);
        }
        let [real, fake] = <[SideHeader; 2]>::try_from(headers).unwrap_or_default();
        let header = Header { recipe: self.recipe, sides: [real, fake] };
        Ok(seal(&MAGIC, &header, &data)?)
    }

    fn decode(bytes: &[u8]) -> Result<Self, MergeError> {
        let (Header { recipe, sides }, mut reader) = unseal(&MAGIC, bytes)?;
        let [real, fake] = sides;
        let sides = [side(&mut reader, real)?, side(&mut reader, fake)?];
        reader.finish()?;
        Ok(Self { recipe, sides })
    }
}

/// Reads the images of a side.
fn side(reader: &mut Reader<'_>, header: SideHeader) -> Result<SideState, MergeError> {
    let images = header.images;
    if images > MAX_IMAGES {
        return Err(damaged("a count is too large"));
    }
    if header.names.as_ref().is_some_and(|names| names.len() as u64 != images) {
        return Err(damaged("it does not name every image"));
    }
    let mut parts = Vec::new();
    for tap in header.taps.iter().filter(|_| images > 0) {
        let moments =
            tap.moments.then(|| reader.moments(images, tap.dim, tap.exact)).transpose()?;
        let rows = tap.rows.then(|| reader.rows(images, tap.dim)).transpose()?.map(Arc::new);
        parts.push(TapPart { moments, rows });
    }
    Ok(SideState { header, parts })
}

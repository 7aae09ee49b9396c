//! Public references by name: the statistics and samples that papers compare with.
//!
//! [`all`] lists them; [`resolve`] turns `NAME@PRESET` into the path of a file, which it downloads into
//! the folder `refs` of the cache. No publisher states hashes: the first file's is recorded beside it, and
//! a file that changes is an error.

mod error;
mod table;

use std::path::{Path, PathBuf};

use fid_core::Preset;
use fid_weights::hub;
use fid_weights::hub::{DownloadOptions, Progress};

pub use self::error::ReferenceError;
pub use self::table::{Content, Reference, all};
use crate::Encoder;

/// How to choose and get a reference.
#[derive(Debug)]
#[non_exhaustive]
pub struct Choice<'a> {
    /// The encoder of the run.
    pub encoder: &'a Encoder,
    /// The preset of the run, which chooses among variants if the name does not.
    pub preset: Preset,
    /// How to download; `None` downloads nothing.
    pub download: Option<&'a DownloadOptions>,
}

/// A reference on this machine.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Found {
    /// The row of the table.
    pub reference: Reference,
    /// The file.
    pub path: PathBuf,
    /// The preset that it was made with; `None` for images.
    pub preset: Option<Preset>,
}

/// The name in front of `@`, and the preset behind it, of text that is no path.
fn parts(text: &str) -> Option<(&str, Option<&str>)> {
    if text.contains(['/', '\\', '.']) {
        return None;
    }
    Some(text.split_once('@').map_or((text, None), |(name, preset)| (name, Some(preset))))
}

/// Whether a path is the name of a reference, whatever its preset. A file of that name is not asked
/// for.
pub fn is_name(path: &Path) -> bool {
    let name = path.to_str().and_then(parts);
    name.is_some_and(|(name, _)| all().iter().any(|entry| entry.name == name))
}

/// The row of a name such as `cifar10-train@clean`, or `cifar10-train` if `preset` or the encoder
/// decides. `Ok(None)` if the text is not meant as a name: it has no `@` and is none of the names.
///
/// # Errors
/// [`ReferenceError`], which lists the names that are near, or the variants.
pub fn find(
    text: &str,
    encoder: &Encoder,
    preset: Option<Preset>,
) -> Result<Option<Reference>, ReferenceError> {
    let Some((name, label)) = parts(text) else { return Ok(None) };
    let variants: Vec<_> = all().into_iter().filter(|entry| entry.name == name).collect();
    if variants.is_empty() {
        if label.is_none() {
            return Ok(None);
        }
        return Err(ReferenceError::Unknown { name: name.into(), nearest: nearest(name) });
    }
    let names = variants.iter().map(Reference::full_name).collect();
    if let ([only], None) = (&variants[..], label) {
        return Ok(Some(only.clone()));
    }
    let is = |entry: &&Reference| match label {
        Some(label) => {
            let named = named(entry, label);
            named.is_some() && named == preset_of(entry)
        }
        None => {
            entry.encoder == encoder.name()
                && (variants.iter().filter(|it| it.encoder == entry.encoder).count() == 1
                    || preset.is_some() && preset_of(entry) == preset)
        }
    };
    match variants.iter().find(is) {
        Some(found) => Ok(Some(found.clone())),
        None => Err(ReferenceError::Variants { name: text.into(), variants: names }),
    }
}

fn named(entry: &Reference, label: &str) -> Option<Preset> {
    let encoder = entry.encoder.parse::<Encoder>().ok()?;
    Preset::named(label, encoder.presets()).ok()
}

/// The preset of a row; `None` for images.
fn preset_of(entry: &Reference) -> Option<Preset> {
    named(entry, entry.preset)
}

/// Where the file of a reference belongs; `None` if this machine names no cache folder.
pub fn place(reference: &Reference) -> Option<PathBuf> {
    folder(reference, hub::cache_folder()).map(|folder| folder.join(reference.file()))
}

fn folder(reference: &Reference, cache: Option<PathBuf>) -> Option<PathBuf> {
    cache.map(|cache| cache.join("refs").join(reference.by.to_ascii_lowercase()))
}

/// Finds the file of a reference, or downloads it, and compares it with the file that was first used.
///
/// # Errors
/// [`ReferenceError::Download`], which names the address and where to put the file by hand.
pub fn fetch(
    reference: &Reference,
    download: Option<&DownloadOptions>,
    progress: &dyn Progress,
) -> Result<PathBuf, ReferenceError> {
    let mut options = match download {
        Some(options) => options.clone(),
        None => {
            let mut options = DownloadOptions::new(hub::cache_folder());
            options.offline = true;
            options
        }
    };
    options.folder = folder(reference, options.folder);
    hub::download(&reference.published(), &options, progress).map_err(ReferenceError::from)
}

/// The file of a name, or `None` if `path` is not meant as one. A file or folder of that name wins.
///
/// # Errors
/// As [`find`] and [`fetch`]; [`ReferenceError::Encoder`] if the reference is of another encoder.
pub fn resolve(
    path: &Path,
    choice: &Choice<'_>,
    progress: &dyn Progress,
) -> Result<Option<Found>, ReferenceError> {
    let Some(text) = path.to_str().filter(|_| !path.exists()) else { return Ok(None) };
    let Some(reference) = find(text, choice.encoder, Some(choice.preset))? else { return Ok(None) };
    if !reference.encoder.is_empty() && reference.encoder != choice.encoder.name() {
        return Err(ReferenceError::Encoder {
            name: reference.full_name(),
            of: reference.encoder,
            run: choice.encoder.to_string(),
        });
    }
    // The mirror of the weights has no references.
    let download = choice.download.map(|options| {
        let mut options = options.clone();
        options.url = mirror();
        options
    });
    let path = fetch(&reference, download.as_ref(), progress)?;
    let preset = preset_of(&reference);
    Ok(Some(Found { reference, path, preset }))
}

/// The row and the file of a full name, which must be on this machine. `None` if `path` is not meant as
/// a name.
///
/// # Errors
/// As [`resolve`].
pub(crate) fn find_here(path: &Path) -> Result<Option<(Reference, PathBuf)>, ReferenceError> {
    let Some(text) = path.to_str().filter(|_| !path.exists()) else { return Ok(None) };
    let Some(reference) = find(text, &Encoder::default(), None)? else {
        return Ok(None);
    };
    let path = fetch(&reference, None, &())?;
    Ok(Some((reference, path)))
}

/// The environment variable `FID_GPU_REFS_URL`: another address than the published one, of a folder.
pub fn mirror() -> Option<String> {
    std::env::var("FID_GPU_REFS_URL").ok().filter(|url| !url.is_empty())
}

/// The names nearest to an unknown one, at most three.
pub fn nearest(name: &str) -> Vec<String> {
    let mut names: Vec<_> = all().into_iter().map(|entry| entry.name).collect();
    names.dedup();
    names.sort_by_key(|known| distance(known, name));
    names.dedup();
    names.truncate(3);
    names
}

/// Levenshtein's distance: the fewest characters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, encoder: &str, preset: Preset) -> Result<Option<String>, ReferenceError> {
        let found = find(text, &encoder.parse().unwrap(), Some(preset))?;
        Ok(found.map(|entry| format!("{} {}", entry.full_name(), entry.file())))
    }

    #[test]
    fn names_choose_a_variant_by_preset_and_encoder() {
        let of = |text: &str, preset| found(text, "inception", preset).unwrap();
        let clean = Some("cifar10-train@clean cifar10_clean_train_32.npz".to_owned());
        assert_eq!(of("cifar10-train@clean", Preset::PYTORCH_FID), clean);
        assert_eq!(of("cifar10-train", Preset::CLEAN), clean);
        // An alias and the preset's name.
        let legacy = of("cifar10-train@clean-legacy-tf", Preset::CLEAN);
        assert_eq!(of("cifar10-train@nvidia", Preset::CLEAN), legacy);
        assert_eq!(of("cifar10-train", Preset::NVIDIA), legacy);
        let dino = |text| found(text, "dinov2-l14", Preset::DINOV2_DGM_EVAL).unwrap().unwrap();
        assert_eq!(dino("edm2-img512"), "edm2-img512@edm2 img512.pkl");
        assert!(of("edm2-img512", Preset::CLEAN).unwrap().contains("@nvidia"));
        assert!(of("admnet-imagenet64", Preset::CLEAN).is_some());
        for no_name in ["photos", "a/cifar10-train@clean", "cifar10-train.npz", "-"] {
            assert_eq!(of(no_name, Preset::CLEAN), None);
        }
    }

    #[test]
    fn errors_list_the_nearest_names_and_the_variants() {
        let error = |text| found(text, "inception", Preset::TORCHMETRICS).unwrap_err().to_string();
        let unknown = error("cifar-10-train@clean");
        assert!(unknown.contains("cifar10-train,"), "{unknown}");
        for text in ["cifar10-train", "cifar10-train@torchmetrics", "cifar10-train@nonsense"] {
            let variants = error(text);
            assert!(variants.contains("cifar10-train@clean-legacy-pytorch"), "{variants}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}

//! One preset, or several side by side.

use std::fmt;
use std::str::FromStr;

use fid_core::{Error, Preset};

use crate::{Encoder, Suite};

/// Names of presets; `all` means every one of the encoder. The first is the preset of
/// everything, the others are for a table of FID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presets(Vec<String>);

impl Presets {
    /// The presets of a run: `named`, or the suite's, or the encoder's default. The first, and the
    /// others, each once.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPreset`] if a name is not one of the encoder's.
    pub fn choose(
        named: Option<&Self>,
        suite: Option<Suite>,
        encoder: &Encoder,
    ) -> Result<(Preset, Vec<Preset>), Error> {
        let known = encoder.presets();
        let mut presets = Vec::new();
        for name in named.iter().flat_map(|names| &names.0) {
            let named = match &**name {
                "all" => known.to_vec(),
                name => vec![Preset::named(name, known)?],
            };
            for preset in named {
                if !presets.contains(&preset) {
                    presets.push(preset);
                }
            }
        }
        if presets.is_empty() {
            presets.push(suite.map_or(known[0], Suite::preset));
        }
        let others = presets.split_off(1);
        Ok((presets[0], others))
    }

    /// The first name.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }
}

impl FromStr for Presets {
    type Err = Error;

    /// Parses names separated by commas, each of which some encoder has.
    fn from_str(text: &str) -> Result<Self, Error> {
        let names: Vec<_> = text.split(',').map(|name| name.trim().to_owned()).collect();
        for name in names.iter().filter(|name| *name != "all") {
            let mut encoders = Encoder::all();
            if !encoders.any(|encoder| Preset::named(name, encoder.presets()).is_ok()) {
                Preset::named(name, Preset::INCEPTION)?;
            }
        }
        Ok(Self(names))
    }
}

impl fmt::Display for Presets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str, encoder: &Encoder) -> Result<String, Error> {
        let (first, others) = Presets::choose(Some(&text.parse()?), None, encoder)?;
        let names: Vec<_> = std::iter::once(first).chain(others).map(Preset::name).collect();
        Ok(names.join(","))
    }

    #[test]
    fn names_keep_their_order_and_duplicates_go() {
        let inception = Encoder::Inception;
        assert_eq!(choose("clean", &inception), Ok("clean".into()));
        assert_eq!(choose("clean, ttur,adm", &inception), Ok("clean,torch-fidelity".into()));
        let all = choose("clean,all", &inception).unwrap();
        assert!(all.starts_with("clean,pytorch-fid,"));
        assert_eq!(all.split(',').count(), Preset::INCEPTION.len());
        for text in ["", "clean,", "none", "all,none"] {
            assert!(choose(text, &inception).is_err(), "{text}");
        }
    }

    #[test]
    fn each_encoder_has_its_own_presets_and_a_default() {
        let dinov2: Encoder = "dinov2-l14".parse().unwrap();
        assert_eq!(choose("all", &dinov2).unwrap().split(',').next(), Some("dgm-eval"));
        assert!(matches!(choose("pytorch-fid", &dinov2), Err(Error::UnknownPreset { .. })));
        assert!(choose("edm2", &Encoder::Inception).is_err());
        // The same name is another preset.
        let named =
            |encoder| Presets::choose(Some(&Presets(vec!["dgm-eval".into()])), None, encoder);
        assert_eq!(named(&dinov2).unwrap().0, Preset::DINOV2_DGM_EVAL);
        assert_eq!(named(&Encoder::Inception).unwrap().0, Preset::PYTORCH_FID);
        for encoder in Encoder::all() {
            let (default, others) = Presets::choose(None, None, &encoder).unwrap();
            assert_eq!((default, others.len()), (encoder.presets()[0], 0), "{encoder}");
        }
    }
}

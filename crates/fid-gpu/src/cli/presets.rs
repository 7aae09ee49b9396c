//! One preset, or several side by side.

use std::fmt;
use std::str::FromStr;

use fid_core::{Error, Preset};

use crate::Suite;

/// The preset of everything, and further presets for a table of FID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presets {
    /// The preset of everything.
    pub first: Preset,
    /// The further presets, each once.
    pub others: Vec<Preset>,
}

impl Presets {
    /// The presets of a run: `named`, or the suite's, or the default.
    pub fn choose(named: Option<&Self>, suite: Option<Suite>) -> Self {
        let of_suite = || suite.map(|suite| Self { first: suite.preset(), others: Vec::new() });
        named.cloned().or_else(of_suite).unwrap_or_default()
    }
}

impl Default for Presets {
    fn default() -> Self {
        Self { first: Preset::PYTORCH_FID, others: Vec::new() }
    }
}

impl FromStr for Presets {
    type Err = Error;

    /// Parses names separated by commas, or `all`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut presets = Vec::new();
        for name in text.split(',').map(str::trim) {
            let named = match name {
                "all" => Preset::INCEPTION.to_vec(),
                name => vec![name.parse()?],
            };
            for preset in named {
                if !presets.contains(&preset) {
                    presets.push(preset);
                }
            }
        }
        let others = presets.split_off(1);
        Ok(Self { first: presets[0], others })
    }
}

impl fmt::Display for Presets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = self.others.iter().map(|preset| preset.name());
        let names: Vec<_> = std::iter::once(self.first.name()).chain(others).collect();
        f.pad(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_duplicates_go() {
        let parse = |text: &str| text.parse::<Presets>().map(|presets| presets.to_string());
        assert_eq!(parse("clean"), Ok("clean".into()));
        assert_eq!(parse("clean, ttur,adm"), Ok("clean,torch-fidelity".into()));
        let all = "clean,all".parse::<Presets>().unwrap();
        assert_eq!((all.first, all.others.len()), (Preset::CLEAN, Preset::INCEPTION.len() - 1));
        assert_eq!("all".parse::<Presets>().unwrap().first, Preset::PYTORCH_FID);
        for text in ["", "clean,", "none", "all,none"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

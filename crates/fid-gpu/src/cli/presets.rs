//! One preset, or several side by side.

use std::fmt;
use std::str::FromStr;

use fid_core::{Error, Preset};

/// The preset that counts, and others whose FID is given beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presets {
    /// The one that counts.
    pub first: Preset,
    /// The others, each once.
    pub others: Vec<Preset>,
}

impl Default for Presets {
    fn default() -> Self {
        Self { first: Preset::PytorchFid, others: Vec::new() }
    }
}

impl FromStr for Presets {
    type Err = Error;

    /// Names with commas between them, or `all`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut presets = Vec::new();
        for name in text.split(',').map(str::trim) {
            let named = match name {
                "all" => Preset::ALL.to_vec(),
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
    fn the_first_counts() {
        let parse = |text: &str| text.parse::<Presets>().map(|presets| presets.to_string());
        assert_eq!(parse("clean"), Ok("clean".into()));
        assert_eq!(parse("clean, ttur,adm"), Ok("clean,torch-fidelity".into()));
        let all = "clean,all".parse::<Presets>().unwrap();
        assert_eq!((all.first, all.others.len()), (Preset::Clean, Preset::ALL.len() - 1));
        assert_eq!("all".parse::<Presets>().unwrap().first, Preset::PytorchFid);
        for text in ["", "clean,", "none", "all,none"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

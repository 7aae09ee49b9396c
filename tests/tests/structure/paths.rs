//! Scripts that sources and documents name.

use std::path::Path;

/// Paths below `scripts/` that a text names, modules as in `python -m scripts.a.b` among them.
pub fn named_scripts(text: &str) -> Vec<String> {
    let part_of_path = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let words = text.split(|c| !part_of_path(c)).map(|word| word.trim_end_matches('.'));
    words
        .filter_map(|word| {
            let word = word.trim_start_matches("./").trim_start_matches("../");
            if let Some(module) = word.strip_prefix("scripts.") {
                let (folder, name) = module.split_once('.')?;
                return Some(format!("scripts/{folder}/{name}.py"));
            }
            let extension = Path::new(word).extension()?.to_str()?;
            let is_script = ["py", "sh", "toml", "txt"].contains(&extension);
            (word.starts_with("scripts/") && is_script).then(|| word.to_owned())
        })
        .collect()
}

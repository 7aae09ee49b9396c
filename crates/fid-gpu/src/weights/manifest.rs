//! What the published weights are: `weights/manifest.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

/// An entry of `weights/manifest.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[non_exhaustive]
pub struct Published {
    /// Short name.
    pub name: String,
    /// Name of the file.
    pub file: String,
    /// Where it is published.
    pub url: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its hash, lower-case hex.
    pub sha256: String,
    /// Its licence.
    pub licence: String,
}

#[derive(Deserialize)]
struct Manifest {
    weights: Vec<Published>,
}

/// The published weights that this program knows, from `weights/manifest.toml`.
pub fn published() -> &'static [Published] {
    static MANIFEST: OnceLock<Vec<Published>> = OnceLock::new();
    MANIFEST.get_or_init(|| {
        let text = include_str!("../../../../weights/manifest.toml");
        // Compiled in, and read by a test.
        toml::from_str::<Manifest>(text).map(|manifest| manifest.weights).unwrap_or_default()
    })
}

/// The published weights that are used where none are named: the first entry.
pub fn current() -> &'static Published {
    static NONE: OnceLock<Published> = OnceLock::new();
    published().first().unwrap_or_else(|| NONE.get_or_init(Published::default))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_manifest_is_whole() {
        let entry = super::current();
        assert_eq!(super::published().len(), 1);
        assert!(entry.url.starts_with("https://") && entry.url.ends_with(&entry.file));
        assert!(entry.size > 90_000_000);
        assert_eq!(entry.sha256.len(), 64);
        assert!(entry.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        // The name holds the start of the hash.
        assert!(entry.file.contains(&entry.sha256[..8]));
    }
}

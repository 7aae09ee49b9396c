//! The published weights: address, size and hash.

use std::borrow::Cow;

/// A published weights file.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Published {
    /// Short name.
    pub name: Cow<'static, str>,
    /// Name of the file.
    pub file: Cow<'static, str>,
    /// Address, `https://`.
    pub url: Cow<'static, str>,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: Cow<'static, str>,
    /// Licence, an SPDX expression.
    pub licence: Cow<'static, str>,
}

/// Origin and naming: `weights/README.md` in the repository.
static INCEPTION_2015_12_05: Published = Published {
    name: Cow::Borrowed("inception-2015-12-05"),
    file: Cow::Borrowed("pt_inception-2015-12-05-6726825d.pth"),
    url: Cow::Borrowed(
        "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    ),
    size: 95_628_359,
    sha256: Cow::Borrowed("6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"),
    // As torch-fidelity states, which publishes the same weights.
    licence: Cow::Borrowed("Apache-2.0"),
};

/// The published weights that are used by default.
pub fn current() -> &'static Published {
    &INCEPTION_2015_12_05
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_names_of_the_published_file_agree() {
        let entry = super::current();
        assert!(entry.url.starts_with("https://") && entry.url.ends_with(&*entry.file));
        assert_eq!(entry.sha256.len(), 64);
        // The name holds the start of the hash.
        assert!(entry.file.contains(&entry.sha256[..8]));
    }
}

//! Published files: address, size and hash.

use std::borrow::Cow;

/// A published file, such as the weights of a network.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Published {
    /// Short name.
    pub name: Cow<'static, str>,
    /// Name of the file.
    pub file: Cow<'static, str>,
    /// Address, `https://`.
    pub url: Cow<'static, str>,
    /// Size in bytes, if known.
    pub size: Option<u64>,
    /// SHA-256 in lower-case hexadecimal. If it is unknown, that of the first download is recorded
    /// in `FILE.sha256` beside the file, and compared from then on.
    pub sha256: Option<Cow<'static, str>>,
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
    size: Some(95_628_359),
    sha256: Some(Cow::Borrowed("6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2")),
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
        let sha256 = entry.sha256.as_ref().unwrap();
        assert_eq!(sha256.len(), 64);
        // The name holds the start of the hash.
        assert!(entry.file.contains(&sha256[..8]));
    }
}

//! Progress of finding and loading weights.

/// Receives the progress of a download and remarks on the way. Every method does nothing unless
/// implemented; `()` ignores everything.
pub trait Progress: Sync {
    /// A step begins, described in a few words.
    fn phase(&self, _text: &str) {}
    /// A remark for the reader of the result.
    fn note(&self, _text: &str) {}
    /// The download of a file of `bytes` begins, or of 0 if the size is unknown; an earlier run may
    /// have left some of them.
    fn download_start(&self, _file: &str, _bytes: u64) {}
    /// `bytes` of the file have arrived.
    fn download_progress(&self, _bytes: u64) {}
    /// The download is over, complete or not.
    fn download_finish(&self) {}
}

impl Progress for () {}

//! Errors of downloading.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::hub::manual_install::ManualInstall;
use crate::hub::verify::VerifyError;

/// A download that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot download {file} from {url}")]
#[non_exhaustive]
pub struct DownloadError {
    /// Name of the file.
    pub file: String,
    /// The address, without a password.
    pub url: String,
    /// The reason.
    #[source]
    pub problem: Box<DownloadProblem>,
    /// The way out: which file to put where.
    pub manual_install: Box<ManualInstall>,
}

/// The reason why a download failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadProblem {
    /// The program was built without an HTTP client.
    #[error("this build cannot download: build it with the feature `download`")]
    NotBuilt,
    /// Downloads are forbidden by [`DownloadOptions::offline`](super::DownloadOptions::offline).
    #[error("downloads are forbidden; allow them, or install the file by hand")]
    Offline,
    /// There is no cache folder.
    #[error("this machine names no cache folder; set FID_GPU_CACHE to a folder for the weights")]
    NoFolder,
    /// The address is not an HTTP address.
    #[error(
        "the address does not start with http:// or https:// ({cause}); correct it or \
         FID_GPU_WEIGHTS_URL, and import a local file instead of downloading it"
    )]
    Url {
        /// The part of the address that is wrong.
        cause: String,
    },
    /// The file of trusted certificates cannot be used.
    #[error("cannot read certificates from {}; correct SSL_CERT_FILE", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// The error of reading or parsing it.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The folder cannot be written.
    #[error(
        "cannot write {} or beside it; make room there, or set FID_GPU_CACHE to another folder",
        path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        cause: io::Error,
    },
    /// The server was not reached, or does not speak HTTP.
    #[error(
        "there is no connection; check the network and the proxy in HTTPS_PROXY and NO_PROXY, name \
         the certificates of your network in SSL_CERT_FILE, or name a mirror"
    )]
    Connection {
        /// The client's error.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// Too many redirects.
    #[error("the server redirects more than {limit} times; name a mirror")]
    Redirects {
        /// The most redirects that are followed.
        limit: u32,
    },
    /// The server refuses.
    #[error("the server answers with status {code}; check the address, or name a mirror")]
    Status {
        /// The HTTP status.
        code: u16,
    },
    /// The server offers something of another size, such as a login page.
    #[error(
        "the server offers {found} bytes where the file has {expected}: another file, or the page of a \
         proxy; name a mirror"
    )]
    Size {
        /// Size of the published file, in bytes.
        expected: u64,
        /// Size of the offer, in bytes.
        found: u64,
    },
    /// The server sends more bytes than the file has.
    #[error(
        "the server sends more than the {expected} bytes that the file has: another file; name a \
         mirror"
    )]
    TooLong {
        /// Size of the published file, in bytes.
        expected: u64,
    },
    /// The server answers with another part of the file than the one requested.
    #[error("the server does not send the requested part of the file; try again, or name a mirror")]
    Range,
    /// The transfer broke off.
    #[error(
        "the transfer broke off at {}; start again to go on from there", bytes(*received, *expected)
    )]
    Cut {
        /// Bytes that arrived.
        received: u64,
        /// Size of the file in bytes, if known.
        expected: Option<u64>,
        /// The client's error.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The server fell silent.
    #[error(
        "the server sent nothing for {seconds} s, at {}; start again to go on from there, or allow more \
         time", bytes(*received, *expected)
    )]
    Stalled {
        /// The longest that the server may send nothing, in seconds.
        seconds: u64,
        /// Bytes that arrived.
        received: u64,
        /// Size of the file in bytes, if known.
        expected: Option<u64>,
    },
    /// The file is another one than was first downloaded.
    #[error(transparent)]
    Changed(#[from] VerifyError),
    /// All bytes arrived, and their hash is wrong.
    #[error(
        "the download has the SHA-256\n  {found}\ninstead of\n  {expected}\nand was removed; name a \
         mirror"
    )]
    Hash {
        /// Hash of the published file, lower-case hexadecimal.
        expected: String,
        /// Hash of the download.
        found: String,
    },
}

/// How far a transfer came.
fn bytes(received: u64, expected: Option<u64>) -> String {
    match expected {
        Some(expected) => format!("{received} of {expected} bytes"),
        None => format!("{received} bytes"),
    }
}

//! Why there is no download.

use std::io;
use std::path::PathBuf;

use crate::weights::ByHand;

/// The published file was not downloaded.
#[derive(Debug, thiserror::Error)]
#[error("cannot download {file} from\n  {url}\n{problem}.\n{by_hand}")]
#[non_exhaustive]
pub struct FetchError {
    /// Name of the file.
    pub file: String,
    /// Where it was to come from, without a password.
    pub url: String,
    /// Why.
    pub problem: Box<FetchProblem>,
    /// What to put where.
    pub by_hand: Box<ByHand>,
}

/// Why a download failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchProblem {
    /// Downloads are forbidden.
    #[error(
        "downloads are forbidden by --offline or FID_GPU_OFFLINE; allow them, or go on by hand"
    )]
    Offline,
    /// There is no cache folder.
    #[error("this machine names no cache folder; set FID_GPU_CACHE to a folder for the weights")]
    NoFolder,
    /// An address that is none.
    #[error(
        "this is no address that starts with http:// or https:// ({cause}); correct --url or \
         FID_GPU_WEIGHTS_URL, and take a local file with `fid-gpu weights import`"
    )]
    Url {
        /// What is wrong with it.
        cause: String,
    },
    /// The file of trusted certificates cannot be used.
    #[error("cannot read certificates from {} ({cause}); correct SSL_CERT_FILE", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The folder cannot be written.
    #[error(
        "cannot write {} or beside it: {cause}; make room there, or set FID_GPU_CACHE to another \
         folder",
        path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The server was not reached, or does not speak HTTP.
    #[error(
        "there is no connection ({cause}); check the network and the proxy in HTTPS_PROXY and NO_PROXY, \
         name the certificates of your network in SSL_CERT_FILE, or name a mirror with --url"
    )]
    Connection {
        /// What the client said.
        cause: String,
    },
    /// The server sends around in circles.
    #[error("the server redirects more than {limit} times; name a mirror with --url")]
    Redirects {
        /// How often it may.
        limit: u32,
    },
    /// The server has no such file for us.
    #[error(
        "the server answers with status {code}; check the address, or name a mirror with --url"
    )]
    Status {
        /// The status.
        code: u16,
    },
    /// The server offers something of another size: a login page, say.
    #[error(
        "the server offers {found} bytes where the file has {expected}: another file, or the page of a \
         proxy; name a mirror with --url"
    )]
    Size {
        /// Bytes of the published file.
        expected: u64,
        /// Bytes offered.
        found: u64,
    },
    /// The server sends more than the file has.
    #[error(
        "the server sends more than the {expected} bytes that the file has: another file; name a \
         mirror with --url"
    )]
    TooLong {
        /// Bytes of the published file.
        expected: u64,
    },
    /// The server answers for another part of the file than the one asked for.
    #[error(
        "the server does not send the part of the file that it is asked for; try again, or name a \
         mirror with --url"
    )]
    Range,
    /// The transfer broke off.
    #[error(
        "the transfer broke off at {received} of {expected} bytes ({cause}); start again to go on from \
         there"
    )]
    Cut {
        /// Bytes that are there.
        received: u64,
        /// Bytes of the published file.
        expected: u64,
        /// What the client said.
        cause: String,
    },
    /// The server fell silent.
    #[error(
        "the server sent nothing for {seconds} s, at {received} of {expected} bytes; start again to go \
         on from there, or give it longer with --timeout"
    )]
    Stalled {
        /// How long it may be silent.
        seconds: u64,
        /// Bytes that are there.
        received: u64,
        /// Bytes of the published file.
        expected: u64,
    },
    /// All bytes came, and they are others.
    #[error(
        "what came has the SHA-256\n  {found}\nwhere the published file has\n  {expected}\nIt was not \
         kept; name a mirror with --url"
    )]
    Hash {
        /// Hash of the published file.
        expected: String,
        /// Hash of what came.
        found: String,
    },
}

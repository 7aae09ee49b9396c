//! The HTTP client: one GET, with everything bounded that a server could draw out.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use ureq::http::{Response, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error, Proxy, Timeout};

use super::part::Part;
use super::redirect;
use super::{FetchOptions, FetchProblem};
use crate::weights::Published;

/// Redirects that are followed: releases of GitHub need one.
const MAX_REDIRECTS: u32 = 10;

/// A client for one address.
pub(super) struct Client {
    agent: Agent,
    url: Uri,
    stall: u64,
}

impl Client {
    /// Checks the address and reads what the connection needs. Proxies come from the usual
    /// environment variables, but never stand between this machine and itself.
    pub(super) fn new(url: &str, options: &FetchOptions) -> Result<Self, FetchProblem> {
        let url: Uri =
            url.parse().map_err(|cause| FetchProblem::Url { cause: format!("{cause}") })?;
        if !matches!(url.scheme_str(), Some("http" | "https")) {
            let cause = url.scheme_str().map_or("no scheme".into(), |scheme| format!("{scheme}:"));
            return Err(FetchProblem::Url { cause });
        }
        let proxy = if is_this_machine(&url) { None } else { Proxy::try_from_env() };
        let mut tls = TlsConfig::builder();
        if let Some(path) = &options.certificates {
            tls = tls.root_certs(certificates(path)?);
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("fid-gpu/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(options.connect))
            .timeout_connect(Some(options.connect))
            .timeout_per_read(Some(options.stall))
            .timeout_per_write(Some(options.stall))
            .proxy(proxy)
            .tls_config(tls.build())
            .build()
            .new_agent();
        Ok(Self { agent, url, stall: options.stall.as_secs() })
    }

    /// Asks for what the part lacks, wherever it is.
    pub(super) fn get(
        &self,
        part: &Part,
        entry: &Published,
    ) -> Result<Response<Body>, FetchProblem> {
        let mut url = self.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.get_at(&url, part, entry)?;
            match redirect::target(&url, &answer)? {
                None => return Ok(answer),
                Some(next) => url = next,
            }
        }
        Err(FetchProblem::Redirects { limit: MAX_REDIRECTS })
    }

    fn get_at(
        &self,
        url: &Uri,
        part: &Part,
        entry: &Published,
    ) -> Result<Response<Body>, FetchProblem> {
        // Compressed, neither sizes nor ranges would be those of the file.
        let mut request = self.agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        if part.length() > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", part.length()));
            if let Some(tag) = part.tag() {
                request = request.header(header::IF_RANGE, tag);
            }
        }
        request.call().map_err(|error| self.problem(error, part, entry))
    }

    /// What an error of the client means, which may come in the middle of a transfer.
    pub(super) fn problem(&self, error: Error, part: &Part, entry: &Published) -> FetchProblem {
        let (received, expected) = (part.length(), entry.size);
        match error {
            Error::Timeout(Timeout::PerRead | Timeout::PerWrite) => {
                FetchProblem::Stalled { seconds: self.stall, received, expected }
            }
            Error::Timeout(phase) => {
                FetchProblem::Connection { cause: format!("{phase} took too long") }
            }
            error => FetchProblem::Connection { cause: error.to_string() },
        }
    }
}

/// An address for people: without the password that it may hold.
pub(super) fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.into(),
    }
}

fn is_this_machine(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn certificates(path: &Path) -> Result<RootCerts, FetchProblem> {
    let problem = |cause| FetchProblem::Certificates { path: path.into(), cause };
    let text = fs::read(path).map_err(|error| problem(error.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| problem(error.to_string()))?
        {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(problem("it holds none".into()));
    }
    Ok(found.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("https://me:pa@ss@host:1/a@b?c"), "https://host:1/a@b?c");
        assert_eq!(shown("https://host/a@b"), "https://host/a@b");
        assert_eq!(shown("nonsense"), "nonsense");
    }

    #[test]
    fn this_machine_needs_no_proxy() {
        let is = |url: &str| is_this_machine(&url.parse().unwrap());
        assert!(is("http://127.0.0.1:80/a") && is("http://[::1]:80/a") && is("https://LocalHost/"));
        assert!(!is("http://localhost.example/") && !is("http://10.0.0.1/"));
    }
}

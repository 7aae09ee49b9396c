//! The HTTP client: one GET, with a limit to everything that a server could prolong.

use std::fs;
use std::path::Path;

use ureq::http::{Response, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error, Proxy, Timeout};

use super::address::is_this_machine;
use super::error::DownloadProblem;
use super::options::DownloadOptions;
use super::part::Part;
use super::redirect;

/// The most redirects that are followed; releases of GitHub need one.
const MAX_REDIRECTS: u32 = 10;

/// A client for one address.
pub(super) struct Client {
    agent: Agent,
    url: Uri,
    /// For the address itself, not for those that it redirects to.
    token: Option<String>,
    stall: u64,
}

impl Client {
    /// Checks the address and reads the certificates. Proxies come from the usual environment
    /// variables, but never stand between this machine and itself.
    pub(super) fn new(
        url: &str,
        token: Option<&str>,
        options: &DownloadOptions,
    ) -> Result<Self, DownloadProblem> {
        let url: Uri =
            url.parse().map_err(|cause| DownloadProblem::Url { cause: format!("{cause}") })?;
        if !matches!(url.scheme_str(), Some("http" | "https")) {
            let cause = url.scheme_str().map_or("no scheme".into(), |scheme| format!("{scheme}:"));
            return Err(DownloadProblem::Url { cause });
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
        let token = token.map(str::to_owned);
        Ok(Self { agent, url, token, stall: options.stall.as_secs() })
    }

    /// Requests the missing rest of the part, following redirects.
    pub(super) fn get(&self, part: &Part) -> Result<Response<Body>, DownloadProblem> {
        let mut url = self.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.get_at(&url, part)?;
            match redirect::target(&url, &answer)? {
                None => return Ok(answer),
                Some(next) => url = next,
            }
        }
        Err(DownloadProblem::Redirects { limit: MAX_REDIRECTS })
    }

    fn get_at(&self, url: &Uri, part: &Part) -> Result<Response<Body>, DownloadProblem> {
        // Compression would change sizes and ranges.
        let mut request = self.agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        let (host, scheme) = (url.authority(), url.scheme());
        let is_own = host == self.url.authority() && scheme == self.url.scheme();
        if let Some(token) = self.token.as_ref().filter(|_| is_own) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if part.length() > 0 {
            request = request.header(header::RANGE, format!("bytes={}-", part.length()));
            if let Some(tag) = part.tag() {
                request = request.header(header::IF_RANGE, tag);
            }
        }
        request.call().map_err(|error| self.problem(error, part))
    }

    /// Translates an error of the client, which may come in the middle of a transfer.
    pub(super) fn problem(&self, error: Error, part: &Part) -> DownloadProblem {
        let (received, expected) = (part.length(), part.expected);
        match error {
            Error::Timeout(Timeout::PerRead | Timeout::PerWrite) => {
                DownloadProblem::Stalled { seconds: self.stall, received, expected }
            }
            Error::Timeout(phase) => {
                DownloadProblem::Connection { cause: format!("{phase} took too long").into() }
            }
            error => DownloadProblem::Connection { cause: error.into() },
        }
    }
}

fn certificates(path: &Path) -> Result<RootCerts, DownloadProblem> {
    let problem = |cause| DownloadProblem::Certificates { path: path.into(), cause };
    let text = fs::read(path).map_err(|error| problem(error.into()))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| problem(error.into()))? {
            found.push(certificate);
        }
    }
    if found.is_empty() {
        return Err(problem("the file holds no certificate".into()));
    }
    Ok(found.into())
}

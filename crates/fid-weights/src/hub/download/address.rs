//! Addresses of downloads.

#[cfg(feature = "download")]
use std::net::IpAddr;

#[cfg(feature = "download")]
use ureq::http::Uri;

/// An address as messages show it: without its password.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.into() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.into(),
    }
}

/// Whether an address is of this machine, which needs no proxy.
#[cfg(feature = "download")]
pub(super) fn is_this_machine(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_without_password() {
        assert_eq!(without_password("https://me:pa@ss@host:1/a@b?c"), "https://host:1/a@b?c");
        assert_eq!(without_password("https://host/a@b"), "https://host/a@b");
        assert_eq!(without_password("nonsense"), "nonsense");
    }

    #[cfg(feature = "download")]
    #[test]
    fn this_machine_needs_no_proxy() {
        let is = |url: &str| is_this_machine(&url.parse().unwrap());
        assert!(is("http://127.0.0.1:80/a") && is("http://[::1]:80/a") && is("https://LocalHost/"));
        assert!(!is("http://localhost.example/") && !is("http://10.0.0.1/"));
    }
}

//! Redirects. We follow them ourselves: the client would first read the page that comes with one,
//! and a hostile server's page never ends.

use ureq::http::{Response, Uri, header};

use super::error::DownloadProblem;

/// The address that an answer redirects to; `None` if it is no redirect.
pub(super) fn target<B>(from: &Uri, answer: &Response<B>) -> Result<Option<Uri>, DownloadProblem> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers().get(header::LOCATION) else { return Ok(None) };
    let found = location.to_str().ok().and_then(|location| resolve(from, location));
    found.map(Some).ok_or_else(|| DownloadProblem::Connection {
        cause: "the server redirects to no address that starts with http:// or https://".into(),
    })
}

/// Resolves an address relative to another by RFC 3986, section 5.2, except for dots, which servers
/// resolve.
fn resolve(from: &Uri, location: &str) -> Option<Uri> {
    let (scheme, authority) = (from.scheme_str()?, from.authority()?);
    // A password is meant for the original address alone.
    let host = authority.as_str().rsplit('@').next()?;
    let scheme_ends =
        location.find([':', '/', '?', '#']).filter(|&at| location[at..].starts_with(':'));
    let absolute = if scheme_ends.is_some() {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else if location.starts_with('?') {
        format!("{scheme}://{host}{}{location}", from.path())
    } else {
        let folder = from.path().rfind('/').map_or("/", |end| &from.path()[..=end]);
        format!("{scheme}://{host}{folder}{location}")
    };
    let uri: Uri = absolute.parse().ok()?;
    (matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()).then_some(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved() {
        let from = "https://me:password@host:8443/a/b?c".parse().unwrap();
        let to = |location: &str| resolve(&from, location).map(|uri| uri.to_string());
        for (location, expected) in [
            ("http://other/x?y#z", "http://other/x?y"),
            ("//other/x", "https://other/x"),
            ("/x", "https://host:8443/x"),
            ("x:y/z", ""),
            ("x/y:z", "https://host:8443/a/x/y:z"),
            ("?d", "https://host:8443/a/b?d"),
            ("file:///etc/passwd", ""),
            ("http://", ""),
        ] {
            assert_eq!(to(location).unwrap_or_default(), expected, "{location}");
        }
    }
}

//! Redirects, followed here: the client would read the page that comes with one to its end, and a
//! hostile server's has none.

use ureq::http::{Response, Uri, header};

use super::FetchProblem;

/// Where an answer sends us; none where it is the answer.
pub(super) fn target<B>(from: &Uri, answer: &Response<B>) -> Result<Option<Uri>, FetchProblem> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = answer.headers().get(header::LOCATION) else { return Ok(None) };
    let found = location.to_str().ok().and_then(|location| resolve(from, location));
    found.map(Some).ok_or_else(|| FetchProblem::Connection {
        cause: "the server redirects to no address that starts with http:// or https://".into(),
    })
}

/// An address relative to another, as RFC 3986, section 5.2, has it, except that dots stay: servers
/// resolve those.
fn resolve(from: &Uri, location: &str) -> Option<Uri> {
    let (scheme, authority) = (from.scheme_str()?, from.authority()?);
    // A redirect gets no password that was meant for another server, nor for another address.
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

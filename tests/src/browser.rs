//! Opening HTML in a browser, without a window and without a network.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use temp_dir::TempDir;

/// A page as a browser renders it.
#[derive(Debug)]
pub struct Seen {
    /// Errors and warnings of the console.
    pub console: Vec<String>,
    /// Measurements of the loaded page by the script that [`see`] adds.
    pub probe: Value,
}

/// Measures the page: images, plots and their marks, sections, requested resources, overflow.
const PROBE: &str = "<script>
addEventListener('load', () => {
  const box = e => { const r = e.getBoundingClientRect(); return [r.width, r.height]; };
  const inside = (mark, svg) => {
    const m = mark.getBoundingClientRect(), s = svg.getBoundingClientRect();
    return m.left >= s.left - 1 && m.right <= s.right + 1 && m.top >= s.top - 1 && m.bottom <= s.bottom + 1;
  };
  const plots = [...document.querySelectorAll('svg')].map(svg => {
    const marks = [...svg.querySelectorAll('circle, polygon')], texts = [...svg.querySelectorAll('text')];
    return { box: box(svg), marks: marks.length, texts: texts.length, label: svg.getAttribute('aria-label'),
      outside: marks.concat(texts).filter(e => !inside(e, svg)).length };
  });
  const probe = document.createElement('pre');
  probe.id = 'probe';
  const found = {
    title: document.title, lang: document.documentElement.lang,
    images: [...document.images].map(i => ({ natural: [i.naturalWidth, i.naturalHeight], box: box(i), alt: i.alt })),
    plots,
    sections: [...document.querySelectorAll('section, header')].map(s => ({ id: s.id, box: box(s) })),
    resources: performance.getEntriesByType('resource').map(e => e.name.slice(0, 5)),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scripts: document.scripts.length, ink: getComputedStyle(document.body).color,
  };
  probe.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(found))));
  document.body.append(probe);
});
</script>";

/// Opens a page in a window of `width` pixels, once unchanged and once with the measuring script.
pub fn see(browser: &str, html: &str, width: u32) -> Seen {
    let folder = TempDir::new().unwrap();
    let path = folder.child("page.html");
    std::fs::write(&path, html).unwrap();
    let (_, log) = open(browser, &path, width);
    let console = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
    let probed = html.replacen("<head>", &format!("<head>{PROBE}"), 1).replacen(
        "default-src 'none'",
        "default-src 'none'; script-src 'unsafe-inline'",
        1,
    );
    std::fs::write(&path, probed).unwrap();
    let (dom, log) = open(browser, &path, width);
    let probe = dom.split("<pre id=\"probe\">").nth(1).and_then(|rest| rest.split('<').next());
    let probe = probe.unwrap_or_else(|| panic!("the probe did not run: {log}"));
    Seen { console, probe: serde_json::from_slice(&base64(probe)).unwrap() }
}

/// Returns the document after its scripts have run, and the browser's log.
fn open(browser: &str, page: &Path, width: u32) -> (String, String) {
    let profile = TempDir::new().unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        // No host name resolves.
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={width},900"))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap_or_else(|error| panic!("{browser}: {error}"));
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{browser}: {log}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), log)
}

/// Decodes base64 (RFC 4648).
fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for c in text.trim().bytes().filter(|&c| c != b'=') {
        bits = bits << 6 | u32::from(digit(c));
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

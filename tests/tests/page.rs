//! The page of `fid-gpu report` in a browser.

use fid_gpu::EvalConfig;
use fid_gpu::html::page;
use fid_gpu::observer::Silent;
use fid_tests::browser::{Seen, see};
use fid_tests::folders::samples;
use serde_json::Value;
use temp_dir::TempDir;

/// File names that would have an effect if they were not escaped. File names cannot contain `/`.
const HOSTILE: [&str; 4] = [
    "<img src=x onerror=alert(1)>.png",
    "\"><script>alert(1)<b x=\".png",
    "' onload='alert(1)' x='.png",
    "&lt;b&gt;.png",
];

/// The page for six images on each side, four of them with hostile names.
fn small_page() -> String {
    let folders = ["real", "fake"].map(|side| {
        let folder = TempDir::new().unwrap();
        let images = samples(side, |name| name < "0008" && name.ends_with(".png"));
        for (index, image) in images.iter().enumerate() {
            let name =
                HOSTILE.get(index).map_or_else(|| format!("{index}.png"), |&name| name.into());
            std::fs::copy(image, folder.path().join(name)).unwrap();
        }
        folder
    });
    let mut config = EvalConfig::new(folders[0].path(), folders[1].path());
    config.run.weights = Some("seeded:0".parse().unwrap());
    config.run.device = "cpu".parse().unwrap();
    config.metrics.fid_infinity.min_images = None;
    config.metrics.kid.subset_size = 4;
    page(&config, "fid-gpu report '<b>'", &Silent).unwrap().html
}

fn list<'a>(seen: &'a Seen, name: &str) -> &'a [Value] {
    seen.probe[name].as_array().unwrap()
}

fn assert_sound(seen: &Seen) {
    assert!(seen.console.is_empty(), "{:?}", seen.console);
    let resources = list(seen, "resources");
    assert!(resources.iter().all(|kind| kind == "data:"), "{resources:?}");
    assert!(seen.probe["title"].as_str().unwrap().starts_with("FID "));
    assert_eq!((&seen.probe["lang"], &seen.probe["scripts"]), (&"en".into(), &1.into()));
    assert_eq!(seen.probe["overflow"], 0, "the page is wider than its window");
    let large = |size: &Value, least: f64| {
        size.as_array().unwrap().iter().all(|side| side.as_f64().unwrap() >= least)
    };
    let sections = list(seen, "sections");
    let ids: Vec<_> = sections.iter().map(|section| section["id"].as_str().unwrap()).collect();
    let expected =
        ["value", "parts", "count", "spectra", "map", "images", "metrics", "census", "provenance"];
    assert_eq!(ids, expected);
    assert!(sections.iter().all(|section| large(&section["box"], 80.0)), "{sections:?}");
    let images = list(seen, "images");
    assert!(!images.is_empty());
    for image in images {
        let side = |at: usize| image["natural"][at].as_u64().unwrap();
        assert!((1..=96).contains(&side(0)) && (1..=96).contains(&side(1)), "{image}");
        assert!(large(&image["box"], 90.0) && !image["alt"].as_str().unwrap().is_empty());
    }
    let plots = list(seen, "plots");
    assert_eq!(plots.len(), 3);
    for plot in plots {
        assert!(large(&plot["box"], 200.0) && plot["label"].as_str().unwrap().len() > 20, "{plot}");
        assert!(
            plot["marks"].as_u64().unwrap() >= 4 && plot["texts"].as_u64().unwrap() > 5,
            "{plot}"
        );
        assert_eq!(plot["outside"], 0, "{plot}");
    }
}

#[test]
#[cfg_attr(no_browser, ignore = "no browser: FID_TEST_BROWSER=/usr/bin/chromium runs it")]
fn a_browser_shows_the_page() {
    let browser = std::env::var("FID_TEST_BROWSER").unwrap();
    let html = small_page();
    for width in [1000, 520] {
        let seen = see(&browser, &html, width);
        assert_sound(&seen);
        let alts: Vec<_> =
            list(&seen, "images").iter().map(|image| image["alt"].as_str().unwrap()).collect();
        for name in HOSTILE {
            assert!(alts.iter().any(|alt| alt.ends_with(name)), "{name} is not among {alts:?}");
        }
    }

    // Each defect is detected.
    for (what, spoiled) in [
        (
            "a request",
            html.replacen("</main>", "<img src=\"https://example.org/a.png\" alt=\"a\"></main>", 1),
        ),
        ("a script", html.replacen("</main>", "<script>let a = 1;</script></main>", 1)),
        (
            "a broken picture",
            html.replacen("data:image/png;base64,iVBO", "data:image/png;base64,AAAA", 1),
        ),
        ("no marks", html.replace("<circle", "<g").replace("<polygon", "<g")),
        ("a missing section", html.replacen("id=\"map\"", "id=\"mop\"", 1)),
    ] {
        assert_ne!(spoiled, html, "{what}");
        let seen = see(&browser, &spoiled, 1000);
        let sound = std::panic::catch_unwind(|| assert_sound(&seen));
        assert!(sound.is_err(), "{what} is not detected");
    }
}

//! Documents of small, empty, equal and hostile reports.

use std::path::PathBuf;

use fid_core::metrics::{FidInfinity, FidInfinityConfig, FidPoint, Interval, IntervalMethod};
use fid_core::{FeatureStats, Image8, frechet_distance};

use super::document::document;
use super::numbers::rounded;
use super::plot_data::{Cloud, MAP_IMAGES, Map, PlotData, sample};
use super::thumbnail::Thumbnail;
use crate::census::Tally;
use crate::decode::ImageFacts;
use crate::metrics::{ImagesReport, MetricSet, Metrics, NotComputed};
use crate::report::{FidReport, SCHEMA, Seconds, SetReport, Versions, WeightsReport};
use crate::{Class, Explanation, Influential, Nearest, Outliers, PresetFid, Skipped};

const SECTIONS: [&str; 9] =
    ["value", "parts", "count", "spectra", "map", "images", "metrics", "census", "provenance"];

fn side(path: &str, images: Option<u64>) -> SetReport {
    SetReport {
        cache: None,
        census: None,
        path: path.into(),
        images,
        ignored_files: 0,
        unread: Vec::new(),
        passed_over: Vec::new(),
        skipped: Vec::new(),
        trace: 1.0,
        decode_thread_seconds: 0.0,
        stages: None,
        preparation: Default::default(),
        samples: None,
        statistics: None,
    }
}

/// A report without anything but a value.
fn bare(fid: f64) -> FidReport {
    FidReport {
        encoder: None,
        suite: None,
        schema: SCHEMA,
        fid,
        mean_term: fid,
        trace_term: 0.0,
        trace_method: fid_core::CrossTraceMethod::CrossGram,
        metrics: Metrics::default(),
        presets: Vec::new(),
        images: ImagesReport::default(),
        requested: MetricSet::default(),
        comparable: true,
        precision: "f32".into(),
        real: side("real.npz", None),
        fake: side("fake.npz", None),
        preset: "clean".into(),
        tap: None,
        weights: None,
        device: None,
        driver: None,
        kernels: None,
        batch_size: None,
        versions: Versions::default(),
        seconds: Seconds::default(),
        explanation: None,
        not_saved: None,
        notes: Vec::new(),
        timestamp: 0,
    }
}

fn no_plots() -> PlotData {
    PlotData {
        map: Err("Neither side has its images here.".into()),
        real: Default::default(),
        fake: Default::default(),
    }
}

fn stats(rows: &[f32]) -> FeatureStats {
    FeatureStats::from_features(rows, 2).unwrap()
}

fn influential(path: &str, nearest: Option<&str>) -> Influential {
    let near = |path: &str| Nearest { path: path.into(), distance: 2.0 };
    Influential { path: path.into(), influence: -1.5, nearest_real: nearest.map(near) }
}

/// A report of two small sets with everything on it; images and much else have these names.
fn full(real: &[f32], fake: &[f32], real_name: &str, fake_name: &str) -> (FidReport, PlotData) {
    let (a, b) = (stats(real), stats(fake));
    let distance = frechet_distance(&a, &b).unwrap();
    let mut report = bare(distance.display_value());
    report.mean_term = distance.mean_term;
    report.trace_term = distance.trace_a + distance.trace_b - 2.0 * distance.cross_trace;
    report.explanation = Some(Explanation::of(&a, &b, &distance).unwrap());
    report.real = side(&format!("sets/{real_name}"), Some(2));
    report.fake = side(&format!("sets/{fake_name}"), Some(2));
    let mut tally = Tally::default();
    tally.add(&ImageFacts::of(&Image8::new(1, 2, 3, vec![9; 6]).unwrap()));
    let mut census = tally.census(|_| fake_name.into()).unwrap();
    census.formats[0].format = fake_name.into();
    census.first_equal_to_real = Some([fake_name.into(), real_name.into()]);
    report.fake.census = Some(census);
    report.fake.skipped = vec![Skipped::new(fake_name, fake_name)];
    report.comparable = false;
    let weights = WeightsReport { name: real_name.into(), sha256: "ab".into(), random: true };
    report.weights = Some(weights);
    report.notes = vec![fake_name.into()];
    report.device = Some(real_name.into());
    let infinity = |images| FidPoint { images, fid: report.fid };
    report.metrics.fid_infinity = Some(FidInfinity {
        value: report.fid,
        standard_error: None,
        slope: 0.0,
        points: vec![infinity(2), infinity(4)],
        config: FidInfinityConfig::default(),
    });
    report.metrics.not_computed =
        vec![NotComputed { metric: crate::Metric::Kid, reason: fake_name.into() }];
    report.presets = vec![PresetFid { preset: fake_name.into(), fid: 1.0 }];
    report.images.classes =
        Some(vec![Class { name: fake_name.into(), real: 1, fake: 1, fid: None }]);
    report.images.fid_interval = Some(Interval {
        value: report.fid,
        low: 0.0,
        high: 1.0,
        standard_error: 0.5,
        level: 0.95,
        method: IntervalMethod::InfinitesimalJackknife,
    });
    report.images.outliers = Some(Outliers {
        real: vec![influential(real_name, None)],
        fake: vec![influential(fake_name, Some(real_name))],
    });
    let picture = || Thumbnail::of(Image8::new(1, 1, 3, vec![255, 0, 0]).unwrap());
    let cloud = |rows: &[f32]| Cloud {
        points: rows.chunks(2).map(|row| [row[0].into(), row[1].into()]).collect(),
        of: rows.len() / 2,
        mean: [0.0, 0.0],
    };
    let plots = PlotData {
        map: Ok(Map { real: cloud(real), fake: cloud(fake), shares: [0.75, 0.25], seed: 1 }),
        real: [(PathBuf::from(real_name), picture())].into(),
        fake: [(PathBuf::from(fake_name), picture())].into(),
    };
    (report, plots)
}

/// Every tag, without what its attributes say.
fn tags(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let (mut quoted, mut tag) = (false, String::new());
        let mut end = rest.len();
        for (at, c) in rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => {
                    end = at;
                    break;
                }
                _ if !quoted => tag.push(c),
                _ => {}
            }
        }
        tags.push(tag);
        rest = &rest[end..];
    }
    tags
}

fn assert_sound(html: &str) {
    for section in SECTIONS {
        assert!(html.contains(&format!("id=\"{section}\"")), "no {section}");
    }
    // Pictures are letters of any kind.
    let pictures = html.split("data:image/png;base64,").skip(1);
    let text = pictures.fold(html.to_owned(), |text, picture| {
        text.replace(picture.split('"').next().unwrap_or_default(), "")
    });
    let words = text.split(|c: char| !c.is_alphanumeric());
    let wrong: Vec<_> =
        words.filter(|word| ["NaN", "inf", "None", "Some"].contains(word)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let twice = |tag: &&String| tag.matches(" class=").count() > 1;
    assert_eq!(tags(html).iter().find(twice), None, "a browser forgets the second class");
    assert_eq!(html.matches("http://").count(), html.matches("xmlns=").count());
    assert!(!html.contains("https://"));
}

#[test]
fn missing_parts_have_placeholders() {
    let html = document(&bare(1.25), &no_plots(), "fid-gpu");
    assert_sound(&html);
    assert!(html.contains(">1.2500</data>"));
    assert!(html.matches("class=\"missing\"").count() >= 5, "{html}");
    assert!(html.contains("an unknown number of"));
}

#[test]
fn the_census_stands_beside_that_of_the_other_side() {
    let (report, plots) = full(&[0., 0., 1., 3.], &[5., 0., 1., 1.], "a.png", "odd format");
    let html = document(&report, &plots, "fid-gpu");
    let begin = html.find("id=\"census\"").unwrap();
    let section = &html[begin..begin + html[begin..].find("</section>").unwrap()];
    assert!(section.contains("odd format"), "{section}");
    for (pointer, number) in
        [("width/median", "2"), ("height/max", "1"), ("gray", "1"), ("colours/mean/0", "9.0")]
    {
        let at = format!("data-at=\"/fake/census/{pointer}\"");
        let shown = section.split(&at).nth(1).unwrap().split(['>', '<']).nth(1).unwrap();
        assert_eq!(shown, number, "{pointer}");
    }
    // Nobody counted the real images.
    assert!(!section.contains("/real/census/") && section.contains("–"), "{section}");
}

#[test]
fn nan_and_infinity_are_dashes() {
    let mut report = bare(f64::NAN);
    report.trace_term = f64::INFINITY;
    let (_, mut plots) = full(&[0., 0., 1., 1.], &[0., 0., 1., 1.], "a.png", "b.png");
    if let Ok(map) = &mut plots.map {
        map.fake.points.push([f64::NAN, f64::INFINITY]);
        map.shares = [f64::NAN; 2];
    }
    report.metrics.fid_infinity = Some(FidInfinity {
        value: f64::NAN,
        standard_error: Some(f64::NAN),
        slope: f64::NAN,
        points: vec![FidPoint { images: 2, fid: f64::NAN }, FidPoint { images: 3, fid: 1.0 }],
        config: FidInfinityConfig::default(),
    });
    let html = document(&report, &plots, "fid-gpu");
    assert_sound(&html);
    assert!(html.contains("<h1>FID –</h1>"));
    assert_eq!(rounded(f64::NAN, 2), "–");
    assert_eq!((rounded(-0.0001, 2), rounded(-0.01, 2)), ("0.00".into(), "-0.01".into()));
}

#[test]
fn equal_sets_have_a_document() {
    let rows = [0., 0., 1., 1.];
    let (report, plots) = full(&rows, &rows, "a.png", "b.png");
    let html = document(&report, &plots, "fid-gpu");
    assert_sound(&html);
    assert_eq!(html.matches("<svg ").count(), 3);
    // Nothing varies.
    let (report, plots) = full(&[1., 2., 1., 2.], &[1., 2., 1., 2.], "a.png", "b.png");
    assert_sound(&document(&report, &plots, "fid-gpu"));
}

#[test]
fn hostile_names_are_escaped() {
    for hostile in [
        "<img src=x onerror=alert(1)>.png",
        "\"><script>alert(1)</script><b x=\".png",
        "' onload='alert(1)' x='",
        "\" onload=\"alert(1)\" x=\"",
        "</title></style></pre><script>alert(1)</script>",
        "&lt;script&gt;",
        "--><!--",
    ] {
        let rows = [0., 0., 1., 3.];
        let (report, plots) = full(&rows, &[5., 0., 1., 1.], hostile, hostile);
        let html = document(&report, &plots, hostile);
        assert_sound(&html);
        let (report, plots) = full(&rows, &[5., 0., 1., 1.], "a.png", "a.png");
        let harmless = document(&report, &plots, "a.png");
        // The very same tags with the very same attributes.
        assert_eq!(tags(&html), tags(&harmless), "{hostile}");
        assert_eq!(html.matches("<img ").count(), 3);
        assert!(!html.contains("<script"));
    }
    // The name is there, as text.
    let (report, plots) = full(&[0., 0., 1., 3.], &[5., 0., 1., 1.], "<a>&.png", "b.png");
    let html = document(&report, &plots, "");
    assert!(html.contains("alt=\"real image &lt;a&gt;&amp;.png\""), "{html}");
}

#[test]
fn the_checks_find_faults() {
    let tag = tags("<b a=\"<i>\">x<img src=x onerror=y>");
    assert_eq!(tag, ["<b a=", "<img src=x onerror=y"]);
    for spoiled in ["<p>NaN</p>", "<p>https://example.org</p>"] {
        let html = document(&bare(1.0), &no_plots(), "") + spoiled;
        assert!(std::panic::catch_unwind(|| assert_sound(&html)).is_err(), "{spoiled}");
    }
}

#[test]
fn thumbnails_are_small() {
    let size = |height: usize, width: usize, channels: usize| {
        let image = Image8::new(height, width, channels, vec![200; height * width * channels]);
        let uri = Thumbnail::of(image.unwrap()).uri.unwrap();
        let bytes = uri.strip_prefix("data:image/png;base64,").unwrap();
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, bytes).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert!(pixels.iter().all(|&value| value == 200));
        (info.height, info.width)
    };
    assert_eq!(size(100, 200, 3), (48, 96));
    assert_eq!(size(10, 7, 1), (10, 7));
    assert_eq!(size(1, 1000, 3), (1, 96));
    assert_eq!(size(96, 96, 1), (96, 96));
}

#[test]
fn samples_are_bounded_and_repeatable() {
    assert_eq!(sample(3, 5, 1), [0, 1, 2]);
    let drawn = sample(1000, 50, 1);
    assert!(drawn.len() == 50 && drawn.is_sorted() && drawn.iter().all(|&row| row < 1000));
    assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(drawn, sample(1000, 50, 1));
    assert_ne!(drawn, sample(1000, 50, 2));
}

#[test]
fn many_images_do_not_enlarge_the_document() {
    let rows = [0., 0., 1., 3.];
    let (mut report, mut plots) = full(&rows, &[5., 0., 1., 1.], "a.png", "b.png");
    if let Ok(map) = &mut plots.map {
        for cloud in [&mut map.real, &mut map.fake] {
            cloud.points = (0..MAP_IMAGES).map(|i| [i as f64, (i % 77) as f64]).collect();
            cloud.of = 10 * MAP_IMAGES;
        }
    }
    if let Some(outliers) = &mut report.images.outliers {
        outliers.fake = vec![outliers.fake[0].clone(); 1000];
    }
    let html = document(&report, &plots, "fid-gpu");
    assert_sound(&html);
    assert!(html.contains("5000 of 50000 generated images are shown, drawn at random (seed 1)."));
    assert!(html.contains("Only the first 50"));
    assert_eq!(html.matches("<img ").count(), 2 * 50 + 1);
    assert!(html.len() < 1_500_000, "{}", html.len());
}

#[test]
fn commands_are_quoted() {
    let line = super::command_line(["fid-gpu", "report", "a b", "it's", "", "$x", "ä/b-c.npz"]);
    assert_eq!(line, r"fid-gpu report 'a b' 'it'\''s' '' '$x' ä/b-c.npz");
}

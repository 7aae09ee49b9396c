use fid_core::metrics::{FidInfinity, FidInfinityConfig, FidPoint, Interval, IntervalMethod};

use super::*;
use crate::explain::Spectrum;
use crate::metrics::{Class, Influential, Nearest, NotComputed, Outliers};

const CENSUS: &str = r#"{"images":3,"formats":[{"format":"JPEG","images":2},{"format":"PNG","images":1}],
    "lossy":2,"width":{"min":4,"median":5,"max":6},"height":{"min":4,"median":null,"max":6},
    "distinct_sizes":2,"sizes":[{"width":4,"height":4,"images":3}],"gray":0,"alpha":1,"uniform":1,
    "dark":0,"repeats":1,"least_copies":1,"first_repeat":["a.png","b.png"],"equal_to_real":1,
    "first_equal_to_real":["c.png","d.png"],
    "colours":{"pixels":48,"sums":[1,2,3],"products":[1,2,3,4,5,6],"mean":[0.1,0.2,0.3],"covariance":[[1,0,0],[0,1,0],[0,0,1]]}}"#;

fn side(path: &str) -> SetReport {
    let statistics = r#"{"format":1,"images":3,"ddof":1,"preset":"clean","weights":null,
        "tap":"pool3","decoder":"","versions":{"fid_gpu":"1","burn":"2"},"device":"cpu",
        "precision":"f32","files":[{"sha256":"01","of":3,"first":0,"count":3}]}"#;
    SetReport {
        path: path.into(),
        images: Some(3),
        ignored_files: 1,
        unread: Vec::new(),
        passed_over: Vec::new(),
        skipped: vec![Skipped::new("a.png", "is empty")],
        cache: Some(CacheReport { hits: 1, misses: 2 }),
        census: Some(serde_json::from_str(CENSUS).unwrap()),
        trace: 1.0 / 3.0,
        decode_thread_seconds: 0.1,
        stages: Some(StageSeconds { preprocess: Some(0.2), ..StageSeconds::default() }),
        preparation: "resize 256 lanczos".parse().unwrap(),
        samples: Some(serde_json::from_str(r#"{"count":3,"seed":1,"of":9}"#).unwrap()),
        statistics: Some(serde_json::from_str(statistics).unwrap()),
    }
}

/// A report in which every field has a value.
fn full() -> FidReport {
    let spectrum = || Spectrum {
        images: Some(3),
        trace: 0.1,
        largest_eigenvalues: vec![0.1, 1e-17],
        eigenvalues: Vec::new(),
        effective_dimensions: 1.0,
    };
    let image = |nearest| Influential { path: "a".into(), influence: -0.3, nearest_real: nearest };
    let interval = || Interval {
        value: 0.1,
        low: 0.0,
        high: 1.0,
        standard_error: 0.7,
        level: 0.95,
        method: IntervalMethod::Jackknife,
    };
    FidReport {
        encoder: None,
        schema: SCHEMA,
        fid: 0.1 + 0.2,
        mean_term: 1.0e-300,
        trace_term: f64::MAX,
        trace_method: CrossTraceMethod::FactorTimesRows,
        metrics: Metrics {
            fid_64: Some(2.0 / 3.0),
            fid_infinity: Some(FidInfinity {
                value: 1.1,
                standard_error: None,
                slope: 0.3,
                points: vec![FidPoint { images: 2, fid: 1.7 }],
                config: FidInfinityConfig::default(),
            }),
            products_on: Some("cpu".into()),
            not_computed: vec![NotComputed { metric: Metric::Kid, reason: "too few".into() }],
            ..Metrics::default()
        },
        presets: vec![PresetFid { preset: "clean".into(), fid: 0.3 }],
        images: ImagesReport {
            fid_interval: Some(interval()),
            kid_interval: Some(interval()),
            outliers: Some(Outliers {
                real: vec![image(None)],
                fake: vec![image(Some(Nearest { path: "b".into(), distance: 0.9 }))],
            }),
            classes: Some(vec![Class { name: "c".into(), real: 1, fake: 2, fid: None }]),
        },
        suite: Some(Suite::Adm),
        requested: "fid,kid,fid-infinity".parse().unwrap(),
        comparable: false,
        real: side("real"),
        fake: side("fake.npz"),
        preset: "clean".into(),
        tap: None,
        precision: "f16".into(),
        weights: Some(WeightsReport { name: "w".into(), sha256: "ab".into(), random: true }),
        device: Some("cpu".into()),
        driver: Some("1.2".into()),
        kernels: Some("matrix tiles".into()),
        batch_size: Some(8),
        versions: Versions::default(),
        seconds: Seconds { total: 0.1, ..Seconds::default() },
        explanation: Some(Explanation {
            value: 0.3,
            mean_term: 0.1,
            trace_term: 0.2,
            cross_trace: 0.4,
            real: spectrum(),
            fake: spectrum(),
            remarks: vec!["odd".into()],
        }),
        not_saved: Some("disk full".into()),
        notes: vec!["note".into()],
        timestamp: 1_700_000_000,
    }
}

#[test]
fn reports_survive_json() {
    let report = full();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<FidReport>(&json).unwrap(), report);
    let bare = FidReport {
        metrics: Metrics::default(),
        presets: Vec::new(),
        images: ImagesReport::default(),
        suite: None,
        weights: None,
        explanation: None,
        ..report
    };
    let json = serde_json::to_string(&bare).unwrap();
    assert_eq!(serde_json::from_str::<FidReport>(&json).unwrap(), bare);
}

/// The names of all keys, at any depth.
fn keys(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                found.push(key.clone());
                keys(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn keys_are_snake_case_and_values_keep_their_names() {
    let json = serde_json::to_value(full()).unwrap();
    let mut found = Vec::new();
    keys(&json, &mut found);
    let snake = |key: &String| {
        key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    assert_eq!(found.iter().find(|&key| !snake(key)), None);
    assert_eq!(json["trace_method"], "factor-times-rows");
    assert_eq!(json["requested"], serde_json::json!(["fid", "fid-infinity", "kid"]));
    assert_eq!(json["metrics"]["not_computed"][0]["metric"], "kid");
    assert_eq!(json["suite"], "adm");
    let census: serde_json::Value = serde_json::from_str(CENSUS).unwrap();
    let own = |census: &serde_json::Value| {
        census.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(own(&json["real"]["census"]), own(&census), "every field is named in JSON");
}

#[test]
fn reports_of_schema_1_are_read() {
    let mut json = serde_json::to_value(full()).unwrap();
    let object = json.as_object_mut().unwrap();
    object.insert("schema".into(), 1.into());
    object.remove("requested");
    object.remove("precision");
    let metrics = object["metrics"].as_object_mut().unwrap();
    for (old, new) in [("fid-64", "fid_64"), ("fid-infinity", "fid_infinity")] {
        let value = metrics.remove(new).unwrap();
        metrics.insert(old.into(), value);
    }
    let report: FidReport = serde_json::from_value(json).unwrap();
    assert_eq!((report.schema, report.precision.as_str()), (1, "f32"));
    assert_eq!(report.metrics, full().metrics);
}

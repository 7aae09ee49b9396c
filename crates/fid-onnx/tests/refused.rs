//! Models and settings that are refused, each with one message.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{digits, input, path};
use fid_core::Engine;
use fid_onnx::{OnnxEngine, OwnInput};

fn message(name: &str, settings: &OwnInput) -> String {
    let error = OnnxEngine::open(&path(name), settings).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(name) && !text.contains('\n'), "{text}");
    println!("{}", text.split("onnx_encoder/").last().unwrap());
    text
}

#[test]
fn every_unsuitable_model_has_its_message() {
    let none = OwnInput::default();
    for (name, part) in [
        ("missing.onnx", "cannot be read"),
        ("real.npy", "not a whole ONNX model"),
        ("opset.onnx", "opset 99"),
        ("external.onnx", "the file 'external.onnx.data' beside it"),
        ("unsupported.onnx", "NoSuchOperator"),
        ("two_inputs.onnx", "'images' [1,3,8,8], 'another' [1,3,8,8]"),
        ("nhwc.onnx", "'images' [1,8,8,3]"),
        ("bytes.onnx", "32-bit floats"),
        ("oblong.onnx", "the input size is 8, and its input 'images' has 9"),
        ("any_size.onnx", "fid.input_size"),
        ("maps.onnx", "its output 'out' is [1, 3, 8, 8]"),
        ("no_output.onnx", "0 outputs"),
        ("legacy.onnx", "2 outputs, of which one must be chosen: 'features'"),
        ("fails.onnx", "failed on a trial image"),
        ("mixes.onnx", "depend on the other images"),
        ("bad_mean.onnx", "fid.mean in its metadata is '0.5 or so'"),
    ] {
        let text = message(name, &none);
        assert!(text.contains(part), "{name}: {text}");
    }
}

#[test]
fn settings_that_contradict_the_model_are_named() {
    for (setting, value, part) in [
        ("input_size", "32", "the input size is 32"),
        ("channels", "3", "the number of channels is 3"),
        ("mean", "0.1,0.2,0.3", "1 numbers"),
        ("output", "feature", "no output 'feature'; its outputs are 'features'"),
    ] {
        let mut settings = digits();
        settings.set(setting, value, true).unwrap();
        let text = message("legacy.onnx", &settings);
        assert!(text.contains(part), "{setting}: {text}");
    }
    for (setting, value) in [
        ("input_size", "0"),
        ("input_size", "65536"),
        ("input_size", "big"),
        ("mean", "nan"),
        ("mean", ""),
        ("mean", "1,2"),
        ("std", "0"),
        ("std", "0.1,-1,0.2"),
        ("resize", "bilinear"),
        ("channels", "4"),
        ("size", "8"),
    ] {
        let problem = OwnInput::default().set(setting, value, true).unwrap_err().to_string();
        assert!(problem.contains(setting) && problem.contains(&format!("'{value}'")), "{problem}");
    }
    assert_eq!(input(&[("mean", "0.1 0.2, 0.3")]).mean, Some(vec![0.1, 0.2, 0.3]));
}

/// Graphs in graphs, 66 666 deep: a recursive reader overflows its stack.
#[test]
fn nested_graphs_are_refused() {
    // Graph { node { attribute { graph … } } } by the numbers 1, 5 and 6, written from the inside out
    // and backwards: lengths are behind what they count.
    let mut backwards = Vec::new();
    let numbers = [6, 5, 1].into_iter().cycle().take(199_998).chain([7]);
    for number in numbers {
        let mut length = Vec::new();
        let mut rest = backwards.len();
        while rest >= 128 {
            length.push(rest as u8 | 128);
            rest >>= 7;
        }
        length.push(rest as u8);
        backwards.extend(length.iter().rev());
        backwards.push(number << 3 | 2);
    }
    backwards.reverse();
    let model = [&[8, 9], &backwards[..]].concat();
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.child("deep.onnx");
    std::fs::write(&file, model).unwrap();
    let text = OnnxEngine::open(&file, &OwnInput::default()).unwrap_err().to_string();
    assert!(text.contains("nested too deep"), "{text}");
}

/// Weights in another file: read from the model's folder, and part of the hash.
#[test]
fn weights_in_another_file_are_read() {
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.child("external.onnx");
    let model = std::fs::read(path("external.onnx")).unwrap();
    std::fs::write(&file, &model).unwrap();
    let with = |weights: &[f32]| {
        let bytes: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        std::fs::write(folder.child("external.onnx.data"), bytes).unwrap();
        OnnxEngine::open(&file, &OwnInput::default())
    };
    let features = |engine: &OnnxEngine| {
        engine.extract(&[0.5; 3 * 64], &[fid_core::Tap::Pool3]).unwrap()[0].clone()
    };
    let (ones, others) = (with(&[1.0; 3]).unwrap(), with(&[1.0, 2.0, 3.0]).unwrap());
    assert_eq!(features(&ones), [1.5; 3]);
    assert_eq!(features(&others), [1.5, 2.5, 3.5]);
    assert_ne!(ones.sha256(), others.sha256());
    let short = with(&[1.0]).unwrap_err().to_string();
    assert!(short.contains("rten cannot load it"), "{short}");
    // Names that lead elsewhere.
    let name = b"external.onnx.data";
    let at = model.windows(name.len()).position(|part| part == name).unwrap();
    for elsewhere in ["../external.onnx.d", "/external.onnx.dat", "a/external.onnx.da"] {
        let mut changed = model.clone();
        changed[at..at + name.len()].copy_from_slice(elsewhere.as_bytes());
        std::fs::write(&file, changed).unwrap();
        let text = OnnxEngine::open(&file, &OwnInput::default()).unwrap_err().to_string();
        assert!(text.contains("its own folder alone"), "{text}");
    }
}

/// Cut and changed files give a message or an engine, never a panic.
#[test]
fn damaged_files_never_panic() {
    let whole = std::fs::read(path("dynamo.onnx")).unwrap();
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.child("damaged.onnx");
    let mut outcomes = [0; 2];
    let mut try_open = |content: &[u8]| {
        std::fs::write(&file, content).unwrap();
        let opened = OnnxEngine::open(&file, &OwnInput::default());
        if let Err(error) = &opened {
            let text = error.to_string();
            assert!(text.contains("damaged.onnx: "), "{text}");
        }
        outcomes[usize::from(opened.is_ok())] += 1;
    };
    (0..whole.len()).step_by(101).for_each(|length| try_open(&whole[..length]));
    let mut state = 1u64;
    for _ in 0..1500 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut content = whole.clone();
        let at = (state >> 33) as usize % content.len();
        content[at] ^= 1 << (state >> 20 & 7);
        try_open(&content);
    }
    println!("refused {}, opened {}", outcomes[0], outcomes[1]);
    assert!(outcomes[0] > 200 && outcomes[1] > 200, "{outcomes:?}");
}

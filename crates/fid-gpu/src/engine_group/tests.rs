//! Groups of fake engines.

use std::sync::mpsc::{Receiver, channel};

use fid_core::{Image8, Precision};

use super::*;

/// What an engine does with a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Act {
    Compute,
    FailAtOnce,
    FailLater,
    Lose,
    Panic,
    PanicLater,
}

/// An engine whose feature of a batch is the engine's number and the batch's first byte.
#[derive(Debug)]
struct Fake {
    info: EngineInfo,
    number: f32,
    /// What to do with the batch of this first byte.
    special: Option<(u8, Act)>,
    /// The first bytes of the batches that it started.
    seen: Mutex<Vec<u8>>,
    /// If there, each batch waits for a message.
    gate: Option<Mutex<Receiver<()>>>,
}

impl Fake {
    fn new(number: u8) -> Self {
        let info = EngineInfo {
            device: format!("fake:{number}"),
            driver: None,
            kernels: String::new(),
            arithmetic: "fake".into(),
            precision: Precision::F32,
            features: fid_core::FEATURE_DIM,
            batch_size: 8,
            max_batch_size: 100,
            max_buffer_bytes: 1 << 20,
            fast_products: false,
        };
        let (special, seen) = (None, Mutex::default());
        Self { info, number: number.into(), special, seen, gate: None }
    }

    fn with(number: u8, at: u8, act: Act) -> Self {
        Self { special: Some((at, act)), ..Self::new(number) }
    }
}

impl Engine for Fake {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn start(&self, batch: &PackedBatch, _: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let byte = batch.bytes()[0];
        self.seen.lock().unwrap().push(byte);
        if let Some(gate) = &self.gate {
            gate.lock().unwrap().recv().unwrap();
        }
        let message = || "no luck".to_owned();
        let failed = move || EngineError::Failed { message: message() };
        let act = self.special.filter(|(at, _)| *at == byte).map_or(Act::Compute, |(_, act)| act);
        let rows = vec![vec![self.number, byte.into()]];
        match act {
            Act::Panic => panic!("out of luck"),
            Act::FailAtOnce => Err(failed()),
            Act::Lose => Err(EngineError::DeviceLost { message: message() }),
            _ => Ok(Pending::later(move || match act {
                Act::FailLater => Err(failed()),
                Act::PanicLater => panic!("out of luck"),
                _ => Ok(EngineOutput { rows, preprocess: None }),
            })),
        }
    }

    fn classify(&self, _: &[f32], tap: Tap) -> Result<Vec<f32>, EngineError> {
        match self.number {
            0.0 => Ok(vec![0.0]),
            _ => Err(EngineError::NoClassifier { tap }),
        }
    }
}

fn group(engines: impl IntoIterator<Item = Fake>) -> EngineGroup {
    EngineGroup::new(
        engines.into_iter().map(|engine| Arc::new(engine) as Arc<dyn Engine>).collect(),
    )
}

fn start(group: &EngineGroup, byte: u8) -> Pending {
    let mut batch = PackedBatch::new(&[Preset::PYTORCH_FID]);
    batch.push(&Image8::new(1, 1, 1, vec![byte]).unwrap()).unwrap();
    group.start(&batch, &[vec![Tap::Pool3]]).unwrap()
}

/// Engine and batch of a result.
fn wait(pending: Pending) -> [f32; 2] {
    let rows = pending.wait().unwrap().rows;
    [rows[0][0], rows[0][1]]
}

#[test]
fn batches_are_dealt_in_turns_and_come_back_in_order() {
    let group = group((0..3).map(Fake::new));
    assert_eq!(group.batches_ahead(), 5);
    for _ in 0..2 {
        // Each set begins with the first engine.
        let pending: Vec<_> = (0..7).map(|byte| start(&group, byte)).collect();
        let got: Vec<_> = pending.into_iter().map(wait).collect();
        let expected = [0, 1, 2, 0, 1, 2, 0].into_iter().zip(0..7);
        assert_eq!(got, expected.map(|(a, b)| [a as f32, b as f32]).collect::<Vec<_>>());
    }
    // As long as one batch is unfinished it is one set.
    let first = start(&group, 0);
    let second = start(&group, 1);
    assert_eq!(wait(first)[0], 0.0);
    let third = start(&group, 2);
    assert_eq!([wait(second)[0], wait(third)[0]], [1.0, 2.0]);
    // A batch that nobody waits for is finished.
    drop(start(&group, 0));
    assert_eq!(wait(start(&group, 0))[0], 0.0);
}

#[test]
fn a_slow_engine_gets_its_turns() {
    let (open, gate) = channel();
    let slow = Fake { gate: Some(Mutex::new(gate)), ..Fake::new(0) };
    let group = group([slow, Fake::new(1)]);
    let mut pending: Vec<_> = (0..6).map(|byte| start(&group, byte)).collect();
    // The second engine is finished before the first one begins.
    for byte in [5u8, 3, 1] {
        assert_eq!(wait(pending.remove(usize::from(byte))), [1.0, byte.into()]);
    }
    (0..3).for_each(|_| open.send(()).unwrap());
    let got: Vec<_> = pending.into_iter().map(wait).collect();
    assert_eq!(got, [[0.0, 0.0], [0.0, 2.0], [0.0, 4.0]]);
}

#[test]
fn a_failure_names_the_device_and_spoils_one_batch() {
    for (act, said) in [
        (Act::FailAtOnce, "fake:1: no luck"),
        (Act::FailLater, "fake:1: no luck"),
        (Act::Panic, "fake:1: out of luck"),
        (Act::PanicLater, "fake:1: out of luck"),
        (Act::Lose, "the device was lost (fake:1: no luck)"),
    ] {
        let group = group([Fake::new(0), Fake::with(1, 3, act)]);
        let pending: Vec<_> = (0..8).map(|byte| start(&group, byte)).collect();
        for (byte, pending) in pending.into_iter().enumerate() {
            match pending.wait() {
                Ok(output) => assert_eq!(output.rows[0], [(byte % 2) as f32, byte as f32]),
                Err(error) => {
                    assert_eq!(byte, 3, "{act:?}: {error}");
                    assert!(error.to_string().contains(said), "{act:?}: {error}");
                    let lost = matches!(error, EngineError::DeviceLost { .. });
                    assert_eq!(lost, act == Act::Lose, "{error}");
                }
            }
        }
    }
}

#[test]
fn batches_that_nobody_waits_for_are_not_computed() {
    let (open, gate) = channel();
    let slow = Arc::new(Fake { gate: Some(Mutex::new(gate)), ..Fake::new(0) });
    let engine: Arc<dyn Engine> = Arc::<Fake>::clone(&slow);
    let group = EngineGroup::new(vec![engine]);
    let pending: Vec<_> = (0..5).map(|byte| start(&group, byte)).collect();
    drop(pending);
    // The first batch may have begun. Others would panic.
    open.send(()).unwrap();
    drop(open);
    drop(group);
    assert!(matches!(&slow.seen.lock().unwrap()[..], [] | [0]));
}

#[test]
fn the_group_holds_what_each_engine_holds() {
    let mut engines = [0, 1, 2].map(Fake::new);
    engines[1].info.max_batch_size = 3;
    engines[2].info.batch_size = 4;
    engines[0].info.max_buffer_bytes = 77;
    engines[2].info.driver = Some("driver".into());
    let like = group(engines);
    let info = like.info();
    assert_eq!(info.device, "fake:0, fake:1, fake:2");
    assert_eq!(info.driver.as_deref(), Some("driver"));
    assert_eq!([info.batch_size, info.max_batch_size], [4, 3]);
    assert_eq!(info.max_buffer_bytes, 77);
    assert_eq!(info.arithmetic, "fake");
    // The order of unlike engines does not matter to a feature, nor how many there are of each.
    let unlike = |kinds: &[&str]| {
        let engine = |kind: &&str| {
            let mut engine = Fake::new(0);
            engine.info.arithmetic = (*kind).into();
            engine
        };
        group(kinds.iter().map(engine)).info.arithmetic
    };
    assert_eq!(unlike(&["b", "a"]), "a, b");
    assert_eq!(unlike(&["a", "b", "a"]), "a, b");
}

#[test]
fn all_but_batches_is_the_first_engines_work() {
    let group = group((0..2).map(Fake::new));
    for _ in 0..2 {
        assert_eq!(group.classify(&[], Tap::Logits).unwrap(), [0.0]);
    }
    assert_eq!(group.products_device(), "fake:0");
}

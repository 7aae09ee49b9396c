//! Several devices.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use fid_core::Image8;
use fid_images::decode::ImageFacts;

use super::*;
use crate::engine_group::EngineGroup;
use crate::pipeline::Running;
use crate::pipeline::batch::Batch;

fn group(networks: &[Arc<Network>]) -> Arc<dyn Engine> {
    let engines = networks.iter().map(|network| Arc::<Network>::clone(network) as Arc<dyn Engine>);
    Arc::new(EngineGroup::new(engines.collect()))
}

fn run_group(networks: &[Arc<Network>], files: &[PathBuf]) -> Result<Extracted, Error> {
    let (wants, presets) = ([Want::moments(Tap::Pool3)], [Preset::PYTORCH_FID]);
    run_engine(&group(networks), files, 4, false, &wants, &presets, &[])
}

fn sizes(network: &Network) -> Vec<usize> {
    network.batches.lock().unwrap().clone()
}

#[test]
fn devices_share_the_batches_and_not_the_order() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 21);
    let one = run(&Arc::default(), &files, 4, false).unwrap();
    for (count, expected) in [
        (1, vec![vec![4, 4, 4, 4, 4, 1]]),
        (2, vec![vec![4, 4, 4], vec![4, 4, 1]]),
        (4, vec![vec![4, 4], vec![4, 1], vec![4], vec![4]]),
        (7, vec![vec![4], vec![4], vec![4], vec![4], vec![4], vec![1], vec![]]),
    ] {
        let networks: Vec<_> = (0..count).map(|_| Arc::default()).collect();
        let got = run_group(&networks, &files).unwrap();
        assert_eq!(rows(&got), rows(&one), "{count} devices");
        assert_eq!(got.tally, one.tally);
        assert_eq!(networks.iter().map(|it| sizes(it)).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn want_of_memory_on_one_device_does_not_change_the_value() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 21);
    let sound = run(&Arc::default(), &files, 4, false).unwrap();
    let small = Arc::new(Network::that_holds(2));
    let got = run_group(&[Arc::default(), small], &files).unwrap();
    assert_eq!(rows(&got), rows(&sound));
    let note = got.notes.iter().find(|note| note.contains("of 4 images")).unwrap();
    assert!(note.contains(&format!("fake: {WORDS}")), "{note}");
}

#[test]
fn a_lost_device_is_named() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 21);
    let lost = EngineError::DeviceLost { message: "the driver restarted".into() };
    let mut network = Network { holds: Some((0, lost)), ..Network::default() };
    network.info.device = "fake:1 Some GPU".into();
    let error = run_group(&[Arc::default(), Arc::new(network)], &files).err().unwrap();
    assert!(matches!(&error, Error::DeviceLost { .. }), "{error}");
    assert!(error.to_string().contains("fake:1 Some GPU: the driver restarted"), "{error}");
}

/// A network that counts the batches that are started and not read back.
#[derive(Debug)]
struct Counting {
    network: Network,
    ahead: usize,
    running: Arc<AtomicUsize>,
    most: AtomicUsize,
}

impl Engine for Counting {
    fn info(&self) -> &EngineInfo {
        self.network.info()
    }

    fn batches_ahead(&self) -> usize {
        self.ahead
    }

    fn start(&self, batch: &PackedBatch, taps: &[Vec<Tap>]) -> Result<Pending, EngineError> {
        let output = self.network.start(batch, taps)?.wait()?;
        self.most.fetch_max(self.running.fetch_add(1, SeqCst) + 1, SeqCst);
        let running = Arc::clone(&self.running);
        Ok(Pending::later(move || {
            running.fetch_sub(1, SeqCst);
            Ok(output)
        }))
    }
}

#[test]
fn as_many_batches_are_started_as_the_engine_asks_for() {
    let folder = TempDir::new().unwrap();
    let files = images(&folder, 11);
    for (ahead, expected) in [(1, 2), (3, 4), (50, 11)] {
        let (network, running) = (Network::default(), Arc::default());
        let counting = Arc::new(Counting { network, ahead, running, most: AtomicUsize::new(0) });
        let engine: Arc<dyn Engine> = Arc::<Counting>::clone(&counting);
        let (wants, presets) = ([Want::moments(Tap::Pool3)], [Preset::PYTORCH_FID]);
        run_engine(&engine, &files, 1, false, &wants, &presets, &[]).unwrap();
        assert_eq!(counting.most.load(SeqCst), expected, "{ahead} ahead");
        assert_eq!(counting.running.load(SeqCst), 0);
    }
}

#[test]
fn large_batches_are_read_back_early() {
    let push = |running: &mut Running, pixels: usize| {
        let image = Image8::new(1, pixels, 1, vec![0; pixels]).unwrap();
        let mut batch = Batch::new(&[Preset::PYTORCH_FID]);
        batch.push_image(pixels, ImageFacts::of(&image), &image).unwrap();
        running.push(batch, None);
    };
    let pop = |running: &mut Running, ahead| {
        running.pop(ahead, 100).map(|(batch, _)| batch.files().next().unwrap())
    };
    let mut running = Running::default();
    for pixels in [60, 30, 10] {
        push(&mut running, pixels);
    }
    assert_eq!(pop(&mut running, 3), None, "100 bytes in 3 batches");
    push(&mut running, 90);
    assert_eq!(pop(&mut running, 7), Some(60));
    assert_eq!(pop(&mut running, 7), Some(30));
    // The two that one device needs stay.
    push(&mut running, 95);
    assert_eq!(pop(&mut running, 7), Some(10));
    assert_eq!(pop(&mut running, 7), None);
    assert_eq!(pop(&mut running, 1), Some(90));
    assert_eq!([pop(&mut running, 0), pop(&mut running, 0)], [Some(95), None]);
}

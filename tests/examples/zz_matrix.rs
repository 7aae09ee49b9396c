use burn::prelude::*;
use fid_core::Precision;
use fid_weights::inception::Window;
use fid_wgpu::{Activations, ChannelSlice, GpuDevice, PackedConv, TileClass};
use std::time::Instant;
fn main() {
    let device = GpuDevice::open(None, None).unwrap();
    println!("{:?}", device.adapter());
    let precision = if std::env::args().nth(1).as_deref() == Some("f16") {
        Precision::F16
    } else {
        Precision::F32
    };
    let window = Window { size: [3, 3], stride: 1, padding: [1, 1] };
    let (c, f) = (12usize, 40usize);
    let w: Vec<f32> = (0..f * c * 9).map(|i| ((i * 7919 % 1013) as f32 / 1013.0 - 0.5)).collect();
    let x: Vec<f32> = (0..c * 63).map(|i| ((i * 104729 % 997) as f32 / 997.0)).collect();
    let b = vec![0.1f32; f];
    let mut want: Vec<Vec<f32>> = vec![];
    for class in [TileClass::Software, TileClass::Plain, TileClass::Matrix] {
        if !device.tile_classes(precision).contains(&class) {
            println!("no {class:?}");
            continue;
        }
        for (i, conv) in PackedConv::by_each_tile(&w, &b, window, class, precision, &device)
            .into_iter()
            .enumerate()
        {
            let input = Activations::from_images(
                Tensor::from_data(TensorData::new(x.clone(), [1, c, 7, 9]), device.burn()),
                precision,
            );
            for round in 0..2 {
                let t = Instant::now();
                let out = ChannelSlice {
                    rows: Activations::empty(1, [7, 9], f, precision, device.burn()),
                    offset: 0,
                };
                let v: Vec<f32> = conv
                    .run(&input, &out)
                    .matrix()
                    .cast(burn::tensor::DType::F32)
                    .into_data()
                    .try_to_vec()
                    .unwrap();
                let e = want.first().map_or(0.0, |w| {
                    let (mut a, mut b) = (0f64, 0f64);
                    for (x, y) in v.iter().zip(w) {
                        a += (*x as f64 - *y as f64).powi(2);
                        b += (*y as f64).powi(2);
                    }
                    (a / b).sqrt()
                });
                println!(
                    "{class:?} {i} round {round}: {:.3} s, rel {e:.2e}, {:?}",
                    t.elapsed().as_secs_f64(),
                    &v[..3]
                );
                if round == 0 {
                    want.push(v);
                }
            }
        }
    }
}

//! FID against the number of images.

use fid_core::metrics::FidInfinity;
use plotters::element::{Circle, EmptyElement, PathElement, Rectangle};
use plotters::prelude::Color;

use super::super::numbers::rounded;
use super::chart::{Axis, FAKE, INK, around, linear, plot};

/// Numbers of images that are written below the axis, at most.
const LABELS: usize = 10;

/// The points over 1/N, the line through them, and its value at infinitely many images.
pub(in super::super) fn infinity(fid: &FidInfinity) -> Result<String, String> {
    let place = |images: usize| 1.0 / images as f64;
    let most = fid.points.iter().map(|point| place(point.images)).fold(0.0, f64::max);
    let error = fid.standard_error.filter(|error| error.is_finite()).unwrap_or(0.0);
    let ends = [fid.value, fid.value - error, fid.value + error, fid.value + fid.slope * most];
    let y = around(fid.points.iter().map(|point| point.fid).chain(ends));
    let mut ticks = vec![0.0];
    // That of all images first; then from the right, where the points are far apart.
    for point in fid.points.iter().rev().take(1).chain(&fid.points) {
        let x = place(point.images);
        let far = |tick: &f64| (tick - x).abs() > most / (LABELS as f64 + 1.0);
        if ticks.iter().all(far) {
            ticks.push(x);
        }
    }
    let label = |x: f64| match x > 0.0 {
        true => format!("{:.0}", 1.0 / x),
        false => "∞".to_owned(),
    };
    let x = Axis {
        title: "number of generated images N (the axis is 1/N)".into(),
        range: -0.04 * most..1.04 * most,
        ticks,
        label: Box::new(label),
    };
    let description = format!(
        "FID at {} numbers of generated images, and a line through them that meets infinitely many \
         at {}",
        fid.points.len(),
        rounded(fid.value, 4),
    );
    plot(&description, [x, linear("FID".into(), y)], |chart| {
        let line = [(0.0, fid.value), (most, fid.value + fid.slope * most)];
        chart.draw_series([PathElement::new(line.to_vec(), INK.stroke_width(3))])?;
        let points = fid.points.iter().map(|point| (place(point.images), point.fid));
        chart.draw_series(points.map(|at| Circle::new(at, 9, FAKE.filled())))?;
        let bar = [(0.0, fid.value - error), (0.0, fid.value + error)];
        chart.draw_series([PathElement::new(bar.to_vec(), INK.stroke_width(5))])?;
        chart
            .draw_series([EmptyElement::at((0.0, fid.value))
                + Rectangle::new([(-9, -9), (9, 9)], INK.filled())])?;
        Ok(())
    })
}

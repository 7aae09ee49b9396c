//! Both sets on their first two principal components.

use plotters::element::{Circle, TriangleMarker};
use plotters::prelude::Color;
use plotters::style::ShapeStyle;

use super::super::numbers::rounded;
use super::super::plot_data::Map;
use super::chart::{EDGE, FAKE, HEIGHT, INK, MARGIN, REAL, WIDTH, around, linear, plot};

/// Opacity of a point.
const OPACITY: f64 = 0.55;

/// Discs for real images, triangles for generated ones. A unit is as long on both axes.
pub(in super::super) fn map(map: &Map) -> Result<String, String> {
    let clouds = [&map.real, &map.fake];
    let all = || clouds.into_iter().flat_map(|cloud| cloud.points.iter().chain([&cloud.mean]));
    let ranges = [0, 1].map(|axis| around(all().map(|point| point[axis])));
    let pixels = [WIDTH - MARGIN[0] - 2 * EDGE, HEIGHT - MARGIN[1] - 2 * EDGE].map(f64::from);
    let units = |axis: usize| (ranges[axis].end - ranges[axis].start) / pixels[axis];
    let scale = units(0).max(units(1));
    let [x, y] = [0, 1].map(|axis| {
        let (middle, half) =
            (0.5 * (ranges[axis].start + ranges[axis].end), 0.5 * scale * pixels[axis]);
        let share = 100.0 * map.shares[axis];
        let name = ["first", "second"][axis];
        let share = rounded(share, 1);
        linear(
            format!("{name} component ({share} % of the variance)"),
            middle - half..middle + half,
        )
    });
    let description = format!(
        "A map of the features: {} real images as discs, {} generated ones as triangles",
        map.real.points.len(),
        map.fake.points.len()
    );
    let size = if all().count() > 2000 { 4 } else { 8 };
    plot(&description, [x, y], |chart| {
        // In turn, so that neither set hides the other.
        let longest = map.real.points.len().max(map.fake.points.len());
        for index in 0..longest {
            let (real, fake) = (map.real.points.get(index), map.fake.points.get(index));
            chart.draw_series(real.map(|at| disc(*at, size, REAL.mix(OPACITY).filled())))?;
            chart
                .draw_series(fake.map(|at| triangle(*at, size + 1, FAKE.mix(OPACITY).filled())))?;
        }
        chart.draw_series([
            disc(map.real.mean, 19, INK.filled()),
            disc(map.real.mean, 14, REAL.filled()),
        ])?;
        let at = map.fake.mean;
        chart.draw_series([triangle(at, 24, INK.filled()), triangle(at, 16, FAKE.filled())])?;
        Ok(())
    })
}

fn disc([x, y]: [f64; 2], size: i32, style: ShapeStyle) -> Circle<(f64, f64), i32> {
    Circle::new((x, y), size, style)
}

fn triangle([x, y]: [f64; 2], size: i32, style: ShapeStyle) -> TriangleMarker<(f64, f64), i32> {
    TriangleMarker::new((x, y), size, style)
}

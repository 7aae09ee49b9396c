//! The eigenvalues of both covariances.

use std::ops::Range;

use plotters::element::{Circle, TriangleMarker};
use plotters::prelude::{Color, DashedLineSeries, LineSeries};

use super::super::numbers::rounded;
use super::chart::{Axis, FAKE, REAL, plot};

/// Eigenvalues below this share of the first are rounding: 2048 · 2⁻⁵², and a digit more.
const ROUNDING: f64 = 1e-11;

/// Marks on a curve for each factor of ten.
const MARKS: f64 = 5.0;

/// Eigenvalues over their place, the largest first, on logarithmic axes.
pub(in super::super) fn spectra(real: &[f64], fake: &[f64]) -> Result<String, String> {
    let [real, fake] = [real, fake].map(curve);
    let all = || real.iter().chain(&fake).copied();
    if all().next().is_none() {
        return Err("All images of a side have the same features: there is no spectrum.".into());
    }
    let decades = |values: Vec<f64>| -> Range<f64> {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        low - 0.05 * (high - low).max(1.0)..high + 0.05 * (high - low).max(1.0)
    };
    let x = decades(all().map(|(x, _)| x).collect());
    let y = decades(all().map(|(_, y)| y).collect());
    let description = format!(
        "Eigenvalues of the covariance, the largest first: {} of the real images as a solid line with \
         discs, {} of the generated ones as a dashed line with triangles",
        real.len(),
        fake.len(),
    );
    let axes = [logarithmic("place of the eigenvalue", x), logarithmic("eigenvalue", y)];
    plot(&description, axes, |chart| {
        chart.draw_series(LineSeries::new(real.clone(), REAL.stroke_width(4)))?;
        chart.draw_series(DashedLineSeries::new(fake.clone(), 14, 8, FAKE.stroke_width(4)))?;
        chart.draw_series(marks(&real).map(|at| Circle::new(at, 9, REAL.filled())))?;
        chart.draw_series(marks(&fake).map(|at| TriangleMarker::new(at, 13, FAKE.filled())))?;
        Ok(())
    })
}

/// Logarithms of places and eigenvalues, without those that are rounding.
fn curve(values: &[f64]) -> Vec<(f64, f64)> {
    let least = ROUNDING * values.first().copied().unwrap_or(0.0);
    let real = values.iter().take_while(|&&value| value > least && value > 0.0);
    real.enumerate().map(|(i, value)| ((i as f64 + 1.0).log10(), value.log10())).collect()
}

/// Some points of a curve, evenly along the axis.
fn marks(curve: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let step = |x: f64| (x * MARKS) as i64;
    curve.iter().enumerate().filter_map(move |(i, &(x, y))| {
        let first = i == 0 || step(x) > step(curve[i - 1].0);
        first.then_some((x, y))
    })
}

/// A logarithmic axis with powers of ten, and with their multiples by 2 and 5 if those are few.
fn logarithmic(title: &str, range: Range<f64>) -> Axis {
    let powers = range.start.floor() as i32..=range.end.ceil() as i32;
    let factors: &[f64] = if range.end - range.start < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let ticks = powers
        .flat_map(|power| factors.iter().map(move |factor| f64::from(power) + factor.log10()))
        .filter(|tick| range.contains(tick))
        .collect();
    let label = |x: f64| {
        let power = (x + 1e-6).floor();
        let value = 10f64.powf(x - power).round() * 10f64.powf(power);
        match power {
            -3.0..5.0 => rounded(value, (-power).max(0.0) as usize),
            _ => format!("{value:.0e}"),
        }
    };
    Axis { title: title.into(), range, ticks, label: Box::new(label) }
}

//! Axes and colours of the plots.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Color, IntoDrawingArea, IntoFont, RGBColor,
    SVGBackend, TRANSPARENT,
};

use super::super::numbers::rounded;

/// Colours that the style sheet replaces.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xDD, 0xDD, 0xDD);
pub(super) const REAL: RGBColor = RGBColor(0x00, 0x72, 0xB2);
pub(super) const FAKE: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

/// Twice the displayed size, since coordinates are integers.
pub(super) const WIDTH: u32 = 1440;
pub(super) const HEIGHT: u32 = 860;
/// Space for the labels: left of the plot, and below it.
pub(super) const MARGIN: [u32; 2] = [150, 110];
/// Space above the plot, and right of it.
pub(super) const EDGE: u32 = 30;

/// A failure to draw.
pub(super) type Failed = Box<dyn std::error::Error + Send + Sync>;

/// An axis: its title, its range, and its ticks with their labels.
pub(super) struct Axis {
    pub(super) title: String,
    pub(super) range: Range<f64>,
    pub(super) ticks: Vec<f64>,
    pub(super) label: Box<dyn Fn(f64) -> String>,
}

pub(super) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;

/// The range of an axis, and its ticks.
pub(super) struct Scale(Range<f64>, Vec<f64>);

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.0.start) / (self.0.end - self.0.start);
        // NaN is drawn at the start; the cast saturates.
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.1.clone()
    }

    fn range(&self) -> Range<f64> {
        self.0.clone()
    }
}

/// An SVG element with axes and the content that `draw` adds; `description` is for screen readers.
pub(super) fn plot(
    description: &str,
    [x, y]: [Axis; 2],
    draw: impl FnOnce(&mut Chart<'_, '_>) -> Result<(), Failed>,
) -> Result<String, String> {
    let mut svg = String::new();
    let drawn = (|| -> Result<(), Failed> {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(EDGE)
            .x_label_area_size(MARGIN[1])
            .y_label_area_size(MARGIN[0])
            .build_cartesian_2d(
                Scale(x.range.clone(), x.ticks.clone()),
                Scale(y.range.clone(), y.ticks.clone()),
            )?;
        let font = |size: i32| ("sans-serif", size).into_font().color(&INK);
        chart
            .configure_mesh()
            .x_labels(x.ticks.len().max(2))
            .y_labels(y.ticks.len().max(2))
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(INK.stroke_width(2))
            .label_style(font(32))
            .axis_desc_style(font(34))
            .x_label_formatter(&|value| (x.label)(*value))
            .y_label_formatter(&|value| (y.label)(*value))
            .x_desc(&x.title)
            .y_desc(&y.title)
            .draw()?;
        draw(&mut chart)?;
        root.present()?;
        Ok(())
    })();
    drawn.map_err(|error| format!("The plot cannot be drawn: {error}."))?;
    let description = maud::html! { (description) }.into_string();
    let named = format!("<svg class=\"plot\" role=\"img\" aria-label=\"{description}\" ");
    Ok(svg.replacen("<svg ", &named, 1))
}

/// About `count` round numbers within a range, and the digits that they need.
fn round_ticks(range: &Range<f64>, count: usize) -> (Vec<f64>, usize) {
    let rough = (range.end - range.start) / count.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return (Vec::new(), 0);
    }
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((range.start / step).ceil(), (range.end / step).floor());
    let digits = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    (
        (0..=(last - first).clamp(0.0, 100.0) as usize)
            .map(|i| (first + i as f64) * step)
            .collect(),
        digits,
    )
}

/// A range with a margin around all finite values; never empty.
pub(super) fn around(values: impl Iterator<Item = f64>) -> Range<f64> {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return 0.0..1.0;
    }
    let size = high - low;
    let margin = if size > 1e-9 * high.abs().max(low.abs()) && size > 0.0 {
        0.06 * size
    } else {
        (0.1 * high.abs()).max(1e-9)
    };
    low - margin..high + margin
}

/// A linear axis with round ticks.
pub(super) fn linear(title: String, range: Range<f64>) -> Axis {
    let (ticks, digits) = round_ticks(&range, 6);
    Axis { title, range, ticks, label: Box::new(move |x| rounded(x, digits)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let (ticks, digits) = round_ticks(&(0.3..2.1), 5);
        assert_eq!(digits, 1);
        assert_eq!(ticks.len(), 4, "{ticks:?}");
        assert!(ticks.iter().all(|tick| (0.3..2.1).contains(tick)));
        assert!(round_ticks(&(1.0..1.0), 5).0.is_empty());
        assert!(round_ticks(&(0.0..f64::NAN), 5).0.is_empty());
        let (ticks, digits) = round_ticks(&(-40.0..1000.0), 6);
        assert_eq!((ticks[0], digits), (0.0, 0));
    }

    #[test]
    fn a_range_is_never_empty() {
        for values in [vec![], vec![0.0], vec![5.0, 5.0], vec![f64::NAN], vec![1e-300, 2e-300]] {
            let range = around(values.iter().copied());
            assert!(range.end > range.start && range.end.is_finite(), "{values:?}: {range:?}");
        }
    }
}

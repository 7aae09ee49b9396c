//! The scaling of the image that some exporters leave in the graph.
//!
//! The network takes images scaled to about -1 to 1. A preset scales them so, and the first
//! convolution's weights are for such images. A graph that does the same to pixels of 0 to 255 or 0
//! to 1 has the same weights, so its own scaling is dropped. One that scales in any other way has
//! other weights, or would see other images.

/// The furthest that black and white may be from -1 and 1: `(x-128)/128` takes 255 to 0.992.
const TOLERANCE: f64 = 0.01;

/// What torchvision's `transform_input` multiplies by and adds: it turns images that were
/// normalised by the mean and deviation of ImageNet into images of -1 to 1.
///
/// Source: `_transform_input` of `torchvision/models/inception.py`.
const FROM_IMAGENET: [(f64, f64); 3] = [
    (0.229 / 0.5, (0.485 - 0.5) / 0.5),
    (0.224 / 0.5, (0.456 - 0.5) / 0.5),
    (0.225 / 0.5, (0.406 - 0.5) / 0.5),
];

/// The image, or some of its channels, times a scale plus a shift.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Image {
    channels: Vec<ImageChannel>,
}

/// A channel of the image.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ImageChannel {
    /// Its place in the graph's input.
    source: usize,
    scale: f64,
    shift: f64,
}

impl Image {
    /// The image as it comes.
    pub(super) fn new() -> Self {
        let channel = |source| ImageChannel { source, scale: 1.0, shift: 0.0 };
        Self { channels: (0..3).map(channel).collect() }
    }

    /// Number of channels.
    pub(super) fn len(&self) -> i64 {
        self.channels.len() as i64
    }

    /// Some of the channels.
    pub(super) fn select(&self, places: &[usize]) -> Option<Self> {
        if places.len() > 3 {
            return None;
        }
        let channels = places.iter().map(|&place| self.channels.get(place).copied());
        Some(Self { channels: channels.collect::<Option<_>>()? })
    }

    /// The channels of several parts, in turn.
    pub(super) fn join(parts: &[&Self]) -> Option<Self> {
        let channels: Vec<_> = parts.iter().flat_map(|part| part.channels.clone()).collect();
        (channels.len() <= 3).then_some(Self { channels })
    }

    /// The image times `scale` plus `shift`: one value each, or one for each channel.
    pub(super) fn scaled(&self, scale: &[f64], shift: &[f64]) -> Option<Self> {
        let mut image = self.clone();
        for (index, channel) in image.channels.iter_mut().enumerate() {
            let at = |values: &[f64]| {
                if let [one] = values { Some(*one) } else { values.get(index).copied() }
            };
            channel.scale *= at(scale)?;
            channel.shift = channel.shift * at(scale)? + at(shift)?;
        }
        Some(image)
    }

    /// `x` if the weights behind it are those for images of about -1 to 1, otherwise what is done
    /// to the image.
    pub(super) fn text(&self) -> String {
        if self.is_known() {
            return "x".into();
        }
        let list = |value: fn(&ImageChannel) -> f64| {
            let values = self.channels.iter().map(|channel| format!("{:.4}", value(channel)));
            values.collect::<Vec<_>>().join(", ")
        };
        let (scales, shifts) = (list(|channel| channel.scale), list(|channel| channel.shift));
        let sources: Vec<_> = self.channels.iter().map(|channel| channel.source).collect();
        let which =
            if sources == [0, 1, 2] { String::new() } else { format!(" channels {sources:?}") };
        format!("x{which} times [{scales}] plus [{shifts}]")
    }

    /// Whether it has all channels, in any order, scaled to about -1 to 1.
    fn is_known(&self) -> bool {
        let mut sources: Vec<_> = self.channels.iter().map(|channel| channel.source).collect();
        sources.sort_unstable();
        let all = |fits: &dyn Fn(usize, &ImageChannel) -> bool| {
            self.channels.iter().enumerate().all(|(place, channel)| fits(place, channel))
        };
        let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE;
        let from =
            |white: f64| all(&|_, c| near(c.shift, -1.0) && near(c.scale * white + c.shift, 1.0));
        let unscaled = all(&|_, c| c.scale == 1.0 && c.shift == 0.0);
        let from_imagenet = all(&|place, c| {
            let (scale, shift) = FROM_IMAGENET[place];
            near(c.scale, scale) && near(c.shift, shift)
        });
        sources == [0, 1, 2] && (unscaled || from(1.0) || from(255.0) || from_imagenet)
    }
}

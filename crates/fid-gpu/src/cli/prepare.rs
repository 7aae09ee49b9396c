//! What is done to the images before the preset, and which of them are used.

use std::fmt::Write;

use clap::{ArgGroup, Args};

use crate::observer::Side;
use crate::{Area, PillowFilter, Preparation, ResizeTo, Samples};

/// The preparation of a set.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("resized").multiple(true))]
pub struct SetArgs {
    /// Resize images before the preset: N pixels for the shorter side, or exactly W wide and H high
    ///
    /// N keeps the shape, as torchvision's Resize(N) on Pillow images; WxH is exact. The pixels are those of
    /// Pillow's Image.resize to the bit, for an RGB or gray image.
    #[arg(long, value_name = "N|WxH", group = "resized")]
    pub resize: Option<ResizeTo>,

    /// Cut the centre out of images, after --resize: N wide and high, or W wide and H high
    ///
    /// As torchvision's CenterCrop, but an image that is smaller is an error: nothing is padded with black.
    #[arg(long, value_name = "N|WxH")]
    pub center_crop: Option<Area>,

    /// Filter of --resize, one of Pillow's: nearest, box, bilinear, hamming, bicubic, lanczos [default:
    /// lanczos]
    #[arg(long, value_name = "NAME", requires = "resized")]
    pub filter: Option<PillowFilter>,

    /// Use only N images of a set, drawn at random, but the same in every run
    ///
    /// Of n images those at `numpy.random.RandomState(SEED).permutation(n)[:N]`, in the set's order, with the SEED
    /// of --seed, or 0.
    #[arg(long, value_name = "N", value_parser = at_least_two)]
    pub samples: Option<usize>,
}

/// The preparation of both sides.
#[derive(Debug, Args)]
pub struct SidesArgs {
    /// Both sides.
    #[command(flatten)]
    pub both: SetArgs,

    /// As --resize, for the real side only
    #[arg(long, value_name = "N|WxH", group = "resized")]
    pub real_resize: Option<ResizeTo>,

    /// As --center-crop, for the real side only
    #[arg(long, value_name = "N|WxH")]
    pub real_center_crop: Option<Area>,

    /// As --filter, for the real side only
    #[arg(long, value_name = "NAME", requires = "resized")]
    pub real_filter: Option<PillowFilter>,

    /// As --resize, for the fake side only
    #[arg(long, value_name = "N|WxH", group = "resized")]
    pub fake_resize: Option<ResizeTo>,

    /// As --center-crop, for the fake side only
    #[arg(long, value_name = "N|WxH")]
    pub fake_center_crop: Option<Area>,

    /// As --filter, for the fake side only
    #[arg(long, value_name = "NAME", requires = "resized")]
    pub fake_filter: Option<PillowFilter>,
}

impl SetArgs {
    /// The preparation.
    pub fn preparation(&self) -> Preparation {
        preparation(self.resize, self.filter, self.center_crop)
    }

    /// The images to draw; with the seed 0 if none is named.
    pub fn samples(&self, seed: Option<u32>) -> Option<Samples> {
        self.samples.map(|count| Samples::new(count, seed.unwrap_or_default()))
    }
}

impl SidesArgs {
    /// The preparation of the real side.
    pub fn real(&self) -> Preparation {
        let (filter, crop) = (self.real_filter, self.real_center_crop);
        self.side(self.real_resize, filter, crop)
    }

    /// The preparation of the fake side.
    pub fn fake(&self) -> Preparation {
        let (filter, crop) = (self.fake_filter, self.fake_center_crop);
        self.side(self.fake_resize, filter, crop)
    }

    fn side(
        &self,
        resize: Option<ResizeTo>,
        filter: Option<PillowFilter>,
        crop: Option<Area>,
    ) -> Preparation {
        let SetArgs { resize: resize_both, filter: filter_both, center_crop, .. } = &self.both;
        preparation(resize.or(*resize_both), filter.or(*filter_both), crop.or(*center_crop))
    }
}

fn preparation(
    resize: Option<ResizeTo>,
    filter: Option<PillowFilter>,
    crop: Option<Area>,
) -> Preparation {
    let none = Preparation::default();
    let resized = resize.map_or(none, |to| none.resize(to, filter.unwrap_or_default()));
    crop.map_or(resized, |area| resized.center_crop(area))
}

/// The options that name a preparation for one side; for [`Side::Input`] those of `stats`.
pub(super) fn flags(side: Side, preparation: Preparation) -> String {
    let side = match side {
        Side::Real => "real-",
        Side::Fake => "fake-",
        Side::Input => "",
    };
    let mut flags = String::new();
    if let Some((to, filter)) = preparation.resize_step() {
        // Writing to a String does not fail.
        let _ = write!(flags, "--{side}resize {to} --{side}filter {filter}");
    }
    if let Some(area) = preparation.center_crop_step() {
        let space = if flags.is_empty() { "" } else { " " };
        let _ = write!(flags, "{space}--{side}center-crop {area}");
    }
    flags
}

fn at_least_two(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|&count| count >= 2)
        .ok_or_else(|| format!("'{text}' is no number of images from 2, which a covariance needs"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        sides: SidesArgs,
    }

    fn sides(args: &[&str]) -> [String; 2] {
        let line = Line::try_parse_from([&["fid-gpu"], args].concat()).unwrap();
        [line.sides.real(), line.sides.fake()].map(|preparation| preparation.to_string())
    }

    #[test]
    fn an_option_of_one_side_overrides_that_of_both() {
        assert_eq!(sides(&[]), ["none", "none"]);
        assert_eq!(sides(&["--resize", "8"]), ["resize 8 lanczos", "resize 8 lanczos"]);
        let args =
            ["--resize", "8", "--center-crop", "4", "--real-resize", "9x7", "--filter", "box"];
        let want = ["resize 9x7 box, center-crop 4", "resize 8 box, center-crop 4"];
        assert_eq!(sides(&args), want);
        let args = ["--fake-center-crop", "4x2", "--fake-resize", "9", "--fake-filter", "bicubic"];
        assert_eq!(sides(&args), ["none", "resize 9 bicubic, center-crop 4x2"]);
    }

    #[test]
    fn a_filter_needs_something_to_resize() {
        let error = |args: &[&str]| {
            let args = [&["fid-gpu"], args].concat();
            Line::try_parse_from(args).unwrap_err().to_string()
        };
        assert!(error(&["--filter", "box"]).contains("--resize"));
        assert!(error(&["--filter", "cubic", "--resize", "8"]).contains("hamming"));
        assert!(error(&["--resize", "8x"]).contains("256x128"));
        assert!(error(&["--samples", "1"]).contains("from 2"));
    }

    #[test]
    fn the_flags_of_a_preparation_name_it() {
        for text in ["none", "resize 9x7 box", "center-crop 4", "resize 9 box, center-crop 4x2"] {
            let preparation: Preparation = text.parse().unwrap();
            let named = flags(Side::Fake, preparation);
            assert_eq!(sides(&named.split_whitespace().collect::<Vec<_>>())[1], text);
        }
    }
}

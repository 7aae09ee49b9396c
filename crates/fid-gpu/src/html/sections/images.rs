//! The section of images that move the value most.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use maud::{Markup, html};

use super::super::blocks::{missing, section};
use super::super::numbers::Numbers;
use super::super::plot_data::{PICTURES, PlotData};
use super::super::thumbnail::{SIDE, Thumbnail};
use crate::{FidReport, Influential};

type Pictures = BTreeMap<PathBuf, Thumbnail>;

/// The images of largest influence on either side, the generated ones beside their nearest real ones.
pub(in super::super) fn images(report: &FidReport, data: &PlotData, numbers: &Numbers) -> Markup {
    let content = match &report.images.outliers {
        None => missing("Left out: influences need the images of at least one side, two or more."),
        Some(outliers) => html! {
            p {
                "Without an image of influence I in a set of N, the FID would be about I/(N − 1) lower. A "
                "negative influence means that it would be higher."
            }
            h3.fake { span aria-hidden="true" { "▲ " } "Generated images, each beside the nearest real one" }
            @if outliers.fake.is_empty() { (missing("The generated images are not available.")) }
            @else if outliers.fake.iter().all(|image| image.nearest_real.is_none()) {
                (missing("The real images are not available, so no nearest image is shown."))
            }
            ul.images {
                @for (index, image) in outliers.fake.iter().take(PICTURES).enumerate() {
                    (card(image, &format!("/outliers/fake/{index}"), report, data, numbers))
                }
            }
            h3.real { span aria-hidden="true" { "● " } "Real images" }
            @if outliers.real.is_empty() { (missing("The real images are not available.")) }
            ul.images {
                @for (index, image) in outliers.real.iter().take(PICTURES).enumerate() {
                    @let pointer = format!("/outliers/real/{index}/influence");
                    li {
                        div.pair { (picture("real", &image.path, &report.real.path, &data.real)) }
                        p { "influence " (numbers.at(&pointer, 4)) }
                    }
                }
            }
            @if outliers.fake.len().max(outliers.real.len()) > PICTURES {
                (missing(&format!("Only the first {PICTURES} of a side are shown; the report below has all.")))
            }
        },
    };
    section("images", "Images that move the value most", content)
}

fn card(
    image: &Influential,
    pointer: &str,
    report: &FidReport,
    data: &PlotData,
    numbers: &Numbers,
) -> Markup {
    html! {
        li {
            div.pair {
                (picture("generated", &image.path, &report.fake.path, &data.fake))
                @if let Some(nearest) = &image.nearest_real {
                    (picture("nearest real", &nearest.path, &report.real.path, &data.real))
                }
            }
            p {
                "influence " (numbers.at(&format!("{pointer}/influence"), 4))
                @if image.nearest_real.is_some() {
                    br; "distance " (numbers.at(&format!("{pointer}/nearest_real/distance"), 3))
                }
            }
        }
    }
}

/// A picture with its name; `kind` names its set.
fn picture(kind: &str, path: &Path, root: &Path, pictures: &Pictures) -> Markup {
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let class = if kind == "generated" { "fake" } else { "real" };
    html! {
        figure class={ "thumbnail " (class) } title=(path.display()) {
            @match pictures.get(path) {
                Some(Thumbnail { uri: Ok(uri), size: (width, height) }) => {
                    // Small images are enlarged without smoothing.
                    @let small = (*width).max(*height) < SIDE as usize;
                    img.small[small] src=(uri) alt={ (kind) " image " (name) };
                    figcaption { (kind) br; (name) br; (width) "×" (height) }
                }
                Some(Thumbnail { uri: Err(reason), .. }) => {
                    p.missing { "no picture: " (reason) }
                    figcaption { (kind) br; (name) }
                }
                None => {
                    p.missing { "no picture" }
                    figcaption { (kind) br; (name) }
                }
            }
        }
    }
}

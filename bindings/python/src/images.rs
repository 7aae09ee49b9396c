//! Images from memory: arrays, encoded files, or pixels of Pillow.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use fid_core::Image8;
use fid_gpu::{Error, ImageBatch, UpdateError};
use fid_images::decode::{DecodeError, decode, decode_data};
use fid_images::set::{ImageFolder, Unread};
use fid_images::with_causes;
use half::{bf16, f16};
use pyo3::prelude::*;
use rayon::prelude::*;

use crate::array::{Array, Dtype, shape};
use crate::errors::wrong;
use crate::interrupt;

/// A batch of images.
#[pyclass(frozen, module = "fid_gpu._native")]
pub(crate) struct Images(pub(crate) Arc<Batch>);

pub(crate) enum Batch {
    /// Equal sizes in one array.
    Array { samples: Samples, order: Order, shape: [usize; 4] },
    /// Any sizes, with their names.
    Any { images: Vec<Image8>, names: Vec<PathBuf> },
}

pub(crate) enum Samples {
    Of(Array),
    Converted(Vec<u8>),
}

/// The order of the axes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Nchw,
    Nhwc,
}

impl Batch {
    /// Calls `use_images` with the images.
    pub(crate) fn with<R>(
        &self,
        use_images: impl FnOnce(&ImageBatch<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let batch = match self {
            Self::Any { images, names } => {
                ImageBatch::images(images).named(names.iter().cloned())?
            }
            Self::Array { samples, order, shape } => {
                let samples = match samples {
                    Samples::Of(array) => array.bytes(),
                    Samples::Converted(samples) => samples,
                };
                match order {
                    Order::Nchw => ImageBatch::nchw(samples, *shape)?,
                    Order::Nhwc => ImageBatch::nhwc(samples, *shape)?,
                }
            }
        };
        use_images(&batch)
    }

    fn len(&self) -> usize {
        match self {
            Self::Array { shape, .. } => shape[0],
            Self::Any { images, .. } => images.len(),
        }
    }
}

#[pymethods]
impl Images {
    /// Images of an array, `(n, c, h, w)` or `(n, h, w, c)`; `layout` is `"nchw"` or `"nhwc"` where both fit. Floats
    /// only if `normalize`, from 0 to 1.
    #[staticmethod]
    #[pyo3(signature = (array, layout, normalize))]
    fn of_array(array: &Bound<'_, PyAny>, layout: Option<&str>, normalize: bool) -> PyResult<Self> {
        let array = Array::of(array, "images")?;
        let (order, axes) = layout_of(&array.shape, layout)?;
        let samples = match (array.dtype, normalize) {
            (Dtype::U8, false) => Samples::Of(array),
            (Dtype::U8, true) => {
                return Err(wrong(
                    "normalize=True means floats from 0 to 1, and these images are uint8: leave it out",
                ));
            }
            (_, false) => {
                return Err(wrong(
                    "these images are floats: pass uint8, or floats from 0 to 1 with normalize=True",
                ));
            }
            (_, true) => Samples::Converted(to_bytes(&array)?),
        };
        Ok(Self(Arc::new(Batch::Array { samples, order, shape: axes })))
    }

    /// Images of encoded files, each a path or bytes, decoded by all cores.
    #[staticmethod]
    fn of_files(py: Python<'_>, files: Vec<Encoded>) -> PyResult<Self> {
        let decoded = interrupt::run(py, None, move |_| {
            let one = |(index, file): (usize, Encoded)| -> Result<_, DecodeError> {
                Ok(match file {
                    Encoded::Bytes(data) => {
                        let name = PathBuf::from(format!("image {index}"));
                        (decode_data(&name, &data)?.image, name)
                    }
                    Encoded::Path(path) => (decode(&path)?.image, path),
                })
            };
            let decoded: Result<Vec<_>, _> = files.into_par_iter().enumerate().map(one).collect();
            Ok(decoded?)
        })?;
        let (images, names) = decoded.into_iter().unzip();
        Ok(Self(Arc::new(Batch::Any { images, names })))
    }

    /// Images of `(width, height, channels, samples)`, as Pillow's `tobytes()` gives them.
    #[staticmethod]
    fn of_pixels(pixels: Vec<(usize, usize, usize, Vec<u8>)>) -> PyResult<Self> {
        let image = |(width, height, channels, samples)| {
            Image8::new(height, width, channels, samples).map_err(|wrong_size| {
                let shape = [1, wrong_size.height, wrong_size.width, wrong_size.channels];
                wrong(UpdateError::Shape { order: "n,h,w,c", shape, samples: wrong_size.samples })
            })
        };
        let images = pixels.into_iter().map(image).collect::<PyResult<Vec<_>>>()?;
        let names = (0..images.len()).map(|index| format!("image {index}").into()).collect();
        Ok(Self(Arc::new(Batch::Any { images, names })))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

/// An encoded file.
#[derive(FromPyObject)]
pub(crate) enum Encoded {
    Bytes(Vec<u8>),
    Path(PathBuf),
}

/// The image files of a folder and its sub-folders, sorted as `fid-gpu` sorts them, and lines about what is left out.
/// Entries that are named like images and cannot be read are left out with `skip_bad`, and else an error.
#[pyfunction]
#[pyo3(signature = (folder, skip_bad))]
pub(crate) fn image_files(
    py: Python<'_>,
    folder: PathBuf,
    skip_bad: bool,
) -> PyResult<(Vec<OsString>, Vec<String>)> {
    let listed =
        interrupt::run(py, None, move |_| Ok(ImageFolder::open_with(folder, true, skip_bad)))?;
    let listed = listed.map_err(|error| wrong(with_causes(&error)))?;
    let skipped = listed.skipped().iter();
    let mut left_out: Vec<_> =
        skipped.map(|it| format!("skipped: {}: {}", it.path.display(), it.reason)).collect();
    left_out.extend(Some(Unread::sentence(listed.unread())).filter(|line| !line.is_empty()));
    Ok((listed.files().iter().map(|file| file.as_os_str().to_owned()).collect(), left_out))
}

/// The order of the axes and the shape. Ambiguous and wrong shapes are refused.
fn layout_of(axes: &[usize], layout: Option<&str>) -> PyResult<(Order, [usize; 4])> {
    let shown = shape(axes);
    let Ok([n, a, b, c]) = <[usize; 4]>::try_from(axes) else {
        let hint = match axes.len() {
            3 => "; one image needs an axis for the batch, as in images[None]",
            2 => "; features go to Statistics.update",
            _ => "",
        };
        return Err(wrong(format!(
            "images have the shape {shown}, and (n, c, h, w) or (n, h, w, c) is needed, with 1 or 3 channels{hint}"
        )));
    };
    let channels = |count: usize| count == 1 || count == 3;
    let order = match (layout, channels(a), channels(c)) {
        (Some("nchw"), true, _) | (None, true, false) => Order::Nchw,
        (Some("nhwc"), _, true) | (None, false, true) => Order::Nhwc,
        (None, true, true) => {
            return Err(wrong(format!(
                "images of the shape {shown} may be (n, c, h, w) or (n, h, w, c): pass layout=\"nchw\" or \"nhwc\""
            )));
        }
        (None, false, false) => {
            return Err(wrong(format!(
                "images of the shape {shown} have neither 1 nor 3 channels: convert them to gray or RGB"
            )));
        }
        (Some(name @ ("nchw" | "nhwc")), ..) => {
            return Err(wrong(format!(
                "images of the shape {shown} do not have 1 or 3 channels in the layout {name}"
            )));
        }
        (Some(name), ..) => {
            return Err(wrong(format!("unknown layout '{name}'; known: nchw, nhwc")));
        }
    };
    if a == 0 || b == 0 || c == 0 {
        return Err(wrong(format!("images of the shape {shown} have no pixels")));
    }
    Ok((order, [n, a, b, c]))
}

/// `(x * 255).byte()` as PyTorch computes it in the array's own precision. Values that would wrap around are refused.
fn to_bytes(array: &Array) -> PyResult<Vec<u8>> {
    let byte = |scaled: f64| {
        if scaled > -1.0 && scaled < 256.0 {
            return Ok(scaled as u8);
        }
        Err(wrong(format!(
            "with normalize=True images are floats from 0 to 1, and a value is {:.4}: scale or clamp them first",
            scaled / 255.0
        )))
    };
    match array.dtype {
        Dtype::U8 => Ok(array.bytes().to_vec()),
        Dtype::F16 => {
            let scale = |bits: &u16| f16::from_f32(f16::from_bits(*bits).to_f32() * 255.0).to_f64();
            array.values::<u16>().iter().map(scale).map(byte).collect()
        }
        Dtype::Bf16 => {
            let scale =
                |bits: &u16| bf16::from_f32(bf16::from_bits(*bits).to_f32() * 255.0).to_f64();
            array.values::<u16>().iter().map(scale).map(byte).collect()
        }
        Dtype::F32 => {
            array.values::<f32>().iter().map(|value| byte(f64::from(value * 255.0))).collect()
        }
        Dtype::F64 => array.values::<f64>().iter().map(|value| byte(value * 255.0)).collect(),
    }
}

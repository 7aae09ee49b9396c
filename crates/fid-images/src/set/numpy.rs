//! NumPy arrays of images: `.npy`, and the members of `.npz` that generators of ADM's family write.

use std::io::{self, BufReader, Read};
use std::path::Path;

use super::array::{Array, Start};
use super::error::{ArrayProblem, SetError};
use super::layout::Layout;
use crate::causes::with_causes;
use crate::decode::Limits;
use crate::npy::{Header, is_object, read_header};
use crate::npz::{FIRST, Npz, NpzContent};
use crate::shared_file::SharedFile;

/// The most members of an archive of arrays.
const MAX_MEMBERS: usize = 64;

/// Opens an array in a file of its own.
pub(super) fn open_npy(path: &Path, limits: &Limits) -> Result<Array, SetError> {
    let file = open_file(path)?;
    let wrong = |problem| SetError::Array { path: path.into(), problem };
    let mut reader = Counted { inner: file.clone(), count: 0 };
    let header = header_of(&mut reader).map_err(wrong)?;
    require_no_features(path, None, &header)?;
    let (count, layout) = shape_of(&header, limits).map_err(wrong)?;
    let begin = reader.count;
    let length = file.len();
    let start = Start::File(begin);
    let array = Array { path: path.into(), file, layout, count, labels: &[], start };
    array.check_length(length, begin)?;
    Ok(array)
}

/// Opens the array of images in an archive, whatever else it has: the reference batches of ADM have
/// statistics as well.
pub(super) fn open_npz(path: &Path, limits: &Limits) -> Result<Array, SetError> {
    let file = open_file(path)?;
    let wrong = |text| SetError::Array { path: path.into(), problem: ArrayProblem(text) };
    let npz = Npz::read(BufReader::new(file.clone())).map_err(|error| SetError::Archive {
        path: path.into(),
        kind: "zip archive",
        source: error.into(),
    })?;
    if npz.arrays().len() > MAX_MEMBERS {
        return Err(wrong(format!("has more than {MAX_MEMBERS} arrays: save the images alone")));
    }
    let content = npz.content();
    let found = match npz.arrays() {
        _ if matches!(content, NpzContent::Objects { .. }) => None,
        [only] if !matches!(content, NpzContent::Statistics { .. }) => Some(only),
        _ => npz.array(FIRST),
    };
    if let NpzContent::Features { name } = &content
        && let Some(header) = npz.array(name).and_then(|array| array.header.as_ref())
    {
        require_no_features(path, Some(name), header)?;
    }
    let Some(array) = found else {
        return Err(match content {
            NpzContent::Statistics { .. } => SetError::IsStatistics { path: path.into() },
            NpzContent::Features { name } => {
                wrong(format!("holds features '{name}' and no images: compare it as features"))
            }
            NpzContent::Objects { name } => wrong(format!("holds '{name}', {OBJECTS}")),
            _ => wrong(unknown_arrays(&npz, path)),
        });
    };
    let name = &array.name;
    let fail =
        |problem: &dyn std::fmt::Display| wrong(format!("has an array '{name}' that {problem}"));
    let member = array.member.clone().map_err(|problem| fail(&problem))?;
    let unpack = |error: io::Error| fail(&format!("cannot be unpacked: {error}"));
    let mut reader = Counted { inner: member.read(file.at(0)).map_err(unpack)?, count: 0 };
    let header = header_of(&mut reader).map_err(|problem| fail(&problem))?;
    require_no_features(path, Some(name), &header)?;
    let (count, layout) = shape_of(&header, limits).map_err(|problem| fail(&problem))?;
    let begin = reader.count;
    let start = if member.is_stored() {
        Start::File(member.data_start(&mut file.at(0)).map_err(unpack)? + begin)
    } else {
        Start::Member(member, begin)
    };
    let array = Array { path: path.into(), file, layout, count, labels: &[], start };
    array.check_length(member.size(), begin)?;
    Ok(array)
}

/// Why Python objects are not read, and what to do.
const OBJECTS: &str = "pickled Python objects, which can run code when they are read: load it in Python with \
     numpy.load(…, allow_pickle=True), if you trust it, and save a plain array of uint8 with numpy.save";

/// What to do with arrays whose names say nothing.
fn unknown_arrays<F>(npz: &Npz<F>, path: &Path) -> String {
    let names: Vec<_> = npz.arrays().iter().map(|array| array.name.as_str()).collect();
    let has = match names[..] {
        [] => "has no arrays".into(),
        _ => format!("has the arrays {}", names.join(", ")),
    };
    if let Some((mu, sigma)) = npz.shaped_as_statistics() {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        return format!(
            "{has}; '{mu}' and '{sigma}' have the shapes of a mean and a covariance: if they are, save \
             them under the names by which statistics are known, in Python f = numpy.load('{file}') and \
             numpy.savez('new.npz', mu=f['{mu}'], sigma=f['{sigma}'])"
        );
    }
    format!(
        "{has}: images are read from '{FIRST}', or from the only one, and statistics from 'mu' and \
         'sigma'; save images with np.savez(path, images)"
    )
}

/// What an `.npz` file holds, by the names and shapes of its arrays; `None` for a file that cannot be
/// read.
pub fn npz_content(path: &Path) -> Option<NpzContent> {
    let file = BufReader::new(SharedFile::open(path).ok()?);
    Some(Npz::read(file).ok()?.content())
}

/// Whether an `.npz` file has an array `arr_0`, whatever else it has: the reference batches of ADM
/// have statistics as well.
pub fn holds_images_among_others(path: &Path) -> bool {
    let Ok(file) = SharedFile::open(path) else { return false };
    Npz::read(BufReader::new(file)).is_ok_and(|npz| npz.has(FIRST))
}

fn open_file(path: &Path) -> Result<SharedFile, SetError> {
    SharedFile::open(path).map_err(|error| SetError::open(path, error))
}

fn header_of(reader: &mut impl Read) -> Result<Header, ArrayProblem> {
    read_header(reader).map_err(|problem| {
        ArrayProblem(format!("{}; write it again with np.save", with_causes(&problem)))
    })
}

/// Refuses a matrix, unless it is of bytes: then it may be of flat images.
fn require_no_features(path: &Path, name: Option<&str>, header: &Header) -> Result<(), SetError> {
    let [rows, columns] = header.shape[..] else { return Ok(()) };
    if require_bytes(&header.descr).is_ok() {
        return Ok(());
    }
    let name = name.map(str::to_owned);
    Err(SetError::IsFeatures { path: path.into(), name, rows, columns })
}

/// Number and layout of the images.
fn shape_of(header: &Header, limits: &Limits) -> Result<(usize, Layout), ArrayProblem> {
    require_bytes(&header.descr)?;
    if header.fortran && header.shape.len() > 1 {
        return Err(ArrayProblem(
            "is in Fortran order: save np.ascontiguousarray(images) instead".into(),
        ));
    }
    layout(header, limits)
}

fn require_bytes(descr: &str) -> Result<(), ArrayProblem> {
    if is_object(descr) {
        return Err(ArrayProblem(format!("holds {OBJECTS}")));
    }
    let way_out = match descr.trim_start_matches(['<', '>', '|', '=']) {
        "u1" => return Ok(()),
        kind if kind.starts_with('f') => {
            "save uint8 instead: ((x + 1) * 127.5).clip(0, 255).astype('uint8') of values in -1..1, \
             (x * 255).round().clip(0, 255).astype('uint8') of values in 0..1, \
             x.round().clip(0, 255).astype('uint8') of values in 0..255"
        }
        kind if kind.starts_with(['i', 'u']) => {
            "if its values are 0..255, save images.astype('uint8') instead"
        }
        kind if kind.starts_with('b') => "save images.astype('uint8') * 255 instead",
        kind if kind.starts_with('[') => "save one of its fields instead, such as x['image']",
        kind if kind.starts_with(['U', 'S']) => {
            "if it holds paths, write them into a list that ends in .txt"
        }
        _ => "save an array of uint8 instead",
    };
    let descr = descr.escape_debug().to_string().replace("\\'", "'");
    Err(ArrayProblem(format!(
        "has values of type {descr}, and images are read of uint8: {way_out}"
    )))
}

fn layout(header: &Header, limits: &Limits) -> Result<(usize, Layout), ArrayProblem> {
    let shape = &header.shape;
    let is_channels = |n: u64| n == 1 || n == 3;
    let wrong = |what: &str| {
        ArrayProblem(format!(
            "has the shape {shape:?}{what}: images are [count, height, width, channels], [count, \
             channels, height, width] with 1 or 3 channels, or gray [count, height, width]"
        ))
    };
    let (count, layout) = match shape[..] {
        [_, _] => return Err(wrong(", as flat images have (images.reshape(-1, 3, 32, 32))")),
        [_, _, 3] => {
            return Err(wrong(
                ", which may be one image or gray ones three pixels wide (add an axis: x[None] or \
                 x[..., None])",
            ));
        }
        [3, _, _] => {
            return Err(wrong(
                ", which may be one image, planes first, or three gray ones (add an axis: x[None] or \
                 x[..., None])",
            ));
        }
        [count, height, width] => (count, Layout { height, width, channels: 1, planar: false }),
        [_, first, _, last] if is_channels(first) && is_channels(last) => {
            return Err(wrong(
                ", whose channels may be its second or its last axis (save each image as a PNG file)",
            ));
        }
        [count, height, width, channels] if is_channels(channels) => {
            (count, Layout { height, width, channels, planar: false })
        }
        [count, channels, height, width] if is_channels(channels) => {
            (count, Layout { height, width, channels, planar: true })
        }
        [_, _, _, 4] => return Err(wrong(" (drop the alpha channel: x[..., :3])")),
        [_, 4, _, _] => return Err(wrong(" (drop the alpha channel: x[:, :3])")),
        [_, _, 3, _] => {
            return Err(wrong(" (move its images to the front: x.transpose(3, 0, 1, 2))"));
        }
        [3, _, _, _] => {
            return Err(wrong(" (move its images to the front: x.transpose(3, 1, 2, 0))"));
        }
        [_, _, _, _, _] => {
            return Err(wrong(" (make one axis of the first two: x.reshape(-1, *x.shape[2:]))"));
        }
        _ => return Err(wrong("")),
    };
    if count == 0 {
        return Err(wrong(": it holds no images"));
    }
    let count = usize::try_from(count).map_err(|_| wrong(""))?;
    Ok((count, layout.checked(limits)?))
}

/// Counts the bytes that are read.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count += length as u64;
        Ok(length)
    }
}

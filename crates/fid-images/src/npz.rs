//! NumPy's `.npz` files: zip archives of arrays, and what these are.
//!
//! One rule decides whether a file holds statistics, images or features, by the names and the shapes
//! of its arrays: [`Npz::content`].

use std::io::{self, Read, Seek};

use crate::npy::{Float, Header, NpyError, is_object, read_header};
use crate::zip::{Directory, Entry, Member, MemberProblem, MemberReader, ZipError};

/// The most bytes that are read of an archive's directory: room for ten thousands of entries.
const DIRECTORY: u64 = 2 << 20;

/// Arrays whose headers are read.
const HEADERS: usize = 64;

/// Bytes that an array may unpack to, however few are stored.
const PLAUSIBLE: u64 = 64 << 20;

/// How often larger arrays of floats may be as large as their stored bytes.
const PLAUSIBLE_RATIO: u64 = 100;

/// The name that `np.savez(path, array)` gives its array.
pub const FIRST: &str = "arr_0";

/// Names of arrays of features: fid-gpu's own, clean-fid's, score_sde's, dgm-eval's, and others.
const FEATURES: [&str; 9] =
    ["features", "feats", "pool_3", "pool3", "reps", "activations", "acts", "act", "embeddings"];

/// Words for a mean, in names such as `mu`, `mean`, `mu_fid` or `real_mu`.
const MEANS: [&str; 4] = ["mu", "mean", "m", "mus"];

/// Words for a covariance.
const COVARIANCES: [&str; 6] = ["sigma", "cov", "covariance", "s", "sigmas", "covar"];

/// The directory of an `.npz` file, and the headers of its arrays.
#[derive(Debug)]
pub struct Npz<F> {
    file: F,
    arrays: Vec<Array>,
}

/// An array in the directory.
#[derive(Debug, Clone)]
pub struct Array {
    /// The name as `np.load` has it, safe to print.
    pub name: String,
    /// Where it lies, or why it cannot be unpacked.
    pub member: Result<Member, MemberProblem>,
    /// Its header, if it can be read and the file has no more than 64 arrays.
    pub header: Option<Header>,
}

/// What a file holds. Names are those of arrays in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NpzContent {
    /// Mean and covariance, under these names. Images may be beside them, as in the reference
    /// batches of guided-diffusion.
    Statistics {
        /// The mean.
        mu: String,
        /// The covariance.
        sigma: String,
    },
    /// Images.
    Images {
        /// Three or four axes.
        name: String,
    },
    /// A feature vector for each image.
    Features {
        /// Two axes.
        name: String,
    },
    /// Python objects, which are never read.
    Objects {
        /// The first array of objects.
        name: String,
    },
    /// Nothing that is known.
    Other,
}

/// Why an array of an `.npz` file cannot be read. Each message continues a sentence that begins with
/// the array.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The archive holds it in an unsupported form.
    #[error(transparent)]
    Member(#[from] MemberProblem),
    /// It is damaged or truncated.
    #[error("cannot be unpacked")]
    Unpack(#[source] io::Error),
    /// It is no array.
    #[error(transparent)]
    Npy(#[from] NpyError),
}

impl<F: Read + Seek> Npz<F> {
    /// Reads the directory, and the headers of up to 64 arrays.
    ///
    /// # Errors
    ///
    /// [`ZipError`] if the file is no zip archive, or not all of one.
    pub fn read(mut file: F) -> Result<Self, ZipError> {
        let directory = Directory::read(&mut file, DIRECTORY)?;
        if directory.has_duplicate_names() {
            let problem = "two members have the same name".into();
            return Err(::zip::result::ZipError::InvalidArchive(problem).into());
        }
        let entries = directory.entries().collect::<Result<Vec<Entry>, _>>()?;
        let few = entries.len() <= HEADERS;
        let arrays = entries.into_iter().map(|entry| {
            let name = entry.name.strip_suffix(b".npy").unwrap_or(&entry.name);
            let mut array =
                Array { name: name.escape_ascii().to_string(), member: entry.member, header: None };
            if few {
                array.header =
                    array.open(&mut file).ok().and_then(|mut reader| read_header(&mut reader).ok());
            }
            array
        });
        let arrays = arrays.collect();
        Ok(Self { file, arrays })
    }

    /// Opens the array `name`, from the header on; `None` if there is no such array.
    ///
    /// # Errors
    ///
    /// [`ArrayError`] if it cannot be unpacked.
    pub fn open(&mut self, name: &str) -> Option<Result<MemberReader<&mut F>, ArrayError>> {
        let array = self.arrays.iter().find(|array| array.name == name)?;
        Some(array.open(&mut self.file))
    }
}

impl Array {
    /// Opens the array in its archive `file`, from the header on.
    ///
    /// # Errors
    ///
    /// [`ArrayError`] if it cannot be unpacked.
    pub fn open<F: Read + Seek>(&self, file: F) -> Result<MemberReader<F>, ArrayError> {
        self.member.clone()?.read(file).map_err(ArrayError::Unpack)
    }

    /// Refuses an array that would unpack to far more bytes than features do, so that memory for them
    /// may be taken.
    ///
    /// # Errors
    ///
    /// [`MemberProblem::Size`] beyond 64 MiB that are more than 100 times the stored bytes.
    pub fn require_plausible_size(&self) -> Result<(), ArrayError> {
        let member = self.member.clone()?;
        let (size, stored) = (member.size(), member.stored());
        if size > PLAUSIBLE && size / PLAUSIBLE_RATIO > stored {
            return Err(MemberProblem::Size { size, stored }.into());
        }
        Ok(())
    }

    /// Shape without axes of length 1, so that `[1, d]` and `[d]` are alike; empty if unknown.
    fn axes(&self) -> Vec<u64> {
        let shape = self.header.iter().flat_map(|header| &header.shape);
        shape.copied().filter(|&axis| axis != 1).collect()
    }

    fn rank(&self) -> usize {
        self.header.as_ref().map_or(0, |header| header.shape.len())
    }

    fn is_float(&self) -> bool {
        self.header.as_ref().is_some_and(|header| Float::of(&header.descr).is_some())
    }
}

impl<F> Npz<F> {
    /// The arrays, in the archive's order.
    pub fn arrays(&self) -> &[Array] {
        &self.arrays
    }

    /// Whether there is an array of this name.
    pub fn has(&self, name: &str) -> bool {
        self.array(name).is_some()
    }

    /// The array of this name.
    pub fn array(&self, name: &str) -> Option<&Array> {
        self.arrays.iter().find(|array| array.name == name)
    }

    /// What the file holds, by the names and the shapes of its arrays:
    ///
    /// 1. statistics, if it has `mu` or `sigma`, or one pair of other known names whose shapes are
    ///    `[d]` and `[d, d]`, apart from axes of length 1;
    /// 2. images, if `arr_0` or the only array has three or more axes;
    /// 3. features, if an array of a known name, `arr_0` or the only such array has two axes, and
    ///    floats;
    /// 4. Python objects.
    pub fn content(&self) -> NpzContent {
        let exact = self.has("mu") || self.has("sigma");
        let pair = self.pairs();
        let [(mu, sigma)] = pair[..] else {
            return if exact { standard() } else { self.without_statistics() };
        };
        if exact || fits(&(mu, sigma)) || self.without_statistics() == NpzContent::Other {
            return NpzContent::Statistics { mu: mu.name.clone(), sigma: sigma.name.clone() };
        }
        self.without_statistics()
    }

    /// The arrays whose names are those of a mean and a covariance: `mu` and `sigma` if there are
    /// both, otherwise every such pair.
    fn pairs(&self) -> Vec<(&Array, &Array)> {
        if let (Some(mu), Some(sigma)) = (self.array("mu"), self.array("sigma")) {
            return vec![(mu, sigma)];
        }
        let named = |words: &[&str]| -> Vec<(String, &Array)> {
            let array = |array| Some((rest_of_name(array, words)?, array));
            self.arrays.iter().filter_map(array).collect()
        };
        let covariances = named(&COVARIANCES);
        let partner = |rest: &String| covariances.iter().find(|(other, _)| other == rest);
        let means = named(&MEANS).into_iter();
        let pairs = means.filter_map(|(rest, mu)| Some((mu, partner(&rest)?.1)));
        let pairs: Vec<_> = pairs.collect();
        let fitting: Vec<_> = pairs.iter().copied().filter(fits).collect();
        if fitting.len() == 1 { fitting } else { pairs }
    }

    fn without_statistics(&self) -> NpzContent {
        let only = self.arrays.first().filter(|_| self.arrays.len() == 1);
        let first = self.array(FIRST).or(only);
        let name = |array: &Array| array.name.clone();
        if let Some(array) = first.filter(|array| array.rank() > 2) {
            return NpzContent::Images { name: name(array) };
        }
        let is_matrix = |array: &&Array| array.rank() == 2 && array.is_float();
        let known = self.features();
        let mut matrices = self.arrays.iter().filter(is_matrix);
        let only = matrices.next().filter(|_| matrices.next().is_none());
        let only = only.filter(|_| self.shaped_as_statistics().is_none());
        if let Some(array) = known.or(first.filter(is_matrix)).or(only) {
            return NpzContent::Features { name: name(array) };
        }
        let is_object =
            |array: &&Array| array.header.as_ref().is_some_and(|header| is_object(&header.descr));
        match self.arrays.iter().find(is_object) {
            Some(array) => NpzContent::Objects { name: name(array) },
            None => NpzContent::Other,
        }
    }

    /// The array of features, if there is one beside whatever else the file holds.
    pub fn features(&self) -> Option<&Array> {
        let is_matrix = |array: &&Array| array.rank() == 2 && array.is_float();
        FEATURES.iter().find_map(|name| self.array(name).filter(is_matrix))
    }

    /// Two arrays with the shapes of a mean and a covariance, if there is one such pair, whatever
    /// their names.
    pub fn shaped_as_statistics(&self) -> Option<(&str, &str)> {
        let mut vectors = self.arrays.iter().filter(|array| array.axes().len() == 1);
        let (mu, None) = (vectors.next()?, vectors.next()) else { return None };
        let d = mu.axes()[0];
        let mut squares = self.arrays.iter().filter(|array| array.axes() == [d, d]);
        let (sigma, None) = (squares.next()?, squares.next()) else { return None };
        Some((&mu.name, &sigma.name))
    }
}

/// Whether two arrays have the shapes of a mean and a covariance, apart from axes of length 1.
fn fits((mu, sigma): &(&Array, &Array)) -> bool {
    match (&mu.axes()[..], &sigma.axes()[..]) {
        ([d], [rows, columns]) => rows == d && columns == d,
        _ => false,
    }
}

fn standard() -> NpzContent {
    NpzContent::Statistics { mu: "mu".into(), sigma: "sigma".into() }
}

/// The words of a name besides the one of `words` in it, in lower case; `None` if it has none or
/// several. `mu_s` and `sigma_s`, which belong to sFID, have none.
fn rest_of_name(array: &Array, words: &[&str]) -> Option<String> {
    let name = array.name.to_ascii_lowercase();
    if name == "mu_s" || name == "sigma_s" {
        return None;
    }
    let parts: Vec<_> = name.split(['_', '-', '.', '/', ' ']).collect();
    let rest: Vec<_> = parts.iter().copied().filter(|part| !words.contains(part)).collect();
    (rest.len() + 1 == parts.len()).then(|| rest.join("_"))
}

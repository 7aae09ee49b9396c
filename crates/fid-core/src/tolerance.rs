//! Every bound of the error budget, once, with its reason. `docs/PRECISION.md` lists them, and a
//! test checks that it lists these numbers. The tests and `fid-gpu doctor` hold results to them.

/// Preprocessed values, absolute, on a range of 2, under every preset. The kernels sum f32 products
/// of u8 values with weights that the originals compute the same way; what is left is f32 rounding
/// of the sums.
pub const PREPROCESS: f64 = 1e-5;

/// One convolution or mean on any device, relative L2, against plain loops in f64, directly and by
/// Winograd's algorithm. Rounding of 4032 sums in a row walks about √4032 · 2⁻²⁵ = 1.9e-6 of
/// their size, and Winograd's transforms multiply by a few what shorter sums leave.
pub const CONVOLUTION: f64 = 2e-6;

/// One convolution or mean in f16 on a GPU, relative L2, against the same in f32, rounded: where a sum is
/// within f32's rounding of the middle of two values of f16, it may go to the other one, 2⁻¹¹ of it away.
/// That is one value in thousands. Cutting off instead of rounding is off by 3e-4.
pub const CONVOLUTION_F16: f64 = 2e-5;

/// Features of the taps 64 and 192 under `--precision bf16` or `f16`, relative L2, against the network in f64
/// with the same roundings. As above, but the taps are means of thousands of values, which takes most of
/// it away. Other or missing roundings are off by more than 1e-4.
pub const FEATURES_ROUNDED: f64 = 3e-5;

/// Features of the deeper taps under `--precision bf16`, relative L2, against the network in f64, with the same
/// roundings and without: the seeded weights let what differs grow, until it is as much as rounding itself.
pub const FEATURES_BF16: f64 = 8e-2;

/// Likewise under `--precision f16`, an eighth of it: three bits more.
pub const FEATURES_F16: f64 = 1e-2;

/// Features of every tap but the logits, relative L2, against PyTorch's network in f64. The seeded
/// weights let rounding grow on its way through 94 convolutions: PyTorch's own f32 network is 5e-6
/// off. A wrong layer is off by more than 1e-2.
pub const FEATURES: f64 = 1e-5;

/// Logits, likewise: the classifier sums differences of features, and PyTorch's own f32 network is
/// 8e-6 off.
pub const LOGITS: f64 = 2e-5;

/// Mean and covariance from the device reducer, relative L2, against the f64 accumulator: f32
/// sums of at most 1024 shifted products.
pub const MOMENTS: f64 = 1e-6;

/// FID of the same f32 features by two routes of the program in f64, relative.
pub const FRECHET: f64 = 1e-6;

/// FID against pytorch-fid's own, relative. pytorch-fid's matrix root is itself off by 2e-6 below
/// 2048 images.
pub const PYTORCH_FID: f64 = 1e-4;

/// Influence of an image on FID against the central difference of the distance when mass moves to that
/// image, relative to the largest influence. Steps of 1e-4/N leave third derivatives and the rounding of
/// the distance near 1e-9.
pub const INFLUENCE: f64 = 1e-8;

/// FID under another batch size, number of workers or order of files, relative.
pub const INVARIANCE: f64 = 1e-6;

/// KID by any estimator against the same algorithm of its original in f64, relative: the estimate is
/// a difference of sums about 100 times larger, each good to some ε.
pub const KID: f64 = 1e-10;

/// KID against torch-fidelity's own on f32 features, relative: its products and sums are f32, and
/// the difference shows it: 2⁻²⁴ = 6e-8 of numbers 100 times larger.
pub const KID_F32: f64 = 2e-5;

/// Normal numbers of PyTorch's generator, absolute: PyTorch takes logarithm, root and angle in f32,
/// and none is above 6.
pub const NORMAL_NUMBERS: f64 = 2e-6;

/// Inception Score and its logarithm, mean and deviation, against the originals on the same f64
/// softmax, relative: sums in another order.
pub const INCEPTION_SCORE: f64 = 1e-11;

/// FID∞ and its standard error against the authors' program, relative, where covariances are
/// regular: 15 distances by SciPy's `sqrtm`, and the line goes beyond its points.
pub const FID_INFINITY: f64 = 1e-9;

/// MIND against torch-fidelity's f32 value, relative: the directions are off by f32 roundings, the
/// projections too.
pub const MIND: f64 = 1e-6;

/// MiFID and its cosine distance against torchmetrics in f64, relative.
pub const MIFID: f64 = 1e-9;

/// Variances and places of images on the first two principal components against scikit-learn's singular
/// value decomposition, relative to the largest place: the iteration ends at a residual of 1e-7 of the
/// largest variance.
pub const PRINCIPAL: f64 = 1e-5;

/// Metrics of images against torch-fidelity's and ADM's of the same images under the same weights, relative: two f32
/// networks, 5e-6 apart in their features; scores that subtract, such as KID, multiply that by a few. A
/// wrong preset is off by more than 1e-3.
pub const METRICS_OF_IMAGES: f64 = 2e-5;

//! Every bound of the error budget with its reason. `docs/PRECISION.md` lists them, and a test
//! checks that it lists these numbers. The tests and `fid-gpu doctor` use them.

/// Preprocessed values under every preset, absolute, in a range of 2: f32 rounding of sums of
/// products of u8 values with the original programs' weights.
pub const PREPROCESS: f64 = 1e-5;

/// One convolution or mean on any device, direct or by Winograd's algorithm, relative L2, against
/// plain loops in f64. The rounding of 4032 sums in a row is about √4032 · 2⁻²⁵ = 1.9e-6 of their
/// size; Winograd's algorithm has shorter sums, whose rounding its transforms multiply by a few.
pub const CONVOLUTION: f64 = 2e-6;

/// One operation of a vision transformer on the CPU, relative L2, against plain loops in f64. The
/// rounding of 1024 sums in a row is about √1024 · 2⁻²⁵ = 1e-6 of their size, and the activations'
/// and the softmax's is under 2⁻²² = 2.4e-7.
pub const TOKENS: f64 = 2e-6;

/// A product of matrices of f32 values that are split into two f16 each, relative L2, against the
/// same in f64: 22 of 24 bits are kept, 1.2e-7 at most, and sums of 32 products, truncated by the
/// matrix unit, are added in f32. Sums that stay in the unit are off by 7e-6 after 2048 products.
pub const SPLIT: f64 = 5e-7;

/// One convolution or mean in f16 on a GPU, relative L2, against the same in f32, rounded. A sum
/// within f32 rounding of the middle of two f16 values, one in thousands, may round to the other
/// one, 2⁻¹¹ of it away. Truncation instead of rounding is off by 3e-4.
pub const CONVOLUTION_F16: f64 = 2e-5;

/// Features of the taps 64 and 192 under the precision f16, relative L2, against the network in f64
/// with the same roundings. Single values differ as above, but the taps are means of thousands of
/// values, which removes most of it. Different or missing roundings are off by more than 1e-4.
pub const FEATURES_ROUNDED: f64 = 3e-5;

/// Features of the deeper taps under the precision f16, relative L2, against the network in f64
/// with the same roundings and without them: the seeded weights amplify differences until they are
/// as large as the rounding.
pub const FEATURES_F16: f64 = 1e-2;

/// Features of a vision transformer, relative L2, against the network in f64: each of up to 160
/// products in a row is off by up to 6e-7 and adds to what is there. OpenVINO's, PyTorch's and our f32
/// networks differ by 1.5e-6. One weight of a small network changed by 0.01 is off by more.
pub const VIT_FEATURES: f64 = 1e-5;

/// Features of every tap except the logits, relative L2, against PyTorch's network in f64. The
/// seeded weights amplify rounding through 94 convolutions: PyTorch's own f32 network is off by
/// 5e-6. A wrong layer is off by more than 1e-2.
pub const FEATURES: f64 = 1e-5;

/// Logits, relative L2, against PyTorch's network in f64: the classifier sums differences of
/// features, and PyTorch's own f32 network is off by 8e-6.
pub const LOGITS: f64 = 2e-5;

/// Mean and covariance from the device reducer, relative L2, against the f64 accumulator: f32
/// sums of at most 1024 shifted products.
pub const MOMENTS: f64 = 1e-6;

/// FID of the same f32 features by two methods in f64, relative.
pub const FRECHET: f64 = 1e-6;

/// FID against pytorch-fid, relative. pytorch-fid's matrix root is itself off by 2e-6 for fewer
/// than 2048 images.
pub const PYTORCH_FID: f64 = 1e-4;

/// Influence of an image on FID, relative to the largest influence, against the central difference
/// of the distance when mass moves to that image. With steps of 1e-4/N, third derivatives and the
/// rounding of the distance contribute about 1e-9.
pub const INFLUENCE: f64 = 1e-8;

/// FID with another batch size, number of workers or order of files, relative.
pub const INVARIANCE: f64 = 1e-6;

/// KID by any estimator against the original algorithm in f64, relative: the estimate is a
/// difference of sums about 100 times larger, each accurate to a few ε.
pub const KID: f64 = 1e-10;

/// KID against torch-fidelity on f32 features, relative: its products and sums are f32, with an
/// error of 2⁻²⁴ = 6e-8 of numbers 100 times larger.
pub const KID_F32: f64 = 2e-5;

/// Normal numbers of PyTorch's generator, absolute: PyTorch computes logarithm, root and angle in
/// f32, and no number exceeds 6.
pub const NORMAL_NUMBERS: f64 = 2e-6;

/// Mean and standard deviation of the Inception Score and of its logarithm, relative, against the
/// original programs on the same f64 softmax: sums in another order.
pub const INCEPTION_SCORE: f64 = 1e-11;

/// FID∞ and its standard error against the authors' program, relative, for regular covariances: 15
/// distances by SciPy's `sqrtm`, and the line extrapolates.
pub const FID_INFINITY: f64 = 1e-9;

/// MIND against torch-fidelity's f32 value, relative: its directions and projections have f32
/// roundings.
pub const MIND: f64 = 1e-6;

/// CMMD against cmmd-pytorch's `mmd` in f64, absolute, of values about 1: kernel values near 1 are off
/// by 2⁻⁵³ there, times 1000.
pub const CMMD: f64 = 1e-10;

/// MiFID and its cosine distance against torchmetrics in f64, relative.
pub const MIFID: f64 = 1e-9;

/// Variances and coordinates of images on the first two principal components against scikit-learn's
/// singular value decomposition, relative to the largest coordinate: the iteration ends at a
/// residual of 1e-7 of the largest variance.
pub const PRINCIPAL: f64 = 1e-5;

/// Metrics of images against torch-fidelity and ADM with the same images and weights, relative: the
/// features of the two f32 networks differ by 5e-6, and scores that subtract, such as KID, multiply
/// that by a few. A wrong preset is off by more than 1e-3.
pub const METRICS_OF_IMAGES: f64 = 2e-5;

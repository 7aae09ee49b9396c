//! Inception-v3 as the FID checkpoint defines it, written once over an abstract set of operations.
//!
//! [`inception_v3`] is the only description of the network in this project. The [`Graph`] it walks
//! decides what happens at each layer: [`crate::LayerTable`] lists the layers,
//! [`crate::reference::ReferenceNetwork`] runs them in `f64`, the engines run them on a device.
//!
//! Source of the layers: the TensorFlow graph `inception-2015-12-05`, as ported by pytorch-fid
//! (`inception.py`) and torch-fidelity (`feature_extractor_inceptionv3.py`). It differs from
//! torchvision's Inception v3 in three places, marked `Patch:` below.

use fid_core::Tap;

use super::window::Window;

/// Side of the square input image, in pixels.
pub const INPUT_SIZE: usize = 299;
/// Epsilon of every batch normalisation.
pub const BATCH_NORM_EPS: f64 = 1e-3;

/// The filters of one convolution: how many, and their [`Window`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// Number of filters.
    pub out_channels: usize,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// Stride, the same both ways.
    pub stride: usize,
    /// Zero padding above and below, left and right.
    pub padding: [usize; 2],
}

impl Conv {
    /// A square kernel with stride and padding.
    const fn square(out_channels: usize, size: usize, stride: usize, padding: usize) -> Self {
        Self { out_channels, kernel: [size, size], stride, padding: [padding, padding] }
    }

    /// An odd kernel at stride 1, padded so that the image keeps its size.
    const fn same(out_channels: usize, height: usize, width: usize) -> Self {
        Self { out_channels, kernel: [height, width], stride: 1, padding: [height / 2, width / 2] }
    }

    /// The window that a filter moves over the image.
    pub const fn window(&self) -> Window {
        Window { size: self.kernel, stride: self.stride, padding: self.padding }
    }
}

/// The operations the network is made of. Every value stands for images `[N,C,H,W]`; the
/// implementation chooses how to store them.
pub trait Graph {
    /// A handle to an intermediate result.
    type Value: Clone;

    /// Convolution, batch normalisation and ReLU. `name` is the layer's name in the published
    /// checkpoint, such as `Mixed_5b.branch1x1`. The order of layers is always the same.
    fn conv(&mut self, name: &str, x: &Self::Value, conv: Conv) -> Self::Value;

    /// 3×3 maximum.
    fn max_pool(&mut self, x: &Self::Value, stride: usize, padding: usize) -> Self::Value;

    /// 3×3 average at stride 1 and padding 1, dividing by the number of pixels inside the image.
    fn avg_pool(&mut self, x: &Self::Value) -> Self::Value;

    /// Concatenation along the channels.
    fn concat(&mut self, parts: Vec<Self::Value>) -> Self::Value;

    /// Offers a value that some metric reads.
    fn tap(&mut self, tap: Tap, x: &Self::Value);
}

/// Runs the network over `x`, `[N,3,299,299]` RGB in about [-1, 1].
pub fn inception_v3<G: Graph>(g: &mut G, x: &G::Value) {
    let x = g.conv("Conv2d_1a_3x3", x, Conv::square(32, 3, 2, 0)); // 149×149×32
    let x = g.conv("Conv2d_2a_3x3", &x, Conv::square(32, 3, 1, 0)); // 147×147×32
    let x = g.conv("Conv2d_2b_3x3", &x, Conv::same(64, 3, 3)); // 147×147×64
    let x = g.max_pool(&x, 2, 0); // 73×73×64
    g.tap(Tap::Pool64, &x);
    let x = g.conv("Conv2d_3b_1x1", &x, Conv::same(80, 1, 1)); // 73×73×80
    let x = g.conv("Conv2d_4a_3x3", &x, Conv::square(192, 3, 1, 0)); // 71×71×192
    let x = g.max_pool(&x, 2, 0); // 35×35×192
    g.tap(Tap::Pool192, &x);
    let x = block_a(g, "Mixed_5b", &x, 32); // 35×35×256
    let x = block_a(g, "Mixed_5c", &x, 64); // 35×35×288
    let x = block_a(g, "Mixed_5d", &x, 64); // 35×35×288
    let x = block_b(g, "Mixed_6a", &x); // 17×17×768
    let x = block_c(g, "Mixed_6b", &x, 128); // 17×17×768
    let x = block_c(g, "Mixed_6c", &x, 160); // 17×17×768
    let x = block_c(g, "Mixed_6d", &x, 160); // 17×17×768
    let x = block_c(g, "Mixed_6e", &x, 192); // 17×17×768
    g.tap(Tap::Pool768, &x);
    let x = block_d(g, "Mixed_7a", &x); // 8×8×1280
    let pool = g.avg_pool(&x);
    let x = block_e(g, "Mixed_7b", &x, &pool); // 8×8×2048
    // Patch: this last block pools by maximum, all others by average.
    let pool = g.max_pool(&x, 1, 1);
    let x = block_e(g, "Mixed_7c", &x, &pool); // 8×8×2048
    g.tap(Tap::Pool3, &x);
}

/// 35×35: 1×1, 5×5, double 3×3, average pool.
fn block_a<G: Graph>(g: &mut G, name: &str, x: &G::Value, pool_channels: usize) -> G::Value {
    let mut layer = |branch: &str, x: &G::Value, conv| g.conv(&format!("{name}.{branch}"), x, conv);
    let one = layer("branch1x1", x, Conv::same(64, 1, 1));
    let five = layer("branch5x5_1", x, Conv::same(48, 1, 1));
    let five = layer("branch5x5_2", &five, Conv::same(64, 5, 5));
    let double = layer("branch3x3dbl_1", x, Conv::same(64, 1, 1));
    let double = layer("branch3x3dbl_2", &double, Conv::same(96, 3, 3));
    let double = layer("branch3x3dbl_3", &double, Conv::same(96, 3, 3));
    // Patch: the average does not count the padding.
    let pool = g.avg_pool(x);
    let pool = g.conv(&format!("{name}.branch_pool"), &pool, Conv::same(pool_channels, 1, 1));
    g.concat(vec![one, five, double, pool])
}

/// 35×35 to 17×17: 3×3, double 3×3, maximum pool.
fn block_b<G: Graph>(g: &mut G, name: &str, x: &G::Value) -> G::Value {
    let mut layer = |branch: &str, x: &G::Value, conv| g.conv(&format!("{name}.{branch}"), x, conv);
    let three = layer("branch3x3", x, Conv::square(384, 3, 2, 0));
    let double = layer("branch3x3dbl_1", x, Conv::same(64, 1, 1));
    let double = layer("branch3x3dbl_2", &double, Conv::same(96, 3, 3));
    let double = layer("branch3x3dbl_3", &double, Conv::square(96, 3, 2, 0));
    let pool = g.max_pool(x, 2, 0);
    g.concat(vec![three, double, pool])
}

/// 17×17: 1×1, factorised 7×7, double factorised 7×7, average pool; `width` channels inside.
fn block_c<G: Graph>(g: &mut G, name: &str, x: &G::Value, width: usize) -> G::Value {
    let one = g.conv(&format!("{name}.branch1x1"), x, Conv::same(192, 1, 1));
    if name == "Mixed_6d" {
        g.tap(Tap::Spatial, &one);
    }
    let mut layer = |branch: &str, x: &G::Value, conv| g.conv(&format!("{name}.{branch}"), x, conv);
    let seven = layer("branch7x7_1", x, Conv::same(width, 1, 1));
    let seven = layer("branch7x7_2", &seven, Conv::same(width, 1, 7));
    let seven = layer("branch7x7_3", &seven, Conv::same(192, 7, 1));
    let double = layer("branch7x7dbl_1", x, Conv::same(width, 1, 1));
    let double = layer("branch7x7dbl_2", &double, Conv::same(width, 7, 1));
    let double = layer("branch7x7dbl_3", &double, Conv::same(width, 1, 7));
    let double = layer("branch7x7dbl_4", &double, Conv::same(width, 7, 1));
    let double = layer("branch7x7dbl_5", &double, Conv::same(192, 1, 7));
    // Patch: the average does not count the padding.
    let pool = g.avg_pool(x);
    let pool = g.conv(&format!("{name}.branch_pool"), &pool, Conv::same(192, 1, 1));
    g.concat(vec![one, seven, double, pool])
}

/// 17×17 to 8×8: 3×3, factorised 7×7 then 3×3, maximum pool.
fn block_d<G: Graph>(g: &mut G, name: &str, x: &G::Value) -> G::Value {
    let mut layer = |branch: &str, x: &G::Value, conv| g.conv(&format!("{name}.{branch}"), x, conv);
    let three = layer("branch3x3_1", x, Conv::same(192, 1, 1));
    let three = layer("branch3x3_2", &three, Conv::square(320, 3, 2, 0));
    let seven = layer("branch7x7x3_1", x, Conv::same(192, 1, 1));
    let seven = layer("branch7x7x3_2", &seven, Conv::same(192, 1, 7));
    let seven = layer("branch7x7x3_3", &seven, Conv::same(192, 7, 1));
    let seven = layer("branch7x7x3_4", &seven, Conv::square(192, 3, 2, 0));
    let pool = g.max_pool(x, 2, 0);
    g.concat(vec![three, seven, pool])
}

/// 8×8: 1×1, split 3×3, double split 3×3, and `pool`, the pooled input.
fn block_e<G: Graph>(g: &mut G, name: &str, x: &G::Value, pool: &G::Value) -> G::Value {
    let mut layer = |branch: &str, x: &G::Value, conv| g.conv(&format!("{name}.{branch}"), x, conv);
    let one = layer("branch1x1", x, Conv::same(320, 1, 1));
    let three = layer("branch3x3_1", x, Conv::same(384, 1, 1));
    let three_a = layer("branch3x3_2a", &three, Conv::same(384, 1, 3));
    let three_b = layer("branch3x3_2b", &three, Conv::same(384, 3, 1));
    let double = layer("branch3x3dbl_1", x, Conv::same(448, 1, 1));
    let double = layer("branch3x3dbl_2", &double, Conv::same(384, 3, 3));
    let double_a = layer("branch3x3dbl_3a", &double, Conv::same(384, 1, 3));
    let double_b = layer("branch3x3dbl_3b", &double, Conv::same(384, 3, 1));
    let pool = layer("branch_pool", pool, Conv::same(192, 1, 1));
    g.concat(vec![one, three_a, three_b, double_a, double_b, pool])
}

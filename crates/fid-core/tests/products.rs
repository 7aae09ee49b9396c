//! Checked products refuse every kind of wrong result.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test")]

mod common;

use common::{features, rows};
use fid_core::Error;
use fid_core::metrics::{
    CheckedProducts, CpuProducts, MifidConfig, Prdc, PrdcConfig, TileProducts, mifid, mifid_by,
    prdc, prdc_by,
};

const DIM: usize = 40;

/// How a device's block of products may be wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wrong {
    Not,
    Zeros,
    Nan,
    PreviousTile,
    OneRow,
    OneLargeValue,
    Short,
}

const WRONG: [Wrong; 6] = [
    Wrong::Zeros,
    Wrong::Nan,
    Wrong::PreviousTile,
    Wrong::OneRow,
    Wrong::OneLargeValue,
    Wrong::Short,
];

/// The CPU's products in small tiles, with a wrong fourth block.
struct Spoiled {
    inner: CpuProducts,
    wrong: Wrong,
    blocks: usize,
    previous: Vec<f32>,
}

impl Spoiled {
    fn new(wrong: Wrong) -> Self {
        Self { inner: CpuProducts::default(), wrong, blocks: 0, previous: Vec::new() }
    }
}

impl TileProducts for Spoiled {
    fn tiles(&self, _: usize) -> [usize; 2] {
        [128, 32]
    }

    fn rounding(&self) -> f64 {
        f32::EPSILON.into()
    }

    fn set_left(&mut self, rows: Vec<f32>, dim: usize) -> Result<(), Error> {
        self.inner.set_left(rows, dim)
    }

    fn begin(&mut self, rows: Vec<f32>) -> Result<(), Error> {
        self.inner.begin(rows)
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        let mut products = self.inner.finish()?;
        self.blocks += 1;
        if self.blocks == 4 {
            match self.wrong {
                Wrong::Not => {}
                Wrong::Zeros => products.fill(0.0),
                Wrong::Nan => products[77] = f32::NAN,
                Wrong::PreviousTile => products.copy_from_slice(&self.previous),
                Wrong::OneRow => products[128..256].fill(0.0),
                Wrong::OneLargeValue => products[300] += 1.0,
                Wrong::Short => products.truncate(32 * 127),
            }
        }
        self.previous.clone_from(&products);
        Ok(products)
    }
}

fn sets() -> [Vec<f32>; 2] {
    [features("products.real", 300, DIM, 0.1), features("products.fake", 250, DIM, 0.2)]
}

fn counts(result: &Prdc) -> [u64; 4] {
    [result.fakes_inside, result.reals_inside, result.pairs_inside, result.reals_covered]
}

#[test]
fn wrong_products_are_refused() {
    let [real, fake] = sets();
    let (real, fake) = (rows(&real, DIM), rows(&fake, DIM));
    let by = |wrong| {
        let mut products = CheckedProducts::new(Spoiled::new(wrong));
        prdc_by(&real, &fake, &PrdcConfig::default(), &mut products)
    };
    let right = prdc(&real, &fake, &PrdcConfig::default()).unwrap();
    assert_eq!(by(Wrong::Not).unwrap(), right);
    for wrong in WRONG {
        let result = by(wrong);
        println!("{wrong:?}: {result:?}");
        let refused = match wrong {
            Wrong::Short => matches!(result, Err(Error::ProductCount { .. })),
            _ => matches!(result, Err(Error::WrongProducts { .. })),
        };
        assert!(refused, "{wrong:?}");
    }
    let config = MifidConfig::default();
    let mut products = CheckedProducts::new(Spoiled::new(Wrong::Not));
    let ours = mifid_by(1.0, &real, &fake, &config, &mut products).unwrap();
    assert_eq!(ours, mifid(1.0, &real, &fake, &config).unwrap());
    let mut products = CheckedProducts::new(Spoiled::new(Wrong::Zeros));
    let refused = mifid_by(1.0, &real, &fake, &config, &mut products);
    assert!(matches!(refused, Err(Error::WrongProducts { .. })));
}

/// A device that fails at once.
struct Failing;

impl TileProducts for Failing {
    fn tiles(&self, _: usize) -> [usize; 2] {
        [64, 64]
    }

    fn rounding(&self) -> f64 {
        f32::EPSILON.into()
    }

    fn set_left(&mut self, _: Vec<f32>, _: usize) -> Result<(), Error> {
        Err(Error::products(std::io::Error::other("the device was lost")))
    }

    fn begin(&mut self, _: Vec<f32>) -> Result<(), Error> {
        unreachable!("no left tile was set")
    }

    fn finish(&mut self) -> Result<Vec<f32>, Error> {
        CpuProducts::default().finish()
    }
}

#[test]
fn device_errors_are_the_source_of_the_error() {
    let [real, fake] = sets();
    let (real, fake) = (rows(&real, DIM), rows(&fake, DIM));
    let error = prdc_by(&real, &fake, &PrdcConfig::default(), &mut Failing).unwrap_err();
    assert_eq!(error.to_string(), "the products of features could not be computed");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the device was lost");
    assert_eq!(Failing.finish(), Err(Error::NoTileBegun));
}

#[test]
fn unchecked_wrong_products_change_counts() {
    let [real, fake] = sets();
    let (real, fake) = (rows(&real, DIM), rows(&fake, DIM));
    let right = prdc(&real, &fake, &PrdcConfig::default()).unwrap();
    for wrong in [Wrong::Zeros, Wrong::PreviousTile] {
        let products = &mut Spoiled::new(wrong);
        let got = prdc_by(&real, &fake, &PrdcConfig::default(), products).unwrap();
        assert_ne!(counts(&got), counts(&right), "{wrong:?}");
    }
}

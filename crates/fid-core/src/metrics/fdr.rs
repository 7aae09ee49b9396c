//! FDr (Yang et al. 2026, FD-loss): Fréchet distances under several networks as one number.

use crate::error::Error;

/// One network of FDr⁶.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FdrReference {
    /// Short name, as in FD-loss's tables.
    pub name: &'static str,
    /// timm's name of the network, with the number of pixels.
    pub network: &'static str,
    /// The Fréchet distance of ImageNet's 50,000 validation images to its training images: what
    /// distances are divided by.
    pub validation: f64,
}

/// The six networks of FDr⁶, with the divisors that FD-loss publishes. That of MAE has one digit, so
/// the mean is no more exact than that.
///
/// Source: `FDR_VALIDATION_FD` and sizes in `eval_all_fds.py` of FD-loss, commit 5c03b81.
pub const FDR6: [FdrReference; 6] = [
    FdrReference { name: "inception", network: "ADM's Inception-v3@299", validation: 1.68 },
    FdrReference {
        name: "convnext",
        network: "convnextv2_base.fcmae_ft_in22k_in1k@224",
        validation: 56.87,
    },
    FdrReference {
        name: "dinov2",
        network: "vit_large_patch14_dinov2.lvd142m@256",
        validation: 14.19,
    },
    FdrReference { name: "mae", network: "vit_large_patch16_224.mae@224", validation: 0.04 },
    FdrReference {
        name: "siglip",
        network: "vit_so400m_patch16_siglip_256.v2_webli@224",
        validation: 0.60,
    },
    FdrReference {
        name: "clip",
        network: "vit_large_patch14_clip_224.openai@256",
        validation: 5.60,
    },
];

/// The mean of `distance / validation` over pairs of both, as FD-loss's `eval_all_fds.py` has it. With
/// the six of [`FDR6`] in any order this is FDr⁶; a value of 1 is that of real images.
///
/// # Errors
/// [`Error::Setting`] for no pairs; [`Error::Overflow`] if a divisor is not above 0 or the mean is not
/// finite.
pub fn fdr(pairs: &[(f64, f64)]) -> Result<f64, Error> {
    if pairs.is_empty() {
        return Err(Error::Setting { name: "number of distances", value: 0, least: 1 });
    }
    let ratios: f64 = pairs.iter().map(|(distance, validation)| distance / validation).sum();
    let mean = ratios / pairs.len() as f64;
    if mean.is_finite() && pairs.iter().all(|(_, validation)| *validation > 0.0) {
        Ok(mean)
    } else {
        Err(Error::Overflow { what: "FDr" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_images_have_the_value_one() {
        let same = FDR6.map(|of| (of.validation, of.validation));
        assert!((fdr(&same).unwrap() - 1.0).abs() < 1e-15);
        assert!((fdr(&[(3.36, 1.68), (14.19, 14.19), (0.0, 5.6)]).unwrap() - 1.0).abs() < 1e-15);
        let bad: [&[(f64, f64)]; 4] =
            [&[], &[(1.0, 0.0)], &[(1.0, -1.0)], &[(f64::NAN, 1.0), (1.0, 1.0)]];
        assert!(bad.iter().all(|pairs| fdr(pairs).is_err()));
    }
}

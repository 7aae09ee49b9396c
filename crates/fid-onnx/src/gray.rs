//! Colour to gray.

use fid_core::{Error, Image8, PackedBatch, Preset};

/// Gray of a colour as Pillow's `convert("L")` has it: ITU-R 601-2 luma in 16-bit fixed point,
/// `(19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶` rounded down.
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue);
    ((sum + 0x8000) >> 16) as u8
}

/// A batch of the same images in gray, for one preset: they are converted before they are resized.
pub(crate) fn gray(batch: &PackedBatch, preset: Preset) -> Result<PackedBatch, Error> {
    let (bytes, words) = (batch.bytes(), batch.images().len() / batch.len().max(1));
    let entries: Vec<_> = batch.images().chunks_exact(words.max(1)).collect();
    let mut out = PackedBatch::new(&[preset]);
    for (at, entry) in entries.iter().enumerate() {
        let [first, width, channels] = [entry[0], entry[1], entry[2]].map(|word| word as usize);
        let end = entries.get(at + 1).map_or(bytes.len(), |next| next[0] as usize);
        let pixels = &bytes[first..end];
        let height = pixels.len() / (width * channels).max(1);
        let pixels = match channels {
            1 => pixels.to_vec(),
            _ => pixels.as_chunks::<3>().0.iter().map(|colour| luma(*colour)).collect(),
        };
        if let Ok(image) = Image8::new(height, width, 1, pixels) {
            out.push(&image)?;
        }
    }
    Ok(out)
}

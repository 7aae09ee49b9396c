//! PBM, PGM and PPM, plain and raw, PFM of gray, and Pillow's own variants with CMYK or alpha, read
//! here: Pillow's scaling of unusual maxima is its own.
//!
//! Up to a maximum of 255 a sample becomes `v·255/maxval`, rounded half to even. A *gray* image
//! with a larger maximum becomes `v·65535/maxval` and is then clipped to 255; colour with a larger
//! maximum is scaled to 255. Floating-point levels are cut to whole numbers of 0 to 255.

mod header;

use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::format::is_space;
use super::limits::Limits;
use super::probe::Probe;
use super::samples::{keep_leading, level, scaled, unpack};
use header::{Header, Kind};

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Header { kind, width, height, .. } = Header::read(data, limits)?;
    Ok(Probe::new(width, height, (width * height * kind.samples()) as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let header = Header::read(data, limits)?;
    let Header { kind, width, height, .. } = header;
    let body = &data[header.begin..];
    let count = width * height * kind.samples();
    let mut pixels = match (kind, header.plain) {
        (Kind::Bitmap, plain) => {
            let mut bits = if plain { plain_bits(body, count)? } else { raw_bits(body, &header)? };
            bits.iter_mut().for_each(|bit| *bit = if *bit == 0 { 255 } else { 0 });
            bits
        }
        (Kind::Float { big_endian }, _) => levels(body, (width, height), big_endian)?,
        (_, true) => plain_samples(body, count, &header)?,
        (_, false) => raw_samples(body, count, &header)?,
    };
    match kind {
        Kind::Rgba => keep_leading(&mut pixels, 3, 4),
        Kind::Cmyk => {
            for inks in pixels.chunks_exact_mut(4) {
                for at in 0..3 {
                    inks[at] = scaled(255 - inks[at], 255 - inks[3]);
                }
            }
            keep_leading(&mut pixels, 3, 4);
        }
        _ => {}
    }
    let deep = header.maxval > 255;
    let conversions = Conversions {
        alpha_dropped: kind == Kind::Rgba,
        clipped_16bit: deep && kind.channels() == 1,
        clipped_wide: matches!(kind, Kind::Float { .. }),
        shortened_16bit: deep && kind.channels() == 3,
        ..Conversions::default()
    };
    Ok((Image8::new(height, width, kind.channels(), pixels)?, conversions))
}

/// Rows of f32, the lowest first.
fn levels(
    body: &[u8],
    (width, height): (usize, usize),
    big_endian: bool,
) -> Result<Vec<u8>, Fault> {
    let bytes = body.get(..width * height * 4).ok_or(Fault::ends_within("the pixels"))?;
    let (words, _) = bytes.as_chunks::<4>();
    let read = if big_endian { f32::from_be_bytes } else { f32::from_le_bytes };
    Ok(words.chunks_exact(width).rev().flatten().map(|word| level(read(*word))).collect())
}

fn scale(value: u32, header: &Header) -> u8 {
    let clips = header.maxval > 255 && header.kind.channels() == 1;
    let top = if clips { 65_535.0 } else { 255.0 };
    // The same operations in the same order as Pillow's, so that halves fall alike.
    let scaled = (f64::from(value) / f64::from(header.maxval) * top).round_ties_even();
    scaled.min(255.0) as u8
}

fn raw_bits(body: &[u8], header: &Header) -> Result<Vec<u8>, Fault> {
    let size = (header.width, header.height);
    unpack(body, size, 1, header.width.div_ceil(8)).ok_or(Fault::ends_within("the pixels"))
}

fn raw_samples(body: &[u8], count: usize, header: &Header) -> Result<Vec<u8>, Fault> {
    if header.maxval > 255 {
        let bytes = body.get(..count * 2).ok_or(Fault::ends_within("the pixels"))?;
        let wide = bytes.chunks_exact(2).map(|v| u32::from(v[0]) << 8 | u32::from(v[1]));
        Ok(wide.map(|value| scale(value, header)).collect())
    } else {
        let bytes = body.get(..count).ok_or(Fault::ends_within("the pixels"))?;
        let table: Vec<u8> = (0..256).map(|value| scale(value, header)).collect();
        Ok(bytes.iter().map(|&v| table[usize::from(v)]).collect())
    }
}

/// Zeros and ones in text; white space between them is optional.
fn plain_bits(body: &[u8], count: usize) -> Result<Vec<u8>, Fault> {
    let mut bits = Vec::with_capacity(count.min(body.len()));
    for line in lines(body) {
        for &byte in line {
            match byte {
                // What follows the pixels must be bits as well.
                b'0' | b'1' if bits.len() == count => {}
                b'0' | b'1' => bits.push(byte - b'0'),
                _ if is_space(byte) => {}
                _ => return Err(Fault::damaged("a pixel is neither 0 nor 1")),
            }
        }
    }
    if bits.len() == count { Ok(bits) } else { Err(Fault::ends_within("the pixels")) }
}

fn plain_samples(body: &[u8], count: usize, header: &Header) -> Result<Vec<u8>, Fault> {
    let mut samples = Vec::with_capacity(count.min(body.len()));
    for line in lines(body) {
        for word in line.split(|&b| is_space(b)).filter(|word| !word.is_empty()) {
            if samples.len() == count {
                return Ok(samples);
            }
            let value = std::str::from_utf8(word).ok().and_then(|text| text.parse::<u32>().ok());
            match value {
                Some(value) if value <= header.maxval => samples.push(scale(value, header)),
                _ => {
                    let text = word[..word.len().min(12)].escape_ascii();
                    let top = header.maxval;
                    return Err(Fault::damaged(format!("`{text}` is not a sample of 0 to {top}")));
                }
            }
        }
    }
    if samples.len() == count { Ok(samples) } else { Err(Fault::ends_within("the pixels")) }
}

/// Lines without their comments.
fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|b| matches!(b, b'\r' | b'\n')).map(|line| {
        let end = line.iter().position(|&b| b == b'#').unwrap_or(line.len());
        &line[..end]
    })
}

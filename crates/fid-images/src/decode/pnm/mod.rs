//! PBM, PGM and PPM, plain and raw, read here: Pillow's scaling of unusual maxima is its own.
//!
//! Up to a maximum of 255 a sample becomes `v·255/maxval`, rounded half to even. A *gray* image
//! with a larger maximum becomes `v·65535/maxval` and is then clipped to 255; colour with a larger
//! maximum is scaled to 255.

mod header;

use fid_core::Image8;

use super::conversions::Conversions;
use super::fault::Fault;
use super::format::is_space;
use super::limits::Limits;
use super::probe::Probe;
use super::samples::unpack;
use header::Header;

pub(super) fn probe(data: &[u8], limits: &Limits) -> Result<Probe, Fault> {
    let Header { width, height, channels, .. } = Header::read(data, limits)?;
    Ok(Probe::new(width, height, (width * height * channels) as u64))
}

pub(super) fn decode(data: &[u8], limits: &Limits) -> Result<(Image8, Conversions), Fault> {
    let header = Header::read(data, limits)?;
    let body = &data[header.begin..];
    let count = header.width * header.height * header.channels;
    let pixels = match (header.bitmap, header.plain) {
        (true, plain) => {
            let mut bits = if plain { plain_bits(body, count)? } else { raw_bits(body, &header)? };
            bits.iter_mut().for_each(|bit| *bit = if *bit == 0 { 255 } else { 0 });
            bits
        }
        (false, true) => plain_samples(body, count, &header)?,
        (false, false) => raw_samples(body, count, &header)?,
    };
    let deep = header.maxval > 255;
    let conversions = Conversions {
        clipped_16bit: deep && header.channels == 1,
        shortened_16bit: deep && header.channels == 3,
        ..Conversions::default()
    };
    Ok((Image8::new(header.height, header.width, header.channels, pixels)?, conversions))
}

fn scale(value: u32, header: &Header) -> u8 {
    let clips = header.maxval > 255 && header.channels == 1;
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
                _ if bits.len() == count => return Ok(bits),
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

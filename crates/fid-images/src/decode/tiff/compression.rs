//! How strips and tiles are compressed, and their way back to bytes.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;
use weezl::{BitOrder, LzwStatus};

use super::fax;
use crate::decode::fault::Fault;

/// A compression that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    /// Runs of black and white.
    Fax(fax::Coding),
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
    Lzma,
    Zstd,
}

/// The largest window of older bytes that a file may ask for: that of level 9 of LZMA, which takes
/// memory as it fills, and of level 20 of Zstandard, which takes it at once.
const MAX_LZMA_WINDOW: u64 = 64 << 20;
const MAX_ZSTD_WINDOW: u64 = 32 << 20;

impl Compression {
    /// The compression under its number in the file. `fax_options` is the tag of that name.
    pub(super) fn of(number: u64, fax_options: u64) -> Result<Self, Fault> {
        let unread = |name: &str| Err(Fault::unsupported(format!("its pixels are {name}")));
        match number {
            1 => Ok(Self::None),
            2 => Ok(Self::Fax(fax::Coding::Rows)),
            3 => Ok(Self::Fax(fax::Coding::Group3 { two_dimensional: fax_options & 1 == 1 })),
            4 => Ok(Self::Fax(fax::Coding::Group4)),
            5 => Ok(Self::Lzw),
            7 => Ok(Self::Jpeg),
            8 | 32946 => Ok(Self::Deflate),
            32773 => Ok(Self::PackBits),
            34925 => Ok(Self::Lzma),
            50000 => Ok(Self::Zstd),
            6 => unread("JPEG data of the kind that TIFF 6.0 had and that was given up in 1995"),
            9 | 10 | 34661 => unread("JBIG data"),
            32766 => unread("NeXT data"),
            32771 => unread("fax data padded to words"),
            32809 => unread("ThunderScan data"),
            32909 => unread("PixarLog data"),
            33003 | 33004 | 33005 | 34712 => unread("JPEG 2000 data"),
            34676 | 34677 => unread("SGI LogLuv data"),
            34887 => unread("LERC data"),
            34892 => unread("lossy JPEG data of a camera's raw file"),
            34926 | 50001 => unread("WebP data"),
            34927 | 50002 | 52546 => unread("JPEG XL data"),
            _ => unread("compressed in an unknown way"),
        }
    }

    /// Bytes of older data that the decompressor of a strip or tile keeps, if `needed` bytes come out.
    pub(super) fn window(self, bytes: &[u8], needed: usize) -> u64 {
        match self {
            Self::Lzma => xz_window(bytes).unwrap_or(0).min(2 * needed as u64),
            Self::Zstd => zstd_window(bytes).unwrap_or(0).min(MAX_ZSTD_WINDOW),
            _ => 0,
        }
    }

    /// Whether differences of neighbours may have been taken before the compression.
    pub(super) fn has_predictor(self) -> bool {
        matches!(self, Self::Lzw | Self::Deflate | Self::Lzma | Self::Zstd)
    }

    /// The first `needed` bytes of a strip or tile that is compressed as bytes are.
    pub(super) fn unpack(self, bytes: &[u8], needed: usize) -> Result<Vec<u8>, Fault> {
        let window = match self {
            Self::Lzma => xz_window(bytes).filter(|&window| window > MAX_LZMA_WINDOW),
            Self::Zstd => zstd_window(bytes).filter(|&window| window > MAX_ZSTD_WINDOW),
            _ => None,
        };
        if window.is_some() {
            return Err(Fault::unsupported("its pixels were compressed with too large a window"));
        }
        let mut out = vec![0; needed];
        let filled = match self {
            Self::Lzw => lzw(bytes, &mut out),
            Self::Deflate => deflate(bytes, &mut out),
            Self::PackBits => pack_bits(bytes, &mut out),
            Self::Lzma => XzReader::new(bytes, false).read_exact(&mut out).is_ok(),
            Self::Zstd => StreamingDecoder::new_with_max_window_size(bytes, MAX_ZSTD_WINDOW)
                .is_ok_and(|mut reader| reader.read_exact(&mut out).is_ok()),
            Self::None | Self::Jpeg | Self::Fax(_) => false,
        };
        let damaged = || Fault::damaged("the compressed pixels are damaged or incomplete");
        if filled { Ok(out) } else { Err(damaged()) }
    }
}

fn lzw(mut bytes: &[u8], mut out: &mut [u8]) -> bool {
    // Files from before TIFF 5.0 have their bits the other way round.
    let mut decoder = match bytes {
        [0, odd, ..] if odd % 2 == 1 => weezl::decode::Decoder::new(BitOrder::Lsb, 8),
        _ => weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    while !out.is_empty() {
        let result = decoder.decode_bytes(bytes, out);
        bytes = &bytes[result.consumed_in..];
        out = &mut out[result.consumed_out..];
        if !matches!(result.status, Ok(LzwStatus::Ok)) {
            break;
        }
    }
    out.is_empty()
}

fn deflate(bytes: &[u8], out: &mut [u8]) -> bool {
    let mut decoder = Decompress::new(true);
    loop {
        let (read, written) = (decoder.total_in() as usize, decoder.total_out() as usize);
        let result = decoder.decompress(&bytes[read..], &mut out[written..], FlushDecompress::None);
        let (now_read, now_written) = (decoder.total_in() as usize, decoder.total_out() as usize);
        if now_written == out.len() {
            // What follows must be the checksum, or more data than are needed.
            let rest = decoder.decompress(&bytes[now_read..], &mut [0], FlushDecompress::None);
            let ended = matches!(rest, Ok(Status::StreamEnd));
            return ended || rest.is_ok() && decoder.total_out() as usize > out.len();
        }
        let stands = (read, written) == (now_read, now_written);
        if stands || !matches!(result, Ok(Status::Ok | Status::BufError)) {
            return false;
        }
    }
}

/// Runs of one byte, or of different ones (TIFF 6.0, section 9).
fn pack_bits(mut bytes: &[u8], out: &mut [u8]) -> bool {
    let mut at = 0;
    while at < out.len() {
        let Some((&head, rest)) = bytes.split_first() else { return false };
        bytes = rest;
        let left = &mut out[at..];
        match head {
            128 => {}
            0..128 => {
                let count = usize::from(head) + 1;
                let Some((literal, rest)) = bytes.split_at_checked(count.min(left.len())) else {
                    return false;
                };
                left[..literal.len()].copy_from_slice(literal);
                (bytes, at) = (rest, at + count);
            }
            129.. => {
                let Some((&value, rest)) = bytes.split_first() else { return false };
                let count = (257 - usize::from(head)).min(left.len());
                left[..count].fill(value);
                (bytes, at) = (rest, at + count);
            }
        }
    }
    true
}

/// The dictionary that the first block of an XZ stream asks for (XZ file format 1.2, 5.3.1): the
/// last filter is LZMA2, number 0x21, with one byte of properties.
fn xz_window(bytes: &[u8]) -> Option<u64> {
    let length = usize::from(*bytes.get(12)?) * 4;
    let header = bytes.get(12..12 + length)?;
    let at = header.windows(2).rposition(|two| two == [0x21, 1])?;
    let code = u32::from(*header.get(at + 2)?);
    Some(if code >= 40 { u64::MAX } else { u64::from(2 | code & 1) << (code / 2 + 11) })
}

/// The window of a Zstandard frame (RFC 8878, 3.1.1.1): that of its descriptor, or its whole size.
fn zstd_window(bytes: &[u8]) -> Option<u64> {
    let flags = *bytes.get(4)?;
    if flags & 0x20 == 0 {
        let descriptor = u64::from(*bytes.get(5)?);
        let base = 1u64 << (10 + (descriptor >> 3));
        return Some(base + base / 8 * (descriptor & 7));
    }
    let at = 5 + [0, 1, 2, 4][usize::from(flags & 3)];
    let width = [1, 2, 4, 8][usize::from(flags >> 6)];
    let size = bytes.get(at..at + width)?;
    let size = size.iter().rev().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
    Some(if width == 2 { size + 256 } else { size })
}

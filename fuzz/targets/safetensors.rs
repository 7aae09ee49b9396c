//! Safetensors files: one whole, or a header alone, which gets its length and some values.

#![no_main]

use fid_weights::read_content;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let content = match data {
        [b'{', ..] => [&(data.len() as u64).to_le_bytes(), data, &[0; 64]].concat(),
        [_, _, _, _, _, _, _, _, b'{', ..] => data.to_vec(),
        _ => return Corpus::Reject,
    };
    // No fuzzer makes up the whole network, so there is always an error.
    let problem = read_content(content).expect_err("not the network").to_string();
    assert!(problem.len() < 10_000 && !problem.chars().any(char::is_control), "{problem:?}");
    Corpus::Keep
});

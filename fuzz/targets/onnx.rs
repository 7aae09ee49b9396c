//! ONNX graphs.

#![no_main]

use fid_weights::read_content;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    if matches!(data, [b'P', b'K', ..] | [0x80, ..] | [_, _, _, _, _, _, _, _, b'{', ..]) {
        return Corpus::Reject;
    }
    let content = data.to_vec();
    // No fuzzer makes up the whole network, so there is always an error.
    let problem = read_content(content).expect_err("not the network").to_string();
    assert!(problem.len() < 10_000 && !problem.chars().any(char::is_control), "{problem:?}");
    Corpus::Keep
});

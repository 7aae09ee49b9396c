//! PyTorch files of both forms: archives and pickles.

#![no_main]

use fid_fuzz::weights::read_content;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    if !matches!(data, [b'P', b'K', ..] | [0x80, ..]) {
        return Corpus::Reject;
    }
    let content = data.to_vec();
    // No fuzzer makes up the whole network: there is always something to say about the file.
    let problem = read_content(content).expect_err("not the network").to_string();
    assert!(problem.len() < 10_000 && !problem.chars().any(char::is_control), "{problem:?}");
    Corpus::Keep
});

#!/usr/bin/env bash
# Writes THIRD-PARTY.txt: names, licences and their texts of the crates in the Python package, which are those of
# the program and a few more. Takes three minutes.
#
# Needs cargo-about: cargo install cargo-about --locked --version 0.9.3 --features cli
# The file is made for a release, not kept in the repository: Cargo.lock decides what is in it.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Offline, cargo-about reads the crates alone: it gives the same file everywhere, and asks no other server.
cargo fetch --locked
cargo about generate --locked --offline --fail --config about.toml --manifest-path bindings/python/Cargo.toml \
  --output-file THIRD-PARTY.txt scripts/release/third_party.hbs

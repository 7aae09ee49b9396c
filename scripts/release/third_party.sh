#!/usr/bin/env bash
# Writes names, licences and their texts of the crates that a package contains. Takes three minutes.
#
#   scripts/release/third_party.sh MANIFEST OUTPUT
#
# Needs cargo-about: cargo install cargo-about --locked --version 0.9.3 --features cli
# The file is made for a release, not kept in the repository: the lock file decides what is in it.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)

# Offline, cargo-about reads only the crates: it gives the same file everywhere, and asks no other server.
cargo fetch --locked --manifest-path "$1"
cargo about generate --locked --offline --fail --config "$root/about.toml" --manifest-path "$1" \
  --output-file "$2" "$root/scripts/release/third_party.hbs"

#!/usr/bin/env bash
# Writes a CycloneDX list of the crates in the archives, fid-gpu.cdx.json, into a folder. maturin writes that of the
# wheel into the wheel.
#
#   scripts/release/sbom.sh FOLDER
#
# Needs cargo-cyclonedx: cargo install cargo-cyclonedx --locked --version 0.5.9
set -euo pipefail
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."

# It writes a file beside the manifest of every member of the workspace.
cargo cyclonedx --manifest-path crates/fid-gpu/Cargo.toml --format json --spec-version 1.5 --target all \
  --no-build-deps --override-filename sbom-of-release
mv crates/fid-gpu/sbom-of-release.json "$folder/fid-gpu.cdx.json"
find crates bindings tests -name sbom-of-release.json -delete

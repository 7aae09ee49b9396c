#!/usr/bin/env bash
# Packs what a machine without this repository and without a network needs to test and time the
# program: binaries, fixtures and scripts.
#
#   scripts/bench/pack.sh FOLDER     makes FOLDER and FOLDER.tar.xz
#
# There: tar xf FOLDER.tar.xz && FOLDER/gpu.sh, or FOLDER/cpu.sh
set -euo pipefail
folder=$(realpath -m "${1:?folder}")
cd "$(dirname "$0")/../.."

# One command, so that everything is built with the same features.
targets=(
  -p fid-gpu --bin fid-gpu
  -p fid-tests --test conv --test network --test moments --test preprocess --test products --test precision --test vit_gpu
  --example time_layers --example time_network --example time_encoder --example write_jpegs
  -p fid-cpu --test kernels --example profile_layers --example time_cpu
)
export FID_TEST_GPU=yes
rm -rf "$folder" "$folder.tar.xz"
mkdir -p "$folder/bin" "$folder/files/tests"
cargo build --release --locked --message-format=json-render-diagnostics "${targets[@]}" |
  sed -nE 's/.*"target":\{[^}]*"name":"([^"]+)".*"executable":"([^"]+)".*/\1 \2/p' |
  while read -r name file; do strip -o "$folder/bin/$name" "$file"; done

cp -r tests/fixtures "$folder/files/tests/"
cp -r samples "$folder/files/"
cp scripts/bench/{gpu,cpu,steps}.sh scripts/bench/network_torch.py "$folder/"
git log -1 --format='%h, %cs' >"$folder/commit"
# The binaries contain the same libraries: one window over all of them halves the archive.
tar cf - -C "$(dirname "$folder")" "$(basename "$folder")" |
  xz -T1 --lzma2=preset=6,dict=512MiB >"$folder.tar.xz"
du -sm "$folder" "$folder.tar.xz"

#!/usr/bin/env bash
# Packs what a machine without this repository and without a network needs to test and time the
# program on its CPU.
#
#   scripts/bench/pack.sh FOLDER     makes FOLDER and FOLDER.tar.xz
#
# There: tar xf FOLDER.tar.xz && FOLDER/cpu.sh
set -euo pipefail
folder=$(realpath -m "${1:?folder}")
cd "$(dirname "$0")/../.."

program=(-p fid-gpu --bin fid-gpu --no-default-features --features cli,cpu)
cpu=(-p fid-cpu --test kernels --example profile_layers --example time_cpu)
rm -rf "$folder" "$folder.tar.xz"
mkdir -p "$folder/bin"
for set in program cpu; do
  declare -n arguments=$set
  cargo build --release --locked --message-format=json-render-diagnostics "${arguments[@]}" |
    sed -nE 's/.*"target":\{[^}]*"name":"([^"]+)".*"executable":"([^"]+)".*/\1 \2/p' |
    while read -r name file; do strip -o "$folder/bin/$name" "$file"; done
done

cp scripts/bench/cpu.sh "$folder/"
git log -1 --format='%h, %cs' >"$folder/commit"
tar cf - -C "$(dirname "$folder")" "$(basename "$folder")" | xz -T1 --x86 --lzma2=preset=6,dict=64MiB >"$folder.tar.xz"
du -sm "$folder" "$folder.tar.xz"

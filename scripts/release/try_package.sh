#!/usr/bin/env bash
# Installs a wheel or a source distribution into an environment of its own, without any other package, imports it,
# and compares the samples on the CPU.
#
#   scripts/release/try_package.sh FILE
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python=$(command -v python3 || command -v python)
"$python" -m venv "$folder/venv"
bin=$folder/venv/bin
[ -d "$bin" ] || bin=$folder/venv/Scripts # Windows
"$bin/python" -m pip install --quiet --no-deps "$1"

cd "$folder" # where nothing but the installed package can be imported
"$bin/python" -c 'import fid_gpu, importlib.metadata as m; print("fid-gpu", m.version("fid-gpu"), fid_gpu.__file__)'
options=(--real "$root/samples/real" --fake "$root/samples/fake" --weights seeded --device cpu --quiet)
"$bin/fid-gpu" "${options[@]}" | tee program
"$bin/python" -m fid_gpu "${options[@]}" | tr -d '\r' >module
tr -d '\r' <program | diff - module
grep -q '^FID: [0-9]' module

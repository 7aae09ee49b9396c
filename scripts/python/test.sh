#!/usr/bin/env bash
# Builds the wheel, and tests the Python package: in an environment without NumPy, and in one with PyTorch, torchmetrics,
# clean-fid, torch-fidelity, Ray and others.
#
#   scripts/python/test.sh [ARGUMENT...]   the arguments are pytest's, such as -k fork
#
#   FID_TEST_PEERS=no …                    without those packages, which are several GB: their tests are IGNORED
#   FID_TEST_BASE_PYTHON=/path …           the Python to test, from 3.11 [default: python3]
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath "${CARGO_TARGET_DIR:-target}")/python
base=${FID_TEST_BASE_PYTHON:-python3}

if ! command -v "$base" >/dev/null || ! "$base" -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null; then
  echo "== IGNORED: the tests of the Python package, which need Python 3.11 or newer with venv (python3-venv on Debian)"
  exit 0
fi

# environment NAME PACKAGE...: an environment in the target folder, made again when its packages change.
environment() {
  local folder=$target/$1 packages=${*:2}
  if [ "$(cat "$folder/packages" 2>/dev/null)" != "$packages" ]; then
    echo "== installing from PyPI into $folder: $packages"
    "$base" -m venv --clear "$folder"
    # shellcheck disable=SC2086 # one word a package
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check $packages
    echo "$packages" >"$folder/packages"
  fi
}

# run COMMAND...: prints it, and runs it.
run() {
  echo "== $*"
  "$@"
}

packages() { sed 's/#.*//' "$1" | tr '\n' ' '; }

# shellcheck disable=SC2046 # one word a package
environment tools $(packages scripts/python/requirements.txt)
# shellcheck disable=SC2046
environment bare $(packages scripts/python/requirements.txt | grep -o 'pytest==[^ ]*')

# The objects of the Rust tests are used again. `--compatibility linux`: for this machine only, without Zig.
rm -rf "$target/wheel"
run "$target/tools/bin/maturin" build --release --locked --compatibility linux --out "$target/wheel" \
  --interpreter "$target/tools/bin/python" --quiet
wheel=("$target"/wheel/*.whl)
size=$(du --apparent-size -m "${wheel[0]}" | cut -f1)
echo "== ${wheel[0]}: $size MB"
[ "$size" -le 30 ] || { echo "error: the wheel has more than 30 MB" >&2; exit 1; }

# install PYTHON: the wheel, in place of an earlier one.
install() { "$1" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "${wheel[0]}"; }

echo "== types"
install "$target/tools/bin/python"
run "$target/tools/bin/python" -m mypy.stubtest fid_gpu._native
run "$target/tools/bin/python" -m mypy bindings/python/python/fid_gpu

echo "== tests without NumPy"
install "$target/bare/bin/python"
bare=("$target/bare/bin/python" -m pytest -q -p no:cacheprovider)
run "${bare[@]}" bindings/python/tests --ignore bindings/python/tests/peers --ignore bindings/python/tests/on_ray "$@"

if [ "${FID_TEST_PEERS:-yes}" = no ]; then
  echo "== IGNORED: the tests with PyTorch, torchmetrics, clean-fid, torch-fidelity and Ray (FID_TEST_PEERS=no)"
elif ! peers=$(scripts/python/peers.sh); then
  echo "== IGNORED: the tests with PyTorch and others, whose environment could not be made"
else
  echo "== tests beside NumPy, PyTorch and others"
  install "$peers"
  run "$peers" -m pytest -q -p no:cacheprovider bindings/python/tests "$@"
  run "$peers" -m pytest -q -p no:cacheprovider --doctest-modules --pyargs fid_gpu
fi

#!/usr/bin/env bash
# Prints the path of a Python that has the packages of bindings/python/tests/requirements-peers.txt and, where it is there,
# requirements-ray.txt. It is made on first use and after a change of these files, under the user's cache: 2.5 GB are
# downloaded from PyPI, and 4 GB kept.
#
#   python=$(scripts/python/peers.sh)
#
#   FID_TEST_BASE_PYTHON=/path    the Python to make it of [default: python3]; the pins are for 3.11
set -euo pipefail
cd "$(dirname "$0")/../../bindings/python/tests"
base=${FID_TEST_BASE_PYTHON:-python3}
folder=${XDG_CACHE_HOME:-$HOME/.cache}/fid-gpu/test-peers
shopt -s nullglob
lists=(requirements-peers.txt requirements-ray*.txt)
wanted=$({ "$base" --version; cat "${lists[@]}"; } | sha256sum)

if [ "$(cat "$folder/made-of" 2>/dev/null)" != "$wanted" ]; then
  echo "== installing torch and others from PyPI into $folder (4 GB): ${lists[*]}" >&2
  "$base" -m venv --clear "$folder" >&2
  pip() { "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2; }
  pip --no-deps -r requirements-peers.txt
  for list in requirements-ray*.txt; do pip -r "$list" -c requirements-peers.txt; done
  # Kernels and device code that torch opens only on a GPU.
  nvidia=$(echo "$folder"/lib/python3*/site-packages/nvidia)
  rm -f "$nvidia"/cudnn/lib/libcudnn_*.so.* "$nvidia"/nvshmem/lib/*.{bc,a}
  echo "$wanted" >"$folder/made-of"
fi
echo "$folder/bin/python"

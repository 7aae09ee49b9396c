#!/usr/bin/env bash
# Checks and tests everything, on the CPU and on a GPU: the machine's own if it has one, else Mesa's
# software driver (lavapipe), which this installs on Debian and its relatives, as it does Chromium.
#
#   scripts/test.sh            everything
#   FID_TEST_GPU=no …          without GPU tests: they are then reported as ignored
#   FID_TEST_DEVICE=metal …    another device than vulkan
#   FID_TEST_BROWSER=/path …   the browser that the page is tested in, which understands Chromium's options;
#                              =no: that test is reported as ignored
set -euo pipefail
cd "$(dirname "$0")/.."

# One target directory for every checkout: a Burn build takes minutes.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/fid-gpu/target}"

install() {
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$1"
}

has_vulkan() {
  compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null || compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null
}
if [ "${FID_TEST_GPU:=$([ "$(uname)" = Linux ] && echo yes || echo no)}" = yes ] &&
   [ -z "${FID_TEST_DEVICE:-}" ] && ! has_vulkan && command -v apt-get >/dev/null; then
  echo "== installing lavapipe (mesa-vulkan-drivers)"
  install mesa-vulkan-drivers
fi
export FID_TEST_GPU

# The page of a report is opened in a browser.
find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }
if [ -z "${FID_TEST_BROWSER:-}" ]; then
  FID_TEST_BROWSER=$(find_browser)
  if [ -z "$FID_TEST_BROWSER" ] && command -v apt-get >/dev/null; then
    echo "== installing chromium"
    install chromium || echo "== no chromium: the test of the page is ignored"
    FID_TEST_BROWSER=$(find_browser)
  fi
fi
[ "$FID_TEST_BROWSER" != no ] || FID_TEST_BROWSER=
export FID_TEST_BROWSER

# The script that exports ONNX is run by a test, in an environment of its own.
if [ -z "${FID_TEST_PYTHON:-}" ] && command -v python3 >/dev/null; then
  venv="${XDG_CACHE_HOME:-$HOME/.cache}/fid-gpu/venv"
  onnx=$(grep -E '^(numpy|onnx|protobuf)==' scripts/fixtures/requirements.txt)
  if [ "$(cat "$venv/fid-gpu" 2>/dev/null)" != "$onnx" ]; then
    echo "== installing onnx for Python into $venv"
    # shellcheck disable=SC2086 # three words
    python3 -m venv --clear "$venv" && "$venv/bin/pip" install -q $onnx && echo "$onnx" >"$venv/fid-gpu" ||
      echo "== no Python environment (on Debian: apt-get install python3-venv): its test is ignored"
  fi
  [ -e "$venv/fid-gpu" ] && FID_TEST_PYTHON="$venv/bin/python"
fi
export FID_TEST_PYTHON="${FID_TEST_PYTHON:-}"

echo "== rustc: $(rustc --version), GPU tests: $FID_TEST_GPU, target: $CARGO_TARGET_DIR"
run() { echo "== $*"; "$@"; }

run cargo fmt --all --check
run cargo clippy --release --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" run cargo doc --release --locked --workspace --no-deps --quiet
run cargo build --release --locked --workspace
run cargo test --release --locked --workspace --doc
# Last, so that the run ends with the summary of the test runner.
run cargo test --release --locked --workspace --lib --bins --tests

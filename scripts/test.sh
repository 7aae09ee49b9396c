#!/usr/bin/env bash
# Checks and tests everything, on the CPU and on a GPU: the machine's own, or Mesa's software driver
# (lavapipe). Ends with the test runner's summary.
#
#   scripts/test.sh               everything, the cheap steps first
#   scripts/test.sh STEP...       only these: format structure package workflows lint spills docs
#                                 features fuzz doctests matrix python tests
#
#   FID_TEST_GPU=no …             without GPU tests, which are then reported as ignored
#   FID_TEST_DEVICE=metal …       another device than vulkan
#   FID_TEST_BROWSER=/path …      a browser with Chromium's options, for the test of the HTML report;
#                                 =no: that test is reported as ignored
#   FID_TEST_PYTHON=/path …       a Python with numpy and onnx, instead of target/venv
#   FID_TEST_PEERS=no …           the Python package without PyTorch and others, which are several GB
#   FID_TEST_INSTALL=yes|no …     whether to install Debian packages that are missing. By default only
#                                 root installs them; for anyone else the command is printed
#
# Everything is built in the checkout's own target folder, or in $CARGO_TARGET_DIR, and with the profile
# and the features of `cargo run --release -p fid-gpu`, so that dependencies are compiled once for both.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

# --- what the tests need ----------------------------------------------------------------------

# install PACKAGE REASON: installs a Debian package, or prints how.
install() {
  command -v apt-get >/dev/null || return 0
  local command="apt-get install -y --no-install-recommends $1"
  if [ "${FID_TEST_INSTALL:=$([ "$(id -u)" = 0 ] && echo yes || echo no)}" = yes ]; then
    echo "== installing the Debian package $1, $2: $command"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive $command -qq; then return 0; fi
  fi
  echo "== not installed: $1, $2; as root: apt-get update && $command"
}

has_vulkan() {
  compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null || compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null
}

find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

prepare() {
  if [ -z "${FID_TEST_GPU:-}" ]; then
    FID_TEST_GPU=no
    if [ -n "${FID_TEST_DEVICE:-}" ]; then
      FID_TEST_GPU=yes
    elif [ "$(uname)" = Linux ]; then
      has_vulkan || install mesa-vulkan-drivers "for GPU tests"
      if has_vulkan; then FID_TEST_GPU=yes; fi
    fi
  fi

  if [ -z "${FID_TEST_BROWSER:-}" ]; then
    FID_TEST_BROWSER=$(find_browser)
    if [ -z "$FID_TEST_BROWSER" ]; then
      install chromium "for the test of the HTML report"
      FID_TEST_BROWSER=$(find_browser)
    fi
  fi
  [ "$FID_TEST_BROWSER" != no ] || FID_TEST_BROWSER=

  if [ -z "${FID_TEST_PYTHON:-}" ] && command -v python3 >/dev/null; then
    local venv=$target/venv packages
    packages=$(grep -oE '^(numpy|onnx|protobuf)==[^ ]+' scripts/fixtures/requirements.txt | tr '\n' ' ')
    if [ "$(cat "$venv/packages" 2>/dev/null)" != "$packages" ]; then
      echo "== installing from PyPI into $venv, for the test of the ONNX export: $packages"
      # shellcheck disable=SC2086 # one word a package
      if python3 -m venv --clear "$venv" && "$venv/bin/pip" install -q $packages; then
        echo "$packages" >"$venv/packages"
      else
        echo "== no Python environment; on Debian, as root: apt-get install -y python3-venv"
      fi
    fi
    if [ -e "$venv/packages" ]; then FID_TEST_PYTHON=$(cd "$venv/bin" && pwd)/python; fi
  fi

  export FID_TEST_GPU FID_TEST_BROWSER FID_TEST_PYTHON="${FID_TEST_PYTHON:-}"
  echo "== GPU tests: $FID_TEST_GPU, browser: ${FID_TEST_BROWSER:-no}, Python: ${FID_TEST_PYTHON:-no}"
}

# --- steps ------------------------------------------------------------------------------------

# Prints a command and runs it.
run() {
  echo "== $*"
  "$@"
}

format() { run cargo fmt --all --check; }

# Rules between crates and files: the test `structure`, which needs nothing built, and what Cargo
# resolves.
structure() {
  mkdir -p "$target"
  CARGO_MANIFEST_DIR=$PWD/tests run rustc --edition 2024 --test -o "$target/structure" \
    tests/tests/structure/main.rs
  run "$target/structure" --quiet

  local crate packages
  for crate in fid-core fid-images fid-weights fid-cpu; do
    echo "== no GPU library below $crate"
    packages=$(tree -p $crate --all-features -e normal)
    if grep -E '^(burn|cubecl|cubek|wgpu)' <<<"$packages"; then
      echo "error: $crate must not depend on these" >&2
      return 1
    fi
  done

  echo "== cargo run and cargo test share every dependency"
  local program workspace
  program=$(tree -p fid-gpu -e normal,build)
  workspace=$(tree --workspace -e normal,build)
  if LC_ALL=C comm -23 <(echo "$program") <(echo "$workspace") | grep -v '^fid-'; then
    echo "error: the workspace compiles these again, with other features" >&2
    return 1
  fi
}

# The packages that `cargo tree` finds, with their features, one a line.
tree() { cargo tree --locked --prefix none -f '{p} {f}' "$@" | sed 's/ (\*)$//' | LC_ALL=C sort -u; }

# Without compiling the packages: the other steps compile the same files.
package() { run cargo package --locked --workspace --exclude fid-tests --exclude fid-python --no-verify --allow-dirty --quiet; }

# Workflows, the action, and that the version is the same everywhere.
workflows() { run scripts/release/check.sh; }

lint() { run cargo clippy --release --locked --workspace --all-targets -- -D warnings; }

# The tiles of the CPU's kernels stay in registers, by the assembly.
spills() {
  case $(uname -m) in
    x86_64) run python3 -m scripts.check_spills ;;
    *) echo "== not checked on this architecture: registers of the CPU's kernels" ;;
  esac
}

docs() { RUSTDOCFLAGS="-D warnings" run cargo doc --release --locked --workspace --no-deps --quiet; }

# The combinations of features that the README names.
features() {
  local combination
  for combination in cli,cpu cpu gpu ""; do
    run cargo check --release --locked -p fid-gpu --no-default-features --features "$combination"
  done
  run cargo check --release --locked -p fid-images --no-default-features --features png
  run cargo check --release --locked -p fid-weights --no-default-features
}

# The fuzz targets compile: with stable Rust, without a sanitizer and without building libFuzzer, which
# only linking needs.
fuzz() {
  cp Cargo.lock fuzz/
  CUSTOM_LIBFUZZER_PATH=$PWD/fuzz/target/libfuzzer.a CARGO_TARGET_DIR=fuzz/target \
    run cargo check --manifest-path fuzz/Cargo.toml
}

# Overflow checks and debug assertions are on in our own crates, and dependencies are those of a release.
doctests() { run cargo test --config scripts/checked.toml --release --locked --workspace --exclude fid-python --doc; }

# The kernels for matrix units, on the first software driver that has them; on a GPU that has them, the
# step `tests` runs them too.
matrix() {
  local driver
  if [ "$FID_TEST_GPU" != yes ] || ! driver=$(scripts/mesa26.sh "$target/mesa26" 2>&1); then
    echo "== IGNORED: the tests of matrix units, which need a GPU or Mesa 26.1: ${driver:-no GPU tests}"
    return 0
  fi
  echo "== tests of matrix units on the driver in $target/mesa26"
  local runner="$PWD/scripts/mesa26.sh $(realpath "$target/mesa26")" arch
  arch=$(uname -m | tr '[:lower:]' '[:upper:]')
  env "CARGO_TARGET_${arch}_UNKNOWN_LINUX_GNU_RUNNER=$runner" FID_TEST_DEVICE=vulkan \
    FID_TEST_TILES=matrix FID_GPU_TILES=matrix \
    cargo test --config scripts/checked.toml --release --locked -p fid-tests \
    --test conv --test network --test precision --test products -- gpu defin every_ activations bias
}

# The Python package: the wheel, its types, and its tests.
python() { run scripts/python/test.sh; }

tests() { run cargo test --config scripts/checked.toml --release --locked --workspace --lib --bins --tests; }

[ $# -gt 0 ] || set -- format structure package workflows lint spills docs features fuzz doctests matrix python tests
echo "== $(rustc --version), target: $target"
case " $* " in *" lint "* | *" tests "* | *" matrix "* | *" python "*) prepare ;; esac

# A target folder that CI keeps is older than the checkout, and Cargo compares times: without this it
# would take one commit's objects for another's.
if [ "${CI:-}" = true ] && [ -d "$target" ]; then
  find crates tests fuzz -type f -not -path 'fuzz/target/*' -exec touch {} +
fi

for step; do "$step"; done

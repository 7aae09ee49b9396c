#!/usr/bin/env bash
# Runs every reader's target, one after the other, and prints a line for each.
#
#   fuzz/run.sh [RUNS] [READER...]     1000000 executions of all of them
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-1000000}
[ $# -eq 0 ] || shift
readers=("$@")
[ ${#readers[@]} -gt 0 ] || readers=(pth safetensors onnx npz sets PNG JPEG WebP GIF BMP TIFF PNM)

export CARGO_TARGET_DIR=$PWD/fuzz/target
export ASAN_OPTIONS=detect_leaks=0
cp Cargo.lock fuzz/
cargo +nightly fuzz build
bin=$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/release

for reader in "${readers[@]}"; do
  target=$reader seeds=
  case $reader in
    pth) seeds=crates/fid-weights/tests/fixtures ;;
    npz) seeds=tests/fixtures/stats ;;
    safetensors | onnx | sets) ;;
    *) target=image seeds=tests/fixtures/images ;;
  esac
  mkdir -p "fuzz/corpus/$reader" "fuzz/artifacts/$reader"
  log=fuzz/artifacts/$reader/log
  status=0
  # shellcheck disable=SC2086 # no seeds, no argument
  FUZZ_FORMAT=$reader "$bin/$target" "fuzz/corpus/$reader" $seeds -runs="$runs" -max_len=4096 -timeout=10 \
    -rss_limit_mb=512 -malloc_limit_mb=64 -artifact_prefix="fuzz/artifacts/$reader/" \
    -print_final_stats=1 >"$log" 2>&1 || status=$?
  stat() { sed -n "s/^stat::$1: *//p" "$log"; }
  echo "$reader: status $status, $(stat number_of_executed_units) executions," \
    "$(stat average_exec_per_sec)/s, $(stat peak_rss_mb) MB"
done

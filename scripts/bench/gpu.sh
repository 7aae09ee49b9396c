#!/usr/bin/env bash
# Tests and times the program on a machine with a GPU, without this repository and without a network:
# the tests of every kernel, the doctor, single layers, the network by each class of tiles, the whole
# command, vision transformers, and PyTorch's network where Python has torch. Prints one table in under 5
# minutes. A step that fails or runs out of time is named in the table, and the next one runs.
#
#   FOLDER/gpu.sh [FILE]    FOLDER was made by scripts/bench/pack.sh; the table also goes to FILE
#
#   FID_BENCH_DEVICE=vulkan       as fid-gpu --device
#   FID_BENCH_STEPS="…"           some of: tests doctor layers network encoders command torch
#   FID_BENCH_IMAGES=5000         images in each of the command's two folders
#   FID_BENCH_BATCHES=32,128,256  batches of the network
#   FID_BENCH_LAYER_IMAGES=64     images of a single layer
#   FID_BENCH_ENCODERS="dinov2-l14 clip-l14-336"
#   FID_BENCH_SECONDS=1           of each timing
#   FID_BENCH_PATIENCE=1          factor of the steps' time limits
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/bin
file=${1:-/dev/null}
device=${FID_BENCH_DEVICE:-vulkan}
images=${FID_BENCH_IMAGES:-5000}
batches=${FID_BENCH_BATCHES:-32,128,256}
seconds=${FID_BENCH_SECONDS:-1}
. "$here/steps.sh"
export FID_TEST_DEVICE=$device FID_TEST_FILES=$here/files FID_TEST_GPU=yes
export XDG_CACHE_HOME=$work/cache XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work}

tests() {
  local test passed failed
  for test in preprocess moments products conv network precision vit_gpu; do
    step "tests: $test" 30 "$bin/$test" --include-ignored
    passed=$(grep -c '\.\.\. ok$' "$log")
    failed=$(sed -nE 's/^test (.*) \.\.\. FAILED$/\1/p' "$log" | tr '\n' ' ')
    row "tests: $test" "$passed passed${failed:+, **failed: $failed**}"
  done
}

doctor() {
  step doctor 30 "$bin/fid-gpu" doctor --device "$device" || return
  grep -v '^trying' "$log" | sed 's/^/    /' >>"$work/more"
  row doctor "passed"
}

layers() {
  local precision
  for precision in f32 f16; do
    step "layers, $precision" 25 "$bin/time_layers" --device "$device" --precision $precision \
      --images "${FID_BENCH_LAYER_IMAGES:-64}" || [ -s "$log" ] || continue
    sed 's/^/    /' "$log" >>"$work/more"
    row "layers, $precision, ${FID_BENCH_LAYER_IMAGES:-64} images" "below"
  done
}

network() {
  local precision line each
  for precision in f32 f16; do
    # Every class of tiles in f32, the device's own in f16.
    each=()
    [ $precision = f32 ] && each=(--tiles each)
    step "network, $precision" 75 "$bin/time_network" --device "$device" --precision $precision \
      --batch "$batches" --seconds "$seconds" --threads "$(nproc)" "${each[@]}"
    while read -r line; do
      took=$(json wall_s "$line")
      row "network, $precision, $(json tiles "$line") tiles, batch $(json batch "$line")" \
        "$(awk -v a="$(json images_per_s "$line")" -v b="$(json engine_images_per_s "$line")" \
          -v c="$(json first_s "$line")" -v d="$(json upload_s "$line")" 'BEGIN {
            printf "%.0f images/s; with upload and resizing %.0f; first features after %.1f s; upload of f32 %.0f ms", a, b, c, 1000 * d }'); $(json clocks "$line")"
    done < <(grep '^{.*images_per_s' "$log")
    while read -r line; do row "network, $precision" "**failed**: $line"; done < <(grep '^{.*failed' "$log")
  done
}

encoders() {
  local encoder line
  for encoder in ${FID_BENCH_ENCODERS:-dinov2-l14 clip-l14-336}; do
    step "encoder $encoder" 60 "$bin/time_encoder" --encoder "$encoder" --device "$device" \
      --batch 32,128 --seconds "$seconds" || [ -s "$log" ] || continue
    while read -r line; do
      took=$(json wall_s "$line")
      row "encoder $encoder, f32, $(json tiles "$line"), batch $(json batch "$line")" \
        "$(awk -v a="$(json images_per_s "$line")" -v b="$(json first_s "$line")" \
          'BEGIN { printf "%.0f images/s with upload and resizing; first features after %.1f s", a, b }')"
    done < <(grep '^{.*images_per_s' "$log")
  done
}

command() {
  local run precision
  step "writing JPEG" 60 "$bin/write_jpegs" "$work/real" "$images" 256 1 &&
    step "writing JPEG" 60 "$bin/write_jpegs" "$work/fake" "$images" 256 2 &&
    step "writing weights" 30 "$bin/fid-gpu" weights export "$work/weights.safetensors" --weights seeded || return
  # The first run packs the weights, and the driver may keep what it compiles.
  for run in "f32, first run" "f32, second run" "f16, first run"; do
    precision=${run%,*}
    step "command, $run" 60 "$bin/fid-gpu" --real "$work/real" --fake "$work/fake" --device "$device" \
      --weights "$work/weights.safetensors" --precision $precision --timings --quiet || continue
    sed 's/^/    /' "$log" >>"$work/more"
    row "command, $run, 2 x $images JPEG of 256²" "$(grep -m1 '^FID' "$log" | cut -d' ' -f1,2); weights and device \
$(sed -nE 's/^weights and device +//p' "$log") s, moments $(sed -nE 's/^moments +//p' "$log" | tr -s ' ') s, network \
$(sed -nE 's/^network +//p' "$log" | tr -s ' ') s"
  done
}

torch() {
  local python=${FID_BENCH_PYTHON:-python3} line
  if ! "$python" -c 'import torch' 2>/dev/null; then
    took=
    row "PyTorch's network" "no torch here"
    return
  fi
  step "PyTorch's network" 40 "$python" "$here/network_torch.py" "${batches%,*}" "$seconds"
  while read -r line; do row "PyTorch's network, ${line%%:*}" "${line#*: }"; done < <(grep 'images/s' "$log")
}

: >"$file"
say "fid-gpu of $(cat "$here/commit" 2>/dev/null), $(date -u +'%F %H:%M') UTC, $(uname -sr), $(nproc) threads, \
$(sed -nE '0,/^model name/s/^model name.*: //p' /proc/cpuinfo 2>/dev/null)"
say "$("$bin/fid-gpu" devices 2>&1)"
say "$(nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.max.sm,clocks.mem,power.limit --format=csv 2>/dev/null)"
say
say "| step | result | s |"
say "|---|---|---:|"
for part in ${FID_BENCH_STEPS:-tests doctor layers network encoders command torch}; do "$part"; done
took=$SECONDS
row "in all" ""
say
[ ! -s "$work/more" ] || tee -a "$file" <"$work/more"

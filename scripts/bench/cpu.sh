#!/usr/bin/env bash
# Tests and times the program on a machine's CPU, without this repository and without a network: the
# kernels with every instruction set, the doctor, each step of the network, the network on one thread
# and on one for each core, the whole command. Prints one table in under 4 minutes. A step that fails
# or runs out of time is named in the table, and the next one runs.
#
#   FOLDER/cpu.sh [FILE]    FOLDER was made by scripts/bench/pack.sh; the table also goes to FILE
#
#   FID_BENCH_STEPS="…"           some of: tests doctor layers network command
#   FID_BENCH_IMAGES=200          images in each of the command's two folders
#   FID_BENCH_SECONDS=5           of each timing
#   FID_BENCH_PATIENCE=1          factor of the steps' time limits
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/bin
file=${1:-/dev/null}
images=${FID_BENCH_IMAGES:-200}
seconds=${FID_BENCH_SECONDS:-5}
. "$here/steps.sh"
# As the program names them: asking for a set that is not there lists those that are.
sets=$(FID_GPU_CPU=? "$bin/time_cpu" 2>&1 | sed -nE 's/.*available: "([^"]*)".*/\1/p' | tr -d ,)

# Images a CPU second depend less on what else the machine does.
rate() { json images_per_s "$1"; }
cpu_rate() { awk -v n="$(json images "$1")" -v s="$(json cpu_s "$1")" 'BEGIN { printf "%.2f", n / s }'; }

tests() {
  step "tests: kernels" 60 "$bin/kernels" || sed 's/^/    /' "$log" >>"$work/more"
  row "tests: kernels, every set against f64 and to the bit" "$(grep -c '\.\.\. ok$' "$log") passed, $(grep -c '\.\.\. FAILED$' "$log") failed"
}

doctor() {
  for set in $sets; do
    step "doctor, $set" 30 env FID_GPU_CPU="$set" "$bin/fid-gpu" doctor --device cpu || continue
    row "doctor, $set" "passed; pool3 off by $(sed -nE 's/.*to pool3 +([^ ]+).*/\1/p' "$log")"
  done
}

layers() {
  for set in ${sets/portable/}; do
    step "layers, $set" 30 env FID_GPU_CPU="$set" "$bin/profile_layers" 10 2 || continue
    sed 's/^/    /' "$log" >>"$work/more"
    row "layers, $set, 1 thread" "$(sed -nE '1s/.*(peak .*)/\1/p' "$log"); $(tail -n 1 "$log" | sed -nE 's/.*\| ([0-9]+ %) \| all \| (.*) \|/\1 of the peak, \2/p')"
  done
}

# timing NAME SECONDS COMMAND...: one timing; $line is its JSON.
timing() {
  step "$1" 60 "${@:3}" --seconds "$2" || return
  line=$(tail -n 1 "$log")
}

network() {
  local one all threads
  for set in $sets; do
    timing "network, $set, 1 thread" "$seconds" env FID_GPU_CPU="$set" "$bin/time_cpu" --threads 1 --batch 4 || continue
    row "network, $set, 1 thread" "$(rate "$line") images/s, $(cpu_rate "$line") a CPU second"
    one=$(rate "$line")
    # More threads than cores are cut to the cores that the process may use. A batch of 8 images a
    # thread: the example waits for each batch.
    timing "network, $set, all" "$seconds" env FID_GPU_CPU="$set" "$bin/time_cpu" --threads "$(nproc)" --batch $((8 * $(nproc))) || continue
    all=$(rate "$line")
    threads=$(json threads "$line")
    row "network, $set, $threads threads" "$all images/s, $(awk -v a="$all" -v o="$one" -v t="$threads" \
      'BEGIN { printf "%.2f of linear", a / o / t }'), $(cpu_rate "$line") a CPU second"
  done
  timing "network, measured set" 1 "$bin/time_cpu" --threads 1 --batch 2 &&
    row "the set that is chosen" "$(json instructions "$line")"
}

# folder PATH: PPM images of noise.
folder() {
  mkdir -p "$1"
  for at in $(seq "$images"); do
    { printf 'P6\n256 256\n255\n' && head -c 196608 /dev/urandom; } >"$1/$at.ppm"
  done
}

command() {
  folder "$work/real"
  folder "$work/fake"
  for set in ${sets/portable/}; do
    step "command, $set" 90 env FID_GPU_CPU="$set" "$bin/fid-gpu" --real "$work/real" --fake "$work/fake" \
      --device cpu --weights seeded --quiet --json || continue
    row "command, $set, 2 x $images PPM of 256²" "FID $(sed -nE 's/.*"fid": ?([-0-9.e]+).*/\1/p' "$log" | head -n 1); \
$(awk -v n=$((2 * images)) -v s="$took" 'BEGIN { printf "%.1f", n / s }') images/s in all"
  done
}

: >"$file"
say "fid-gpu of $(cat "$here/commit" 2>/dev/null), $(date -u +'%F %H:%M') UTC, $(uname -srm), load $(cut -d' ' -f1 /proc/loadavg)"
say "$(lscpu 2>/dev/null | grep -E '^(Model name|CPU\(s\)|Thread|Core|Socket|L2|L3|CPU family|Model)' | tr -s ' ' | tr '\n' ';')"
say "cgroup: $(cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null), affinity: $(sed -nE 's/^Cpus_allowed_list:\t//p' /proc/self/status), sets: $sets"
say
say "| step | result | s |"
say "|---|---|---:|"
for part in ${FID_BENCH_STEPS:-tests doctor layers network command}; do "$part"; done
took=$SECONDS
row "in all" ""
say
[ ! -s "$work/more" ] || tee -a "$file" <"$work/more"

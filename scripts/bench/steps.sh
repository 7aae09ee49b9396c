# The steps of gpu.sh and cpu.sh, which read this file. Sets `work`, a folder that is removed at the end;
# `file` gets the table.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "$*" | tee -a "$file"; }

# step NAME SECONDS COMMAND...: runs the command with a time limit; its output is $log afterwards.
step() {
  local name=$1 limit=$(($2 * ${FID_BENCH_PATIENCE:-1})) begin status
  shift 2
  log=$work/log
  begin=$(date +%s.%N)
  timeout -k 5 "$limit" "$@" >"$log" 2>&1 </dev/null
  status=$?
  took=$(awk -v begin="$begin" -v end="$(date +%s.%N)" 'BEGIN { printf "%.1f", end - begin }')
  if [ $status = 124 ] || [ $status = 137 ]; then
    say "| $name | **no end after $limit s** | $took |"
  elif [ $status != 0 ]; then
    say "| $name | **failed ($status)**: $(grep -v '^ *$' "$log" | tail -n 1 | tr '|' '/' | cut -c1-200) | $took |"
  fi
  return $status
}

# row NAME RESULT: a row of the table, with the time of the last step.
row() { say "| $1 | $2 | ${took:-} |"; }

# json KEY LINE: a number or a text of one line of JSON.
json() { sed -nE "s/.*\"$1\": ?(\"([^\"]*)\"|([^,}]*)).*/\2\3/p" <<<"$2"; }

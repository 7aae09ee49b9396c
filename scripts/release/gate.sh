#!/usr/bin/env bash
# The steps of the action fid-gate, which action.yml describes. It sets the variables GATE_...; GITHUB_OUTPUT and
# GITHUB_STEP_SUMMARY are files that GitHub names.
#
#   gate.sh install    output: program
#   gate.sh compare    outputs: value, json; a summary; ends with the exit status of fid-gpu
set -euo pipefail # and what macOS has: bash 3.2

install() {
  local version=${GATE_VERSION:-} venv=$RUNNER_TEMP/fid-gpu python bin program
  if [ "$version" = installed ]; then
    program=$(command -v fid-gpu) || { echo "::error::fid-gpu is not on the PATH: install it, or name a version"; exit 2; }
  else
    if [ -z "$version" ]; then
      version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' "$(dirname "$0")/../../Cargo.toml")
    fi
    python=$(command -v python3 || command -v python) || { echo "::error::no Python: run actions/setup-python first"; exit 2; }
    "$python" -m venv "$venv"
    bin=$venv/bin
    [ -d "$bin" ] || bin=$venv/Scripts # Windows
    "$bin/python" -m pip install --quiet --only-binary fid-gpu "fid-gpu==$version"
    program=$bin/fid-gpu
  fi
  "$program" --version
  echo "program=$program" >>"$GITHUB_OUTPUT"
}

compare() {
  local status result value json words=()
  read -r -a words <<<"$(tr '\n' ' ' <<<"${GATE_ARGS:-}")"
  [ -z "${GATE_FAIL_ABOVE:-}" ] || words+=(--fail-above "$GATE_FAIL_ABOVE")
  [ -z "${GATE_FAIL_IF_WORSE_THAN:-}" ] || words+=(--fail-if-worse-than "$GATE_FAIL_IF_WORSE_THAN")
  [ -z "${GATE_BY:-}" ] || words+=(--by "$GATE_BY")

  folder=$(mktemp -d) # not local: it is removed after this function
  trap 'rm -rf "$folder"' EXIT
  touch "$folder/json"
  set +e
  "$GATE_PROGRAM" --real "$GATE_REAL" --fake "$GATE_FAKE" --jsonl "$folder/json" ${words[@]+"${words[@]}"} \
    2>&1 >"$folder/out" | tee "$folder/log" >&2
  status=${PIPESTATUS[0]}
  set -e
  cat "$folder/out"

  json=$(cat "$folder/json")
  value=$(sed -n 's/^{"schema":[0-9]*,"fid":\([0-9.e+-]*\),.*/\1/p' <<<"$json")
  printf 'value=%s\njson=%s\n' "$value" "$json" >>"$GITHUB_OUTPUT"

  case $status in
    0) result="passed" ;;
    1) result="failed: the FID is above a limit" ;;
    3) result="failed: the runs are not comparable" ;;
    *) result="error: exit status $status" ;;
  esac
  {
    echo "### fid-gate: $result"
    echo
    echo "\`$GATE_FAKE\` compared with \`$GATE_REAL\`"
    echo '```'
    cat "$folder/out"
    grep -E '^(fid-gpu|note|hint|error)' "$folder/log" || true
    echo '```'
  } >>"$GITHUB_STEP_SUMMARY"
  return "$status"
}

case ${1:-} in
  install | compare) "$1" ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

#!/usr/bin/env bash
# Runs the comparisons whose values are published, and prints value, published value and difference. A row whose data is not
# here is skipped, with what is missing; docs/REFERENCES.md says where to get it.
#
#   published.sh [--fid-gpu PROGRAM] [--data DIR] [--table TSV] [--fetch] [--only PART] [-- ARGUMENTS OF fid-gpu]
#
# --fetch downloads missing references, of up to gigabytes each. Ends with 1 if a value differs by more than the table
# allows, or a run fails. Needs python3, without packages.
set -euo pipefail # and what macOS has: bash 3.2

here=$(cd "$(dirname "$0")" && pwd)
program=fid-gpu data=. table=$here/published.tsv fetch='' only='' more=()
while [ $# -gt 0 ]; do
  case $1 in
    --fid-gpu) program=$2; shift ;;
    --data) data=$2; shift ;;
    --table) table=$2; shift ;;
    --only) only=$2; shift ;;
    --fetch) fetch=yes ;;
    --) shift; more=("$@"); break ;;
    *) sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
  esac
  shift
done
[ -f "$table" ] || { echo "published.sh: there is no table $table" >&2; exit 2; }
command -v "$program" >/dev/null || { echo "published.sh: $program is not a program: name one with --fid-gpu" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a row needs and is not here.
missing() {
  local word
  for word in $1; do
    case $word in
      -) ;; # nothing
      @*)
        if "$program" refs where "${word#@}" | grep -q ': there'; then continue; fi
        if [ -n "$fetch" ] && "$program" refs fetch "${word#@}" >&2; then continue; fi
        echo "${word#@} (fid-gpu refs fetch ${word#@})"
        ;;
      *) [ -e "$data/$word" ] || echo "$data/$word" ;;
    esac
  done
}

# The field of a report; value, published value and difference, then whether it is small enough.
judge() {
  python3 - "$@" <<'PYTHON'
import json, sys
report, field, published, bound = sys.argv[1:]
value = json.load(open(report))
for key in field.split("."):
    value = value[key]
difference = value - float(published)
print(f"{value:.6g} {published} {difference:+.6g} {'agrees' if abs(difference) <= float(bound) else 'DIFFERS'}")
PYTHON
}

bad=0 last='' status=0
line() { printf '%-34s %-22s %12s %20s %12s  %s\n' "$@"; }
line name field value published difference result
while IFS=$'\t' read -r name needs arguments field published bound source; do
  case $name in '' | '#'*) continue ;; esac
  case $name in *"$only"*) ;; *) continue ;; esac
  lacking=$(missing "$needs" | paste -sd ';' - | sed 's/;/; /g')
  if [ -n "$lacking" ]; then
    line "$name" "$field" - "$published" - "skipped: needs $lacking"
    continue
  fi
  # Rows of one command run it once.
  if [ "$arguments" != "$last" ]; then
    words=()
    for word in $arguments; do words+=("${word//\{data\}/$data}"); done
    status=0
    "$program" "${words[@]}" ${more[@]+"${more[@]}"} --json </dev/null >"$work/report" 2>"$work/error" || status=$?
    last=$arguments
  fi
  if [ "$status" != 0 ]; then
    line "$name" "$field" - "$published" - "FAILED: $(sed -n 's/^fid-gpu: //p' "$work/error" | head -n 1)"
    bad=1
  elif judged=$(judge "$work/report" "$field" "$published" "$bound" 2>/dev/null); then
    read -r value published difference result <<<"$judged"
    line "$name" "$field" "$value" "$published" "$difference" "$result (within $bound; $source)"
    [ "$result" = agrees ] || bad=1
  else
    line "$name" "$field" - "$published" - "FAILED: the report has no number there"
    bad=1
  fi
done <"$table"
exit "$bad"

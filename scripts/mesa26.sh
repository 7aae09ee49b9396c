#!/usr/bin/env bash
# Sets up Mesa's software driver (lavapipe) of Debian 13's backports, the first with matrix units, in a
# folder of its own, and runs a program with it. The folder is made from Debian's packages alone, by any
# user on Debian or a derivative; 350 MB.
#
#   scripts/mesa26.sh FOLDER               makes it
#   scripts/mesa26.sh FOLDER PROGRAM …     runs a program of this machine with it
set -euo pipefail
root=$(realpath -m "$1")
shift
libraries=$root/usr/lib/$(uname -m)-linux-gnu

if [ ! -e "$root/icd.json" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$root" "$work"/{lists/partial,cache/archives/partial}
  : >"$work/status"
  mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
    grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ') || true
  [ -n "$mirror" ] || { echo "error: no Debian mirror among the sources of apt" >&2; exit 1; }
  printf 'deb %s %s main\n' "$mirror" trixie "$mirror" trixie-backports >"$work/sources"
  apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o APT::Install-Recommends=false
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true)
  "${apt[@]}" update
  "${apt[@]}" install -y -d -t trixie-backports mesa-vulkan-drivers libvulkan1 >/dev/null
  mkdir -p "$root/usr/lib" "$root/usr/lib64"
  ln -sfn usr/lib "$root/lib"
  ln -sfn usr/lib64 "$root/lib64"
  for package in "$work"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink
  done
  driver=$libraries/libvulkan_lvp.so
  [ -e "$driver" ] || { echo "error: the packages have no $driver" >&2; exit 1; }
  # Last: the sign that the folder is whole.
  printf '{"file_format_version": "1.0.1", "ICD": {"api_version": "1.4.0", "library_path": "%s"}}\n' "$driver" >"$root/icd.json"
fi
[ $# -gt 0 ] || exit 0

# The driver needs a newer C library than this system may have: the folder's own loader and libraries
# run the program.
export VK_DRIVER_FILES=$root/icd.json
exec "$(echo "$libraries"/ld-linux-*.so.*)" --library-path "$libraries" "$@"

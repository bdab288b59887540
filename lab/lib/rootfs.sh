# The root file system of lab hosts: Debian, cached by the hash of its recipe. Sourced, not run.
# shellcheck shell=bash

readonly ROOTFS_SUITE=forky
readonly ROOTFS_PACKAGES=(
  # what the engine runs
  crun runc criu conmon iproute2 nftables mount tini-static ca-certificates
  # what a person in `lab shell` and the tests look with
  procps curl busybox-static python3-minimal iputils-ping less
  # the lab's registries
  docker-registry apache2-utils
)
readonly ROOTFS_OPTIONS=(
  --variant=apt
  --aptopt='Acquire::Check-Valid-Until "false"'
  --aptopt='Acquire::Languages "none"'
  --dpkgopt='path-exclude=/usr/share/man/*'
  --dpkgopt='path-exclude=/usr/share/doc/*'
  --dpkgopt='path-exclude=/usr/share/locale/*'
)

rootfs_directory() { printf '%s/rootfs-%s\n' "$LAB_CACHE" "$(recipe_hash "$ROOTFS_SUITE" "${ROOTFS_PACKAGES[@]}" "${ROOTFS_OPTIONS[@]}")"; }

recipe_hash() { printf '%s\n' "$@" | sha256sum | cut -c1-12; }

rootfs_prepare() {
  local directory started=$SECONDS
  directory=$(rootfs_directory)
  [[ ! -d $directory ]] || return 0
  require_commands mmdebstrap=mmdebstrap
  say "making the hosts' root file system: Debian $ROOTFS_SUITE with ${ROOTFS_PACKAGES[*]}"
  cache_make "$directory" debian_make "${ROOTFS_PACKAGES[*]}"
  say "root file system made in $((SECONDS - started))s: $directory"
}

# debian_make "PACKAGE…" DIRECTORY
debian_make() {
  unshare --mount --propagation private \
    mmdebstrap --quiet "${ROOTFS_OPTIONS[@]}" --include="${1// /,}" "$ROOTFS_SUITE" "$2" "$(debian_mirror)"
}

# cache_make TARGET COMMAND…: COMMAND fills the directory it is given as last argument; TARGET appears
# at once and complete, or not at all.
cache_make() {
  local target=$1 half=$1.half
  shift
  rm -rf --one-file-system "$half"
  mkdir -p "$half"
  quietly "$LAB_CACHE/log/$(basename "$target").log" "$@" "$half"
  mv -T "$half" "$target"
}

# The words that run a program of the root file system on this machine as it is, one a line: its own
# loader and libraries, without entering it.
rootfs_command() {
  local root
  root=$(rootfs_directory)
  foreign_command "$root" "$root$1"
}

# foreign_command ROOT PROGRAM: likewise for a program built for the C library in ROOT.
foreign_command() {
  local root=$1 program=$2
  find "$root/usr/lib64" "$root/usr/lib" -maxdepth 2 -name 'ld-linux-*.so.*' -print 2>/dev/null | head -n 1
  printf '%s\n' --argv0 "$(basename "$program")" --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$program"
}

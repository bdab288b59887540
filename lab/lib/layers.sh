# Layers on top of the debian tree, made by apt. For scripts that make trees, in a mount namespace of their own, with
# TREES, where layers go, and DEBIAN_TREE, where the debian tree is. Sourced, not run.
# shellcheck shell=bash

readonly LAYER_ROOT=$TREES/.root

note_version() { printf '%s=%s\n' "$1" "$2" >>"$TREES/versions"; }

# 5:8.0.2-3+deb13u3 is 8.0.2 to the people who made it.
upstream_version() { sed -E 's/^[0-9]+://; s/-[^-]*$//; s/[+~].*$//' <<<"$1"; }

# note_package_version NAME PACKAGE: of a package in the layer that is open.
note_package_version() {
  # shellcheck disable=SC2016 # ${…} is dpkg-query's syntax here
  note_version "$1" "$(upstream_version "$(layer_run dpkg-query -W -f '${Version}' "$2")")"
}

# layer_open NAME: what is changed in LAYER_ROOT from now on becomes the layer, the upper directory of an
# overlay. The mount keeps its marks in user.* attributes, which need no privilege to read.
layer_open() {
  mkdir -p "$LAYER_ROOT" "$TREES/$1" "$TREES/.work-$1"
  mount -t overlay overlay -o "userxattr,lowerdir=$DEBIAN_TREE,upperdir=$TREES/$1,workdir=$TREES/.work-$1" "$LAYER_ROOT"
  mount_devices "$LAYER_ROOT/dev"
  mount -t proc proc "$LAYER_ROOT/proc"
  mount --bind /etc/resolv.conf "$LAYER_ROOT/etc/resolv.conf"
}

# layer_run COMMAND…
layer_run() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 chroot "$LAYER_ROOT" "$@"
}

# layer_install PACKAGE…
layer_install() { layer_run apt-get -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install "$@"; }

# layer_close NAME
layer_close() {
  tidy_packages "$LAYER_ROOT"
  umount -R "$LAYER_ROOT"
  rm -rf "$TREES/.work-$1" "$LAYER_ROOT"
}

# Nodes of its own: what packages' scripts do there does not reach the machine's.
mount_devices() {
  local name minor
  mount -t tmpfs -o mode=755 tmpfs "$1"
  while read -r name minor; do
    mknod -m 666 "$1/$name" c 1 "$minor"
  done <<'END'
null 3
zero 5
full 7
random 8
urandom 9
END
  ln -s /proc/self/fd "$1/fd"
}

# Traces of the installation. The directory that is made anew becomes an opaque one in the layer, the
# removed files whiteouts.
tidy_packages() {
  local root=$1
  rm -rf "$root/var/log/apt"
  mkdir "$root/var/log/apt"
  rm -f "$root"/var/log/{bootstrap.log,dpkg.log,alternatives.log} "$root"/var/cache/apt/archives/*.deb \
    "$root"/var/cache/ldconfig/aux-cache "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old
}

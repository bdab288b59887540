#!/usr/bin/env bash
# Serves the root file system of the virtual machine: the kernel's modules and the hosts' root file system, with what is
# lent to it at the paths that it has here. The mounts end with this process, for they are in a namespace of its own.
# From the environment: ROOT, LOWER, UPPER, WORK, LENT (one directory a line), SOCKET.
set -euo pipefail

readonly SERVER=/usr/lib/qemu/virtiofsd

if [[ ${1:-} != inside ]]; then exec unshare --mount --propagation private "$0" inside; fi

mount -t overlay root -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" "$ROOT"
while read -r directory; do
  mkdir -p "$ROOT$directory"
  mount --bind "$directory" "$ROOT$directory"
  mount -o remount,bind,ro "$ROOT$directory"
done <<<"$LENT"
exec "$SERVER" --socket-path="$SOCKET" -o "source=$ROOT,cache=always,sandbox=chroot"

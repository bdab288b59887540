#!/usr/bin/env bash
# Process 1 of a lab host, already in its own namespaces: builds the root, enters it and becomes init.
# From the environment: HOST, ROOTFS, HOST_STATE, HOST_RUN, JDK, DIST, NATIVE, INIT_NAME, HIERARCHIES, WITHOUT_SYS_RESOURCE.
set -euo pipefail

readonly root=$HOST_STATE/root

bind_read_only() {
  mkdir -p "$2"
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}

bind() {
  mkdir -p "$2"
  mount --bind "$1" "$2"
}

mount_root() {
  mount -t overlay "$HOST" \
    -o "lowerdir=$ROOTFS,upperdir=$HOST_STATE/upper,workdir=$HOST_STATE/work" "$root"
  cd "$root"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
}

# Nodes of its own, never links into or over the machine's devices.
mount_devices() {
  mount -t tmpfs -o mode=755 tmpfs dev
  mkdir dev/{net,pts,shm,mqueue}
  local name major minor
  while read -r name major minor; do
    mknod -m 666 "dev/$name" c "$major" "$minor"
  done <<'END'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
net/tun 10 200
fuse 10 229
END
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t mqueue mqueue dev/mqueue
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s /proc/self/fd/0 dev/stdin
  ln -s /proc/self/fd/1 dev/stdout
  ln -s /proc/self/fd/2 dev/stderr
}

# v1 hierarchies under one tmpfs as a machine has them, or the single v2 tree. An empty v2 tree beside
# v1 is left out: crun refuses such a mix.
mount_cgroups() {
  if ! grep -q ' cgroup ' <<<"$HIERARCHIES"; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    return
  fi
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  local mountpoint type options name controller
  while read -r mountpoint type options; do
    [[ $type == cgroup ]] || continue
    name=${mountpoint##*/}
    mkdir "sys/fs/cgroup/$name"
    [[ $options != name=* ]] || options=none,$options
    mount -t cgroup -o "$options" cgroup "sys/fs/cgroup/$name"
    for controller in ${options//,/ }; do
      [[ -e sys/fs/cgroup/$controller || $controller == none || $controller == name=* ]] ||
        ln -s "$name" "sys/fs/cgroup/$controller"
    done
  done <<<"$HIERARCHIES"
}

mount_what_is_lent() {
  bind_read_only "$JDK" opt/jdk
  bind_read_only "$DIST" opt/flota
  bind_read_only "$NATIVE" opt/lab
  bind "$HOST_STATE/flota" var/lib/flota
  bind "$HOST_RUN" run/flota/lab
  # conmon will not start without it
  mkdir -p run/crio
}

# criu tries to raise its limit of open files to nr_open and may not: shows it the limit it has.
quiet_open_files_limit() {
  [[ $WITHOUT_SYS_RESOURCE == yes ]] || return 0
  ulimit -Hn >run/open-files-limit
  mount --bind run/open-files-limit proc/sys/fs/nr_open
}

enter_root() {
  mkdir run/old-root
  pivot_root . run/old-root
  cd /
  umount -l /run/old-root
  rmdir /run/old-root
}

hostname "$HOST"
mount_root
mount_devices
mount_cgroups
mount_what_is_lent
quiet_open_files_limit
enter_root
exec "/opt/lab/$INIT_NAME" </dev/null

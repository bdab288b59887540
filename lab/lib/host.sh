# One lab host: its files, its start, its end. Sourced, not run.
# shellcheck shell=bash

# The host's init as this machine sees it; nothing while there is none.
host_init_process() {
  local process name
  while read -r process; do
    { read -r name <"/proc/$process/comm"; } 2>/dev/null || continue
    if [[ $name == "$INIT_NAME" ]]; then
      printf '%s\n' "$process"
      return
    fi
  done < <(cgroup_processes "$(host_group "$1")")
}

host_is_alive() { [[ -n $(host_init_process "$1") ]]; }

# Hosts of which anything exists, found by the names of cgroups, namespaces and directories.
hosts_present() {
  {
    cgroup_lab_groups | sed -n "s/^$LAB_PREFIX-\(host-[0-9]*\)\$/\1/p"
    underlay_namespaces | sed -n "s/^$LAB_PREFIX-\(host-[0-9]*\)\$/\1/p"
    find "$LAB_STATE" "$LAB_RUN" -maxdepth 1 -name 'host-*' -printf '%f\n' 2>/dev/null | sed 's/\.sock$//'
  } | sort -u -t- -k2n
}

# host_run_inside HOST COMMAND…: in all of the host's namespaces and cgroups. Replaces the shell.
host_run_inside() {
  local host=$1 init
  shift
  init=$(host_init_process "$host")
  [[ -n $init ]] || fail "$host is not running; './flota lab up' starts it"
  cgroup_enter "$(host_group "$host")"
  exec nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LANG=C.UTF-8 TERM="${TERM:-dumb}" "$@"
}

host_start() {
  local host=$1 group
  group=$(host_group "$host")
  host_clear "$host"
  host_lay_out "$host"
  cgroup_make "$group"
  underlay_attach "$host"
  (
    cgroup_enter "$group"
    host_environment "$host"
    [[ -z $LEAF ]] || mkdir "$LEAF"
    # The inner shell's only child becomes process 1 of the new pid namespace, and nothing stays outside it.
    # shellcheck disable=SC2016
    exec setsid nsenter --net="/run/netns/$(host_namespace "$host")" \
      unshare --mount --uts --ipc --pid --cgroup --propagation private \
      bash -c '[[ -z $LEAF ]] || echo 0 >"$LEAF/cgroup.procs"; "$@" &' _ bash "$FLOTA_HOME/lab/host/host-init.sh"
  ) </dev/null >"$(host_state "$host")/init.log" 2>&1 8>&- 9>&-
  wait_until 20 host_is_alive "$host" || {
    cat "$(host_state "$host")/init.log" >&2
    fail "$host did not start"
  }
  cgroup_delegate "$group"
}

host_environment() {
  HOST=$1 HOST_STATE=$(host_state "$1") HOST_RUN=$(host_run "$1")
  ROOTFS=$(host_rootfs "$1") NATIVE=$(native_directory) DIST=$LAB_STATE/dist JDK=$FLOTA_JDK
  HIERARCHIES=$(cgroup_hierarchies) LEAF=$(cgroup_leaf "$(host_group "$1")")
  WITHOUT_SYS_RESOURCE=no
  has_sys_resource || WITHOUT_SYS_RESOURCE=yes
  export HOST HOST_STATE HOST_RUN ROOTFS NATIVE DIST JDK HIERARCHIES LEAF WITHOUT_SYS_RESOURCE INIT_NAME
}

host_rootfs() {
  case $1 in
    "$DOCKERS_HOST") peer_rootfs_directory docker "${DOCKER_PACKAGES[@]}" ;;
    podman-*) peer_rootfs_directory podman "${PODMAN_PACKAGES[@]}" ;;
    *) rootfs_directory ;;
  esac
}

# What a host has on its disk. A host that died keeps its disk and comes back like a machine that rebooted.
host_lay_out() {
  local host=$1 state upper
  state=$(host_state "$host")
  upper=$state/upper
  mkdir -p "$state"/{upper,work,root,flota} "$(host_run "$host")" "$upper"/etc/flota "$upper"/var/log/flota
  [[ $(stat -f -c %T "$state/flota") != overlayfs ]] ||
    fail "$state lies on an overlay file system, on which containers cannot have theirs: give $LAB_STATE a plain one"
  printf '%s\n' "$host" >"$upper/etc/hostname"
  printf '127.0.0.1 localhost\n%s %s\n' "$(host_address "$host")" "$host" >"$upper/etc/hosts"
  : >"$upper/etc/resolv.conf"
  host_daemon_configuration "$host" >"$upper/etc/flota/flota.conf"
  certificates_install "$upper/etc/flota/certs.d"
  host_files_of_jdk "$upper"
  has_sys_resource || host_wrap_criu "$upper"
  ln -sfn "$host/api.sock" "$(host_socket "$host")"
}

host_daemon_configuration() {
  cat <<END
# Written by the lab: this host's engine listens where a person inside and the machine outside reach it,
# and on the wire between the hosts; it takes the images of Docker Hub from the lab's registry.
flota {
  hosts = ["unix:///run/flota/flota.sock", "unix:///run/flota/lab/api.sock", "tcp://$(host_address "$1"):2376"]
  registry {
    mirrors = ["http://$REGISTRY_PLAIN"]
    insecure = ["$REGISTRY_PLAIN"]
  }
}
END
}

# Debian's JDKs link to files outside their own directory (the trusted certificates): those come along.
host_files_of_jdk() {
  local upper=$1 link target
  while read -r link; do
    target=$(readlink -f "$link") || continue
    [[ -f $target && $target != "$FLOTA_JDK"/* ]] || continue
    mkdir -p "$upper$(dirname "$target")"
    cp -p "$target" "$upper$target"
  done < <(find "$FLOTA_JDK" -type l -lname '/*')
}

host_wrap_criu() {
  mkdir -p "$1/usr/local/sbin"
  cat >"$1/usr/local/sbin/criu" <<'END'
#!/bin/sh
# This machine lacks CAP_SYS_RESOURCE: criu reads other users' limits by way of /proc.
LD_PRELOAD=/opt/lab/prlimit.so exec /usr/sbin/criu "$@"
END
  chmod 755 "$1/usr/local/sbin/criu"
}

# Ends everything of the host that runs, and takes away its cgroups and namespace; its disk stays.
host_clear() {
  local host=$1 group init
  group=$(host_group "$host")
  cgroup_thaw "$group"
  init=$(host_init_process "$host")
  # Process 1 takes the whole pid namespace with it.
  [[ -z $init ]] || kill -KILL "$init" 2>/dev/null || true
  cgroup_end "$group"
  namespace_delete "$(host_namespace "$host")"
  rm -f "$(host_run "$host")/api.sock"
}

host_remove() {
  host_clear "$1"
  rm -rf --one-file-system "$(host_state "$1")" "$(host_run "$1")" "$(host_socket "$1")"
}

# A virtual machine with the kernel of a stock Debian 13, emulated, and a lab in it: for what this machine's kernel may
# lack (memory changes that criu can track) or have otherwise (cgroup v2 alone). Sourced, not run.
# shellcheck shell=bash

readonly VM_SUITE=trixie
readonly VM_KERNEL=linux-image-cloud-amd64
# What the hosts' root file system lacks for a machine: modules of the kernel, and a way out for sockets.
readonly VM_TOOLS=(kmod libkmod2 socat libwrap0 libreadline8t64)
readonly VM_HOSTS=2
readonly VM_MEMORY=4G
readonly VM_GROUP=$LAB_PREFIX-vm
readonly VM_STATE=$LAB_STATE/vm
readonly VM_CONSOLE=$VM_STATE/console.log
# The wire between this machine, in the lab's namespace, and the virtual one (RFC 5737).
readonly VM_CABLE=vm0
readonly VM_OUTSIDE=192.0.2.1
readonly VM_INSIDE=192.0.2.2
# Ports inside: of host-1's engine, host-2's and so on.
readonly VM_FIRST_PORT=7001
# What init.sh says at last.
readonly VM_IS_UP='vm: the lab is up'
readonly VM_PATIENCE=500 # seconds

vm_kernel_directory() { printf '%s/vm-%s\n' "$LAB_CACHE" "$(recipe_hash "$VM_SUITE" "$VM_KERNEL" "$ROOTFS_SUITE" "${VM_TOOLS[@]}")"; }

vm_kernel_prepare() {
  local directory
  directory=$(vm_kernel_directory)
  [[ ! -d $directory ]] || return 0
  say "fetching the kernel of Debian $VM_SUITE ($VM_KERNEL), with ${VM_TOOLS[*]}"
  together vm_kernel_make
}

vm_kernel_make() { cache_make "$(vm_kernel_directory)" vm_kernel_fetch; }

vm_kernel_fetch() {
  local version
  fetch_packages "$VM_SUITE" amd64 "$1" "@$VM_KERNEL"
  fetch_packages "$ROOTFS_SUITE" amd64 "$1" "${VM_TOOLS[@]}"
  version=$(ls "$1/usr/lib/modules")
  ln -s "vmlinuz-$version" "$1/boot/vmlinuz"
  depmod --basedir "$1/usr" "$version"
}

# vm_up: the engines inside answer on the sockets that this lab's hosts would have. Like the other processes of a lab it
# ends with './flota lab down'.
vm_up() {
  local started=$SECONDS
  [[ $(uname -m) == x86_64 ]] || fail "the virtual machine is an x86_64, as this machine would have to be"
  [[ -z $(cgroup_processes "$VM_GROUP") ]] || fail "it is up already; 'FLOTA_LAB_NAME=$LAB_NAME ./flota lab down' ends it"
  vm_prepare
  namespace_make "$UNDERLAY"
  vm_cable
  cgroup_make "$VM_GROUP"
  mkdir -p "$VM_STATE"/{upper,work,root}
  say "booting Debian $VM_SUITE's kernel in qemu; its console: $VM_CONSOLE"
  vm_run root "$FLOTA_HOME/lab/vm/root.sh"
  wait_until 20 test -S "$VM_STATE/root.sock" || vm_failed "its file system is not served"
  vm_qemu
  vm_await_boot "$!" || vm_failed "the lab in it did not come up: it ended, or $VM_PATIENCE s were not enough"
  vm_sockets
  say "up in $((SECONDS - started))s"
}

# Everything that the machine inside, which has no network but the cable, cannot make or fetch itself.
vm_prepare() {
  require_commands qemu-system-x86_64=qemu-system-x86 socat=socat depmod=kmod ip=iproute2 curl=curl
  mkdir -p "$LAB_CACHE" "$LAB_STATE" "$LAB_RUN"
  native_prepare
  prepare_what_is_missing
  vm_kernel_prepare
  [[ -d $(images_cache) ]] || {
    daemon_lay_out_jars
    certificates_prepare
    underlay_up
    registry_up
    images_prepare
    cgroup_end "$REGISTRY_GROUP"
  }
}

vm_cable() {
  ip -n "$UNDERLAY" tuntap add dev "$VM_CABLE" mode tap
  ip -n "$UNDERLAY" addr add "$VM_OUTSIDE/24" dev "$VM_CABLE"
  ip -n "$UNDERLAY" link set "$VM_CABLE" up
}

# vm_run NAME COMMAND…: detached, in the machine's cgroup and the lab's network namespace.
vm_run() {
  local name=$1
  shift
  (
    cgroup_enter "$VM_GROUP"
    vm_environment
    exec setsid nsenter --net="/run/netns/$UNDERLAY" "$@"
  ) </dev/null >>"$VM_STATE/$name.log" 2>&1 8>&- 9>&- &
  disown
}

# What root.sh lends.
vm_environment() {
  ROOT=$VM_STATE/root SOCKET=$VM_STATE/root.sock UPPER=$VM_STATE/upper WORK=$VM_STATE/work
  LOWER=$(vm_kernel_directory):$(rootfs_directory)
  LENT=$(printf '%s\n' "$FLOTA_HOME" "$FLOTA_JDK" "$(rootfs_directory)" "$(images_cache)" "$(native_directory)")
  export ROOT SOCKET UPPER WORK LOWER LENT
}

vm_qemu() {
  local options=(
    -nodefaults -no-user-config -display none -no-reboot
    -accel "tcg,thread=multi" -cpu "max,la57=off" -smp 2 -m "$VM_MEMORY"
    # virtiofsd reads and writes the memory of the machine itself.
    -object "memory-backend-memfd,id=memory,size=$VM_MEMORY,share=on" -machine "q35,memory-backend=memory"
    -chardev "socket,id=root,path=$VM_STATE/root.sock" -device "vhost-user-fs-pci,chardev=root,tag=root"
    -netdev "tap,id=cable,ifname=$VM_CABLE,script=no,downscript=no" -device "virtio-net-pci,netdev=cable"
    -serial "file:$VM_CONSOLE"
    -kernel "$(vm_kernel_directory)/boot/vmlinuz"
    -append "console=ttyS0 quiet mitigations=off panic=-1 rootfstype=virtiofs root=root rw init=$FLOTA_HOME/lab/vm/init.sh $(vm_words)"
  )
  vm_run qemu qemu-system-x86_64 "${options[@]}"
}

# What the kernel leaves to init.sh, as variables.
vm_words() {
  printf '%s ' "VM_ADDRESS=$VM_INSIDE/24" "VM_HOSTS=$VM_HOSTS" "VM_FIRST_PORT=$VM_FIRST_PORT" \
    "JAVA_HOME=$FLOTA_JDK" "FLOTA_LAB_CACHE=$LAB_CACHE"
}

# vm_await_boot QEMU: a lab that does not come up ends it.
vm_await_boot() {
  : >>"$VM_CONSOLE"
  grep -qF "$VM_IS_UP" < <(exec timeout "$VM_PATIENCE" tail --lines=+1 --follow --pid="$1" "$VM_CONSOLE" 8>&- 9>&-)
}

vm_failed() {
  say "the last lines of $VM_STATE/*.log:"
  tail -n 30 "$VM_STATE"/*.log >&2
  fail "$1"
}

vm_sockets() {
  local number
  for ((number = 1; number <= VM_HOSTS; number++)); do
    vm_socket "$(host_socket "$(host_name "$number")")" "$((VM_FIRST_PORT + number - 1))"
  done
  vm_socket "$LAB_RUN/shell.sock" "$((VM_FIRST_PORT - 1))"
}

# vm_socket SOCKET PORT. A direction that has ended does not end the other one (-t).
vm_socket() {
  vm_run sockets socat -t 86400 "UNIX-LISTEN:$1,fork" "TCP:$VM_INSIDE:$2"
  wait_until 10 test -S "$1" || vm_failed "nobody listens on $1"
}

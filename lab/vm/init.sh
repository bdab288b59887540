#!/usr/bin/env bash
# Process 1 of the virtual machine: makes it a machine and brings up a lab in it.
# From the kernel's command line: VM_ADDRESS, VM_HOSTS, VM_FIRST_PORT, JAVA_HOME, FLOTA_LAB_CACHE.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8
# A kernel whose process 1 ends panics.
trap 'busybox poweroff -f' EXIT

home=$(cd "$(dirname "$0")/../.." && pwd)

mount_what_a_machine_has() {
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t devtmpfs devtmpfs /dev
  mkdir -p /dev/{pts,shm,mqueue}
  mount -t devpts devpts /dev/pts
  mount -t tmpfs tmpfs /dev/shm
  mount -t mqueue mqueue /dev/mqueue
  ln -s /proc/self/fd /dev/fd
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  scheduler_settled
  mount -t tmpfs -o mode=755 tmpfs /run
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  mkdir -p /run/lock
}

# With the first limit of processor time the kernel rewrites its scheduler's code, and with the last one's end again.
# Emulated processors that are busy now and then trip over that: so it is done once, while they are not.
scheduler_settled() {
  echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
  mkdir /sys/fs/cgroup/limited
  echo "100000 100000" >/sys/fs/cgroup/limited/cpu.max
}

network() {
  modprobe virtio_net
  ip link set lo up
  ip address add "$VM_ADDRESS" dev eth0
  ip link set eth0 up
}

lab() {
  # Containers cannot have their file systems on the root, which is another machine's.
  mkdir -p /var/lib/flota-lab
  mount -t tmpfs tmpfs /var/lib/flota-lab
  # The hosts' root file system has no such command, and docker's command line stays outside.
  ln -sf /usr/bin/busybox /usr/local/bin/pivot_root
  ln -sf /usr/bin/false /usr/local/bin/docker
  export FLOTA_LAB_NO_SYNC=yes FLOTA_LAB_REGISTRIES=plain
  # Hosts that take long to answer are not lost.
  export FLOTA_LAB_SLOWNESS=30
  FLOTA_LAB_SETTINGS="FLOTA_FLEET_SILENCE_SECONDS=60 FLOTA_FLEET_STABLE_SECONDS=60 FLOTA_FLEET_LEASE_SECONDS=300"
  export FLOTA_LAB_SETTINGS="$FLOTA_LAB_SETTINGS FLOTA_FLEET_ELECTION_MILLIS=15000"
  # Of two processors that are emulated, the best compiler would take one for minutes, and so would clocks that tick and
  # hosts that tell each other at every second that they are there.
  local options="-XX:TieredStopAtLevel=1 -XX:UseAVX=0 -XX:CompileThresholdScaling=5 -Dakka.scheduler.tick-duration=100ms"
  options="$options -Dakka.cluster.failure-detector.heartbeat-interval=10s -Dakka.cluster.gossip-interval=3s"
  options="$options -Dakka.cluster.distributed-data.gossip-interval=10s -Dakka.cluster.seed-node-timeout=30s"
  options="$options -Dakka.remote.artery.advanced.handshake-timeout=60s"
  # There is room: what is young need not be looked through as often as on a machine that has other things to do.
  options="$options -Xms256m -Xmn128m -XX:MaxHeapFreeRatio=70"
  export FLOTA_LAB_JAVA_OPTIONS=$options
  "$home/flota" lab up "$VM_HOSTS"
}

# serve PORT ADDRESS
serve() { setsid socat -t 86400 "TCP-LISTEN:$1,fork,reuseaddr" "$2" & }

mount_what_a_machine_has
network
serve "$((VM_FIRST_PORT - 1))" EXEC:bash,stderr
lab
for ((number = 1; number <= VM_HOSTS; number++)); do
  serve "$((VM_FIRST_PORT + number - 1))" "UNIX-CONNECT:/run/flota/lab/host-$number.sock"
done
echo "vm: the lab is up"
while true; do wait -n || true; done

# The few settings of the whole machine that labs change while one of them is up. Sourced, not run.
# shellcheck shell=bash

has_sys_resource() {
  local bounding
  bounding=$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)
  (((16#$bounding >> 24) & 1))
}

# Lazy pages move by pipes of 4 MiB, which a process without CAP_SYS_RESOURCE gets only by this setting.
machine_raise_pipe_size() {
  local setting=/proc/sys/fs/pipe-max-size wanted=4194304 current
  has_sys_resource && return
  current=$(<"$setting")
  ((current < wanted)) || return 0
  say "no CAP_SYS_RESOURCE on this machine: raising fs.pipe-max-size from $current to $wanted until 'lab down'"
  mkdir -p "$LAB_MACHINE"
  printf '%s\n' "$current" >"$LAB_MACHINE/pipe-max-size"
  printf '%s\n' "$wanted" >"$setting"
}

# `ip netns` leaves /run/netns mounted where it was not there before.
machine_note_netns_directory() {
  mkdir -p "$LAB_MACHINE"
  : >"$LAB_MACHINE/made-netns-directory"
}

# Hosts of any lab on this machine, by the name of their init.
machine_has_lab_hosts() { grep -qsxF "$INIT_NAME" /proc/[0-9]*/comm; }

# Called when a lab is down; does nothing while another one is up.
machine_put_back() {
  [[ -d $LAB_MACHINE ]] || return 0
  ! machine_has_lab_hosts || return 0
  [[ ! -s $LAB_MACHINE/pipe-max-size ]] || cat "$LAB_MACHINE/pipe-max-size" >/proc/sys/fs/pipe-max-size
  [[ ! -e $LAB_MACHINE/made-netns-directory ]] || netns_directory_remove
  cgroup_undo_delegation
  rm -rf "$LAB_MACHINE"
}

netns_directory_remove() {
  [[ -d /run/netns && -z $(ls -A /run/netns) ]] || return 0
  ! mountpoint -q /run/netns || umount /run/netns
  rmdir /run/netns
}

# Faults on purpose: hosts cut off, packets lost, daemons and hosts killed. Sourced, not run.
# shellcheck shell=bash

# Hosts that were cut off hang on a bridge of this name and a number.
readonly ISLAND=island
# The rules that lose packets, in the underlay's namespace.
readonly LOSS_TABLE=loss

underlay_link_exists() { ip -n "$UNDERLAY" link show "$1" >/dev/null 2>&1; }

underlay_nft() { nsenter --net="/run/netns/$UNDERLAY" nft "$@"; }

# faults_cut HOST…: moves the hosts' cables to a bridge of their own. Links stay up: nobody is told.
faults_cut() {
  local number=1 host
  while underlay_link_exists "$ISLAND-$number"; do number=$((number + 1)); done
  ip -n "$UNDERLAY" link add "$ISLAND-$number" type bridge
  ip -n "$UNDERLAY" link set "$ISLAND-$number" up
  for host in "$@"; do ip -n "$UNDERLAY" link set "v$host" master "$ISLAND-$number"; done
}

# faults_lose PERCENT HOST…: a packet is put to the test once, when it leaves one of the hosts or else when it
# arrives at one.
faults_lose() {
  local percent=$1 cables
  shift
  cables=$(printf '"v%s", ' "$@")
  underlay_nft -f - <<END
table bridge $LOSS_TABLE
delete table bridge $LOSS_TABLE
table bridge $LOSS_TABLE {
  chain forward {
    type filter hook forward priority 0;
    iifname { ${cables%, } } numgen random mod 100 < $percent drop
    iifname != { ${cables%, } } oifname { ${cables%, } } numgen random mod 100 < $percent drop
  }
}
END
}

# faults_narrow MBIT: the registries are at the bridge itself; what passes it between hosts is not slowed.
faults_narrow() {
  tc -n "$UNDERLAY" qdisc replace dev "$UNDERLAY_BRIDGE" root tbf rate "${1}mbit" burst 1mb latency 100ms
}

# Undoes all of these.
faults_heal() {
  local host island
  for host in $(hosts_present); do
    ! underlay_link_exists "v$host" || ip -n "$UNDERLAY" link set "v$host" master "$UNDERLAY_BRIDGE"
  done
  while read -r island; do
    ip -n "$UNDERLAY" link delete "$island"
  done < <(ip -n "$UNDERLAY" -brief link show type bridge | awk -v name="$ISLAND-" 'index($1, name) == 1 { print $1 }')
  ! underlay_nft list table bridge "$LOSS_TABLE" >/dev/null 2>&1 || underlay_nft delete table bridge "$LOSS_TABLE"
  ! tc -n "$UNDERLAY" qdisc show dev "$UNDERLAY_BRIDGE" | grep -q '^qdisc tbf' || tc -n "$UNDERLAY" qdisc delete dev "$UNDERLAY_BRIDGE" root
}

# faults_power_off HOST…: the cables first, for a host without power closes no connection.
faults_power_off() {
  local host
  for host in "$@"; do
    ! underlay_link_exists "v$host" || ip -n "$UNDERLAY" link delete "v$host"
  done
  for host in "$@"; do host_clear "$host"; done
}

faults_kill_daemon() {
  local host process
  for host in "$@"; do
    process=$(daemon_process "$host")
    [[ -n $process ]] || fail "the daemon of $host does not run"
    kill -KILL "$process"
    wait_until 10 process_is_gone "$process" || fail "the daemon of $host (process $process) does not end"
  done
}

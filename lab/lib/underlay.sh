# The wire between lab hosts: a bridge in a namespace of its own, a cable to every host. Sourced, not run.
# shellcheck shell=bash

namespace_exists() { [[ -e /run/netns/$1 ]] && ip netns list | awk -v name="$1" '$1 == name { found = 1 } END { exit !found }'; }

namespace_make() {
  # A file without a namespace behind it, left by an `ip netns add` that was killed.
  [[ ! -e /run/netns/$1 ]] || namespace_exists "$1" || rm -f "/run/netns/$1"
  namespace_exists "$1" && return
  [[ -d /run/netns ]] || machine_note_netns_directory
  ip netns add "$1"
  ip -n "$1" link set lo up
}

namespace_delete() {
  [[ ! -e /run/netns/$1 ]] || ip netns delete "$1"
}

underlay_up() {
  namespace_make "$UNDERLAY"
  ip -n "$UNDERLAY" link show "$UNDERLAY_BRIDGE" >/dev/null 2>&1 && return
  say "making the underlay: bridge $UNDERLAY_BRIDGE in network namespace $UNDERLAY, $UNDERLAY_PREFIX.0/24"
  ip -n "$UNDERLAY" -batch - <<END
link add $UNDERLAY_BRIDGE address $(underlay_mac "$REGISTRY_ADDRESS") type bridge
addr add $REGISTRY_ADDRESS/24 dev $UNDERLAY_BRIDGE
link set $UNDERLAY_BRIDGE up
END
}

# underlay_attach HOST: the host's namespace with its end of a cable.
underlay_attach() {
  local host=$1 namespace
  namespace=$(host_namespace "$host")
  namespace_make "$namespace"
  ip -n "$namespace" link show eth0 >/dev/null 2>&1 && return
  ip -n "$UNDERLAY" link delete "v$host" 2>/dev/null || true
  ip -n "$UNDERLAY" link add "v$host" type veth peer name eth0 address "$(underlay_mac "$(host_address "$host")")" netns "$namespace"
  ip -n "$UNDERLAY" link set "v$host" master "$UNDERLAY_BRIDGE" up
  ip -n "$namespace" addr add "$(host_address "$host")/24" dev eth0
  ip -n "$namespace" link set eth0 up
  nsenter --net="/run/netns/$namespace" sysctl -qw net.ipv4.ip_forward=1
}

# A machine keeps its Ethernet address when it boots, and a bridge without one of its own has that of some cable: with
# another one its neighbours do not find it for some seconds.
underlay_mac() { printf '02:42:%02x:%02x:%02x:%02x\n' ${1//./ }; }

underlay_namespaces() {
  ip netns list 2>/dev/null | awk -v lab="$LAB_PREFIX" '$1 == lab || $1 ~ "^" lab "-host-[0-9]+$" { print $1 }'
}

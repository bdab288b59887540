# Every path, name and address of the lab in one place. Sourced, not run.
# shellcheck shell=bash disable=SC2034

# Kept between labs: root file systems, images, compiled bits. Each entry is complete or absent.
readonly LAB_CACHE=/var/cache/flota/lab
# Of the lab that is up now; gone after `lab down`.
readonly LAB_STATE=/var/lib/flota-lab
readonly LAB_RUN=/run/flota/lab
readonly LAB_LOCK=/run/lock/flota-lab.lock

# The underlay: one namespace with a bridge that every host's cable ends in.
readonly UNDERLAY=flota-lab
readonly UNDERLAY_BRIDGE=underlay
readonly UNDERLAY_PREFIX=172.30.0
readonly REGISTRY_ADDRESS=$UNDERLAY_PREFIX.254

# What is making file systems and images just now.
readonly MAKING_GROUP=flota-lab-making
readonly REGISTRY_GROUP=flota-lab-registry
readonly REGISTRY_PLAIN=$REGISTRY_ADDRESS:5000
readonly REGISTRY_BASIC=$REGISTRY_ADDRESS:5443
readonly REGISTRY_TOKEN=$REGISTRY_ADDRESS:5444
readonly TOKEN_SERVER=$REGISTRY_ADDRESS:5445
readonly REGISTRY_USER=flota
readonly REGISTRY_PASSWORD=flota-secret

# A host's init carries this name, by which it is found again whatever else was lost (15 letters at most).
readonly INIT_NAME=flota-labinit
readonly DAEMON_CLASS=dev.flota.api.Main

# Addresses .1 to .250 are the hosts'.
readonly MOST_HOSTS=250

# The host of Docker's own engine, which benchmarks compare with.
readonly DOCKERS_HOST=docker
readonly DOCKERS_HOST_NUMBER=251

host_name() { printf 'host-%s\n' "$1"; }
host_group() { printf 'flota-lab-%s\n' "$1"; }
host_namespace() { printf 'flota-lab-%s\n' "$1"; }
host_state() { printf '%s/%s\n' "$LAB_STATE" "$1"; }
host_run() { printf '%s/%s\n' "$LAB_RUN" "$1"; }
host_socket() { printf '%s/%s.sock\n' "$LAB_RUN" "$1"; }
host_address() {
  local number=${1#host-}
  [[ $1 != "$DOCKERS_HOST" ]] || number=$DOCKERS_HOST_NUMBER
  printf '%s.%s\n' "$UNDERLAY_PREFIX" "$number"
}

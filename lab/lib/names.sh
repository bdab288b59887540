# Every path, name and address of the lab in one place. Sourced, not run.
# shellcheck shell=bash disable=SC2034

# Several labs may be up beside each other, each under a name of its own.
readonly LAB_NAME=${FLOTA_LAB_NAME:-lab}
[[ $LAB_NAME =~ ^[a-z][a-z0-9]{0,15}$ ]] || usage_error "FLOTA_LAB_NAME: up to 16 small letters and digits, not '$LAB_NAME'"
readonly LAB_PREFIX=flota-$LAB_NAME

# Kept between labs: root file systems, images, compiled bits. Each entry is complete or absent.
readonly LAB_CACHE=${FLOTA_LAB_CACHE:-/var/cache/flota/lab}
# Of the lab that is up now; gone after `lab down`.
readonly LAB_STATE=/var/lib/$LAB_PREFIX
readonly LAB_RUN=/run/flota/$LAB_NAME
# What labs changed on the machine as a whole, and how it was before; the last lab to go down puts it back.
readonly LAB_MACHINE=/run/flota/.machine
readonly LAB_LOCK=/run/lock/$LAB_PREFIX.lock
# File systems and images are made by one lab at a time.
readonly CACHE_LOCK=/run/lock/flota-lab-cache.lock

# The underlay: one namespace with a bridge that every host's cable ends in.
readonly UNDERLAY=$LAB_PREFIX
readonly UNDERLAY_BRIDGE=underlay
readonly UNDERLAY_PREFIX=172.30.0
readonly REGISTRY_ADDRESS=$UNDERLAY_PREFIX.254

# What is making file systems and images just now.
readonly MAKING_GROUP=$LAB_PREFIX-making
readonly REGISTRY_GROUP=$LAB_PREFIX-registry
readonly REGISTRY_PLAIN=$REGISTRY_ADDRESS:5000
readonly REGISTRY_BASIC=$REGISTRY_ADDRESS:5443
readonly REGISTRY_TOKEN=$REGISTRY_ADDRESS:5444
readonly TOKEN_SERVER=$REGISTRY_ADDRESS:5445
readonly REGISTRY_USER=flota
readonly REGISTRY_PASSWORD=flota-secret

# A host's init carries this name, by which it is found again whatever else was lost (15 letters at most).
readonly INIT_NAME=flota-labinit

# Addresses .1 to .250 are the hosts'.
readonly MOST_HOSTS=250

# Hosts of what benchmarks compare with: Docker's own engine, and podman, which moves containers between two.
readonly DOCKERS_HOST=docker
readonly DOCKERS_HOST_NUMBER=251
readonly PODMAN_HOSTS=(podman-1 podman-2)
readonly PODMAN_HOSTS_NUMBER=252

is_peer_host() { [[ $1 == "$DOCKERS_HOST" || " ${PODMAN_HOSTS[*]} " == *" $1 "* ]]; }
host_name() { printf 'host-%s\n' "$1"; }
host_group() { printf '%s-%s\n' "$LAB_PREFIX" "$1"; }
host_namespace() { printf '%s-%s\n' "$LAB_PREFIX" "$1"; }
host_state() { printf '%s/%s\n' "$LAB_STATE" "$1"; }
host_run() { printf '%s/%s\n' "$LAB_RUN" "$1"; }
host_socket() { printf '%s/%s.sock\n' "$LAB_RUN" "$1"; }
host_address() {
  local number=${1#host-}
  case $1 in
    "$DOCKERS_HOST") number=$DOCKERS_HOST_NUMBER ;;
    podman-*) number=$((PODMAN_HOSTS_NUMBER - 1 + ${1#podman-})) ;;
  esac
  printf '%s.%s\n' "$UNDERLAY_PREFIX" "$number"
}

# Benchmarks: what is compared with, in hosts of its own beside the lab's, and the program that measures.
# Sourced, not run.
# shellcheck shell=bash

readonly BENCH_CLASS=dev.flota.lab.bench.Main
readonly BENCH_FLEET=5
readonly BENCH_TELEPORT=3
readonly DOCKER_PACKAGES=(docker.io containerd runc iptables iproute2 procps ca-certificates mount)
readonly PODMAN_PACKAGES=(podman runc criu conmon python3-minimal iproute2 nftables procps ca-certificates mount)
# Docker's defaults, but for where images come from.
readonly DOCKER_OPTIONS=(
  --host=unix:///run/flota/lab/api.sock
  --data-root=/var/lib/flota/docker
  --storage-driver=overlay2
  --registry-mirror="http://$REGISTRY_PLAIN"
  --insecure-registry="$REGISTRY_PLAIN"
)
readonly DOCKER_LOG=var/log/dockerd.log

bench_usage() {
  cat <<'END'
Benchmarks, in a lab; one is made when none is up. Nothing else should be at work on the machine meanwhile.

  ./flota bench engine [OPTION…]   Flota and Docker's own engine side by side: a container's life cycle, exec,
                                   starts in parallel, listing, pull, memory
  ./flota bench fleet [OPTION…]    what a fleet of five costs beside a single host: run and attach across hosts,
                                   listing, an image for three, memory, joining, the loss of a host
  ./flota bench teleport [OPTION…] what moving a running container costs beside CRIU alone, and beside podman: the gap
                                   that a client sees, frozen time by mode and memory, where it goes, TLS
  ./flota bench trace              where the time of one start goes, by the engine's own log
  ./flota bench placement          decisions of placement in a second; needs no lab

'./flota bench engine --help' lists the options. Docker's engine is Debian's docker.io in a host of its own
beside the lab's, made the first time (a minute); it stays up, at /run/flota/lab/docker.sock, until
'./flota lab down'. With --without-docker it is left out. So it is with podman, which has two hosts, and
--without-podman.
END
}

bench() {
  case ${1:---help} in
    engine) bench_engine "${@:2}" ;;
    fleet) bench_fleet "${@:2}" ;;
    teleport) bench_teleport "${@:2}" ;;
    trace) bench_trace "${@:2}" ;;
    placement)
      build_if_needed
      bench_java "$(dist_directory)/lab/*" "$@"
      ;;
    -h | --help | help) bench_usage ;;
    *)
      bench_usage >&2
      usage_error "no such benchmark: '$1'"
      ;;
  esac
}

# bench_help NAME [OPTION…]: needs no lab, and does not come back when it is what is asked for.
bench_help() {
  case " $* " in
    *' --help '* | *' -h '*)
      build_if_needed
      bench_java "$(dist_directory)/lab/*" "$1" --help
      ;;
  esac
}

bench_engine() {
  local engines=()
  bench_help engine "$@"
  lab_up 1 >/dev/null
  big_image_prepare
  engines=("--flota=$(host_socket host-1)" "--flota-init=$(host_init_process host-1)")
  if [[ " $* " != *' --without-docker '* ]]; then
    docker_host_up
    engines+=("--docker=$(host_socket "$DOCKERS_HOST")" "--docker-init=$(host_init_process "$DOCKERS_HOST")")
  fi
  bench_java "$(lab_jars)" engine "${engines[@]}" "$@"
}

bench_fleet() {
  local options
  bench_help fleet "$@"
  lab_up "$BENCH_FLEET" >/dev/null
  big_image_prepare
  mapfile -t options < <(bench_fleet_options "$BENCH_FLEET")
  bench_java "$(lab_jars)" fleet "${options[@]}" "$@"
}

bench_teleport() {
  local options host
  bench_help teleport "$@"
  lab_up "$BENCH_TELEPORT" >/dev/null
  mapfile -t options < <(bench_fleet_options "$BENCH_TELEPORT")
  if bench_wants_podman "$@"; then
    podman_hosts_up
    for host in "${PODMAN_HOSTS[@]}"; do options+=("--podman=$host=$(host_address "$host")"); done
    options+=("--registry=$REGISTRY_PLAIN")
  fi
  bench_java "$(lab_jars)" teleport "${options[@]}" "$@"
}

bench_wants_podman() {
  case " $* " in
    *' --without-podman '*) return 1 ;;
    *' --only'*) [[ $* == *podman* ]] ;;
  esac
}

# bench_fleet_options N: what the program has to know of the first N hosts, one option a line.
bench_fleet_options() {
  local number host
  printf '%s\n' "--command=$FLOTA_HOME/flota"
  for ((number = 1; number <= $1; number++)); do
    host=$(host_name "$number")
    printf '%s\n' "--host=$host=$(host_socket "$host")" "--init=$host=$(host_init_process "$host")"
  done
}

# What the pull takes, once for each lab.
big_image_prepare() {
  underlay_curl --fail --output /dev/null "http://$REGISTRY_PLAIN/v2/library/big/tags/list" || image_on_demand big
}

# The daemon tells of its phases only at this level; containers run on meanwhile.
bench_trace() {
  bench_help trace "$@"
  lab_up 1 >/dev/null
  say "host-1: starting its daemon anew with FLOTA_LOG=DEBUG; './flota lab restart host-1' undoes that"
  daemon_stop host-1
  FLOTA_LOG=DEBUG daemon_start host-1
  daemon_await host-1
  bench_java "$(lab_jars)" trace --flota="$(host_socket host-1)" --log="$(daemon_log host-1)" "$@"
}

# Lets go of the lock: whoever wants the lab down need not wait for a benchmark.
bench_java() {
  local jars=$1
  shift
  exec "$FLOTA_JDK/bin/java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
    -XX:+UseSerialGC -cp "$jars" "$BENCH_CLASS" "$@" 9>&-
}

# peer_rootfs_directory NAME PACKAGE…
peer_rootfs_directory() {
  printf '%s/%s-%s\n' "$LAB_CACHE" "$1" "$(recipe_hash "$ROOTFS_SUITE" "${@:2}" "${ROOTFS_OPTIONS[@]}")"
}

docker_rootfs_prepare() { peer_rootfs_prepare docker "${DOCKER_PACKAGES[@]}"; }
podman_rootfs_prepare() { peer_rootfs_prepare podman "${PODMAN_PACKAGES[@]}"; }

peer_rootfs_prepare() {
  local name=$1 directory started=$SECONDS
  directory=$(peer_rootfs_directory "$@")
  shift
  [[ ! -d $directory ]] || return 0
  require_commands mmdebstrap=mmdebstrap
  say "making the file system of $name's host: Debian $ROOTFS_SUITE with $*"
  cache_make "$directory" debian_make "$*"
  say "file system of $name's host made in $((SECONDS - started))s: $directory"
}

# peer_host_up HOST: a host without Flota's engine.
peer_host_up() {
  ! host_is_alive "$1" || return 0
  say "$1's host: starting at $(host_address "$1")"
  host_start "$1"
}

docker_host_up() {
  together docker_rootfs_prepare
  peer_host_up "$DOCKERS_HOST"
  [[ -n $(dockerd_process) ]] || dockerd_start
  wait_until 60 dockerd_answers_or_died && dockerd_answers && return
  tail -n 30 "$(host_state "$DOCKERS_HOST")/upper/$DOCKER_LOG" >&2
  fail "Docker's engine does not answer"
}

podman_hosts_up() {
  local host
  together podman_rootfs_prepare
  for host in "${PODMAN_HOSTS[@]}"; do peer_host_up "$host"; done
}

# Not anchored: for a moment it is still the shell that is about to become dockerd.
dockerd_process() {
  local init
  init=$(host_init_process "$DOCKERS_HOST")
  [[ -z $init ]] || pgrep -o -P "$init" -f 'dockerd --host=' || true
}

dockerd_start() {
  say "Docker's host: starting dockerd"
  rm -f "$(host_run "$DOCKERS_HOST")/api.sock"
  # setsid forks inside the host, so that the daemon becomes a child of the host's init.
  # shellcheck disable=SC2016
  (host_run_inside "$DOCKERS_HOST" setsid --fork sh -c 'exec "$@" >>/'"$DOCKER_LOG"' 2>&1' _ \
    dockerd "${DOCKER_OPTIONS[@]}") </dev/null >/dev/null 8>&- 9>&-
}

dockerd_answers() {
  curl --silent --fail --max-time 5 --output /dev/null --unix-socket "$(host_run "$DOCKERS_HOST")/api.sock" http://localhost/_ping
}

dockerd_answers_or_died() { dockerd_answers || [[ -z $(dockerd_process) ]]; }

peer_hosts_down() {
  local host
  for host in "$DOCKERS_HOST" "${PODMAN_HOSTS[@]}"; do
    peer_host_exists "$host" || continue
    say "$host's host: ending"
    host_remove "$host"
  done
}

# Any part of it.
peer_host_exists() {
  [[ -e $(host_state "$1") || -e $(host_run "$1") || -L $(host_socket "$1") ]] ||
    cgroup_exists "$(host_group "$1")" || namespace_exists "$(host_namespace "$1")"
}

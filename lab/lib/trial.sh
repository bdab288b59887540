#!/usr/bin/env bash
# A trial run of the daemon, from which the JDK learns what to have ready at its start. Run by build.sh in namespaces of its
# own:  trial.sh DIRECTORY CACHE
set -euo pipefail
for part in say jdk build; do
  # shellcheck source=/dev/null
  source "$FLOTA_HOME/lab/lib/$part.sh"
done

readonly ADDRESS=192.0.2.1 # of a network that is nowhere (RFC 5737)
readonly PATIENCE=120      # seconds until it answers, on a machine that is busy

call() {
  curl --silent --show-error --max-time 60 --unix-socket "$FLOTA_RUN_DIR/flota.sock" --output /dev/null "$@"
}

# What a daemon is asked all the time, in a fleet.
work() {
  local path
  call --fail --header 'Content-Type: application/json' --data "{\"address\":\"$ADDRESS\"}" http://localhost/fleet/init
  for path in version info containers/json images/json networks volumes system/df fleet/hosts containers/none/json; do
    call "http://localhost/$path"
  done
  call --header 'Content-Type: application/json' --data '{"Image":"none"}' http://localhost/containers/create
}

main() {
  local options daemon seconds
  export FLOTA_STATE_DIR=$1/state FLOTA_RUN_DIR=$1/run FLOTA_HOSTS=unix://$1/run/flota.sock FLOTA_HOST_NAME=trial
  ip link set lo up
  ip link add trial0 type bridge
  ip address add "$ADDRESS/32" dev trial0
  ip link set trial0 up
  mapfile -t options < <(daemon_java_options)
  # Linked ahead all classes were in memory, also those of a fleet in the daemon of a host that stands alone.
  "$FLOTA_JDK/bin/java" "${options[@]}" -XX:-AOTClassLinking "-XX:AOTCacheOutput=$2" -cp "$(class_path "$(dist_directory)/lib")" \
    dev.flota.api.Main daemon &
  daemon=$!
  for ((seconds = 0; seconds < PATIENCE; seconds++)); do
    ! call --fail http://localhost/_ping 2>/dev/null || break
    kill -0 "$daemon" || fail "the daemon of the trial run has ended"
    sleep 1
  done
  work
  kill -TERM "$daemon"
  wait "$daemon" || [[ $? == 143 ]] # as the signal has it
}

main "$@"

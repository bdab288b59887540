#!/usr/bin/env bash
# A trial run of two daemons that are a fleet, from the first of which the JDK learns what to have ready at its start. Run by
# build.sh in namespaces of its own:  trial.sh DIRECTORY CACHE
set -euo pipefail
for part in say jdk build; do
  # shellcheck source=/dev/null
  source "$FLOTA_HOME/lab/lib/$part.sh"
done

readonly DIRECTORY=$1 CACHE=$2
readonly FIRST=192.0.2.1 SECOND=192.0.2.2 # of a network that is nowhere (RFC 5737)
readonly PEER_PORT=2377
readonly PATIENCE=120 # seconds until a daemon answers, on a machine that is busy

# call NAME PATH [CURL-ARGUMENT…]: asks that daemon; refusals are answers too.
call() {
  curl --silent --show-error --max-time 60 --unix-socket "$DIRECTORY/$1/run/flota.sock" "http://localhost/$2" "${@:3}"
}

# start NAME NETWORK-NAMESPACE [JAVA-OPTION…]: sets $started
start() {
  local options
  mapfile -t options < <(daemon_java_options)
  FLOTA_STATE_DIR=$DIRECTORY/$1/state FLOTA_RUN_DIR=$DIRECTORY/$1/run FLOTA_HOSTS=unix://$DIRECTORY/$1/run/flota.sock \
    FLOTA_HOST_NAME=$1 nsenter --net="$2" "$FLOTA_JDK/bin/java" "${options[@]}" "${@:3}" \
    -cp "$(class_path "$(dist_directory)/lib")" "$MAIN_CLASS" daemon &
  started=$!
  wait_until "$PATIENCE" answers_or_died "$1" || fail "the daemon named $1 does not answer"
  kill -0 "$started" || fail "the daemon named $1 has ended"
}

answers_or_died() { call "$1" _ping --fail --output /dev/null 2>/dev/null || ! kill -0 "$started"; }

# network: the first daemon is here, the second behind a cable in $beyond, the network namespace of a process.
network() {
  ip link set lo up
  unshare --net sleep infinity &
  beyond=/proc/$!/ns/net
  wait_until 10 is_another_network
  ip link add trial0 type veth peer name trial0 netns "$beyond"
  ip address add "$FIRST/24" dev trial0
  ip link set trial0 up
  nsenter --net="$beyond" ip link set lo up
  nsenter --net="$beyond" ip address add "$SECOND/24" dev trial0
  nsenter --net="$beyond" ip link set trial0 up
}

is_another_network() { [[ ! $beyond -ef /proc/self/ns/net ]]; }

are_together() {
  local hosts
  hosts=$(call second fleet/hosts)
  [[ $hosts == *'"State":"ready"'*'"State":"ready"'* ]]
}

# An image of one file, as `docker save` writes it.
image() {
  local layer
  mkdir -p "$DIRECTORY/image/layer"
  echo trial >"$DIRECTORY/image/layer/file"
  tar -C "$DIRECTORY/image/layer" -cf "$DIRECTORY/image/layer.tar" file
  layer=$(sha256sum "$DIRECTORY/image/layer.tar")
  printf '[{"Config":"config.json","RepoTags":["trial:latest"],"Layers":["layer.tar"]}]' >"$DIRECTORY/image/manifest.json"
  printf '{"os":"linux","architecture":"%s","config":{"Cmd":["/file"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$1" "${layer%% *}" >"$DIRECTORY/image/config.json"
  tar -C "$DIRECTORY/image" -c manifest.json config.json layer.tar
}

# What daemons are asked all the time. Nothing is started: this machine need not have what runs containers.
work() {
  local name path architecture token
  call first fleet/init --fail --json "{\"address\":\"$FIRST\"}"
  token=$(call first fleet/tokens --fail --json '{}' | sed -n 's/.*"Token":"\([^"]*\)".*/\1/p')
  call second fleet/join --fail --json "{\"token\":\"$token\",\"address\":\"$SECOND\",\"remote\":\"$FIRST:$PEER_PORT\"}"
  wait_until "$PATIENCE" are_together || fail "the daemons do not find each other"
  architecture=$(call first version | sed -n 's/.*"Arch":"\([^"]*\)".*/\1/p')
  image "$architecture" | call first images/load --fail --header "Content-Type: application/x-tar" --data-binary @-
  call first networks/create --json '{"Name":"trial"}'
  call first volumes/create --json '{"Name":"trial"}'
  for name in first second; do
    call "$name" "containers/create?name=$name" \
      --json "{\"Image\":\"trial\",\"Env\":[\"constraint:node==$name\"],\"HostConfig\":{\"NetworkMode\":\"trial\",\"PortBindings\":{\"80/tcp\":[{}]}}}"
  done
  for name in first second first; do
    for path in version info 'containers/json?all=1' images/json networks volumes system/df fleet/hosts containers/none/json \
      containers/{first,second}/{json,top,logs?stdout=1} images/trial/json 'events?since=1&until=2'; do
      call "$name" "$path"
    done
    call "$name" containers/second/exec --json '{"Cmd":["/file"]}'
    call "$name" containers/create --json '{"Image":"none"}'
  done
  for name in first second; do
    call first "containers/$name?v=1" --request DELETE
  done
  call second networks/trial --request DELETE
  call second volumes/trial --request DELETE
}

main() {
  local first started beyond
  network
  # Linked ahead all classes were in memory, also those of a fleet in the daemon of a host that stands alone.
  start first /proc/self/ns/net -XX:-AOTClassLinking "-XX:AOTCacheOutput=$CACHE"
  first=$started
  start second "$beyond"
  work
  kill -TERM "$first"
  wait "$first" || [[ $? == 143 ]] # as the signal has it
}

main
